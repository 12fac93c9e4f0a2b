import type { CrlEntryView } from "../../ipc/generated/CrlEntryView";
import type { CrlView } from "../../ipc/generated/CrlView";
import { asFailure, type Failure } from "../../ipc/errors";

export const ENTRIES_PER_PAGE = 100;

/** A CRL with its entries, page by page, and one looked up by its serial. */
export abstract class CrlEntries {
  current = $state.raw<CrlView | null>(null);
  entries = $state.raw<CrlEntryView[]>([]);
  next = $state.raw<string | null>(null);
  serial = $state("");
  found = $state.raw<CrlEntryView[] | null>(null);
  busy = $state(false);
  error = $state.raw<Failure | null>(null);
  /** Of several questions under way, only the last one's answer is news. */
  #turn = 0;

  /** The CRL with a page of its entries, or with the one of a serial. */
  protected abstract ask(serial: string | null, after: string | null): Promise<CrlView>;

  /** Shows this CRL from its first page on. */
  take(crl: CrlView | null): void {
    this.#turn += 1;
    this.current = crl;
    this.entries = crl?.items ?? [];
    this.next = crl?.next ?? null;
    this.found = null;
    this.serial = "";
  }

  async more(): Promise<void> {
    if (this.next === null || this.busy) return;
    const crl = await this.#answer(null, this.next);
    if (crl === null) return;
    this.entries = [...this.entries, ...crl.items];
    this.next = crl.next;
  }

  /** Looks one serial up; grouping and case do not matter. */
  async find(): Promise<void> {
    const serial = this.serial.replaceAll(/[\s:]/gu, "").toLowerCase();
    if (serial === "") {
      this.found = null;
      return;
    }
    const crl = await this.#answer(serial, null);
    if (crl !== null) this.found = crl.items;
  }

  async #answer(serial: string | null, after: string | null): Promise<CrlView | null> {
    const turn = ++this.#turn;
    this.busy = true;
    this.error = null;
    try {
      const crl = await this.ask(serial, after);
      return turn === this.#turn ? crl : null;
    } catch (thrown) {
      if (turn === this.#turn) this.error = asFailure(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
