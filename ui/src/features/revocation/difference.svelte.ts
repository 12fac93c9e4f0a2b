import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { CrlChangeView } from "../../ipc/generated/CrlChangeView";
import type { CrlDiff } from "../../ipc/generated/CrlDiff";
import type { CrlDifferenceView } from "../../ipc/generated/CrlDifferenceView";

const CHANGES_PER_PAGE = 100;

/** Which two CRLs are compared. */
export type Compared = Omit<CrlDiff, "limit" | "after">;

/** Where two CRLs differ, page by page. */
export class DifferenceState {
  view = $state.raw<CrlDifferenceView | null>(null);
  items = $state.raw<readonly CrlChangeView[]>([]);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  #compared: Compared | null = null;
  #turn = 0;

  readonly total = $derived.by(() => (this.view === null ? 0 : this.view.added + this.view.removed + this.view.changed));
  readonly rest = $derived.by(() => this.view?.next ?? null);

  #ask(compared: Compared, after: string | null): Promise<CrlDifferenceView> {
    return call("crl_diff", { ...compared, limit: CHANGES_PER_PAGE, after });
  }

  /** Compares these two. What was shown of others goes; what was shown of the same stays until the answer is here. */
  async load(compared: Compared): Promise<void> {
    const turn = ++this.#turn;
    if (JSON.stringify(compared) !== JSON.stringify(this.#compared)) {
      this.view = null;
      this.items = [];
    }
    this.#compared = compared;
    this.failure = null;
    this.busy = true;
    try {
      const view = await this.#ask(compared, null);
      if (turn !== this.#turn) return;
      this.view = view;
      this.items = view.items;
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  async more(): Promise<void> {
    const [compared, after, turn] = [this.#compared, this.rest, this.#turn];
    if (compared === null || after === null || this.busy) return;
    this.busy = true;
    try {
      const view = await this.#ask(compared, after);
      if (turn !== this.#turn) return;
      this.view = view;
      this.items = [...this.items, ...view.items];
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }
}
