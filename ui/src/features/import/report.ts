import { t, tOr } from "../../i18n/words";
import { call } from "../../ipc/commands";
import type { ImportItem } from "../../ipc/generated/ImportItem";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import { visible } from "../../lib/hostile";

const COUNTS = ["certificates", "keys", "requests", "revocations", "crls", "profiles"] as const;
/** A report with more objects than this is saved rather than copied. */
export const MOST_COPIED = 5000;
const AT_ONCE = 500;

/** The report as text, to be pasted: counts first, then one line per object, parted by tabs. */
export function asText(report: ImportReport, items: readonly ImportItem[]): string {
  const counts = COUNTS.map((kind) => `${t(`import.counts.${kind}`)}\t${report.taken[kind]}\t${t("import.filter.known")}\t${report.known[kind]}`);
  const head = [t("import.column.outcome"), t("import.column.kind"), t("import.column.object"), t("import.column.detail"), t("import.column.file")];
  const lines = items.map((item) => [tOr(`import.outcome.${item.outcome}`, item.outcome), tOr(`import.kind.${item.kind}`, item.kind), item.object, item.detail, item.path]);
  const skipped = report.skipped.map(({ path }) => [t("import.outcome.skipped"), "", "", "", path]);
  const rows = [head, ...lines, ...skipped].map((row) => row.map((cell) => visible(cell).replaceAll("\t", " ")).join("\t"));
  return [...counts, "", ...rows, ""].join("\n");
}

/** Every object of a report, page by page. */
export async function everyItem(report: string): Promise<ImportItem[]> {
  const items: ImportItem[] = [];
  let after: string | null = null;
  do {
    const page: { items: ImportItem[]; next: string | null } = await call("import_items", { report, outcome: null, kind: null, source: null, limit: AT_ONCE, after });
    items.push(...page.items);
    after = page.next;
  } while (after !== null);
  return items;
}
