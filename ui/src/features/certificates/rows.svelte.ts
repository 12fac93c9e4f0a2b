// The rows of a list that may be a million long: pages as they are needed, a window that the scroll bar can hold.
import { call, certificateList } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { CertificateList } from "../../ipc/generated/CertificateList";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import type { Total } from "../../ipc/generated/Total";

/** Rows per page. */
export const PAGE = 100;
/** Rows that scroll in one piece: browsers draw no element taller than 33.5 million pixels. */
export const WINDOW = 500_000;
/** Pages kept; the farthest ones are forgotten. */
const KEPT = 60;

interface Loaded {
  readonly rows: readonly CertificateView[];
  readonly next: string | null;
}

export class Rows {
  /** Rows in the list, as far as known. */
  count = $state(0);
  total = $state.raw<Total>({ count: 0, atLeast: false });
  failure = $state.raw<Failure | null>(null);
  /** Whether the first page has come. */
  ready = $state(false);
  /** First row of the window. */
  start = $state(0);

  #version = $state(0);
  #request: Partial<CertificateList> = {};
  /** Rises with each new list, so that late answers to the old one are dropped. */
  #era = 0;
  readonly #pages = new Map<number, Loaded>();
  readonly #asked = new Map<number, Promise<void>>();

  /** Rows of the window. */
  get windowCount(): number {
    return Math.min(WINDOW, this.count - this.start);
  }

  /** Begins another list. With `keep` the rows on screen stay until the new ones have come. */
  async begin(request: Partial<CertificateList>, keep = false): Promise<void> {
    this.#era += 1;
    this.#request = request;
    this.#asked.clear();
    const old = keep ? new Map(this.#pages) : null;
    this.#pages.clear();
    if (!keep) {
      this.start = 0;
      this.ready = false;
    } else for (const [page, loaded] of old ?? []) this.#pages.set(page, { ...loaded, next: null });
    this.failure = null;
    await this.#load(0);
    if (old) {
      const visible = [...this.#pages.keys()].filter((page) => page !== 0);
      for (const page of visible) this.#pages.delete(page);
      this.#version += 1;
    }
  }

  /** A row, or undefined while it is on its way. `at` counts from the start of the list. */
  row(at: number): CertificateView | undefined {
    void this.#version;
    return this.#pages.get(Math.floor(at / PAGE))?.rows[at % PAGE];
  }

  /** Every row that is here, in order. */
  get loaded(): readonly CertificateView[] {
    void this.#version;
    return [...this.#pages.entries()].sort(([a], [b]) => a - b).flatMap(([, page]) => page.rows);
  }

  /** Sees to it that the rows from `first` to `last` are here. */
  async need(first: number, last: number): Promise<void> {
    const waits: Promise<void>[] = [];
    for (let page = Math.max(0, Math.floor(first / PAGE)); page <= Math.floor(Math.min(last, this.count - 1) / PAGE); page += 1) {
      if (!this.#pages.has(page)) waits.push(this.#load(page));
    }
    await Promise.all(waits);
  }

  /** Moves the window so that a row lies in it; gives by how many rows it moved. */
  reach(at: number): number {
    const before = this.start;
    if (at < this.start || at >= this.start + WINDOW) {
      this.start = Math.max(0, Math.min(at - WINDOW / 2, this.count - WINDOW));
    }
    return this.start - before;
  }

  /** Moves the window half its length on when the end of it is near and the list goes on; gives by how many rows it moved. */
  slide(first: number, last: number): number {
    const before = this.start;
    if (last >= this.start + WINDOW - PAGE && this.start + WINDOW < this.count) this.start = Math.min(this.start + WINDOW / 2, this.count - WINDOW);
    else if (first < this.start + PAGE && this.start > 0) this.start = Math.max(0, this.start - WINDOW / 2);
    return this.start - before;
  }

  /** Where a certificate is, among the rows that are here. */
  indexOf(id: string): number {
    for (const [page, { rows }] of this.#pages) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  #load(page: number): Promise<void> {
    const known = this.#asked.get(page);
    if (known) return known;
    const era = this.#era;
    // By key where the page before is known: that costs the registry nothing; else by position.
    const after = this.#pages.get(page - 1)?.next ?? null;
    const place = after === null ? { position: page * PAGE } : { after };
    const answer = call("certificate_list", certificateList({ ...this.#request, limit: PAGE, ...place })).then(
      (got) => {
        if (era !== this.#era) return;
        this.#pages.set(page, { rows: got.items, next: got.next });
        this.#forget(page);
        this.total = got.total;
        // Counting stops at a limit; the list goes on as long as there is a next page.
        const seen = page * PAGE + got.items.length + (got.next === null ? 0 : PAGE);
        this.count = got.total.atLeast ? Math.max(this.count, got.total.count, seen) : got.total.count;
        this.ready = true;
        this.failure = null;
        this.#version += 1;
      },
      (thrown: unknown) => {
        if (era !== this.#era) return;
        this.failure = asFailure(thrown);
        this.ready = true;
      },
    );
    this.#asked.set(page, answer);
    return answer.finally(() => {
      if (era === this.#era) this.#asked.delete(page);
    });
  }

  #forget(near: number): void {
    if (this.#pages.size <= KEPT) return;
    const far = [...this.#pages.keys()].sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const page of far.slice(0, this.#pages.size - KEPT)) this.#pages.delete(page);
  }
}
