import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { ProfileDetail } from "../../ipc/generated/ProfileDetail";
import type { ProfileDocument } from "../../ipc/generated/ProfileDocument";
import type { ProfileProblem } from "../../ipc/generated/ProfileProblem";
import type { ProfileSet } from "../../ipc/generated/ProfileSet";
import { session } from "../../ipc/session.svelte";
import { t } from "../../i18n/words";
import { drafts, type Draft, type Mode } from "./drafts.svelte";
import { badAt, said } from "./fields";

/** How long the form rests before it is checked. */
const CHECK_DELAY = 250;

export type Tab = "form" | "text";

/** A free name for a copy: `tls-server-2`. */
function freeName(source: string, taken: readonly string[]): string {
  for (let number = 2; ; number += 1) {
    const name = `${source.slice(0, 60)}-${number}`;
    if (!taken.includes(name)) return name;
  }
}

/** A profile that is being written, as a form or as text. Both say the same whenever nothing is wrong. */
export class EditorState {
  /** What it started from. */
  detail = $state.raw<ProfileDetail | null>(null);
  document = $state.raw<ProfileDocument | null>(null);
  text = $state.raw("");
  tab = $state.raw<Tab>("form");
  /** The other tab was asked for while something is wrong. */
  refused = $state.raw(false);
  checking = $state.raw(false);
  saving = $state.raw(false);
  failure = $state.raw<Failure | null>(null);
  checkFailure = $state.raw<Failure | null>(null);
  /** Whether an earlier draft was taken up again. */
  resumed = $state.raw(false);

  #found = $state.raw<readonly ProfileProblem[]>([]);
  #taken = $state.raw<readonly string[]>([]);
  #start = $state.raw<{ document: string; text: string }>({ document: "", text: "" });
  readonly #registry: string;
  /** The page was left: answers that come now concern nobody. */
  #gone = false;
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly mode: Mode,
    readonly source: string,
  ) {
    this.#registry = session.status?.path ?? "";
  }

  readonly problems = $derived.by(() => [...this.#named(), ...this.#found]);
  readonly dirty = $derived.by(() => (this.tab === "text" ? this.text !== this.#start.text : this.document !== null && JSON.stringify(this.document) !== this.#start.document));
  readonly ready = $derived.by(() => this.document !== null && this.problems.length === 0 && !this.saving && (this.mode === "copy" || this.dirty));
  readonly authority = $derived.by(() => this.document !== null && this.document.kind !== "leaf");

  /** A name that would put something else out of force is refused before the core is asked: to it, setting is setting. */
  #named(): ProfileProblem[] {
    const name = this.document?.name ?? "";
    const problem = (code: string, message: string): ProfileProblem[] => [{ field: "name", code, message, given: name }];
    if (this.mode === "edit" && this.document !== null && name !== this.source) return problem("name-stays", t("profiles.form.nameStays", { profile: this.source }));
    if (this.mode === "copy" && this.#taken.includes(name)) return problem("name-taken", t("profiles.form.nameTaken"));
    return [];
  }

  said(field: string): string | null {
    return said(this.problems, field);
  }

  badAt(field: string): number[] {
    return badAt(this.problems, field);
  }

  /** Those of a list's values that something is wrong with. */
  bad(field: string, values: readonly string[]): string[] {
    return this.badAt(field).flatMap((at) => values[at] ?? []);
  }

  async load(): Promise<void> {
    this.failure = null;
    try {
      const [detail, list] = await Promise.all([call("profile_show", { profile: this.source }), call("profile_list", {})]);
      if (this.#gone) return;
      this.#taken = list.items.map((one) => one.name);
      this.detail = detail;
      const name = this.mode === "copy" ? freeName(this.source, this.#taken) : this.source;
      this.#begin({ ...detail.document, name }, detail.text);
      const draft = drafts.of(this.#registry, this.mode, this.source);
      if (draft !== null) this.#resume(draft);
      await this.check();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  #begin(document: ProfileDocument, text: string): void {
    this.document = document;
    this.text = text;
    this.#start = { document: JSON.stringify(document), text };
  }

  #resume(draft: Draft): void {
    this.document = draft.document;
    this.resumed = true;
    if (draft.text !== null) {
      this.text = draft.text;
      this.tab = "text";
    }
  }

  /** Puts another document in the place of this one; `patch` of a section leaves the others. */
  change(document: Partial<ProfileDocument>): void {
    if (this.document === null) return;
    this.document = { ...this.document, ...document };
    this.#touched();
  }

  set<S extends "subject" | "names" | "key" | "validity" | "extensions" | "request">(section: S, patch: Partial<ProfileDocument[S]>): void {
    if (this.document === null) return;
    this.change({ [section]: { ...this.document[section], ...patch } });
  }

  write(text: string): void {
    this.text = text;
    this.#touched();
  }

  #touched(): void {
    this.refused = false;
    this.failure = null;
    this.#keep();
    this.checking = true;
    const turn = ++this.#turn;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(turn), CHECK_DELAY);
  }

  #keep(): void {
    if (this.document === null) return;
    if (this.dirty) drafts.keep(this.#registry, this.mode, this.source, { document: this.document, text: this.tab === "text" ? this.text : null });
    else drafts.drop(this.#registry, this.mode, this.source);
  }

  #request(): ProfileSet {
    return this.tab === "text" ? { document: null, text: this.text } : { document: this.document, text: null };
  }

  /** Checks at once. */
  async check(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#ask(++this.#turn);
  }

  async #ask(turn: number): Promise<void> {
    this.checking = true;
    try {
      const checked = await call("profile_check", this.#request());
      if (turn !== this.#turn) return;
      this.#found = checked.problems;
      this.checkFailure = null;
      if (checked.problems.length > 0) return;
      // Only a sound document is carried over, so that neither side overwrites what is half typed in the other.
      if (this.tab === "text") this.document = checked.document ?? this.document;
      else this.text = checked.text ?? this.text;
      if (!this.dirty && this.tab === "form") this.#start = { ...this.#start, text: this.text };
      this.#keep();
    } catch (thrown) {
      if (turn === this.#turn) this.checkFailure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.checking = false;
    }
  }

  /** Shows the other side, which needs what stands here to be sound. */
  async show(tab: Tab): Promise<void> {
    if (tab === this.tab) return;
    await this.check();
    this.refused = this.#found.length > 0 || this.checkFailure !== null;
    if (this.refused) return;
    this.tab = tab;
  }

  /** Puts it into force. Null when it could not be; what was typed stays. */
  async save(): Promise<ProfileDetail | null> {
    if (this.saving) return null;
    await this.check();
    if (!this.ready) return null;
    this.saving = true;
    this.failure = null;
    try {
      const saved = await call("profile_set", this.#request());
      drafts.drop(this.#registry, this.mode, this.source);
      return saved;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return null;
    } finally {
      this.saving = false;
    }
  }

  /** Lets go of what was typed; gives back what brings it back. */
  discard(): () => void {
    const draft: Draft | null = this.document === null ? null : { document: this.document, text: this.tab === "text" ? this.text : null };
    this.stop();
    drafts.drop(this.#registry, this.mode, this.source);
    return () => {
      if (draft !== null) drafts.keep(this.#registry, this.mode, this.source, draft);
    };
  }

  stop(): void {
    this.#gone = true;
    clearTimeout(this.#timer);
    this.#turn += 1;
  }
}
