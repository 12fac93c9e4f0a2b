import { call } from "../ipc/commands";
import { asFailure } from "../ipc/errors";
import { session } from "../ipc/session.svelte";
import { toasts } from "../components/toasts.svelte";
import { errorWords, t } from "../i18n/words";
import { mainModifier, typing } from "../lib/keys";
import { visible } from "../lib/hostile";

function failed(thrown: unknown): void {
  const failure = asFailure(thrown);
  const words = errorWords(failure.code, failure.fields);
  toasts.show({ tone: "bad", title: words.title, text: visible(`${words.safe} ${words.next}`) });
}

/** Says what undoing the last act would do, and does it when that is confirmed. */
export async function offerUndo(): Promise<void> {
  try {
    const plan = await call("registry_undo_plan", { sequence: null });
    const run = async (): Promise<void> => {
      try {
        const done = await call("registry_undo", { sequence: plan.act.sequence });
        session.touch();
        toasts.show({ tone: "ok", title: t("undo.done"), text: visible(done.will) });
      } catch (thrown) {
        failed(thrown);
      }
    };
    const text = plan.later === null ? plan.will : `${plan.will} ${t("undo.later", { later: plan.later })}`;
    toasts.show({ tone: "held", title: visible(plan.title), text: visible(text), action: { label: t("action.undo"), run: () => void run() } });
  } catch (thrown) {
    failed(thrown);
  }
}

/** Ctrl or Cmd Z, unless something is being typed: a field has an undo of its own. */
export function undoKey(event: KeyboardEvent): void {
  if (!mainModifier(event) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "z" || typing(event.target)) return;
  if (session.status === null || session.readOnly) return;
  event.preventDefault();
  void offerUndo();
}
