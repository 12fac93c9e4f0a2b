import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { Page } from "../../ipc/generated/Page";
import type { RequestEntry } from "../../ipc/generated/RequestEntry";
import type { RequestsAdded } from "../../ipc/generated/RequestsAdded";
import type { Total } from "../../ipc/generated/Total";

/** Requests per page. */
export const PAGE = 100;
/** Requests of one answer at most: the core gives no more. */
const MOST = 500;

/** Which requests are shown; `all` is no state of a request. */
export const STATES = ["open", "issued", "rejected", "all"] as const;
export type Shown = (typeof STATES)[number];

export interface Filters {
  readonly state: Shown;
  readonly search: string;
}

/** What stands in the address. Without a word, what waits is shown. */
export function read(query: URLSearchParams): Filters {
  return { state: STATES.find((state) => state === query.get("state")) ?? "open", search: query.get("search") ?? "" };
}

export function write({ state, search }: Filters): Record<string, string | null> {
  return { state: state === "open" ? null : state, search: search.trim() === "" ? null : search };
}

/** The inbox, newest first: each page goes on where the one before ended. */
export class Inbox {
  items = $state.raw<readonly RequestEntry[]>([]);
  /** Whether the first page has come. */
  ready = $state(false);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);

  #filters: Filters = { state: "open", search: "" };
  #next = $state.raw<string | null>(null);
  #total = $state.raw<Total>({ count: 0, atLeast: false });
  #filtered = $state(false);
  /** Rises with each new list, so that late answers to the old one are dropped. */
  #era = 0;

  readonly more = $derived(this.#next !== null);
  /** A search does not know how much is still to be found. */
  readonly total: Total = $derived(this.#filtered ? { count: this.items.length, atLeast: this.#next !== null } : this.#total);

  /** Begins a list. With `keep` the requests on screen stay until as many have come anew. */
  async begin(filters: Filters, keep = false): Promise<void> {
    const era = ++this.#era;
    const wanted = keep ? Math.min(MOST, Math.max(PAGE, this.items.length)) : PAGE;
    this.#filters = filters;
    if (!keep) {
      this.items = [];
      this.#next = null;
      this.ready = false;
    }
    await this.#load(era, null, wanted, []);
  }

  /** The next page. */
  async goOn(): Promise<void> {
    if (this.#next === null || this.loading || this.failure !== null) return;
    await this.#load(this.#era, this.#next, PAGE, this.items);
  }

  async #load(era: number, from: string | null, wanted: number, before: readonly RequestEntry[]): Promise<void> {
    this.loading = true;
    try {
      let after = from;
      let got: Page<RequestEntry>;
      // A search may look through many requests and find none of them.
      do {
        got = await call("request_list", { state: this.#filters.state === "all" ? null : this.#filters.state, search: this.#filters.search.trim() === "" ? null : this.#filters.search, limit: wanted, after });
        if (era !== this.#era) return;
        after = got.next;
      } while (got.items.length === 0 && after !== null);
      this.items = [...before, ...got.items];
      this.#filtered = this.#filters.search.trim() !== "";
      this.#next = got.next;
      this.#total = got.total;
      this.failure = null;
    } catch (thrown) {
      if (era === this.#era) this.failure = asFailure(thrown);
    } finally {
      if (era === this.#era) {
        this.loading = false;
        this.ready = true;
      }
    }
  }
}

/** Takes requests in, and keeps what came of it until it is dismissed. */
export class Adding {
  busy = $state(false);
  result = $state.raw<RequestsAdded | null>(null);
  failure = $state.raw<Failure | null>(null);

  /** Whether all went well. */
  async add(paths: readonly string[], text: string | null): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.dismiss();
    try {
      this.result = await call("request_add", { paths: [...paths], text });
      return true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  dismiss(): void {
    this.result = null;
    this.failure = null;
  }
}

/** How many of what was to be added have an outcome. */
export function counted(result: RequestsAdded, outcome: string): number {
  return result.items.filter((item) => item.outcome === outcome).length;
}
