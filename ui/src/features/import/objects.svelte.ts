import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { ImportItem } from "../../ipc/generated/ImportItem";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import type { Filter } from "./import.svelte";

/** Rows of a page. */
export const PAGE = 100;

/** The objects of a report, a page at a time: a report may have a hundred thousand. */
export class ObjectPages {
  filter = $state.raw<Filter>("all");
  kind = $state.raw<string | null>(null);
  source = $state.raw<number | null>(null);
  items = $state.raw<readonly ImportItem[]>([]);
  /** How many objects fit the filters. */
  total = $state(0);
  /** Number of the page, from 0. */
  page = $state(0);
  loading = $state(false);
  failure = $state.raw<Failure | null>(null);
  #report = "";
  /** Cursor of each page so far; the first has none. */
  #cursors = $state.raw<readonly (string | null)[]>([null]);
  #turn = 0;

  readonly hasNext = $derived(this.#cursors[this.page + 1] !== undefined);
  readonly first = $derived(this.total === 0 ? 0 : this.page * PAGE + 1);
  readonly last = $derived(this.page * PAGE + this.items.length);

  /** Shows another report, its first page. Filters stay where they still leave something. */
  async of(report: ImportReport): Promise<void> {
    this.#report = report.report;
    if (this.filter !== "all" && countOf(report, this.filter) === 0) this.filter = "all";
    if (this.source !== null && !report.sources.some((one) => one.number === this.source)) this.source = null;
    await this.#first();
  }

  async choose(wanted: { filter?: Filter; kind?: string | null; source?: number | null }): Promise<void> {
    if (wanted.filter !== undefined) this.filter = wanted.filter;
    if (wanted.kind !== undefined) this.kind = wanted.kind;
    if (wanted.source !== undefined) this.source = wanted.source;
    await this.#first();
  }

  async #first(): Promise<void> {
    this.#cursors = [null];
    await this.go(0);
  }

  async go(page: number): Promise<void> {
    const after = this.#cursors[page];
    if (after === undefined) return;
    const turn = ++this.#turn;
    this.loading = true;
    this.failure = null;
    try {
      const got = await call("import_items", { report: this.#report, outcome: this.filter === "all" ? null : this.filter, kind: this.kind, source: this.source, limit: PAGE, after });
      if (turn !== this.#turn) return;
      this.items = got.items;
      this.total = got.total.count;
      this.page = page;
      if (got.next !== null) this.#cursors = [...this.#cursors.slice(0, page + 1), got.next];
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.loading = false;
    }
  }
}

/** How many objects of a report a filter shows. */
export function countOf(report: ImportReport, filter: Filter): number {
  const { outcomes } = report;
  if (filter === "all") return outcomes.new + outcomes.known + outcomes.conflicting + outcomes.refused + outcomes.leftOut + outcomes.skipped;
  return filter === "left-out" ? outcomes.leftOut : outcomes[filter];
}

/** Where an object that came can be looked at; null where it has no screen of its own, or has not come. */
export function placeOf(item: ImportItem): string | null {
  if (item.id === null) return null;
  const place: Readonly<Record<string, string>> = { certificate: "/certificates", request: "/requests", profile: "/profiles" };
  const root = place[item.kind];
  return root === undefined ? null : `${root}/${item.id}`;
}
