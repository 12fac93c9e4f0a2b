// Long work, wherever in the page it is shown: the list is asked for once, and more often while something runs or somebody waits.
import { call } from "./commands";
import type { TaskView } from "./generated/TaskView";
import { session } from "./session.svelte";

class Tasks {
  items = $state.raw<readonly TaskView[]>([]);
  /** Tasks that were asked to stop and have not ended yet. */
  stopping = $state.raw<ReadonlySet<string>>(new Set());
  /** How many wait for news. */
  #attending = 0;

  get running(): readonly TaskView[] {
    return this.items.filter((task) => task.state === "running");
  }

  /** The running task of a kind that this window began. */
  here(kind: string): TaskView | null {
    return this.running.find((task) => task.here && task.kind === kind) ?? null;
  }

  /** Milliseconds until the next look. */
  get pause(): number {
    return this.#attending > 0 || this.running.length > 0 ? 500 : 10_000;
  }

  /** Looks more often from now on; returns what ends it. */
  attend(): () => void {
    this.#attending += 1;
    return () => {
      this.#attending -= 1;
    };
  }

  async load(): Promise<void> {
    if (session.status === null) {
      this.items = [];
      return;
    }
    try {
      const before = this.running.length;
      this.items = (await call("task_list", {})).items;
      const still = new Set([...this.stopping].filter((id) => this.running.some((task) => task.id === id)));
      if (still.size !== this.stopping.size) this.stopping = still;
      if (this.running.length < before) session.touch();
    } catch {
      // The list of tasks is a courtesy; the screen that started the work shows its failure.
      this.items = [];
    }
  }

  async cancel(task: TaskView): Promise<void> {
    this.stopping = new Set([...this.stopping, task.id]);
    try {
      await call("task_cancel", { task: task.id });
    } finally {
      await this.load();
    }
  }

  /** Does a task again that came to no end; asks for the keys first where it needs them. */
  async resume(task: TaskView): Promise<void> {
    if (task.kind !== "backup" && !(await session.needKeys())) return;
    try {
      await call("task_resume", { task: task.id });
    } finally {
      await this.load();
      session.touch();
    }
  }
}

export const tasks = new Tasks();
