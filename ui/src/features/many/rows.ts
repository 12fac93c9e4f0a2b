import type { ManyIssued } from "../../ipc/generated/ManyIssued";
import type { ManyReport } from "../../ipc/generated/ManyReport";
import type { ManyRow } from "../../ipc/generated/ManyRow";
import type { Tone } from "../../components/Shape.svelte";

/** What stands in the way of a row, or what became of it. */
export type Standing = "ready" | "warned" | "refused" | "issued" | "before" | "leftOut" | "notIssued";

export const TONES: Readonly<Record<Standing, Tone>> = { ready: "ok", warned: "warn", refused: "bad", issued: "ok", before: "ok", leftOut: "gone", notIssued: "warn" };

/** The filters of a table that was checked, and of one that was issued. */
export const CHECKED: readonly Standing[] = ["ready", "warned", "refused"];
export const ENDED: readonly Standing[] = ["issued", "before", "notIssued", "leftOut"];

export interface Line {
  readonly row: ManyRow;
  readonly standing: Standing;
  /** The certificate that was issued for it by this window. */
  readonly issued: ManyIssued | null;
}

function standing(row: ManyRow, report: ManyReport | null, issued: ReadonlyMap<number, ManyIssued>, leftOut: ReadonlySet<number>): Standing {
  if (report === null) return row.problems.length > 0 ? "refused" : row.warnings.length > 0 ? "warned" : "ready";
  if (issued.has(row.row)) return "issued";
  if (leftOut.has(row.row)) return "leftOut";
  // Of a run that is complete, what this window did not issue was issued by an earlier one.
  return report.state === "done" ? "before" : "notIssued";
}

/** Every row with how it stands. Without a table, as after an earlier run was resumed, what was issued makes the rows. */
export function lines(rows: readonly ManyRow[] | null, report: ManyReport | null, issued: ReadonlyMap<number, ManyIssued>): readonly Line[] {
  const given =
    rows ??
    [...issued.values()].map((one): ManyRow => ({ row: one.row, file: "", subject: "", names: one.stem, profile: "", key: "", days: "", tags: "", stem: one.stem, problems: [], warnings: [] }));
  const leftOut = new Set(report?.leftOut);
  return given.map((row) => ({ row, standing: standing(row, report, issued, leftOut), issued: issued.get(row.row) ?? null }));
}

/** How many lines stand how. */
export function tally(all: readonly Line[]): Readonly<Record<Standing, number>> {
  const counts = { ready: 0, warned: 0, refused: 0, issued: 0, before: 0, leftOut: 0, notIssued: 0 };
  for (const line of all) counts[line.standing] += 1;
  return counts;
}

/** What a row is called: its names, else its subject, else its file. */
export function called({ names, subject, file, stem }: ManyRow): string {
  const shown = names.split("|").join(", ");
  return shown !== "" && subject !== "" ? `${subject} · ${shown}` : shown || subject || file || stem;
}

/** How many rows each lint warns in, the most frequent first; what was accepted stands behind them. */
export function tallyWarnings(rows: readonly ManyRow[], accepted: readonly string[]): readonly { readonly lint: string; readonly rows: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) for (const lint of row.warnings) if (!accepted.includes(lint)) counts.set(lint, (counts.get(lint) ?? 0) + 1);
  const open = [...counts].map(([lint, count]) => ({ lint, rows: count })).sort((one, other) => other.rows - one.rows);
  return [...open, ...accepted.map((lint) => ({ lint, rows: 0 }))];
}
