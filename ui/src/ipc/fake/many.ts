// Many certificates at once, invented: a table of four rows, one of them bad and one with a warning; a file called `large` has 10,000.
import { Failure } from "../errors";
import type { IssueMany } from "../generated/IssueMany";
import type { ManyDraft } from "../generated/ManyDraft";
import type { ManyReport } from "../generated/ManyReport";
import type { ManyRow } from "../generated/ManyRow";
import type { ManyTable } from "../generated/ManyTable";
import { hex, id } from "./certificates";
import { needKeys } from "./changes";
import type { World } from "./world";

const row = (number: number, names: string, more: Partial<ManyRow> = {}): ManyRow => ({
  row: number, file: "", subject: "", names, profile: "tls-server", key: "", days: "", tags: "", stem: names.split("|")[0] ?? "", problems: [], warnings: [], ...more,
});

export function check(draft: ManyDraft): ManyTable {
  if (/empty/.test(draft.csv ?? "")) throw new Failure("not-a-table", { problem: "There is no row in it" });
  if (/large/.test(draft.csv ?? "")) return tableOf(Array.from({ length: 10_000 }, (_, at) => row(at + 2, `host-${String(at)}.acme.example`, at % 1000 === 7 ? { problems: [{ column: "row", code: "name-not-permitted", message: "The authority does not permit this name." }] } : {})));
  const items = [
    row(2, "web-1.acme.example|192.0.2.7", { tags: "web" }),
    row(3, "web-2.acme.example", { days: "90" }),
    row(4, "not a name", { days: "x", stem: "", problems: [
      { column: "names", code: "name", message: "“not a name” is no name: a host name has no blanks. Separate names by |, and write the kind in front where it is not clear: dns:, ip:, email:, uri:." },
      { column: "days", code: "days", message: "“x” is no number of days. Write a whole number above 0, or leave it empty for the profile's." },
    ] }),
    row(5, "web-3.acme.example", { key: "ec-p384", warnings: ["common_name_not_among_names"] }),
  ].filter((one) => !/good/.test(draft.csv ?? "") || one.problems.length === 0);
  return tableOf(items.map((one) => ({ ...one, warnings: one.warnings.filter((lint) => !draft.accept.includes(lint)) })));
}

function tableOf(items: ManyRow[]): ManyTable {
  const bad = items.filter((one) => one.problems.length > 0).length;
  return { items, good: items.length - bad, bad, skipped: [], sha256: hex(71, 64) };
}

export function run(world: World, { draft, out, withoutBad }: IssueMany): ManyReport {
  needKeys(world);
  const table = check(draft);
  if (table.bad > 0 && !withoutBad) throw new Failure("bad-rows", { bad: String(table.bad), total: String(table.items.length), rows: "" });
  const good = table.items.filter((one) => one.problems.length === 0);
  const task = world.tasks.find((one) => one.kind === "issue-many");
  const cancelled = task?.state === "cancelled";
  const items = good.slice(0, cancelled ? 1 : good.length).map((one, at) => ({ row: one.row, stem: one.stem, certificate: id(3, 500 + at), serial: hex(at + 601, 38), fingerprint: hex(at + 701, 64) }));
  return { task: task?.id ?? id(5, 9), state: cancelled ? "cancelled" : "done", out, total: good.length, before: 0, items, leftOut: table.items.filter((one) => one.problems.length > 0).map((one) => one.row) };
}

export function resume(world: World, task: string, password: string | null): ManyReport {
  needKeys(world);
  const row = world.tasks.find((one) => one.id === task);
  if (row?.about === "sealed" && password === null) throw new Failure("password-required");
  if (row) world.tasks = world.tasks.map((one) => (one.id === task ? { ...one, state: "done", resumable: false } : one));
  return { task, state: "done", out: "/home/admin/out", total: 3, before: 1, items: [3, 5].map((at) => ({ row: at, stem: `web-${String(at)}.acme.example`, certificate: id(3, 600 + at), serial: hex(at + 611, 38), fingerprint: hex(at + 711, 64) })), leftOut: [4] };
}
