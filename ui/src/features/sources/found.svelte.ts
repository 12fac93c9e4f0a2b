import { untrack } from "svelte";
import { asFailure, type Failure } from "../../ipc/errors";
import { find, type Ask, type Rows } from "./rows.svelte";

/** The row that an address names: of the list, or asked for where the list does not have it. To be made in a component. */
export class Found<T extends { readonly id: string }> {
  row = $state.raw<T | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Whether it was looked for and is not there. */
  gone = $state(false);
  #again = $state(0);

  constructor(wanted: () => { readonly rows: Rows<T>; readonly ask: Ask<T>; readonly id: string; readonly cursor: string | null }) {
    $effect(() => {
      const { rows, ask, id, cursor } = wanted();
      void this.#again;
      // A list that was read anew may have it no more.
      void [rows.ready, rows.revision];
      return untrack(() => this.#look(rows, ask, id, cursor));
    });
  }

  again(): void {
    this.#again += 1;
  }

  #look(rows: Rows<T>, ask: Ask<T>, id: string, cursor: string | null): (() => void) | undefined {
    const here = rows.items.find((row) => row.id === id);
    if (here !== undefined) {
      this.row = here;
      this.failure = null;
      this.gone = false;
      return undefined;
    }
    if (!rows.ready) return undefined;
    let current = true;
    find(rows, id, ask, cursor).then(
      (row) => {
        if (!current) return;
        this.row = row;
        this.gone = row === null;
        this.failure = null;
      },
      (thrown: unknown) => {
        if (current) this.failure = asFailure(thrown);
      },
    );
    return () => {
      current = false;
    };
  }
}
