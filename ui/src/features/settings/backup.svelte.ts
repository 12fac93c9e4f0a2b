import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { BackupList } from "../../ipc/generated/BackupList";
import type { BackupView } from "../../ipc/generated/BackupView";
import type { DrillView } from "../../ipc/generated/DrillView";
import type { SettingChange } from "../../ipc/generated/SettingChange";
import type { SettingView } from "../../ipc/generated/SettingView";
import type { TaskView } from "../../ipc/generated/TaskView";

type Work = "load" | "backup" | "drill" | "set";

/** How the backups of the open registry stand, and what is done with them. */
export class BackupState {
  list = $state.raw<BackupList | null>(null);
  settings = $state.raw<readonly SettingView[]>([]);
  made = $state.raw<BackupView | null>(null);
  drilled = $state.raw<DrillView | null>(null);
  task = $state.raw<TaskView | null>(null);
  busy = $state.raw<Work | null>(null);
  failed = $state.raw<{ work: Work; error: Failure } | null>(null);
  /** The file that was made here last: newer than what the folder has, and wherever it was put. */
  #madeAt: string | null = null;

  errorOf(work: Work): Failure | null {
    return this.failed?.work === work ? this.failed.error : null;
  }

  value(key: string): string {
    return this.settings.find((one) => one.key === key)?.value ?? "";
  }

  changed(key: string): boolean {
    return this.settings.find((one) => one.key === key)?.changed ?? false;
  }

  async load(): Promise<void> {
    try {
      const [list, settings] = await Promise.all([call("registry_backups", {}), call("settings_list", {})]);
      this.list = list;
      this.settings = settings.items;
      if (this.failed?.work === "load") this.failed = null;
    } catch (cause) {
      this.failed = { work: "load", error: asFailure(cause) };
    }
  }

  async #do<T>(work: Work, act: () => Promise<T>): Promise<T | null> {
    if (this.busy !== null) return null;
    this.busy = work;
    this.failed = null;
    const asking = setInterval(() => void this.#askHowFar(), 400);
    try {
      return await act();
    } catch (cause) {
      this.failed = { work, error: asFailure(cause) };
      return null;
    } finally {
      clearInterval(asking);
      this.task = null;
      this.busy = null;
    }
  }

  async #askHowFar(): Promise<void> {
    try {
      const { items } = await call("task_list", {});
      this.task = (this.busy !== null && items.find((task) => task.state === "running" && task.kind === this.busy)) || null;
    } catch {
      // Whoever cannot be asked how far it is still does its work; its own outcome says what is wrong.
      this.task = null;
    }
  }

  async backUp(suggested: string): Promise<void> {
    const place = await host().pickSave({ purpose: "backup", suggested });
    if (place === null) return;
    this.made = null;
    this.made = await this.#do("backup", () => call("registry_backup", { out: place.handle }));
    this.#madeAt = this.made === null ? this.#madeAt : place.handle;
    await this.load();
  }

  /** Stops the backup that runs; nothing is left of it. */
  async stop(): Promise<void> {
    if (this.task === null) return;
    try {
      await call("task_cancel", { task: this.task.id });
    } catch {
      // It has ended by itself in the meantime.
      this.task = null;
    }
  }

  /** Proves the backup that was made here, else the newest of the folder; where there is none, one that is chosen. */
  async drill(passphrase: string | null): Promise<void> {
    let path = this.#madeAt;
    if (path === null && this.list?.items.length === 0) {
      const [file] = await host().pickFiles({ purpose: "backup" });
      if (file === undefined) return;
      path = file.handle;
    }
    this.drilled = null;
    this.drilled = await this.#do("drill", () => call("registry_drill", { path, name: null, passphrase }));
    await this.load();
  }

  async set(key: string, value: string): Promise<void> {
    await this.#set({ key, value, path: null });
  }

  async chooseFolder(): Promise<void> {
    const folder = await host().pickFolder("backup");
    if (folder !== null) await this.#set({ key: "backup.folder", value: null, path: folder.handle });
  }

  async #set(change: SettingChange): Promise<void> {
    const list = await this.#do("set", () => call("settings_set", { changes: [change] }));
    if (list !== null) this.settings = list.items;
    await this.load();
  }
}
