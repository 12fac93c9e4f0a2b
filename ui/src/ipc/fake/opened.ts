// What the invented core shows of a file that is not taken in, by the file's name.
import type { FileShow } from "../generated/FileShow";
import type { OpenedFile } from "../generated/OpenedFile";
import type { OpenedObject } from "../generated/OpenedObject";
import type { RequestView } from "../generated/RequestView";
import { Failure } from "../errors";
import { detail, hex, leaf } from "./certificates";
import * as change from "./changes";
import * as crls from "./crls";
import type { World } from "./world";

const NOTHING: OpenedObject = { label: "", kind: "unknown", known: false, id: null, problem: null, locked: false, tried: false, certificate: null, request: null, crl: null, key: null };
const NONE = { certificates: 0, keys: 0, requests: 0, revocations: 0, crls: 0, profiles: 0 };
/** What opens the invented key stores. */
const PASSWORD = "changeit";
const PAGE = 50;

function certificate(world: World, at: number, label = ""): OpenedObject {
  const row = leaf(at, world.now, world.authorities.slice(1), world.revoked);
  const known = world.status !== null && at % 2 === 0;
  // What the registry does not have, it knows nothing of.
  const view = known ? row : { ...row, id: "", profile: null, policyVersion: null, authority: null, tags: [], key: { ...row.key, held: false } };
  return { ...NOTHING, label, kind: "certificate", known, id: known ? row.id : null, certificate: { ...detail(view, [], null), history: [], keyOrigin: null } };
}

function request(label = ""): OpenedObject {
  const view: RequestView = change.readRequest(null);
  return { ...NOTHING, label, kind: "request", request: view };
}

function crl(world: World, path: string, label = ""): OpenedObject {
  const view = crls.show(world, { authority: null, path, entries: false, serial: null, limit: null, after: null });
  return { ...NOTHING, label, kind: "crl", crl: { ...view, items: [], next: null } };
}

function key(label: string, certificateName: string | null): OpenedObject {
  return { ...NOTHING, label, kind: "key", key: { kind: "ec-p256", fingerprint: hex(77, 64), certificate: certificateName } };
}

const locked = (label: string, tried: boolean): OpenedObject => ({ ...NOTHING, label, locked: true, tried, problem: "It is locked and no password given opens it. Give its password, or leave keys out." });

/** The objects of a file by its name's ending. */
function objects(world: World, { path, text, passwords }: FileShow): OpenedObject[] {
  const name = path ?? "";
  const open = passwords.includes(PASSWORD);
  const tried = passwords.length > 0;
  if (text !== null) return [certificate(world, 3, "PEM block 1"), certificate(world, 5, "PEM block 2")];
  if (name.endsWith(".csr")) return [request()];
  if (name.endsWith(".crl")) return [crl(world, name)];
  if (name.endsWith(".key")) return [key("private key", null)];
  if (name.startsWith("many")) return Array.from({ length: 120 }, (_, at) => certificate(world, at, `PEM block ${at + 1}`));
  if (/\.(p12|pfx|jks)$/u.test(name)) {
    const leafObject = certificate(world, 4, "certificate 1");
    return open ? [leafObject, certificate(world, 7, "certificate 2"), key("private key", leafObject.certificate?.name ?? null)] : [locked("PKCS#12 store", tried)];
  }
  if (name.startsWith("mixed")) return [certificate(world, 0, "PEM block 1"), certificate(world, 21, "PEM block 2"), request("PEM block 3"), crl(world, name, "PEM block 4"), key("PEM block 5", certificate(world, 0).certificate?.name ?? null), locked("PEM block 6", tried), { ...NOTHING, label: "PEM block 7", problem: "The PEM text ends too early. Copy the file again from its source." }];
  return [certificate(world, 3)];
}

export function file(world: World, asked: FileShow): OpenedFile {
  const name = asked.path ?? "";
  const whole = (holds: string): OpenedFile => ({ holds, found: NONE, locked: 0, items: [], next: null, total: 0 });
  if (name.startsWith("empty")) throw new Failure("file-empty", { path: name });
  if (name.endsWith(".chancery")) return whole("registry");
  if (name.endsWith(".xdb")) return whole("database");
  if (name.endsWith(".txt")) return whole("nothing");
  if (asked.text === null && !name.includes(".")) return whole("folder");
  const all = objects(world, asked);
  const first = Number(asked.after ?? 0);
  const end = first + (asked.limit ?? PAGE);
  const count = (kind: string): number => all.filter((one) => one.kind === kind).length;
  return {
    holds: "objects",
    found: { ...NONE, certificates: count("certificate"), keys: count("key"), requests: count("request"), crls: count("crl") },
    locked: all.filter((one) => one.locked).length,
    items: all.slice(first, end),
    next: end < all.length ? String(end) : null,
    total: all.length,
  };
}
