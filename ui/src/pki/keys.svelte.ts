import { call } from "../ipc/commands";
import { asFailure, type Failure } from "../ipc/errors";
import type { KeyRepairAction } from "../ipc/generated/KeyRepairAction";
import type { KeyStandingView } from "../ipc/generated/KeyStandingView";
import type { StrayKeyView } from "../ipc/generated/StrayKeyView";
import { session } from "../ipc/session.svelte";

/** How the keys stand: those of all authorities, or one authority's. What is done about one keeps its failure beside it. */
export class KeysState {
  items = $state.raw<readonly KeyStandingView[]>([]);
  strays = $state.raw<readonly StrayKeyView[]>([]);
  /** Whether the store could be asked for entries that nobody knows. */
  straysKnown = $state(true);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** What is under way: key or entry, and what is done about it. */
  busy = $state.raw<{ readonly key: string; readonly action: KeyRepairAction } | null>(null);
  refused = $state.raw<{ readonly key: string; readonly failure: Failure } | null>(null);
  /** The proof of all: how far it is. */
  proving = $state.raw<{ readonly done: number; readonly total: number } | null>(null);
  proved = $state.raw<{ readonly good: number; readonly total: number } | null>(null);
  #turn = 0;

  /** @param only the id of an authority whose key alone is looked at */
  constructor(readonly only: string | null = null) {}

  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const listing = await call("key_list", { of: "authorities", limit: 500, after: null });
      if (turn !== this.#turn) return;
      this.items = this.only === null ? listing.items : listing.items.filter((item) => item.owner?.id === this.only);
      const mine = new Set(this.items.map((item) => item.id));
      this.strays = this.only === null ? listing.strays : listing.strays.filter((stray) => stray.fits !== null && mine.has(stray.fits));
      this.straysKnown = listing.straysKnown;
      this.failure = null;
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    } finally {
      this.loaded = true;
    }
  }

  /** Mends a key, or takes a stray entry for one. False when it was refused. */
  async repair(key: string, action: KeyRepairAction): Promise<boolean> {
    if (this.busy !== null) return false;
    this.busy = { key, action };
    this.refused = null;
    try {
      await call("key_repair", { key, action });
      return true;
    } catch (thrown) {
      this.refused = { key, failure: asFailure(thrown) };
      return false;
    } finally {
      this.busy = null;
      await this.load();
      // Overview and lists show the state of keys as well.
      session.touch();
    }
  }

  /** Proves every key that is here, one after the other. */
  async proveAll(): Promise<void> {
    const here = this.items.filter((item) => item.repairs.includes("prove"));
    const wanted = this.items.filter((item) => item.state !== "elsewhere").length;
    let good = 0;
    this.proved = null;
    this.refused = null;
    for (const [done, item] of here.entries()) {
      this.proving = { done, total: here.length };
      try {
        await call("key_repair", { key: item.id, action: "prove" });
        good += 1;
      } catch (thrown) {
        const failure = asFailure(thrown);
        this.refused = { key: item.id, failure };
        // Who stopped the wait for one key did not mean to wait for the next.
        if (failure.code === "cancelled") break;
      }
    }
    this.proving = null;
    await this.load();
    this.proved = { good, total: wanted };
  }
}
