import type { Chosen } from "../../ipc/backend";
import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { ManyDraft } from "../../ipc/generated/ManyDraft";
import type { ManyIssued } from "../../ipc/generated/ManyIssued";
import type { ManyReport } from "../../ipc/generated/ManyReport";
import type { ManyTable } from "../../ipc/generated/ManyTable";
import type { ProfileView } from "../../ipc/generated/ProfileView";
import type { TaskView } from "../../ipc/generated/TaskView";
import { tasks } from "../../ipc/tasks.svelte";
import { lines, tally, tallyWarnings, type Standing } from "./rows";

/** The kind of these tasks. */
export const KIND = "issue-many";

/** Where the rows come from. */
export interface Source {
  readonly kind: "csv" | "folder";
  readonly chosen: Chosen;
}

/** What a thing that was dropped is taken for: the page learns its name and nothing more. */
export function sourceOf(chosen: Chosen): Source {
  return { kind: /\.(csv|tsv|txt)$/iu.test(chosen.name) ? "csv" : "folder", chosen };
}

/** A table on its way from a file to certificates. Nothing is signed before `run`. */
export class ManyState {
  authorities = $state.raw<readonly AuthorityView[]>([]);
  profiles = $state.raw<readonly ProfileView[]>([]);
  loaded = $state(false);

  source = $state.raw<Source | null>(null);
  authority = $state("");
  profile = $state("tls-server");
  table = $state.raw<ManyTable | null>(null);
  checking = $state(false);
  filter = $state.raw<Standing | null>(null);
  /** The refused rows were written here. */
  saved = $state.raw<string | null>(null);

  out = $state.raw<Chosen | null>(null);
  format = $state.raw<"pem" | "pkcs12">("pem");
  password = $state("");
  passwordAgain = $state("");
  plainKey = $state(false);
  overwrite = $state(false);
  withoutBad = $state(false);
  /** Lints whose warnings are accepted, in every row. */
  accepted = $state.raw<readonly string[]>([]);

  running = $state(false);
  report = $state.raw<ManyReport | null>(null);
  /** What this window has issued, by row, over all runs of the task. */
  issued = $state.raw<ReadonlyMap<number, ManyIssued>>(new Map());
  failure = $state.raw<Failure | null>(null);
  /** A task that wants its password to go on. */
  locked = $state.raw<string | null>(null);

  #turn = 0;
  #gone = false;

  readonly makesKeys = $derived(this.source?.kind === "csv");
  readonly passwordsDiffer = $derived(this.passwordAgain !== "" && this.password !== this.passwordAgain);
  readonly plain = $derived(this.format === "pem" && this.plainKey);
  readonly protectionChosen = $derived(!this.makesKeys || this.plain || (this.password !== "" && this.password === this.passwordAgain));
  readonly good = $derived(this.table?.good ?? 0);
  readonly bad = $derived(this.table?.bad ?? 0);
  readonly ready = $derived(this.good > 0 && (this.bad === 0 || this.withoutBad) && this.out !== null && this.protectionChosen && !this.checking && !this.running);
  /** What the rows warn of, with how many of them, and what was accepted; the most frequent first. */
  readonly warnings = $derived(tallyWarnings(this.table?.items ?? [], this.accepted));
  /** The task of the run that ended here, which the task centre may have taken up again. */
  readonly taken = $derived.by(() => (this.report === null ? null : (tasks.items.find((task) => task.id === this.report?.task) ?? null)));
  /** What the run came to, by whoever finished it. */
  readonly outcome = $derived.by((): ManyReport | null => {
    const { report, taken } = this;
    return report !== null && report.state !== "done" && taken?.state === "done" ? { ...report, state: "done", before: report.total - report.items.length } : report;
  });
  readonly all = $derived(lines(this.table?.items ?? null, this.outcome, this.issued));
  readonly counts = $derived(tally(this.all));
  readonly shown = $derived(this.filter === null ? this.all : this.all.filter((line) => line.standing === this.filter));

  draft(): ManyDraft | null {
    if (this.source === null || this.authority === "") return null;
    const { kind, chosen } = this.source;
    return { authority: this.authority, csv: kind === "csv" ? chosen.handle : null, csrFolder: kind === "folder" ? chosen.handle : null, profile: this.profile, accept: [...this.accepted] };
  }

  async load(): Promise<void> {
    try {
      const [authorities, profiles] = await Promise.all([call("authority_list", {}), call("profile_list", {})]);
      this.profiles = profiles.items.filter((profile) => !profile.authority);
      this.authorities = authorities.items.filter((one) => (one.status === "valid" || one.status === "superseded") && (one.keyState === "ready" || one.keyState === "locked"));
      // The deepest authority that can sign is what people mean: a root signs intermediates.
      const deepest = this.authorities.reduce<AuthorityView | null>((best, one) => (best === null || one.path.length > best.path.length ? one : best), null);
      if (!this.authorities.some((one) => one.id === this.authority)) this.authority = deepest?.id ?? "";
      // What was dropped before anybody knew who issues is checked now.
      if (this.source !== null && this.table === null && !this.checking) void this.check();
    } catch (cause) {
      this.failure = asFailure(cause);
    } finally {
      this.loaded = true;
    }
  }

