import { call, host } from "../../ipc/commands";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { CrlEventList } from "../../ipc/generated/CrlEventList";
import type { CrlInstalled } from "../../ipc/generated/CrlInstalled";
import type { CrlList } from "../../ipc/generated/CrlList";
import type { CrlSummary } from "../../ipc/generated/CrlSummary";
import type { CrlView } from "../../ipc/generated/CrlView";
import { asFailure, type Failure } from "../../ipc/errors";
import { CrlEntries, ENTRIES_PER_PAGE } from "./entries.svelte";

/** The newest of each list beside the whole one: deltas and parts, in the order in which they are signed. */
export function beside(items: readonly CrlSummary[]): readonly CrlSummary[] {
  const newest = new Map<string, CrlSummary>();
  for (const one of items) {
    const key = `${one.scope ?? ""} ${one.deltaOf === null ? "" : "delta"}`;
    const known = newest.get(key);
    if ((one.scope !== null || one.deltaOf !== null) && (known === undefined || Date.parse(known.thisUpdate) < Date.parse(one.thisUpdate))) newest.set(key, one);
  }
  const place = (one: CrlSummary): [string, number] => [one.scope ?? "", one.deltaOf === null ? 0 : 1];
  return [...newest.values()].sort((one, other) => {
    const [[a, c], [b, d]] = [place(one), place(other)];
    return a.localeCompare(b, "en", { numeric: true }) || c - d;
  });
}

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
export class CrlDetailState extends CrlEntries {
  list = $state.raw<CrlList | null>(null);
  runs = $state.raw<CrlEventList | null>(null);
  loaded = $state(false);
  installed = $state.raw<CrlInstalled | null>(null);

  /** @param generation which of the authority's keys; null for the one that issues */
  constructor(
    readonly authority: string,
    readonly generation: number | null = null,
  ) {
    super();
  }

  /** The key asked for, where it is not the one that issues. */
  get #key(): { generation?: number } {
    return this.generation === null ? {} : { generation: this.generation };
  }

  async load(): Promise<void> {
    try {
      this.list = await call("crl_list", { authority: this.authority, ...this.#key });
      this.runs = await call("crl_events", { authority: this.authority, ...this.#key });
      this.take(this.list.items.length > 0 ? await this.ask(null, null) : null);
      this.error = null;
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.loaded = true;
    }
  }

  protected ask(serial: string | null, after: string | null): Promise<CrlView> {
    return call("crl_show", { authority: this.authority, ...this.#key, path: null, entries: true, serial, limit: ENTRIES_PER_PAGE, after });
  }

  /** Writes a CRL, with the parts that came with it, to a place that the user chooses. Gives the paths; none when the user thought better of it or it failed. */
  async export(wanted: { format: "der" | "pem"; number: string | null; generation: number; delta: boolean }, suggested: string): Promise<readonly string[]> {
    const place = await host().pickSave({ purpose: "crl-export", suggested });
    if (place === null) return [];
    this.error = null;
    try {
      const { format, number, generation, delta } = wanted;
      // The host's save dialog has asked about replacing already.
      const written = await call("crl_export", { authority: this.authority, generation, format, number, ...(delta ? { delta } : {}), out: place.handle, overwrite: true });
      return written.files.length === 0 ? [place.name] : written.files.map((one) => one.path);
    } catch (cause) {
      this.error = asFailure(cause);
      return [];
    }
  }

  /** How many entries stay though their certificates have ended; null while not all entries are here. */
  readonly kept = $derived.by(() => (this.next === null ? this.entries.filter((one) => one.kept === "once-more").length : null));

  /** Issues what has changed since the base. Gives it back, or null after recording the error. */
  async buildDelta(): Promise<CrlView | null> {
    this.busy = true;
    this.error = null;
    try {
      const built = await call("crl_build", { authority: this.authority, ...this.#key, nextUpdate: null, delta: true });
      await this.load();
      return built;
    } catch (cause) {
      this.error = asFailure(cause);
      return null;
    } finally {
      this.busy = false;
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
