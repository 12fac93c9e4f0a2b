// What a file dialog is called, and which kinds of file it shows, by what it is for.
import { t } from "../i18n/words";
import type { Purpose } from "./backend";

/** File name endings without the dot; none shows every file. */
const ENDINGS: Readonly<Partial<Record<Purpose, readonly string[]>>> = {
  "registry-open": ["chancery"],
  "registry-create": ["chancery"],
  "recovery-file": ["recovery"],
  backup: ["chancery"],
  table: ["csv"],
};

/** What the shell is asked with. */
export interface DialogRequest {
  readonly title: string;
  readonly multiple: boolean;
  readonly suggested: string | null;
  readonly endings: readonly string[];
}

export function dialogFor(purpose: Purpose, { multiple = false, suggested = null }: { multiple?: boolean; suggested?: string | null } = {}): DialogRequest {
  return { title: t(`dialog.${purpose}`), multiple, suggested, endings: ENDINGS[purpose] ?? [] };
}
