// The invented sources: a machine's trust store, a master list, a directory, somebody else's CRL that could not be fetched, a list whose signer is unknown.
import type { Page } from "../generated/Page";
import type { SourceCreate } from "../generated/SourceCreate";
import type { SourceDetail } from "../generated/SourceDetail";
import type { SourceDiff } from "../generated/SourceDiff";
import type { SourceDifference } from "../generated/SourceDifference";
import type { SourceEvent } from "../generated/SourceEvent";
import type { SourceFailure } from "../generated/SourceFailure";
import type { SourceRefresh } from "../generated/SourceRefresh";
import type { SourceRefreshed } from "../generated/SourceRefreshed";
import type { SourceRemove } from "../generated/SourceRemove";
import type { SourceView } from "../generated/SourceView";
import type { VerifyView } from "../generated/VerifyView";
import { Failure } from "../errors";
import { DAY, hex, id, iso } from "./certificates";
import * as contents from "./sourceContents";
import { NONE } from "./sourceContents";
import { note, type World } from "./world";

const NOTHING = {};

const kept = new WeakMap<World, SourceView[]>();
const histories = new WeakMap<SourceView, SourceEvent[]>();

function made(world: World): SourceView[] {
  const many = world.scenario.sources === "many";
  const base = {
    refreshHours: 24, createdAt: iso(world.now - 200 * DAY), refreshedAt: iso(world.now - DAY / 3), changedAt: iso(world.now - 9 * DAY), dueAt: iso(world.now + (DAY * 2) / 3), failure: null, signers: [],
    signedBy: null, signedAt: null, sha256: hex(91, 64), size: 219_342, certificates: NONE, countries: 0, crls: 0, revoked: 0, nextUpdate: null, quarantined: 0,
  };
  const csca = { subject: "CN=CSCA-GERMANY,O=bund,C=DE", fingerprint: hex(41, 64), notAfter: iso(world.now + 2200 * DAY) };
  const swiss = { subject: "CN=csca-switzerland-2,OU=Certification Authorities,O=Admin,C=CH", fingerprint: hex(42, 64), notAfter: iso(world.now + 900 * DAY) };
  const fetching = { at: iso(world.now - DAY / 8), stage: "fetch", code: "source-fetch-failed", title: "“https://crl.partner.example/partner.crl” could not be fetched: connection refused", next: "Check the address and the network, then refresh again.", passing: true, times: 3 };
  const unknown = { at: iso(world.now - DAY / 5), stage: "verify", code: "source-signer-unknown", title: "The list from “https://www.list.example/ML.ml” is signed by “CN=ML Signer 4,O=Admin,C=CH”, for whom nothing vouches here", next: "If the publisher has a new signer, get its certificate or that of its CSCA from a place that you trust, and make the source anew with it.", passing: false, times: 1 };
  const master = { kind: "icao-master-list", signers: [csca], signedBy: "CN=CSCA Master List Signer,O=bund,C=DE", signedAt: iso(world.now - 12 * DAY), size: 1_142_318 };
  const all: SourceView[] = [
    { ...base, ...master, id: id(70, 1), name: "German master list", place: { kind: "url", text: "https://download.example/DE_ML.ml" }, certificates: { ...NONE, cscas: 541, listSigners: 1 }, countries: 37, quarantined: 2 },
    { ...base, id: id(70, 4), name: "ICAO directory", kind: "ldif", place: { kind: "file", text: "/srv/icao/icaopkd-001-complete.ldif" }, refreshHours: 168, refreshedAt: iso(world.now - 8 * DAY), dueAt: iso(world.now - DAY / 24), signers: [csca], size: 74_210_991, certificates: { cscas: 12, documentSigners: many ? 100_000 : 3418, listSigners: 7, others: 0 }, countries: 38, crls: 76, revoked: 8012, nextUpdate: iso(world.now - 4 * DAY), quarantined: many ? 212 : 3 },
    { ...base, id: id(70, 2), name: "Partner CRL", kind: "crl", place: { kind: "url", text: "https://crl.partner.example/partner.crl" }, refreshHours: 6, refreshedAt: iso(world.now - 2 * DAY), dueAt: iso(world.now + DAY / 24), failure: fetching, crls: 1, revoked: 1742, nextUpdate: iso(world.now + DAY / 2) },
    { ...base, ...master, id: id(70, 5), name: "Swiss master list", place: { kind: "url", text: "https://www.list.example/ML.ml" }, signers: [swiss], signedBy: "CN=ML Signer 3,O=Admin,C=CH", failure: unknown, certificates: { ...NONE, cscas: 388 }, countries: 36 },
    { ...base, id: id(70, 3), name: "This machine", kind: "pem", place: { kind: "system", text: "/etc/ssl/certs/ca-certificates.crt" }, refreshHours: null, dueAt: null, certificates: { ...NONE, others: 142 }, countries: 22 },
  ];
  const partners = Array.from({ length: 40 }, (_, at): SourceView => ({ ...base, id: id(71, at), name: `Partner ${String(at + 1).padStart(2, "0")}`, kind: "pem", place: { kind: "url", text: `https://pki.partner-${at + 1}.example/roots.pem` }, certificates: { ...NONE, others: 1 + (at % 4) }, countries: 1, ...(at % 7 === 2 ? { refreshedAt: iso(world.now - 1.1 * DAY), dueAt: iso(world.now - DAY / 10) } : {}) }));
  return many ? [...all, ...partners].sort((one, other) => one.name.localeCompare(other.name)) : all;
}

