import { call, host } from "../../ipc/commands";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { CrlEventList } from "../../ipc/generated/CrlEventList";
import type { CrlEntryView } from "../../ipc/generated/CrlEntryView";
import type { CrlInstalled } from "../../ipc/generated/CrlInstalled";
import type { CrlList } from "../../ipc/generated/CrlList";
import type { CrlView } from "../../ipc/generated/CrlView";
import { asFailure, type Failure } from "../../ipc/errors";

const ENTRIES_PER_PAGE = 100;

/** The authorities with the state of their CRLs. */
export class RevocationState {
  authorities = $state.raw<AuthorityView[]>([]);
  loaded = $state(false);
  error = $state.raw<Failure | null>(null);
  building = $state.raw<string[]>([]);

  async load(): Promise<void> {
    try {
      this.authorities = (await call("authority_list", {})).items;
      this.error = null;
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.loaded = true;
    }
  }

  /** Builds a new CRL. Gives it back, or null after recording the error. */
  async build(authority: string): Promise<CrlView | null> {
    this.building = [...this.building, authority];
    this.error = null;
    try {
      const crl = await call("crl_build", { authority, nextUpdate: null });
      await this.load();
      return crl;
    } catch (cause) {
      this.error = asFailure(cause);
      return null;
    } finally {
      this.building = this.building.filter((one) => one !== authority);
    }
  }
}

/** One authority's CRLs: the current one, its entries page by page, those before, and what the next will add. */
export class CrlDetailState {
  current = $state.raw<CrlView | null>(null);
  entries = $state.raw<CrlEntryView[]>([]);
  next = $state.raw<string | null>(null);
  list = $state.raw<CrlList | null>(null);
  runs = $state.raw<CrlEventList | null>(null);
  serial = $state("");
  found = $state.raw<CrlEntryView[] | null>(null);
  loaded = $state(false);
  busy = $state(false);
  error = $state.raw<Failure | null>(null);
  installed = $state.raw<CrlInstalled | null>(null);

  /** @param generation which of the authority's keys; null for the one that issues */
  constructor(
    readonly authority: string,
    readonly generation: number | null = null,
  ) {}

  /** The key asked for, where it is not the one that issues. */
  get #key(): { generation?: number } {
    return this.generation === null ? {} : { generation: this.generation };
  }

  async load(): Promise<void> {
    try {
      this.list = await call("crl_list", { authority: this.authority, ...this.#key });
      this.runs = await call("crl_events", { authority: this.authority, ...this.#key });
      if (this.list.items.length > 0) {
        const crl = await this.#show(null, null);
        this.current = crl;
        this.entries = crl.items;
        this.next = crl.next;
      } else {
        this.current = null;
        this.entries = [];
        this.next = null;
      }
      this.error = null;
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.loaded = true;
    }
  }

  #show(serial: string | null, after: string | null): Promise<CrlView> {
    return call("crl_show", { authority: this.authority, ...this.#key, path: null, entries: true, serial, limit: ENTRIES_PER_PAGE, after });
  }

  async more(): Promise<void> {
    if (this.next === null || this.busy) return;
    this.busy = true;
    try {
      const crl = await this.#show(null, this.next);
      this.entries = [...this.entries, ...crl.items];
      this.next = crl.next;
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.busy = false;
    }
  }

  /** Looks one serial up in the current CRL; grouping and case do not matter. */
  async find(): Promise<void> {
    const serial = this.serial.replaceAll(/[\s:]/gu, "").toLowerCase();
    if (serial === "") {
      this.found = null;
      return;
    }
    this.busy = true;
    this.error = null;
    try {
      this.found = (await this.#show(serial, null)).items;
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.busy = false;
    }
  }

  /** Writes a CRL to a place that the user chooses. Gives the path, or null when the user thought better of it or it failed. */
  async export(format: "der" | "pem", number: string | null, suggested: string, generation: number): Promise<string | null> {
    const place = await host().pickSave({ purpose: "crl-export", suggested });
    if (place === null) return null;
    this.error = null;
    try {
      // The host's save dialog has asked about replacing already.
      const written = await call("crl_export", { authority: this.authority, generation, format, number, out: place.handle, overwrite: true });
      return written.files[0]?.path ?? place.name;
    } catch (cause) {
      this.error = asFailure(cause);
      return null;
    }
  }

  async install(): Promise<boolean> {
    const files = await host().pickFiles({ purpose: "crl", multiple: false });
    const file = files[0];
    if (file === undefined) return false;
    this.busy = true;
    this.error = null;
    try {
      this.installed = await call("crl_install", { authority: this.authority, path: file.handle });
      await this.load();
      return true;
    } catch (cause) {
      this.error = asFailure(cause);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
