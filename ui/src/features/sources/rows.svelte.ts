import { asFailure, type Failure } from "../../ipc/errors";
import type { Page } from "../../ipc/generated/Page";
import type { Total } from "../../ipc/generated/Total";

/** Rows per page. */
export const PAGE = 100;
/** Rows of one answer at most: the core gives no more. */
const MOST = 1000;

interface Row {
  readonly id: string;
}

/** What gives a page: how many, and behind which cursor. */
export type Ask<T> = (limit: number, after: string | null) => Promise<Page<T>>;

/** A list of a source that is read page by page, each going on where the one before ended. */
export class Rows<T extends Row> {
  items = $state.raw<readonly T[]>([]);
  /** Whether the first page has come. */
  ready = $state(false);
  loading = $state(false);
  failure = $state.raw<Failure | null>(null);
  total = $state.raw<Total>({ count: 0, atLeast: false });
  /** Rises when a list has been read anew from its beginning. */
  revision = $state(0);

  #next = $state.raw<string | null>(null);
  #ask: Ask<T> | null = null;
  /** The cursor that the page of a row came behind. */
  #cursors = new Map<string, string | null>();
  /** Rises with each new list, so that late answers to the old one are dropped. */
  #era = 0;

  readonly more = $derived(this.#next !== null);

  /** Begins a list. With `keep` the rows on screen stay until as many have come anew. */
  async begin(ask: Ask<T>, keep = false): Promise<void> {
    const era = ++this.#era;
    const wanted = keep ? Math.min(MOST, Math.max(PAGE, this.items.length)) : PAGE;
    this.#ask = ask;
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

  /** The same page again after it failed. */
  async again(): Promise<void> {
    this.failure = null;
    if (this.items.length > 0) await this.goOn();
    else if (this.#ask !== null) await this.begin(this.#ask);
  }

  /** The cursor behind which a row's page is, so that the row can be found again by its address. */
  cursor(id: string): string | null {
    return this.#cursors.get(id) ?? null;
  }

  async #load(era: number, after: string | null, wanted: number, before: readonly T[]): Promise<void> {
    if (this.#ask === null) return;
    this.loading = true;
    try {
      const got = await this.#ask(wanted, after);
      if (era !== this.#era) return;
      if (after === null) {
        this.#cursors = new Map();
        this.revision += 1;
      }
      for (const { id } of got.items) this.#cursors.set(id, after);
      this.items = [...before, ...got.items];
      this.#next = got.next;
      this.total = got.total;
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

/** A row by its id: of those that are here, else of the page that the address names. Null where it is on neither. */
export async function find<T extends Row>(rows: Rows<T>, id: string, ask: Ask<T>, cursor: string | null): Promise<T | null> {
  const here = rows.items.find((row) => row.id === id);
  if (here !== undefined) return here;
  const page = await ask(MOST, cursor);
  return page.items.find((row) => row.id === id) ?? null;
}
