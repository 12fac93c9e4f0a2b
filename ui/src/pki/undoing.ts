// What was done, said with a button that takes it back.
import { toasts } from "../components/toasts.svelte";
import { errorWords, t } from "../i18n/words";
import { call } from "../ipc/commands";
import { asFailure } from "../ipc/errors";
import { session } from "../ipc/session.svelte";
import { visible } from "../lib/hostile";

/** Says what failed where no screen is there to show it. */
export function sayFailure(thrown: unknown): void {
  const failure = asFailure(thrown);
  const words = errorWords(failure.code, failure.fields);
  toasts.show({ tone: "bad", title: visible(words.title), text: visible(`${words.safe} ${words.next}`) });
}

/** Takes back one act of the log. */
export async function undo(sequence: number): Promise<void> {
  try {
    const done = await call("registry_undo", { sequence });
    session.touch();
    toasts.show({ tone: "ok", title: t("undo.done"), text: visible(done.will) });
  } catch (thrown) {
    sayFailure(thrown);
  }
}

/**
 * Does something that can be taken back, and says so. `action` is how the log calls it: when another program has done something since, nothing is offered
 * rather than its act. False when it failed, which `failed` says in place of a toast where a screen shows it.
 */
export async function doUndoably(action: string, title: string, work: () => Promise<unknown>, failed: (thrown: unknown) => void = sayFailure): Promise<boolean> {
  try {
    await work();
  } catch (thrown) {
    failed(thrown);
    return false;
  }
  const act = await newest(action);
  session.touch();
  toasts.show({ tone: "ok", title, ...(act === null ? {} : { action: { label: t("action.undo"), run: () => void undo(act) } }) });
  return true;
}

async function newest(action: string): Promise<number | null> {
  try {
    const { act } = await call("registry_undo_plan", { sequence: null });
    return act.action === action ? act.sequence : null;
  } catch {
    // Without a plan there is nothing to offer; what was done is done all the same.
    return null;
  }
}
