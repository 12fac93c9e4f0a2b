import type { Chosen } from "../../ipc/backend";
import { call } from "../../ipc/commands";
import type { ImportFiles } from "../../ipc/generated/ImportFiles";
import type { ImportProgress } from "../../ipc/generated/ImportProgress";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import type { TaskView } from "../../ipc/generated/TaskView";
import { asFailure, type Failure } from "../../ipc/errors";
import { ObjectPages } from "./objects.svelte";

/** What the table shows: everything, or what had one outcome. */
export type Filter = "all" | "new" | "known" | "conflicting" | "refused" | "left-out" | "skipped";

const PROGRESS_EVERY = 400;

/** One import: what is to be looked into, the dry run, and the report. Nothing is written before `run`. */
export class ImportState {
  sources = $state.raw<Chosen[]>([]);
  text = $state("");
  passwords = $state.raw<string[]>([]);
  withoutKeys = $state(false);
  plan = $state.raw<ImportReport | null>(null);
  report = $state.raw<ImportReport | null>(null);
  /** The pages of the objects of what is shown. */
  readonly objects = new ObjectPages();
  planning = $state(false);
  running = $state(false);
  /** The task of a run. */
  task = $state.raw<TaskView | null>(null);
  /** How far a look is, once it takes long enough to be shown. */
  seen = $state.raw<ImportProgress | null>(null);
  error = $state.raw<Failure | null>(null);
  /** Whether the latest run, or look, was stopped by hand. */
  cancelled = $state(false);
  stopped = $state(false);
  stopping = $state(false);

  #turn = 0;
  #registry = "";

  readonly shown = $derived(this.report ?? this.plan);
  readonly empty = $derived(this.sources.length === 0 && this.text.trim() === "");
  readonly takes = $derived(this.plan === null ? 0 : total(this.plan.taken));
  readonly locked = $derived(this.plan !== null && this.plan.passwordsWanted > 0 && !this.withoutKeys);
  readonly mayRun = $derived(this.plan !== null && this.report === null && this.takes > 0 && !this.locked && !this.planning && !this.running);

  request(): ImportFiles {
    return {
      paths: this.sources.map((one) => one.handle),
      text: this.text.trim() === "" ? null : this.text,
      passwords: [...this.passwords],
      withoutKeys: this.withoutKeys,
      whole: false,
    };
  }

  /** What was of another registry is of no use here. */
  ofRegistry(path: string): void {
    if (this.#registry !== path && !this.running) this.reset();
    this.#registry = path;
  }

  async add(files: readonly Chosen[]): Promise<void> {
    const have = new Set(this.sources.map((one) => one.handle));
    const fresh = files.filter((one) => !have.has(one.handle));
    if (fresh.length === 0 || this.running) return;
    if (this.report !== null) this.reset();
    this.sources = [...this.sources, ...fresh];
    await this.look();
  }

  /** Looks into a pasted text as well. */
  async paste(text: string): Promise<void> {
    if (text.trim() === "" || this.running) return;
    if (this.report !== null) this.reset();
    this.text = this.text.trim() === "" ? text : `${this.text.trimEnd()}\n${text}`;
    await this.look();
  }

  async remove(handle: string): Promise<void> {
    this.sources = this.sources.filter((one) => one.handle !== handle);
    await this.look();
  }

  async unlock(password: string): Promise<void> {
    if (password === "") return;
    this.passwords = [...this.passwords, password];
    await this.look();
  }

  /** Forgets the passwords: the keys were locked. A run that is under way has them already. */
  async forget(): Promise<void> {
    if (this.passwords.length === 0 || this.running) return;
    this.passwords = [];
    if (this.report === null) await this.look();
  }

  async leaveKeysOut(leave: boolean): Promise<void> {
    this.withoutKeys = leave;
    await this.look();
  }

  /** The dry run. The core stops the one before it, and its answer is forgotten. */
  async look(): Promise<void> {
    const turn = ++this.#turn;
    this.error = null;
    this.cancelled = this.stopped = this.stopping = false;
    this.seen = null;
    if (this.empty) {
      this.#leave();
      this.plan = null;
      return;
    }
    this.planning = true;
    const watch = setInterval(() => void this.#see(turn), PROGRESS_EVERY);
    try {
      const plan = await call("import_plan", this.request());
      if (turn !== this.#turn) return;
      this.plan = plan;
      void this.objects.of(plan);
    } catch (cause) {
      if (turn !== this.#turn) return;
      const failure = asFailure(cause);
      this.stopped = failure.code === "cancelled";
      // What was found before no longer fits what was asked.
      if (this.stopped) this.plan = null;
      else this.error = failure;
    } finally {
      clearInterval(watch);
      if (turn === this.#turn) {
        this.seen = null;
        this.planning = this.stopping = false;
      }
    }
  }

  async #see(turn: number): Promise<void> {
    try {
      const seen = await call("import_progress", {});
      if (turn === this.#turn && this.planning && seen.looking) this.seen = seen;
    } catch {
      // It is only shown; the look itself says what went wrong.
      this.seen = null;
    }
  }

  /** Stops the look that is under way. */
  async stopLooking(): Promise<void> {
    if (!this.planning) return;
    this.stopping = true;
    try {
      await call("import_stop", {});
    } catch (cause) {
      this.stopping = false;
      this.error = asFailure(cause);
    }
  }

  /** Nobody waits for the look any more. */
  #leave(): void {
    if (this.planning) void call("import_stop", {}).catch(() => undefined);
    this.planning = this.stopping = false;
    this.seen = null;
  }

  async run(): Promise<void> {
    if (!this.mayRun) return;
    this.running = true;
    this.error = null;
    this.cancelled = this.stopped = this.stopping = false;
    const watch = setInterval(() => void this.#watch(), PROGRESS_EVERY);
    try {
      this.report = await call("import_run", this.request());
      this.passwords = [];
      void this.objects.of(this.report);
    } catch (cause) {
      const failure = asFailure(cause);
      this.cancelled = failure.code === "cancelled";
      if (!this.cancelled) this.error = failure;
    } finally {
      clearInterval(watch);
      this.task = null;
      this.running = this.stopping = false;
    }
  }

  async #watch(): Promise<void> {
    try {
      const tasks = await call("task_list", {});
      if (this.running) this.task = tasks.items.find((one) => one.kind === "import" && one.state === "running") ?? null;
    } catch {
      // Progress is only shown; the import itself reports what went wrong.
      this.task = null;
    }
  }

  async cancel(): Promise<void> {
    if (this.task === null) return;
    this.stopping = true;
    try {
      await call("task_cancel", { task: this.task.id });
    } catch (cause) {
      this.stopping = false;
      this.error = asFailure(cause);
    }
  }

  reset(): void {
    this.#turn++;
    this.sources = [];
    this.text = "";
    this.passwords = [];
    this.withoutKeys = false;
    this.plan = null;
    this.report = null;
    this.error = null;
    this.cancelled = this.stopped = false;
    this.#leave();
  }
}

/** The one import of the window: it goes on while another screen is looked at. */
export const importing = new ImportState();

export function total(counts: ImportReport["taken"]): number {
  return counts.certificates + counts.keys + counts.requests + counts.revocations + counts.crls + counts.profiles;
}
