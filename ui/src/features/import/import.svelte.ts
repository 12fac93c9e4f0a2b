import type { Chosen } from "../../ipc/backend";
import { call } from "../../ipc/commands";
import type { ImportFiles } from "../../ipc/generated/ImportFiles";
import type { ImportItem } from "../../ipc/generated/ImportItem";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import type { TaskView } from "../../ipc/generated/TaskView";
import { asFailure, type Failure } from "../../ipc/errors";

export type Filter = "all" | "new" | "known" | "refused" | "skipped";

const PROGRESS_EVERY = 400;

/** One import: what is to be looked into, the dry run, and the report. Nothing is written before `run`. */
export class ImportState {
  sources = $state.raw<Chosen[]>([]);
  text = $state("");
  passwords = $state.raw<string[]>([]);
  withoutKeys = $state(false);
  plan = $state.raw<ImportReport | null>(null);
  report = $state.raw<ImportReport | null>(null);
  filter = $state.raw<Filter>("all");
  planning = $state(false);
  running = $state(false);
  progress = $state.raw<TaskView | null>(null);
  error = $state.raw<Failure | null>(null);

  #turn = 0;

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

  async add(files: readonly Chosen[]): Promise<void> {
    const have = new Set(this.sources.map((one) => one.handle));
    const fresh = files.filter((one) => !have.has(one.handle));
    if (fresh.length === 0) return;
    if (this.report !== null) this.reset();
    this.sources = [...this.sources, ...fresh];
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

  async leaveKeysOut(leave: boolean): Promise<void> {
    this.withoutKeys = leave;
    await this.look();
  }

  /** The dry run. What was asked before an answer came is forgotten. */
  async look(): Promise<void> {
    const turn = ++this.#turn;
    this.error = null;
    if (this.empty) {
      this.plan = null;
      this.planning = false;
      return;
    }
    this.planning = true;
    try {
      const plan = await call("import_plan", this.request());
      if (turn === this.#turn) this.plan = plan;
    } catch (cause) {
      if (turn === this.#turn) this.error = asFailure(cause);
    } finally {
      if (turn === this.#turn) this.planning = false;
    }
  }

  async run(): Promise<void> {
    if (!this.mayRun) return;
    this.running = true;
    this.error = null;
    const watch = setInterval(() => void this.#watch(), PROGRESS_EVERY);
    try {
      this.report = await call("import_run", this.request());
      this.filter = "all";
      this.passwords = [];
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      clearInterval(watch);
      this.progress = null;
      this.running = false;
    }
  }

  async #watch(): Promise<void> {
    try {
      const tasks = await call("task_list", {});
      if (this.running) this.progress = tasks.items.find((one) => one.kind === "import" && one.state === "running") ?? null;
    } catch {
      // Progress is only shown; the import itself reports what went wrong.
      this.progress = null;
    }
  }

  async cancel(): Promise<void> {
    if (this.progress === null) return;
    try {
      await call("task_cancel", { task: this.progress.id });
    } catch (cause) {
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
    this.filter = "all";
    this.error = null;
    this.planning = false;
  }
}

export function total(counts: ImportReport["taken"]): number {
  return counts.certificates + counts.keys + counts.requests + counts.revocations + counts.crls + counts.profiles;
}

/** One line of the table: an object, or a file that could not be used. */
export interface Row {
  outcome: Exclude<Filter, "all"> | "taken";
  path: string;
  object: string;
  kind: string;
  detail: string;
  id: string | null;
}

/** Every object that an import met, refused ones first because they need the user. */
export function rows(report: ImportReport): Row[] {
  const refused = report.refused.map((one): Row => ({ outcome: "refused", path: one.path, object: one.object, kind: "", detail: one.message, id: null }));
  const items = report.items.filter((one) => one.outcome !== "refused").map((one): Row => ({ ...one, outcome: outcomeOf(one) }));
  const named = new Set(items.map((one) => one.path));
  const skipped = report.skipped.filter((one) => !named.has(one.path)).map((one): Row => ({ outcome: "skipped", path: one.path, object: "", kind: "", detail: "", id: null }));
  return [...refused, ...items, ...skipped];
}

function outcomeOf(item: ImportItem): Row["outcome"] {
  if (item.outcome === "left-out") return "skipped";
  if (item.outcome === "conflicting") return "known";
  return item.outcome === "known" || item.outcome === "taken" || item.outcome === "skipped" ? item.outcome : "new";
}

/** Whether a row is shown under a filter. What was taken counts as new. */
export function passes(row: Row, filter: Filter): boolean {
  return filter === "all" || row.outcome === filter || (filter === "new" && row.outcome === "taken");
}
