import { t } from "../../i18n/words";
import type { SourceRefreshed } from "../../ipc/generated/SourceRefreshed";
import { thousands } from "../../lib/hex";

type Outcome = "created" | "replaced" | "unchanged";

/** What a refresh did, as a message says it. */
export function outcomeWords({ outcome, difference }: SourceRefreshed): { title: string; text?: string } {
  const known: Outcome = outcome === "created" || outcome === "replaced" ? outcome : "unchanged";
  const title = t(`sources.diff.done.${known}`);
  if (known === "unchanged") return { title };
  return { title, text: t("sources.diff.doneText", { added: thousands(difference.added), removed: thousands(difference.removed), changed: thousands(difference.changed) }) };
}
