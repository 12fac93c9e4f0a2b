// CRLs of the invented registry: what they list, where two of them differ, and some in files.
import type { AuthorityView } from "../generated/AuthorityView";
import type { CrlBuild } from "../generated/CrlBuild";
import type { CrlChangeView } from "../generated/CrlChangeView";
import type { CrlDiff } from "../generated/CrlDiff";
import type { CrlDifferenceView } from "../generated/CrlDifferenceView";
import type { CrlEntryView } from "../generated/CrlEntryView";
import type { CrlEventList } from "../generated/CrlEventList";
import type { CrlExport } from "../generated/CrlExport";
import type { CrlList } from "../generated/CrlList";
import type { CrlShow } from "../generated/CrlShow";
import type { CrlsOf } from "../generated/CrlsOf";
import type { CrlSummary } from "../generated/CrlSummary";
import type { CrlView } from "../generated/CrlView";
import type { ExportView } from "../generated/ExportView";
import { Failure } from "../errors";
import { authority, needKeys, put } from "./changes";
import { DAY, hex, id, iso } from "./certificates";
import { crlsOf, earlier, ofKey } from "./generations";
import { find } from "./lists";
import { note, type World } from "./world";

const REASONS = ["superseded", "cessationOfOperation", "keyCompromise", "unspecified", "affiliationChanged", "certificateHold"];
/** How many entries of a CRL are of certificates that the registry has. */
const KNOWN = 60;

/** Entry `at` of an authority's CRL: first what is revoked here, then as many more as it lists. */
function entryAt(world: World, at: number): CrlEntryView {
  const [key, revocation] = [...world.revoked].at(at) ?? [];
  if (at < KNOWN && key !== undefined && revocation !== undefined) {
    const row = find(world, key);
    const ended = Date.parse(row.notAfter) < world.now;
    return { serial: row.serial, revokedAt: revocation.at, reason: revocation.reason, invalidityDate: revocation.invalidityDate, name: row.name, certificate: row.id, ...(ended ? { kept: at % 2 === 0 ? "last-time" : "once-more" } : {}) };
  }
  const old = iso(world.now - (90 + (at % 700)) * DAY);
  return { serial: hex(at + 60_011, 38), revokedAt: old, reason: REASONS[at % REASONS.length] ?? "superseded", invalidityDate: at % 9 === 0 ? old : null, name: null, certificate: null, ...(at % 4 === 0 ? { kept: "for-ever" } : {}) };
}

interface Asked {
  readonly serial: string | null;
  readonly limit: number | null;
  readonly after: string | null;
  readonly entries: boolean;
}

function page(world: World, count: number, asked: Asked): { items: CrlEntryView[]; next: string | null } {
  const all = (from: number, to: number): CrlEntryView[] => Array.from({ length: Math.max(0, to - from) }, (_, at) => entryAt(world, from + at));
  if (asked.serial !== null) return { items: all(0, Math.min(count, 1000)).filter((one) => one.serial === asked.serial), next: null };
  if (!asked.entries) return { items: [], next: null };
  const from = Number(asked.after ?? 0);
  const to = Math.min(count, from + (asked.limit ?? 100));
  return { items: all(from, to), next: to < count ? String(to) : null };
}

const ALL: Asked = { serial: null, limit: 100, after: null, entries: true };

export function view(world: World, of: AuthorityView, asked: Asked = ALL): CrlView {
  const { crl } = of;
  return { issuer: of.certificate.subject.rfc4514, generation: of.generations[0]?.number ?? 1, earlier: [], number: crl.number, thisUpdate: crl.thisUpdate ?? iso(world.now), nextUpdate: crl.nextUpdate, entries: crl.entries, base: true, idp: null, signature: "valid", sha256: hex(Number(crl.number) + 5, 64), size: 420 + crl.entries * 39, findings: [], ...page(world, crl.entries, asked) };
}

/** CRLs in files, by what stands in the name: `old`, `delta`, `forged`, `foreign`, `large`. */
function inFile(world: World, path: string, asked: Asked): CrlView {
  const of = world.authorities[1];
  if (of === undefined || /\.(crt|key|csr|p12|txt)$/u.test(path)) throw new Failure("not-an-object", { path });
  if (path.includes("broken")) throw new Failure("file-damaged", { path, problem: "it ends in the middle of an entry" });
  const whole = view(world, of, asked);
  const old = path.includes("old");
  const delta = path.includes("delta");
  const entries = delta ? 2 : path.includes("large") ? 1_048_576 : old ? 11 : 15;
  const back = old ? 4 * DAY : 0;
  const findings = path.includes("forged") ? [{ lint: "crl-number-missing", severity: "error", message: "A CRL of an authority has a number.", fix: "Ask its issuer for one that follows RFC 5280.", clause: "RFC 5280 5.2.3", accepted: false }] : [];
  return {
    ...whole,
    ...(path.includes("foreign") ? { issuer: "CN=Partner Root CA,O=Partner,C=NL" } : {}),
    generation: null,
    number: path.includes("forged") ? null : Number(whole.number) - (old ? 1 : 0),
    thisUpdate: iso(Date.parse(whole.thisUpdate) - back),
    nextUpdate: old ? iso(world.now - DAY) : whole.nextUpdate,
    entries,
    size: 420 + entries * 39,
    base: !delta,
    idp: path.includes("part") ? "http://crl.acme.example/issuing-ca-1-part3.crl" : null,
    signature: path.includes("forged") ? "invalid" : path.includes("foreign") ? "unknown" : "valid",
    findings,
    ...page(world, entries, asked),
  };
}

