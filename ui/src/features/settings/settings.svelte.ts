import { call } from "../../ipc/commands";
import type { CheckView } from "../../ipc/generated/CheckView";
import type { DoctorView } from "../../ipc/generated/DoctorView";
import type { RecoveryView } from "../../ipc/generated/RecoveryView";
import type { RegistryStatus } from "../../ipc/generated/RegistryStatus";
import type { TaskView } from "../../ipc/generated/TaskView";
import type { SchemaStep } from "../../ipc/generated/SchemaStep";
import { asFailure, type Failure } from "../../ipc/errors";

export type Work = "unlock" | "lock" | "check" | "repair" | "recovery" | "doctor" | "close";

/** What can be set and looked after for the open registry. Each part keeps its own error beside its own button. */
export class SettingsState {
  status = $state.raw<RegistryStatus | null>(null);
  history = $state.raw<SchemaStep[]>([]);
  check = $state.raw<CheckView | null>(null);
  checking = $state.raw<TaskView | null>(null);
  doctor = $state.raw<DoctorView | null>(null);
  recovery = $state.raw<{ kind: RecoveryKind; view: RecoveryView } | null>(null);
  busy = $state.raw<Work | null>(null);
  failed = $state.raw<{ work: Work | "load"; error: Failure } | null>(null);
  loaded = $state(false);

  async load(): Promise<void> {
    try {
      const [status, history] = await Promise.all([call("registry_status", {}), call("registry_history", {})]);
      this.status = status;
      this.history = history.items;
    } catch (cause) {
      this.failed = { work: "load", error: asFailure(cause) };
    } finally {
      this.loaded = true;
    }
  }

  errorOf(work: Work | "load"): Failure | null {
    return this.failed?.work === work ? this.failed.error : null;
  }

  async #do<T>(work: Work, call: () => Promise<T>): Promise<T | null> {
    if (this.busy !== null) return null;
    this.busy = work;
    this.failed = null;
    try {
      return await call();
    } catch (cause) {
      this.failed = { work, error: asFailure(cause) };
      return null;
    } finally {
      this.busy = null;
    }
  }

  async unlock(passphrase: string | null): Promise<boolean> {
    const status = await this.#do("unlock", () => call("registry_unlock", { passphrase }));
    if (status !== null) this.status = status;
    return status !== null;
  }

  async lock(): Promise<void> {
    this.status = (await this.#do("lock", () => call("registry_lock", {}))) ?? this.status;
  }

  async runCheck(repair: boolean): Promise<void> {
    this.check = null;
    this.checking = null;
    const asking = setInterval(() => void this.#askHowFar(), 400);
    try {
      this.check = await this.#do(repair ? "repair" : "check", () => call("registry_check", { repair }));
    } finally {
      clearInterval(asking);
      this.checking = null;
    }
  }

  /** Stops the check or repair that runs; what a repair has finished stays. */
  async stopCheck(): Promise<void> {
    if (this.checking === null) return;
    try {
      await call("task_cancel", { task: this.checking.id });
    } catch {
      // It has ended by itself in the meantime.
      this.checking = null;
    }
  }

  async #askHowFar(): Promise<void> {
    try {
      const { items } = await call("task_list", {});
      const busy = this.busy === "check" || this.busy === "repair";
      this.checking = (busy && items.find((task) => task.state === "running" && (task.kind === "check" || task.kind === "repair"))) || null;
    } catch {
      // Whoever cannot be asked how far it is still does its work; its own outcome says what is wrong.
      this.checking = null;
    }
  }

  async runDoctor(): Promise<void> {
    this.doctor = (await this.#do("doctor", () => call("doctor", {}))) ?? this.doctor;
  }

  /** A person says that the clock is right, and that the later time seen was not. */
  async confirmClock(): Promise<void> {
    this.doctor = (await this.#do("doctor", () => call("clock_confirm", {}))) ?? this.doctor;
  }

  /** Makes, tests or restores from the recovery file at a place that was chosen. */
  async recover(kind: RecoveryKind, path: string, passphrase: string, newVaultPassphrase: string | null = null, replace = false): Promise<boolean> {
    const commands = {
      create: () => call("recovery_file_create", { path, passphrase, replace }),
      test: () => call("recovery_file_test", { path, passphrase }),
      restore: () => call("recovery_file_restore", { path, passphrase, newVaultPassphrase }),
    } as const;
    const view = await this.#do("recovery", commands[kind]);
    if (view === null) return false;
    this.recovery = { kind, view };
    await this.load();
    return true;
  }

  async close(): Promise<boolean> {
    return (await this.#do("close", () => call("registry_close", {}))) !== null;
  }
}

export type RecoveryKind = "create" | "test" | "restore";
