// What can be taken back, invented: the last act of the log that says it can, and a trash that things come out of.
import { Failure } from "../errors";
import type { Done } from "../generated/Done";
import type { TrashList } from "../generated/TrashList";
import type { TrashRestore } from "../generated/TrashRestore";
import type { UndoView } from "../generated/UndoView";
import { find } from "./lists";
import { note, type World } from "./world";

const UNDOABLE = ["profile.removed", "profile.set", "policy.set", "setting.changed", "authority.changed", "certificate.archived", "certificate.tagged"];

export function plan(world: World, sequence: number | null): UndoView {
  const act = [...world.audit].reverse().find((row) => (sequence === null ? UNDOABLE.includes(row.action) : row.sequence === sequence));
  if (act === undefined) throw new Failure("nothing-to-undo", { problem: "" });
  if (!UNDOABLE.includes(act.action)) throw new Failure("undo-impossible", { problem: "What was signed stays signed." });
  return { act, title: `${act.action}: ${act.subjectName}.`, will: "It is as it was before.", later: null };
}

export function undo(world: World, sequence: number): UndoView {
  const view = plan(world, sequence);
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

export function archive(world: World, certificates: readonly string[], archived: boolean): Done {
  for (const certificate of certificates) {
    const row = find(world, certificate);
    world.trash = world.trash.filter((one) => one.id !== row.id);
    if (archived) world.trash = [...world.trash, { kind: "certificate", id: row.id, name: row.name, at: null }];
    note(world, archived ? "certificate.archived" : "certificate.unarchived", row.id, row.name);
  }
  return {};
}
