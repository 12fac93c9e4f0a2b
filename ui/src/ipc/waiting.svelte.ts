// Calls that wait for the system's keyring: which, as far as the core says that somebody waits. The keyring may have asked its owner something, or say nothing at all.
import type { Backend, CommandName } from "./backend";

/** A call that takes so long is asked about, in milliseconds; and so often. */
const AFTER = 1000;
const OFTEN = 500;

/** These end or explain a wait; they are not one. */
const BESIDE: readonly CommandName[] = ["lock_show", "lock_touch", "keyring_cancel", "registry_status", "overview", "task_list", "task_show", "import_progress", "import_stop", "clipboard_show"];

/** What reads or writes keys, so that a wait for the keyring is likeliest its own. */
const OF_KEYS: readonly CommandName[] = ["registry_create", "registry_open", "registry_restore", "registry_drill", "registry_unlock", "key_repair", "key_export", "key_copy", "registry_move_keys", "recovery_file_create", "recovery_file_test", "recovery_file_restore", "authority_create", "certificate_issue", "crl_build", "issue_many_run", "issue_many_resume", "import_run", "key_list", "key_show"];

class Waiting {
  /** The command that waits for the keyring. */
  command = $state<CommandName | null>(null);
  /** Whether the wait is being ended. */
  ending = $state(false);
  readonly #calls = new Set<{ readonly name: CommandName; readonly since: number }>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Notes a call that begins; returns what notes its end. */
  begin(host: Backend, name: CommandName): () => void {
    if (BESIDE.includes(name)) return () => {};
    const call = { name, since: Date.now() };
    this.#calls.add(call);
    this.#look(host, AFTER);
    return () => {
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#rest();
    };
  }

  /** Ends every wait for the keyring: what waited says that it was stopped. */
  async cancel(host: Backend): Promise<void> {
    this.ending = true;
    try {
      await host.call("keyring_cancel", {});
    } finally {
      this.ending = false;
    }
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.command = null;
  }

  #look(host: Backend, after: number): void {
    this.#timer ??= setTimeout(() => {
      const late = [...this.#calls].filter((call) => Date.now() - call.since >= AFTER);
      const likeliest = late.find((call) => OF_KEYS.includes(call.name)) ?? late[0];
      const asked: Promise<boolean> = likeliest === undefined ? Promise.resolve(false) : host.call("lock_show", {}).then((lock) => (lock.keyringWaits ?? 0) >= 1);
      // Whoever cannot be asked says nothing; the call itself will say how it ended.
      void asked.catch(() => false).then((waits) => {
        this.#timer = null;
        this.command = waits && likeliest !== undefined && this.#calls.has(likeliest) ? likeliest.name : null;
        if (this.#calls.size > 0) this.#look(host, OFTEN);
      });
    }, after);
  }
}

export const waiting = new Waiting();
