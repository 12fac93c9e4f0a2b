import { call, host } from "../../ipc/commands";
import type { Chosen } from "../../ipc/backend";
import type { CrlView } from "../../ipc/generated/CrlView";
import { asFailure, type Failure } from "../../ipc/errors";
import { DifferenceState } from "./difference.svelte";
import { CrlEntries, ENTRIES_PER_PAGE } from "./entries.svelte";

/** A CRL and the file that it is in. */
export interface InFile {
  readonly file: Chosen;
  readonly crl: CrlView;
}

/** A CRL in a file, of whoever; and where it differs from one in another. */
export class CrlFileState extends CrlEntries {
  file = $state.raw<Chosen | null>(null);
  /** Why nothing is shown. */
  failure = $state.raw<Failure | null>(null);
  reading = $state(false);
  /** The two that are compared, the earlier first. */
  compared = $state.raw<readonly [InFile, InFile] | null>(null);
  readonly difference = new DifferenceState();
  #read = 0;

  protected ask(serial: string | null, after: string | null): Promise<CrlView> {
    return this.#show(this.file?.handle ?? "", { entries: true, serial, after });
  }

  #show(path: string, { entries, serial, after }: { entries: boolean; serial: string | null; after: string | null }): Promise<CrlView> {
    return call("crl_show", { authority: null, path, entries, serial, limit: ENTRIES_PER_PAGE, after });
  }

  /** Shows the CRL in a file; with a second one, where they differ as well. */
  async open(files: readonly Chosen[]): Promise<void> {
    const [file, other] = files;
    if (file === undefined) return;
    const turn = ++this.#read;
    this.file = file;
    this.take(null);
    this.compared = null;
    this.failure = null;
    this.error = null;
    this.reading = true;
    try {
      const crl = await this.ask(null, null);
      if (turn !== this.#read) return;
      this.take(crl);
    } catch (thrown) {
      if (turn === this.#read) this.failure = asFailure(thrown);
      return;
    } finally {
      if (turn === this.#read) this.reading = false;
    }
    if (other !== undefined) await this.compare(other);
  }

  async choose(): Promise<void> {
    await this.open(await host().pickFiles({ purpose: "crl", multiple: false }));
  }

  async chooseOther(): Promise<void> {
    const [other] = await host().pickFiles({ purpose: "crl", multiple: false });
    if (other !== undefined) await this.compare(other);
  }

  /** Says where it differs from another. Which of them is the earlier, their own times say. */
  async compare(file: Chosen): Promise<void> {
    const [here, crl] = [this.file, this.current];
    if (here === null || crl === null) return;
    this.error = null;
    this.busy = true;
    try {
      const one: InFile = { file: here, crl };
      const other: InFile = { file, crl: await this.#show(file.handle, { entries: false, serial: null, after: null }) };
      const [from, to] = Date.parse(other.crl.thisUpdate) > Date.parse(crl.thisUpdate) ? [one, other] : [other, one];
      this.compared = [from, to];
      await this.difference.load({ authority: null, generation: null, from: null, to: null, path: from.file.handle, otherPath: to.file.handle });
    } catch (thrown) {
      this.error = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  }

  /** Looks at the one alone again. */
  alone(): void {
    this.compared = null;
  }
}
