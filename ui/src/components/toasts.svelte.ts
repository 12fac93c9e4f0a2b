import type { Tone } from "./Shape.svelte";

export interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly title: string;
  readonly text?: string | undefined;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

/** Good news goes by itself; what failed stays until it is dismissed. */
const STAYS_MS = 6000;

class Toasts {
  items = $state.raw<readonly Toast[]>([]);
  #next = 1;

  /** Shows a message at the edge of the window. */
  show(toast: Omit<Toast, "id">): void {
    const id = this.#next++;
    this.items = [...this.items, { ...toast, id }].slice(-3);
    if (toast.tone !== "bad") setTimeout(() => this.dismiss(id), STAYS_MS);
  }

  dismiss(id: number): void {
    this.items = this.items.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
