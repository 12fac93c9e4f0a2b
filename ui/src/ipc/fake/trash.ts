// What can be taken back, invented: the last act of the log that says it can, and a trash that things come out of.
import { Failure } from "../errors";
import type { CertificatesTagged } from "../generated/CertificatesTagged";
import type { Done } from "../generated/Done";
import type { TrashList } from "../generated/TrashList";
import type { TrashRestore } from "../generated/TrashRestore";
import type { UndoView } from "../generated/UndoView";
import { find } from "./lists";
import { note, type World } from "./world";

const UNDOABLE = ["profile.removed", "profile.set", "policy.set", "setting.changed", "authority.changed", "authority.retired", "certificate.archived", "certificate.unarchived", "certificate.tagged"];

export function plan(world: World, sequence: number | null): UndoView {
  const act = [...world.audit].reverse().find((row) => (sequence === null ? UNDOABLE.includes(row.action) : row.sequence === sequence));
  if (act === undefined) throw new Failure("nothing-to-undo", { problem: "" });
  if (!UNDOABLE.includes(act.action)) throw new Failure("undo-impossible", { problem: "What was signed stays signed." });
  return { act, title: `${act.action}: ${act.subjectName}.`, will: "It is as it was before.", later: null };
}

export function undo(world: World, sequence: number): UndoView {
  const view = plan(world, sequence);
  world.undoing.get(sequence)?.();
  note(world, "registry.undone", view.act.subject, view.act.subjectName, { sequence });
  return view;
}

export function restore(world: World, { kind, id }: TrashRestore): TrashList {
  const item = world.trash.find((one) => one.kind === kind && one.id === id);
  if (item === undefined) throw new Failure("profile-not-found", { profile: id });
  world.trash = world.trash.filter((one) => one !== item);
  note(world, "profile.set", id, item.name);
  return { items: world.trash, more: false };
}

function put(world: World, row: { id: string; name: string }, archived: boolean): void {
  world.trash = world.trash.filter((one) => one.id !== row.id);
  world.archived.delete(row.id);
  if (!archived) return;
  world.archived.add(row.id);
  world.trash = [...world.trash, { kind: "certificate", id: row.id, name: row.name, at: null }];
}

/** One act of the log for all of them, as in the core. */
function once(world: World, action: string, rows: readonly { id: string; name: string }[], back: () => void): Done {
  const [first] = rows;
  if (first === undefined) return {};
  note(world, action, rows.length === 1 ? first.id : "", rows.length === 1 ? first.name : `${rows.length} certificates`);
  world.undoing.set(world.audit.length, back);
  return {};
}

export function archive(world: World, certificates: readonly string[], archived: boolean): Done {
  const rows = certificates.map((certificate) => find(world, certificate));
  for (const row of rows) put(world, row, archived);
  return once(world, archived ? "certificate.archived" : "certificate.unarchived", rows, () => rows.forEach((row) => put(world, row, row.archived)));
}

export function tag(world: World, { certificates, add, remove }: CertificatesTagged): Done {
  const rows = certificates.map((certificate) => find(world, certificate));
  for (const row of rows) world.tags.set(row.id, [...new Set([...row.tags.filter((one) => !remove.includes(one)), ...add])].sort());
  return once(world, "certificate.tagged", rows, () => rows.forEach((row) => world.tags.set(row.id, row.tags)));
}

/** Every tag in use. */
export function tags(world: World): string[] {
  return [...new Set([...world.tags.values()].flat())].sort();
}
