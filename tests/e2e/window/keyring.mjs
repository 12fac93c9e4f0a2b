// The Secret Service of the private session: its process, and its entries as another program sees and changes them.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { entries } from "./secrecy.mjs";

/** The process that answers for the Secret Service on a session's bus. */
export function daemon(environment = process.env) {
  const said = execFileSync("gdbus", ["call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/org/freedesktop/DBus", "--method", "org.freedesktop.DBus.GetConnectionUnixProcessID", "org.freedesktop.secrets"], { encoding: "utf8", env: environment });
  const id = Number(/uint32 (\d+)/u.exec(said)?.[1]);
  const name = readFileSync(`/proc/${id}/comm`, "utf8").trim();
  assert.match(name, /^gnome-keyring-d/u, "the daemon of this session");
  return id;
}

/** Runs work while the daemon answers nothing. */
export async function whileSilent(work) {
  const id = daemon();
  process.kill(id, "SIGSTOP");
  try {
    return await work();
  } finally {
    process.kill(id, "SIGCONT");
  }
}

/** The entry of a key: it is named `REGISTRY/KEY`. */
export function entryOf(key) {
  const found = entries().find((one) => one.user?.endsWith(`/${key}`));
  assert.ok(found, `there is an entry for ${key}`);
  return found;
}

/** Deletes the entry of a key, as any program of the same user can. */
export function deleteEntry(key) {
  execFileSync("secret-tool", ["clear", "service", "chancery", "username", entryOf(key).user]);
}

/** Puts another secret in the place of a key's entry. */
export function replaceEntry(key, secret) {
  const { label, user } = entryOf(key);
  deleteEntry(key);
  execFileSync("secret-tool", ["store", `--label=${label}`, "service", "chancery", "username", user], { input: secret });
}
