import { call } from "../ipc/commands";
import { session } from "../ipc/session.svelte";
import { toasts } from "../components/toasts.svelte";
import { t } from "../i18n/words";
import { mainModifier, typing } from "../lib/keys";
import { visible } from "../lib/hostile";
import { sayFailure, undo } from "../pki/undoing";

/** Says what undoing the last act would do, and does it when that is confirmed. */
export async function offerUndo(): Promise<void> {
  try {
    const plan = await call("registry_undo_plan", { sequence: null });
    const text = plan.later === null ? plan.will : `${plan.will} ${t("undo.later", { later: plan.later })}`;
    toasts.show({ tone: "held", title: visible(plan.title), text: visible(text), action: { label: t("action.undo"), run: () => void undo(plan.act.sequence) } });
  } catch (thrown) {
    sayFailure(thrown);
  }
}

/** Ctrl or Cmd Z, unless something is being typed: a field has an undo of its own. */
export function undoKey(event: KeyboardEvent): void {
  if (!mainModifier(event) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "z" || typing(event.target)) return;
  if (session.status === null || session.readOnly) return;
  event.preventDefault();
  void offerUndo();
}
