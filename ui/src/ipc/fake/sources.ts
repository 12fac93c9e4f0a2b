// The invented sources: a machine's trust store, a master list, somebody else's CRL that could not be fetched.
import type { Page } from "../generated/Page";
import type { SourceCertificate } from "../generated/SourceCertificate";
import type { SourceCertificates } from "../generated/SourceCertificates";
import type { SourceCountry } from "../generated/SourceCountry";
import type { SourceCounts } from "../generated/SourceCounts";
import type { SourceCreate } from "../generated/SourceCreate";
import type { SourceCrl } from "../generated/SourceCrl";
import type { SourceDetail } from "../generated/SourceDetail";
import type { SourceDifference } from "../generated/SourceDifference";
import type { SourceEvent } from "../generated/SourceEvent";
import type { SourceQuarantined } from "../generated/SourceQuarantined";
import type { SourceRefresh } from "../generated/SourceRefresh";
import type { SourceRefreshed } from "../generated/SourceRefreshed";
import type { SourceRemove } from "../generated/SourceRemove";
import type { SourceRevoked } from "../generated/SourceRevoked";
import type { SourceRevokedEntry } from "../generated/SourceRevokedEntry";
import type { SourceView } from "../generated/SourceView";
import { Failure } from "../errors";
import { DAY, hex, id, iso, pem } from "./certificates";
import { note, type World } from "./world";

