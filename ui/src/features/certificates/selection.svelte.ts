import { SvelteMap } from "svelte/reactivity";
import type { CertificateView } from "../../ipc/generated/CertificateView";

/** Longest range that Shift selects at once. */
export const RANGE = 1000;

/** Which certificates are selected, and from where a range starts. */
export class Selection {
  readonly chosen = new SvelteMap<string, CertificateView>();
  /** Row from which Shift extends. */
  anchor = $state(0);

  has(id: string): boolean {
    return this.chosen.has(id);
  }

  toggle(row: CertificateView, at: number): void {
    this.anchor = at;
    if (!this.chosen.delete(row.id)) this.chosen.set(row.id, row);
  }

  add(rows: readonly CertificateView[]): void {
    for (const row of rows) this.chosen.set(row.id, row);
  }

  clear(): void {
    this.chosen.clear();
  }

  /** First and last row of a range to `at`, cut to what is reasonable. */
  range(at: number): readonly [number, number] {
    return at >= this.anchor ? [this.anchor, Math.min(at, this.anchor + RANGE - 1)] : [Math.max(at, this.anchor - RANGE + 1), this.anchor];
  }
}
