// What the whole page shares about the open registry: which one, whether its keys can be used, and that something changed.
import { call, host } from "./commands";
import { asFailure, type Failure } from "./errors";
import type { LockView } from "./generated/LockView";
import type { RegistryStatus } from "./generated/RegistryStatus";
import { forgetting } from "../lib/forgetting.svelte";

class Session {
  /** The open registry; null before one is open. */
  status = $state.raw<RegistryStatus | null>(null);
  /** Whether the first question has been answered. */
  started = $state(false);
  /** Why the first question failed, other than that none is open. */
  failure = $state.raw<Failure | null>(null);
  /** Rises with each change of the registry; whatever shows its contents depends on it. */
  revision = $state(0);
  /** What locks the keys, or has locked them; null before it was asked, and without a registry. */
  lock = $state.raw<LockView | null>(null);
  /** When that was asked, milliseconds since the epoch. */
  lockAt = $state(0);
  /** Whether somebody waits for the keys. */
  unlockWanted = $state(false);

  /** Counts the questions: of several under way at once, only the last one's answer is news. */
  #turn = 0;
  #waiting: ((unlocked: boolean) => void)[] = [];

  get unlocked(): boolean {
    return this.status?.unlocked ?? false;
  }

  /** Whether the open registry can be looked at only. */
  get readOnly(): boolean {
    return this.status?.readOnly ?? false;
  }

  /** Asks which registry is open. */
  async refresh(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const status = await call("registry_status", {});
      if (turn !== this.#turn) return;
      this.#become(status);
      this.failure = null;
      void this.refreshLock();
    } catch (thrown) {
      if (turn !== this.#turn) return;
      const failure = asFailure(thrown);
      this.status = null;
      this.failure = failure.code === "no-registry-open" ? null : failure;
    } finally {
      this.started = true;
    }
  }

  /** Takes over the state that a command gave back: a registry was opened, locked or unlocked. */
  set(status: RegistryStatus | null): void {
    this.#become(status);
    this.touch();
    void this.refreshLock();
  }

  #become(status: RegistryStatus | null): void {
    const locked = this.unlocked && status?.unlocked !== true;
    this.status = status;
    if (locked) forgetting.now();
  }

  /** Asks when the keys are locked, or why they were. */
  async refreshLock(): Promise<void> {
    await this.#askLock("lock_show");
  }

  /** Somebody is at it: the time until the keys are locked begins anew. */
  async present(): Promise<void> {
    await this.#askLock("lock_touch");
  }

  async #askLock(command: "lock_show" | "lock_touch"): Promise<void> {
    if (this.status === null) {
      this.lock = null;
      return;
    }
    try {
      const view = await call(command, {});
      this.lockAt = Date.now();
      this.lock = view;
    } catch {
      // The countdown is a courtesy: the core locks without it, and the status says whether it did.
      this.lock = null;
    }
  }

  /** Says that the registry's contents changed. */
  touch(): void {
    this.revision += 1;
  }

  /** Follows changes made by other programs; returns what ends it. */
  follow(): () => void {
    return host().onChanged(() => {
      this.touch();
      void this.refresh();
    });
  }

  /** Makes sure that keys can be used: asks the user when they are locked. False when the user declined. */
  async needKeys(): Promise<boolean> {
    if (this.unlocked) return true;
    this.unlockWanted = true;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Unlocks; rejects with a `Failure` when the passphrase is wrong or the keyring does not answer. */
  async unlock(passphrase: string | null): Promise<void> {
    this.set(await call("registry_unlock", { passphrase }));
    this.settle(this.unlocked);
  }

  async lockKeys(): Promise<void> {
    this.set(await call("registry_lock", {}));
  }

  /** Ends the question for the keys. */
  settle(unlocked: boolean): void {
    this.unlockWanted = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(unlocked);
  }
}

export const session = new Session();
