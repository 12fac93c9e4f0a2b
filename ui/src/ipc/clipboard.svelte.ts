// The secret of ours that is on the clipboard. The core put it there and takes it off; the page knows that there is one, never what it is.
import { call, host } from "./commands";
import type { ClipboardView } from "./generated/ClipboardView";

class SecretCopied {
  view = $state.raw<ClipboardView | null>(null);
  /** When that was said, milliseconds since the epoch. */
  at = $state(0);
  /** Told once for each that ended, with how. */
  #ended: (how: string) => void = () => {};

  /** Whether one is there. */
  get there(): boolean {
    return this.view !== null && this.view.holds !== null;
  }

  take(view: ClipboardView): void {
    const before = this.there;
    this.view = view;
    this.at = Date.now();
    if (before && view.holds === null && view.ended !== null) this.#ended(view.ended);
  }

  async refresh(): Promise<void> {
    if (this.there) this.take(await call("clipboard_show", {}));
  }

  async clear(): Promise<void> {
    this.take(await call("clipboard_clear", {}));
  }

  /** Follows what the core does about it; returns what ends it. */
  follow(ended: (how: string) => void): () => void {
    this.#ended = ended;
    // What the core did is said with the next answer; a question that fails is asked again by the countdown.
    const again = (): void => void this.refresh().catch(() => {});
    const stops = [host().onClipboard(again), host().onChanged(again)];
    return () => stops.forEach((stop) => stop());
  }
}

export const secretCopied = new SecretCopied();