export function show(world: World, wanted: CrlShow): CrlView {
  const asked = { serial: wanted.serial, limit: wanted.limit, after: wanted.after, entries: wanted.entries };
  if (wanted.path !== null) return inFile(world, wanted.path, asked);
  return view(world, ofKey(authority(world, wanted.authority ?? ""), wanted.generation), asked);
}

function listed(world: World, of: AuthorityView, generation: number | undefined): CrlSummary[] {
  const before = earlier(of, generation);
  return world.crls.get(before === null ? of.id : crlsOf(of.id, before.number)) ?? [];
}

export function list(world: World, { authority: wanted, generation }: CrlsOf): CrlList {
  const of = authority(world, wanted);
  const items = listed(world, of, generation);
  return { items, next: null, total: { count: items.length, atLeast: false }, pending: earlier(of, generation) === null ? (world.pending.get(of.id) ?? []) : [] };
}

export function events(world: World, { authority: wanted, generation }: CrlsOf): CrlEventList {
  const of = authority(world, wanted);
  const runs = listed(world, of, generation)
    .filter((one) => !one.imported && one.scope === null)
    .map((one) => ({ startedAt: one.thisUpdate, milliseconds: 41, number: one.number, kind: one.deltaOf === null ? "base" : "delta", entries: one.entries, error: null, message: null }));
  const failed = { startedAt: iso(Date.parse(runs[0]?.startedAt ?? of.certificate.notBefore) - 900_000), milliseconds: 3, number: null, kind: "base", entries: null, error: "keyring-timed-out", message: "The keyring did not answer in time" };
  const items = runs.length === 0 ? [] : [...runs.slice(0, 1), failed, ...runs.slice(1)];
  return { items, next: null, total: { count: items.length, atLeast: false }, nextDue: of.crl.dueAt };
}

const at = (url: string, suffix: string): string => url.replace(/\.crl$/u, `-${suffix}.crl`);

/** The lists beside the whole one, as the settings want them. */
export function beside(of: AuthorityView, whole: CrlSummary): CrlSummary[] {
  const url = of.crlUrls[0] ?? "";
  const suffixes = [...(of.split ? ["authorities"] : []), ...(of.partitions === 0 && of.split ? ["users"] : Array.from({ length: of.partitions }, (_, nth) => `part${nth + 1}`))];
  const parts = suffixes.map((suffix, nth): CrlSummary => ({ ...whole, scope: at(url, suffix), entries: suffix === "authorities" ? 0 : Math.floor(whole.entries / Math.max(1, suffixes.length - 1)) + (nth % 2), size: 460 + 39 * Math.floor(whole.entries / Math.max(1, suffixes.length - 1)), sha256: hex(nth + 4_001, 64) }));
  const deltas = of.delta ? [whole, ...parts].map((one, nth): CrlSummary => ({ ...one, deltaOf: whole.number, entries: nth % 2, size: 470 + 39 * (nth % 2), nextUpdate: iso(Date.parse(whole.thisUpdate) + DAY), sha256: hex(nth + 5_001, 64) })) : [];
  return [...deltas, ...parts];
}

export function build(world: World, { authority: wanted, nextUpdate, delta }: CrlBuild): CrlView {
  needKeys(world);
  const of = authority(world, wanted);
  if (of.keyState === "elsewhere") throw new Failure("key-elsewhere", { authority: of.name });
  const now = Date.now();
  const number = Number(of.crl.number ?? 0) + 1;
  const entries = of.crl.entries + (world.pending.get(of.id)?.length ?? 0);
  const until = nextUpdate ?? iso(now + of.crlDays * DAY);
  const whole: CrlSummary = { number, thisUpdate: iso(now), nextUpdate: until, entries, size: 420 + entries * 39, sha256: hex(number + 5, 64), imported: false, deltaOf: null, scope: null };
  if (delta) {
    world.crls.set(of.id, [{ ...whole, entries: entries - of.crl.entries, deltaOf: of.crl.number }, ...(world.crls.get(of.id) ?? [])]);
    note(world, "crl.issued", of.id, of.name, { number, delta: true });
    return { ...view(world, of, ALL), number, base: false, entries: entries - of.crl.entries };
  }
  world.pending.delete(of.id);
  world.crls.set(of.id, [whole, ...beside(of, whole), ...(world.crls.get(of.id) ?? [])]);
  note(world, "crl.issued", of.id, of.name, { number, entries });
  const crl = { number, thisUpdate: iso(now), nextUpdate: until, entries, stale: false, dueAt: iso(now + (of.crlDays * DAY * 2) / 3) };
  return view(world, put(world, { ...of, crl, generations: of.generations.map((one) => (one.current ? { ...one, crl } : one)) }));
}

