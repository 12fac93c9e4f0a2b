// An entry in words.
import { tOr } from "../../i18n/words";
import type { AuditEntry } from "../../ipc/generated/AuditEntry";

/** What was done. */
export function what(entry: Pick<AuditEntry, "action">): string {
  return tOr(`audit.${entry.action}`, entry.action);
}

/** `anna@ca-host` of `anna@ca-host (chancery 0.1.0)`. */
export function person(actor: string): string {
  return actor.split(" (", 1)[0] ?? actor;
}

/** Where the subject of an entry is shown, if it is. */
export function place(entry: Pick<AuditEntry, "action" | "subject" | "detail">): string | null {
  const { action, subject } = entry;
  if (subject === "") return null;
  // Issuing that was refused is about the authority that was asked.
  if (/^(authority|crl|policy)\.|^certificate\.issue-refused$/u.test(action)) return /^[0-9a-f-]{36}$/u.test(subject) ? `/authorities/${subject}` : null;
  if (action.startsWith("certificate.")) return /^\d+$/u.test(subject) ? `/certificates/${subject}` : null;
  if (action.startsWith("source.")) return `/sources/${subject}`;
  if (action.startsWith("profile.")) return `/profiles/${subject}`;
  return null;
}

/** The particulars as lines: what stands in an object one level down stands beside the rest. */
export function particulars(detail: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.entries(detail).flatMap(([name, value]) =>
    name === "fields" && typeof value === "object" && value !== null ? Object.entries(value).map(([inner, one]) => [inner, shown(one)] as const) : [[name, shown(value)] as const],
  );
}