export function all(world: World): SourceView[] {
  const found = kept.get(world) ?? (world.scenario.empty === true ? [] : made(world));
  kept.set(world, found);
  return found;
}

function named(world: World, text: string): SourceView {
  const found = all(world).find((source) => source.id === text || source.name === text);
  if (!found) throw new Failure("source-not-found", { source: text });
  return found;
}

function history(world: World, source: SourceView): SourceEvent[] {
  const length = world.scenario.sources === "many" ? 240 : 9;
  const found = histories.get(source) ?? Array.from({ length }, (_, at): SourceEvent => {
    const first = at === length - 1;
    const failure: SourceFailure | null = at < (source.failure?.times ?? 0) && source.failure !== null ? { ...source.failure, times: source.failure.times - at } : null;
    const replaced = !first && at % 4 === 3;
    return {
      id: String(length - at), at: iso(world.now - (at + 0.3) * DAY), outcome: first ? "created" : failure !== null ? "failed" : replaced ? "replaced" : "unchanged", byHand: first || at % 5 === 3, added: first ? 140 : replaced ? 3 : 0,
      removed: replaced ? 1 : 0, changed: replaced ? 2 : 0, quarantined: replaced || first ? source.quarantined : 0, milliseconds: failure !== null ? 30_040 : 340 + at * 17, failure,
    };
  });
  histories.set(source, found);
  return found;
}

export function show(world: World, text: string): SourceDetail {
  const source = named(world, text);
  return { source, countries: contents.countries(source, world.now), events: history(world, source).slice(0, 10) };
}

export const certificates = (world: World, request: Parameters<typeof contents.certificates>[2]) => contents.certificates(named(world, request.source), world.now, request);

/** How a certificate of any source is judged: every fifth has no way to a trusted one. */
export function verify(world: World, certificate: string): VerifyView {
  const trusted = Number(certificate) % 5 !== 0;
  const link = { id: null, name: `certificate ${certificate}`, status: "valid", notAfter: iso(world.now + 900 * DAY) };
  const check = (name: string, result: string, detail: string, clause: string) => ({ check: name, result, detail, clause, subject: 0 });
  return {
    trusted, path: [link], others: [],
    checks: [
      trusted ? check("signature", "pass", "Signed by the key of a country signing CA of a source.", "RFC 5280 6.1.3 (a)(1)") : check("trust", "fail", "No trusted certificate stands above it.", "RFC 5280 6.1"),
      check("validity", "pass", "Within its time.", "RFC 5280 6.1.3 (a)(2)"),
      check("revocation", "unknown", "No CRL of its issuer is at hand.", "RFC 5280 6.1.3 (a)(3)"),
    ],
  };
}

interface Paging {
  source: string;
  limit: number | null;
  after: string | null;
}

export const crls = (world: World, request: Paging) => contents.crls(named(world, request.source), world.now, request);

export const revoked = (world: World, request: Parameters<typeof contents.revoked>[2]) => contents.revoked(all(world).find((source) => request.crl.startsWith(`${source.id}.`)), world.now, request);

export const quarantine = (world: World, request: Paging) => contents.quarantine(named(world, request.source), request);

export function events(world: World, { source, limit, after }: Paging): Page<SourceEvent> {
  const rows = history(world, named(world, source));
  const start = after === null ? 0 : Number(after);
  const end = start + (limit ?? 100);
  return { items: rows.slice(start, end), next: end < rows.length ? String(end) : null, total: { count: rows.length, atLeast: false } };
}

