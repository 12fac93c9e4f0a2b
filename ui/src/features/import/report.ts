import { t, tOr } from "../../i18n/words";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import { visible } from "../../lib/hostile";
import { rows } from "./import.svelte";

const COUNTS = ["certificates", "keys", "requests", "revocations", "crls", "profiles"] as const;

/** The report as text, to be kept: counts first, then one line per object, parted by tabs. */
export function asText(report: ImportReport): string {
  const counts = COUNTS.map((kind) => `${t(`import.counts.${kind}`)}\t${report.taken[kind]}\t${t("import.filter.known")}\t${report.known[kind]}`);
  const head = [t("import.column.outcome"), t("import.column.kind"), t("import.column.object"), t("import.column.detail"), t("import.column.file")].join("\t");
  const lines = rows(report).map((row) => [t(`import.outcome.${row.outcome}`), row.kind === "" ? "" : tOr(`import.kind.${row.kind}`, row.kind), row.object, row.detail, row.path].map((cell) => visible(cell).replaceAll("\t", " ")).join("\t"));
  return [...counts, "", head, ...lines, ""].join("\n");
}