  async choose(source: Source): Promise<void> {
    if (this.running) return;
    this.restart();
    this.source = source;
    await this.check();
  }

  /** Looks at every row. What was asked before an answer came is forgotten. */
  async check(): Promise<void> {
    await this.#check(false);
  }

  /** Accepts what a lint warns of, in every row; recorded with each certificate. */
  async accept(lint: string): Promise<void> {
    if (this.accepted.includes(lint)) return;
    this.accepted = [...this.accepted, lint];
    await this.#check(true);
  }

  async takeBack(lint: string): Promise<void> {
    this.accepted = this.accepted.filter((one) => one !== lint);
    await this.#check(true);
  }

  /** `again`: the same table, of which only what is accepted has changed; what is shown and chosen stays. */
  async #check(again: boolean): Promise<void> {
    const draft = this.draft();
    const turn = ++this.#turn;
    this.failure = null;
    this.saved = null;
    if (draft === null) return;
    this.checking = true;
    try {
      const table = await call("issue_many_check", draft);
      if (turn !== this.#turn) return;
      this.table = table;
      if (again) {
        // A filter that shows nothing any more has done its work.
        if (this.filter !== null && this.counts[this.filter] === 0) this.filter = null;
        return;
      }
      // What the user has to look at comes first.
      this.filter = table.bad > 0 ? "refused" : null;
      this.withoutBad = false;
    } catch (cause) {
      if (turn !== this.#turn) return;
      this.table = null;
      this.failure = asFailure(cause);
    } finally {
      if (turn === this.#turn) this.checking = false;
    }
  }

  async chooseOut(): Promise<void> {
    const folder = await host().pickFolder("hand-over");
    if (folder === null) return;
    this.out = folder;
    this.overwrite = false;
  }

  chooseFormat(format: "pem" | "pkcs12"): void {
    this.format = format;
    if (format === "pkcs12") this.plainKey = false;
  }

  /** Writes the refused rows with their reasons to where the dialog says. The dialog has asked about a file that is in the way. */
  async saveFailures(): Promise<void> {
    const draft = this.draft();
    if (draft === null) return;
    const place = await host().pickSave({ purpose: "table-export", suggested: "refused.csv" });
    if (place === null) return;
    try {
      await call("issue_many_failures", { draft, out: place.handle, overwrite: true });
      this.saved = place.name;
    } catch (cause) {
      this.failure = asFailure(cause);
    }
  }

  async run(): Promise<void> {
    const draft = this.draft();
    if (!this.ready || draft === null || this.out === null) return;
    const { out, format, plain, makesKeys, password, overwrite, withoutBad } = this;
    this.issued = new Map();
    await this.#work(null, () =>
      call("issue_many_run", { draft, out: out.handle, format, password: makesKeys && !plain ? password : null, plainKey: makesKeys && plain, overwrite, withoutBad }),
    );
  }

  /** Goes on with a task; what this window still has of it, a table and a password, is used. */
  async resume(task: string, password: string | null = null): Promise<void> {
    if (this.running) return;
    const mine = this.report?.task === task;
    if (!mine) this.restart();
    await this.#work(task, () => call("issue_many_resume", { task, password: password ?? (mine && this.makesKeys && !this.plain && this.password !== "" ? this.password : null) }));
  }

  async #work(task: string | null, work: () => Promise<ManyReport>): Promise<void> {
    this.running = true;
    this.failure = null;
    this.locked = null;
    void tasks.load();
    try {
      const report = await work();
      // The list still says that it runs.
      await tasks.load();
      if (this.#gone) return;
      this.issued = new Map([...this.issued, ...report.items.map((one) => [one.row, one] as const)]);
      this.report = report;
      this.filter = null;
      if (report.state === "done") this.password = this.passwordAgain = "";
    } catch (cause) {
      const failure = asFailure(cause);
      if (task !== null && failure.code === "password-required") this.locked = task;
      else this.failure = failure;
    } finally {
      this.running = false;
      void tasks.load();
    }
  }

  /** The run of this window, while it runs. */
  get task(): TaskView | null {
    return this.running ? tasks.here(KIND) : null;
  }

  async cancel(): Promise<void> {
    const { task } = this;
    if (task === null) return;
    try {
      await tasks.cancel(task);
    } catch (cause) {
      this.failure = asFailure(cause);
    }
  }

  async openFolder(): Promise<void> {
    if (this.out === null) return;
    try {
      await host().showFolder(this.out.handle);
    } catch (cause) {
      this.failure = asFailure(cause);
    }
  }

  /** Back to the beginning; authority, profile and format stay. */
  restart(): void {
    this.#turn++;
    this.source = null;
    this.table = null;
    this.report = null;
    this.issued = new Map();
    this.out = null;
    this.overwrite = false;
    this.withoutBad = false;
    this.accepted = [];
    this.password = this.passwordAgain = "";
    this.filter = null;
    this.saved = null;
    this.failure = null;
    this.locked = null;
    this.checking = false;
  }

  /** The page was left: a run goes on as a task, and its answer concerns nobody here. */
  stop(): void {
    this.#gone = true;
    this.#turn++;
    this.password = this.passwordAgain = "";
  }
}