/** What comes when a source is fetched now; throws what keeps it from being taken. */
function coming(world: World, source: SourceView, limit: number): SourceDifference {
  const { sources } = world.scenario;
  if (source.failure?.code === "source-fetch-failed") throw new Failure("source-fetch-failed", { place: source.place.text, problem: "connection refused" });
  if (source.failure?.code === "source-signer-unknown") throw new Failure("source-signer-unknown", { place: source.place.text, signer: "“CN=ML Signer 4,O=Admin,C=CH”" });
  if (sources === "refused") throw new Failure("source-empty", { place: source.place.text });
  return contents.difference(source, sources === "shrunken" ? "shrunken" : sources === "same" ? "same" : "little", limit);
}

export function diff(world: World, { source, path, limit }: SourceDiff): SourceDifference {
  const found = named(world, source);
  return path === null ? coming(world, found, limit ?? 1000) : contents.difference(found, "little", limit ?? 1000);
}

export function create(world: World, request: SourceCreate): SourceRefreshed {
  const { name, kind, path, url } = request;
  if (name.trim() === "") throw new Failure("bad-usage", { problem: "a source needs a name" });
  if (all(world).some((source) => source.name === name)) throw new Failure("source-name-taken", { name });
  if (kind === "icao-master-list" && (request.signers ?? []).length === 0) throw new Failure("source-signer-required");
  if (world.scenario.sources === "refused") throw new Failure("source-unreadable", { place: path ?? url ?? "", problem: "there is no PEM block in it" });
  const place = url !== null ? { kind: "url", text: url } : path !== null ? { kind: "file", text: `/home/admin/${path}` } : { kind: "system", text: "/etc/ssl/certs/ca-certificates.crt" };
  const model = made({ ...world, scenario: {} }).find((source) => source.kind === kind);
  if (!model) throw new Failure("bad-usage", { problem: "there is no such kind" });
  const hours = request.refreshHours ?? 24;
  const now = iso(Date.now());
  const source: SourceView = { ...model, id: id(72, all(world).length), name, kind, place, failure: null, refreshHours: hours === 0 ? null : hours, dueAt: hours === 0 ? null : iso(Date.now() + (hours * DAY) / 24), createdAt: now, refreshedAt: now, changedAt: now };
  const difference = contents.everything(source);
  histories.set(source, [{ id: "1", at: now, outcome: "created", byHand: true, added: difference.added, removed: 0, changed: 0, quarantined: source.quarantined, milliseconds: 512, failure: null }]);
  kept.set(world, [...all(world), source].sort((one, other) => one.name.localeCompare(other.name)));
  note(world, "source.created", source.id, name, { kind });
  return { source, outcome: "created", difference };
}

export function refresh(world: World, request: SourceRefresh): SourceRefreshed {
  const before = named(world, request.source);
  const difference = coming(world, before, 0);
  if (difference.shrinks && request.acceptShrink !== true) throw new Failure("source-shrinks", { source: before.name, before: String(difference.unchanged + difference.changed + difference.removed), after: String(difference.unchanged + difference.changed + difference.added) });
  const outcome = difference.added + difference.removed + difference.changed === 0 ? "unchanged" : "replaced";
  const now = iso(Date.now());
  const due = before.refreshHours === null ? null : iso(Date.now() + (before.refreshHours * DAY) / 24);
  const source = { ...before, refreshedAt: now, dueAt: due, ...(outcome === "replaced" ? { changedAt: now } : {}) };
  histories.set(source, [{ id: String(history(world, before).length + 1), at: now, outcome, byHand: true, added: difference.added, removed: difference.removed, changed: difference.changed, quarantined: difference.quarantined, milliseconds: 512, failure: null }, ...history(world, before)]);
  kept.set(world, all(world).map((other) => (other === before ? source : other)));
  note(world, "source.refreshed", source.id, source.name, { added: difference.added, removed: difference.removed });
  return { source, outcome, difference };
}

export function remove(world: World, request: SourceRemove): typeof NOTHING {
  const source = named(world, request.source);
  if (request.confirmation !== source.name) throw new Failure("confirmation-wrong", { wanted: source.name });
  kept.set(world, all(world).filter((other) => other !== source));
  note(world, "source.removed", source.id, source.name, {});
  return NOTHING;
}
