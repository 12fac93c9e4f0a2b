import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { SourceDetail } from "../../ipc/generated/SourceDetail";
import type { SourceView } from "../../ipc/generated/SourceView";

/** The parts of a source, as its address names them. */
export const PARTS = ["about", "certificates", "crls", "quarantine", "history"] as const;
export type Part = (typeof PARTS)[number];

export function partOf(text: string | undefined): Part {
  return PARTS.find((part) => part === text) ?? "about";
}

/** All sources. */
export class SourcesState {
  items = $state.raw<readonly SourceView[]>([]);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);

  async load(): Promise<void> {
    try {
      this.items = (await call("source_list", {})).items;
      this.failure = null;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.loaded = true;
    }
  }
}

/** One source with its countries and latest refreshes. */
export class SourceState {
  detail = $state.raw<SourceDetail | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Why it was not removed. */
  refused = $state.raw<Failure | null>(null);
  busy = $state(false);
  #turn = 0;

  constructor(readonly id: string) {}

  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const detail = await call("source_show", { source: this.id });
      if (turn !== this.#turn) return;
      this.detail = detail;
      this.failure = null;
    } catch (thrown) {
      if (turn === this.#turn) this.failure = asFailure(thrown);
    }
  }

  /** Removes it; the name was typed. False when it was refused. */
  async remove(confirmation: string): Promise<boolean> {
    this.busy = true;
    this.refused = null;
    try {
      await call("source_remove", { source: this.id, confirmation });
      return true;
    } catch (thrown) {
      this.refused = asFailure(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** What of a source is written: one thing of its quarantine, or one certificate. */
export type Written = { readonly quarantined: string } | { readonly certificate: string; readonly format: "pem" | "der" };

/** Writes this, or all certificates of a source, to a place that the user chooses; gives the place, or null when the user thought better of it. */
export async function write(source: SourceView, suggested: string, what: Written | null = null): Promise<string | null> {
  const place = await host().pickSave({ purpose: "source-export", suggested });
  if (place === null) return null;
  // The host's save dialog has asked about replacing already.
  const view = await call("source_export", { source: source.id, ...what, out: place.handle, overwrite: true });
  return view.files[0]?.path ?? place.name;
}