const NOTHING = {};
const COUNTRIES = ["AT", "AU", "BE", "BR", "CA", "CH", "CL", "CN", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "HU", "IE", "IN", "IT", "JP", "KR", "LT", "LV", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SG", "SI", "SK", "UA", "US", "ZA"] as const;
const NONE: SourceCounts = { cscas: 0, documentSigners: 0, listSigners: 0, others: 0 };

const kept = new WeakMap<World, SourceView[]>();
const histories = new WeakMap<SourceView, SourceEvent[]>();

function made(world: World): SourceView[] {
  const base = {
    refreshHours: 24, createdAt: iso(world.now - 200 * DAY), refreshedAt: iso(world.now - DAY / 3), changedAt: iso(world.now - 9 * DAY), dueAt: iso(world.now + DAY / 2), failure: null, signers: [],
    signedBy: null, signedAt: null, sha256: hex(91, 64), size: 219_342, certificates: NONE, countries: 0, crls: 0, revoked: 0, nextUpdate: null, quarantined: 0,
  };
  const csca = { subject: "CN=CSCA-GERMANY,O=bund,C=DE", fingerprint: hex(41, 64), notAfter: iso(world.now + 2200 * DAY) };
  const failure = { at: iso(world.now - DAY / 8), stage: "fetch", code: "source-fetch-failed", title: "“https://crl.partner.example/partner.crl” could not be fetched: connection refused", next: "Check the address and the network, then refresh again.", passing: true, times: 3 };
  return [
    { ...base, id: id(70, 1), name: "German master list", kind: "icao-master-list", place: { kind: "url", text: "https://download.example/DE_ML.ml" }, signers: [csca], signedBy: "CN=CSCA Master List Signer,O=bund,C=DE", signedAt: iso(world.now - 12 * DAY), size: 1_142_318, certificates: { ...NONE, cscas: 541, listSigners: 1 }, countries: COUNTRIES.length, quarantined: 2 },
    { ...base, id: id(70, 2), name: "Partner CRL", kind: "crl", place: { kind: "url", text: "https://crl.partner.example/partner.crl" }, refreshedAt: iso(world.now - 2 * DAY), dueAt: iso(world.now + DAY / 24), failure, crls: 1, revoked: 1742, nextUpdate: iso(world.now + DAY / 2) },
    { ...base, id: id(70, 3), name: "This machine", kind: "pem", place: { kind: "system", text: "/etc/ssl/certs/ca-certificates.crt" }, certificates: { ...NONE, others: 142 }, countries: 22 },
  ];
}

export function all(world: World): SourceView[] {
  const found = kept.get(world) ?? (world.scenario.empty === true ? [] : made(world));
  kept.set(world, found);
  return found;
}

export function named(world: World, text: string): SourceView {
  const found = all(world).find((source) => source.id === text || source.name === text);
  if (!found) throw new Failure("source-not-found", { source: text });
  return found;
}

function history(world: World, source: SourceView): SourceEvent[] {
  const found = histories.get(source) ?? Array.from({ length: 9 }, (_, at): SourceEvent => {
    const first = at === 8;
    return {
      id: String(9 - at), at: iso(world.now - (at + 0.3) * DAY), outcome: first ? "created" : at === 0 && source.failure ? "failed" : at % 4 === 3 ? "replaced" : "unchanged", byHand: first, added: first ? 140 : at % 4 === 3 ? 3 : 0,
      removed: !first && at % 4 === 3 ? 1 : 0, changed: !first && at % 4 === 3 ? 2 : 0, quarantined: source.quarantined, milliseconds: 340 + at * 17, failure: at === 0 ? source.failure : null,
    };
  });
  histories.set(source, found);
  return found;
}

function page<T>(items: T[]): Page<T> {
  return { items, next: null, total: { count: items.length, atLeast: false } };
}

function countries(source: SourceView): SourceCountry[] {
  if (source.countries === 0) return [];
  return COUNTRIES.slice(0, source.countries).map((country, at) => {
    const share = (at * 7) % 23 + 1;
    const own = source.kind === "pem" ? { ...NONE, others: share } : { ...NONE, cscas: share, listSigners: country === "DE" ? 1 : 0 };
    return { country, certificates: own, crls: 0, nextUpdate: null };
  });
}

export function show(world: World, text: string): SourceDetail {
  const source = named(world, text);
  return { source, countries: countries(source), events: history(world, source).slice(0, 10) };
}

export function certificates(world: World, request: SourceCertificates): Page<SourceCertificate> {
  const source = named(world, request.source);
  const kind = source.kind === "pem" ? "other" : "csca";
  const rows = countries(source).flatMap(({ country }, at): SourceCertificate[] => Array.from({ length: 3 }, (_, nth) => {
    const subject = kind === "csca" ? `CN=CSCA ${country} ${nth + 1},O=Passport Office,C=${country}` : `CN=Trust Root ${nth + 1},O=Trust ${at + 1},C=${country}`;
    return {
      id: String(at * 3 + nth + 1), kind, country, subject, issuer: subject, serial: hex(at * 3 + nth, 16), fingerprint: hex(at * 3 + nth + 5, 64), subjectKeyId: hex(at + nth, 40), authorityKeyId: hex(at + nth, 40),
      keyKind: nth === 0 ? "rsa-4096" : "ec-p384", notBefore: iso(world.now - (nth + 1) * 900 * DAY), notAfter: iso(world.now + (6 - nth * 3) * 400 * DAY), standing: nth === 2 ? "ended" : "valid", sources: 1, pem: pem(at * 3 + nth),
    };
  }));
  return page(rows.filter((row) => (request.kind === null || row.kind === request.kind) && (request.country === null || row.country === request.country)));
}

export function crls(world: World, text: string): Page<SourceCrl> {
  const source = named(world, text);
  if (source.crls === 0) return page([]);
  return page([{ id: "1", issuer: "CN=Partner Issuing CA,O=Partner,C=FR", country: "FR", number: "2291", thisUpdate: iso(world.now - 2 * DAY), nextUpdate: source.nextUpdate, expired: false, signature: "unknown", entries: source.revoked, sha256: hex(77, 64), size: 62_814 }]);
}

export function revoked(world: World, request: SourceRevoked): Page<SourceRevokedEntry> {
  const rows = Array.from({ length: 40 }, (_, at): SourceRevokedEntry => ({ serial: hex(at + 300, 16), revokedAt: iso(world.now - at * 5 * DAY), reason: at % 3 === 0 ? "keyCompromise" : null }));
  return page(rows.filter((row) => request.serial === null || row.serial === request.serial));
}

export function quarantine(world: World, text: string): Page<SourceQuarantined> {
  const source = named(world, text);
  return page(Array.from({ length: source.quarantined }, (_, at) => ({ id: String(at + 1), place: `certificate ${at * 211 + 18}`, reason: "not-a-certificate", message: "It is no certificate that can be read: the serial number is missing.", size: 812 + at, sha256: hex(at + 8, 64), start: `30820328${hex(at + 9, 56)}` })));
}

export function events(world: World, text: string): Page<SourceEvent> {
  return page(history(world, named(world, text)));
}

export function difference(source: SourceView): SourceDifference {
  const kind = source.kind === "pem" ? "other" : "csca";
  const change = (changed: string, at: number, country: string) => ({ change: changed, object: "certificate", kind, country, name: `CN=CSCA ${country} ${at},O=Passport Office,C=${country}`, serial: hex(at, 16), fingerprint: hex(at + 50, 64), before: changed === "changed" ? hex(at + 60, 64) : null });
  return { added: 2, removed: 1, changed: 1, unchanged: 538, quarantined: source.quarantined, shrinks: false, items: [change("changed", 3, "PL"), change("removed", 1, "CL"), change("added", 4, "JP"), change("added", 5, "EE")], more: false };
}

const UNCHANGED: Omit<SourceDifference, "unchanged" | "quarantined"> = { added: 0, removed: 0, changed: 0, shrinks: false, items: [], more: false };

export function create(world: World, request: SourceCreate): SourceRefreshed {
  const name = request.name.trim();
  if (name === "") throw new Failure("bad-usage", { problem: "a source needs a name" });
  if (all(world).some((source) => source.name === name)) throw new Failure("source-name-taken", { name });
  if (request.kind === "icao-master-list" && (request.signers ?? []).length === 0) throw new Failure("source-signer-required");
  const place = request.url !== null ? { kind: "url", text: request.url } : request.path !== null ? { kind: "file", text: request.path } : { kind: "system", text: "/etc/ssl/certs/ca-certificates.crt" };
  const model = made(world).find((source) => source.kind === request.kind) ?? made(world)[0];
  if (!model) throw new Failure("internal");
  const hours = request.refreshHours ?? 24;
  const source: SourceView = { ...model, id: id(71, all(world).length), name, kind: request.kind, place, failure: null, refreshHours: hours === 0 ? null : hours, dueAt: hours === 0 ? null : iso(Date.now() + (hours * DAY) / 24), createdAt: iso(Date.now()), refreshedAt: iso(Date.now()), changedAt: iso(Date.now()) };
  kept.set(world, [...all(world), source].sort((one, other) => one.name.localeCompare(other.name)));
  note(world, "source.created", source.id, name, { kind: request.kind });
  return { source, outcome: "created", difference: { ...UNCHANGED, added: 142, unchanged: 0, quarantined: source.quarantined } };
}

export function refresh(world: World, request: SourceRefresh): SourceRefreshed {
  const before = named(world, request.source);
  if (before.failure) throw new Failure("source-fetch-failed", { place: before.place.text, problem: "connection refused" });
  const source = { ...before, refreshedAt: iso(Date.now()) };
  const found = difference(source);
  histories.set(source, [{ id: "10", at: iso(Date.now()), outcome: "replaced", byHand: true, added: found.added, removed: found.removed, changed: found.changed, quarantined: found.quarantined, milliseconds: 512, failure: null }, ...history(world, before)]);
  kept.set(world, all(world).map((other) => (other === before ? source : other)));
  note(world, "source.refreshed", source.id, source.name, { added: found.added, removed: found.removed });
  return { source, outcome: "replaced", difference: found };
}

export function remove(world: World, request: SourceRemove): typeof NOTHING {
  const source = named(world, request.source);
  if (request.confirmation !== source.name) throw new Failure("confirmation-wrong", { wanted: source.name });
  kept.set(world, all(world).filter((other) => other !== source));
  note(world, "source.removed", source.id, source.name, {});
  return NOTHING;
}
