import type { Chosen } from "../../ipc/backend";
import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { SourceChange } from "../../ipc/generated/SourceChange";
import type { SourceDifference } from "../../ipc/generated/SourceDifference";
import type { SourceRefreshed } from "../../ipc/generated/SourceRefreshed";

/** The most changes that the core lists. */
const MOST = 10_000;
/** Changes that are drawn at first, and with each press on "more". */
export const STEP = 100;

export const CHANGES = ["added", "removed", "changed"] as const;
export type Change = (typeof CHANGES)[number];

/** What a refresh would do to a source, looked at before it is done. */
export class Comparison {
  view = $state.raw<SourceDifference | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  replacing = $state(false);
  /** The file that was compared with, rather than the source's own place. */
  file = $state.raw<Chosen | null>(null);
  chosen = $state<Change>("added");
  /** How many of the chosen ones are drawn. */
  drawn = $state(STEP);
  #turn = 0;

  /** @param source its id */
  constructor(readonly source: string) {}

  readonly total = $derived.by(() => (this.view === null ? 0 : this.view.added + this.view.removed + this.view.changed));
  /** Certificates and CRLs before and after. */
  readonly before = $derived.by(() => (this.view === null ? 0 : this.view.unchanged + this.view.changed + this.view.removed));
  readonly after = $derived.by(() => (this.view === null ? 0 : this.view.unchanged + this.view.changed + this.view.added));
  readonly of = $derived.by<readonly SourceChange[]>(() => this.view?.items.filter((item) => item.change === this.chosen) ?? []);
  readonly shown = $derived.by(() => this.of.slice(0, this.drawn));

  choose(change: Change): void {
    this.chosen = change;
    this.drawn = STEP;
  }

  more(): void {
    this.drawn += STEP;
  }

  /** Compares with what is published now, or with a file. */
  async look(file: Chosen | null): Promise<void> {
    const turn = ++this.#turn;
    this.file = file;
    this.view = null;
    this.failure = null;
    this.busy = true;
    try {
      const view = await call("source_diff", { source: this.source, path: file?.handle ?? null, limit: MOST });
      if (turn !== this.#turn) return;
      this.view = view;
      this.choose(view.shrinks ? "removed" : (CHANGES.find((change) => view[change] > 0) ?? "added"));
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  /** Fetches once more and replaces; what it did, or null after it failed. */
  async replace(acceptShrink: boolean): Promise<SourceRefreshed | null> {
    if (this.replacing) return null;
    this.replacing = true;
    this.failure = null;
    try {
      return await call("source_refresh", { source: this.source, ...(acceptShrink ? { acceptShrink } : {}) });
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return null;
    } finally {
      this.replacing = false;
    }
  }
}
