import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { AuditEntry } from "../../ipc/generated/AuditEntry";
import type { AuditExported } from "../../ipc/generated/AuditExported";
import type { AuditList } from "../../ipc/generated/AuditList";
import type { AuditVerified } from "../../ipc/generated/AuditVerified";
import type { SearchedTo } from "../../ipc/generated/SearchedTo";
import type { Total } from "../../ipc/generated/Total";

/** Entries per page. */
export const PAGE = 100;
/** Pages kept; the farthest ones are forgotten. */
const KEPT = 40;
/** Entries that scroll in one piece: browsers draw no element taller than 33.5 million pixels. Older ones are found by a filter. */
const MOST = 900_000;

interface Loaded {
  readonly rows: readonly AuditEntry[];
  readonly next: string | null;
}

/** The audit log, newest first: pages as they are needed. */
export class Log {
  count = $state(0);
  total = $state.raw<Total>({ count: 0, atLeast: false });
  /** Whether the first page has come. */
  ready = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** Where a search stopped looking, with older entries left. */
  searchedTo = $state.raw<SearchedTo | null>(null);

  /** So many entries there are at least, by the pages that came. */
  #reached = 0;
  #version = $state(0);
  #request: AuditList | null = null;
  /** Rises with each new list, so that late answers to the old one are dropped. */
  #era = 0;
  #pages = new Map<number, Loaded>();
  readonly #asked = new Map<number, Promise<void>>();

  /** Begins a list. With `keep` the entries on screen stay until the new ones have come. */
  async begin(request: AuditList, keep = false): Promise<void> {
    this.#era += 1;
    this.#request = request;
    this.#asked.clear();
    const seen = [...this.#pages.keys()].filter((page) => page !== 0);
    if (keep) this.#pages = new Map([...this.#pages].map(([page, { rows }]) => [page, { rows, next: null }]));
    else {
      this.#pages = new Map();
      this.#reached = 0;
      this.ready = false;
    }
    await this.#load(0);
    if (!keep) return;
    // New entries have moved every page.
    for (const page of seen) this.#pages.delete(page);
    this.#version += 1;
  }

  /** An entry, or undefined while it is on its way. */
  row(at: number): AuditEntry | undefined {
    void this.#version;
    return this.#pages.get(Math.floor(at / PAGE))?.rows[at % PAGE];
  }

  /** Where an entry is, among those that are here; -1 if it is not. */
  indexOf(sequence: number): number {
    void this.#version;
    for (const [page, { rows }] of this.#pages) {
      const at = rows.findIndex((row) => row.sequence === sequence);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }

  /** Sees to it that the entries from `first` to `last` are here. */
  async need(first: number, last: number): Promise<void> {
    const waits: Promise<void>[] = [];
    for (let page = Math.max(0, Math.floor(first / PAGE)); page <= Math.floor(Math.min(last, this.count - 1) / PAGE); page += 1) {
      if (!this.#pages.has(page)) waits.push(this.#load(page));
    }
    await Promise.all(waits);
  }

  #load(page: number): Promise<void> {
    const known = this.#asked.get(page);
    if (known) return known;
    const wanted = this.#request;
    if (wanted === null) return Promise.resolve();
    const era = this.#era;
    // By key where the page before is known: that costs the registry nothing; else by position.
    const after = this.#pages.get(page - 1)?.next ?? null;
    const answer = call("audit_list", { ...wanted, limit: PAGE, ...(after === null ? { position: page * PAGE } : { after }) }).then(
      (got) => {
        if (era !== this.#era) return;
        // Behind a page that is not full nothing follows here: there its cursor is where a search goes on.
        const next = got.items.length === PAGE ? got.next : null;
        this.#pages.set(page, { rows: got.items, next });
        this.#forget(page);
        this.total = got.total;
        // Counting stops at a limit; the list goes on as long as there is a next page.
        const reached = page * PAGE + got.items.length + (next === null ? 0 : PAGE);
        this.searchedTo = got.searchedTo;
        this.#reached = Math.max(this.#reached, reached);
        this.count = Math.min(MOST, got.total.atLeast ? Math.max(got.total.count, this.#reached) : got.total.count);
        this.failure = null;
        this.ready = true;
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

/** What is done with the log as a whole, and what came of it. */
export class Whole {
  busy = $state<"verify" | "export" | null>(null);
  failure = $state.raw<Failure | null>(null);
  verified = $state.raw<{ readonly result: AuditVerified; readonly at: string; readonly milliseconds: number } | null>(null);
  exported = $state.raw<AuditExported | null>(null);

  async verify(): Promise<void> {
    await this.#doing("verify", async () => {
      const start = performance.now();
      const result = await call("audit_verify", {});
      this.verified = { result, at: new Date().toISOString(), milliseconds: Math.round(performance.now() - start) };
    });
  }

  /** Asks where to, and writes the log there. The dialog has asked about a file that is in the way. */
  async export(): Promise<void> {
    const place = await host().pickSave({ purpose: "audit-export", suggested: `audit-${new Date().toISOString().slice(0, 10)}.jsonl` });
    if (place === null) return;
    await this.#doing("export", async () => {
      this.exported = await call("audit_export", { out: place.handle, overwrite: true });
    });
  }

  dismiss(): void {
    this.verified = null;
    this.exported = null;
    this.failure = null;
  }

  async #doing(what: "verify" | "export", work: () => Promise<void>): Promise<void> {
    this.busy = what;
    this.dismiss();
    try {
      await work();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = null;
    }
  }
}