export function exported(world: World, wanted: CrlExport): ExportView {
  const of = authority(world, wanted.authority);
  const wanting = (one: CrlSummary): boolean => String(one.number) === (wanted.number ?? String(of.crl.number)) && (one.deltaOf !== null) === (wanted.delta ?? false) && one.scope !== null;
  const parts = listed(world, of, wanted.generation).filter(wanting);
  return { files: [wanted.out, ...parts.map((one) => one.scope?.split("/").at(-1) ?? "")].map((path) => ({ path, holds: "crl" })), configuration: null, warnings: [] };
}

function changes(world: World, of: AuthorityView): CrlChangeView[] {
  const added = (world.pending.get(of.id) ?? []).map((entry): CrlChangeView => ({ change: "added", entry, was: null, end: null }));
  if (!world.scenario.lists) return added;
  const leaf = (nth: number, reason: string): CrlEntryView => {
    const row = find(world, id(2, nth));
    return { serial: row.serial, revokedAt: iso(world.now - 40 * DAY), reason, invalidityDate: null, name: row.name, certificate: row.id };
  };
  return [
    ...added,
    { change: "added", entry: leaf(77, "superseded"), was: null, end: null },
    { change: "added", entry: leaf(78, "keyCompromise"), was: null, end: null },
    { change: "changed", entry: leaf(182, "keyCompromise"), was: "certificateHold", end: null },
    { change: "removed", entry: leaf(91, "cessationOfOperation"), was: null, end: "expired" },
    { change: "removed", entry: leaf(92, "superseded"), was: null, end: "expired" },
    { change: "removed", entry: leaf(79, "certificateHold"), was: null, end: "lifted" },
  ];
}

/** What the next CRL adds, what came with one of those before, or where two files differ. */
export function difference(world: World, wanted: CrlDiff): CrlDifferenceView {
  const sides = (one: CrlView | CrlSummary): { number: number | string | null; thisUpdate: string | null; entries: number | null } => ({ number: one.number, thisUpdate: one.thisUpdate, entries: one.entries });
  const cut = (all: readonly CrlChangeView[]) => {
    const from = Number(wanted.after ?? 0);
    const to = from + (wanted.limit ?? 100);
    const count = (change: string): number => all.filter((one) => one.change === change).length;
    return { added: count("added"), removed: count("removed"), changed: count("changed"), items: all.slice(from, to), next: to < all.length ? String(to) : null };
  };
  const bare = { serial: null, limit: 0, after: null, entries: false };
  if (wanted.path !== null && wanted.otherPath !== null) {
    const [from, to] = [inFile(world, wanted.path, bare), inFile(world, wanted.otherPath, bare)];
    const many = wanted.otherPath.includes("large") ? 2500 : Math.abs(to.entries - from.entries);
    return { from: sides(from), to: sides(to), ...cut(Array.from({ length: many }, (_, nth) => ({ change: nth % 5 === 4 ? "removed" : "added", entry: entryAt(world, nth), was: null, end: null }))) };
  }
  const of = ofKey(authority(world, wanted.authority ?? ""), wanted.generation ?? undefined);
  const wholes = listed(world, of, wanted.generation ?? undefined).filter((one) => one.deltaOf === null && one.scope === null);
  if (wanted.to === null || wanted.to === "next") {
    const newest = wholes[0];
    return { from: newest === undefined ? null : sides(newest), to: { number: Number(newest?.number ?? 0) + 1, thisUpdate: null, entries: null }, ...cut(changes(world, of)) };
  }
  const place = wholes.findIndex((one) => String(one.number) === wanted.to);
  const [later, before] = [wholes[place], wholes[place + 1]];
  if (later === undefined) throw new Failure("crl-not-found", { authority: of.name, number: wanted.to });
  const more = Math.max(0, later.entries - (before?.entries ?? 0));
  return { from: before === undefined ? null : sides(before), to: sides(later), ...cut(Array.from({ length: more }, (_, nth): CrlChangeView => ({ change: "added", entry: entryAt(world, nth), was: null, end: null }))) };
}
