import { toasts } from "../components/toasts.svelte";
import { errorWords } from "../i18n/words";
import { asFailure } from "../ipc/errors";
import { session } from "../ipc/session.svelte";
import { mainModifier } from "../lib/keys";

/** Does what a menu or a key asked for, and says when it failed. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const { code, fields } = asFailure(thrown);
    const words = errorWords(code, fields);
    toasts.show({ tone: "bad", title: words.title, text: words.next });
  }
}

/** Forgets what opens the keys. */
export async function lockKeys(): Promise<void> {
  if (session.unlocked) await attempt(() => session.lockKeys());
}

/** Control L, or Command L: locks, wherever the focus is. */
export function lockKey(event: KeyboardEvent): void {
  if (!mainModifier(event) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "l" || session.status === null) return;
  event.preventDefault();
  void lockKeys();
}
