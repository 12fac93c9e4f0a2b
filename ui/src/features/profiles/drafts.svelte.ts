// What is being written and not yet saved. It outlives the page it was typed on, so that nothing is lost by looking something up.
import type { ProfileDocument } from "../../ipc/generated/ProfileDocument";

/** Whether an own profile is changed, or another one copied under a new name. */
export type Mode = "edit" | "copy";

export interface Draft {
  readonly document: ProfileDocument;
  /** The text, where it was written as text. */
  readonly text: string | null;
}

class Drafts {
  #all = $state.raw<ReadonlyMap<string, Draft>>(new Map());

  #key(registry: string, mode: Mode, profile: string): string {
    return JSON.stringify([registry, mode, profile]);
  }

  of(registry: string, mode: Mode, profile: string): Draft | null {
    return this.#all.get(this.#key(registry, mode, profile)) ?? null;
  }

  keep(registry: string, mode: Mode, profile: string, draft: Draft): void {
    this.#all = new Map(this.#all).set(this.#key(registry, mode, profile), draft);
  }

  drop(registry: string, mode: Mode, profile: string): void {
    const rest = new Map(this.#all);
    if (rest.delete(this.#key(registry, mode, profile))) this.#all = rest;
  }

  clear(): void {
    this.#all = new Map();
  }
}

export const drafts = new Drafts();
