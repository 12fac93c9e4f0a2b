// What the invented sources hold, made from a number alone, so that a hundred thousand certificates cost nothing until they are looked at.
import type { Page } from "../generated/Page";
import type { SourceCertificate } from "../generated/SourceCertificate";
import type { SourceCertificates } from "../generated/SourceCertificates";
import type { SourceChange } from "../generated/SourceChange";
import type { SourceCountry } from "../generated/SourceCountry";
import type { SourceCounts } from "../generated/SourceCounts";
import type { SourceCrl } from "../generated/SourceCrl";
import type { SourceDifference } from "../generated/SourceDifference";
import type { SourceQuarantined } from "../generated/SourceQuarantined";
import type { SourceRevoked } from "../generated/SourceRevoked";
import type { SourceRevokedEntry } from "../generated/SourceRevokedEntry";
import type { SourceView } from "../generated/SourceView";
import { DAY, hex, iso, pem } from "./certificates";

export const COUNTRIES = ["AT", "AU", "BE", "BR", "CA", "CH", "CL", "CN", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "HU", "IE", "IN", "IT", "JP", "KR", "LT", "LV", "NL", "NO", "NZ", "PL", "PT", "RO", "SE", "SG", "SI", "SK", "UA", "UN", "US", "ZA"] as const;
export const NONE: SourceCounts = { cscas: 0, documentSigners: 0, listSigners: 0, others: 0 };

const FIELDS = [["csca", "cscas"], ["document-signer", "documentSigners"], ["list-signer", "listSigners"], ["other", "others"]] as const;

const sizeOf = (source: SourceView): number => FIELDS.reduce((all, [, field]) => all + source.certificates[field], 0);

function kindAt(source: SourceView, at: number): (typeof FIELDS)[number][0] {
  let rest = at;
  for (const [kind, field] of FIELDS) {
    if (rest < source.certificates[field]) return kind;
    rest -= source.certificates[field];
  }
  return "other";
}

/** Some have many and most have few; a machine's roots do not all name a country. */
function countryAt(source: SourceView, at: number): string {
  if (source.kind === "pem" && at % 11 === 10) return "";
  const drawn = ((at * 7919 + source.name.length) % 10_007) / 10_007;
  return COUNTRIES[Math.floor(drawn * drawn * source.countries)] ?? "DE";
}

/** A page of what `count` rows make, from the cursor on. */
function paged<T>(count: number, request: { limit: number | null; after: string | null }, row: (at: number) => T): Page<T> {
  const start = request.after === null ? 0 : Number(request.after);
  const end = Math.min(count, start + (request.limit ?? 100));
  return { items: Array.from({ length: Math.max(0, end - start) }, (_, at) => row(start + at)), next: end < count ? String(end) : null, total: { count, atLeast: false } };
}

export function countries(source: SourceView, now: number): SourceCountry[] {
  const found = new Map<string, SourceCounts>();
  for (let at = 0; at < sizeOf(source); at += 1) {
    const country = countryAt(source, at);
    const field = FIELDS.find(([kind]) => kind === kindAt(source, at))?.[1] ?? "others";
    const counts = found.get(country) ?? NONE;
    found.set(country, { ...counts, [field]: counts[field] + 1 });
  }
  const crls = (at: number): number => (at < source.crls ? 1 : 0);
  return [...found].sort(([one], [other]) => one.localeCompare(other)).map(([country, certificates], at) => ({ country, certificates, crls: crls(at), nextUpdate: crls(at) === 0 ? null : iso(now + (at * 3 - 4) * DAY) }));
}

function subject(source: SourceView, kind: string, country: string, at: number): string {
  const c = country === "" ? "" : `,C=${country}`;
  if (kind === "csca") return `CN=CSCA ${country} ${(at % 9) + 1},O=Passport Office${c}`;
  if (kind === "document-signer") return `CN=Document Signer ${country} ${at + 1},OU=Travel Documents,O=Passport Office${c}`;
  if (kind === "list-signer") return `CN=Master List Signer ${country},O=Passport Office${c}`;
  return `CN=Trust Root ${at + 1},O=Trust ${(at % 40) + 1} ${source.kind === "pem" ? "Inc." : ""}${c}`;
}

function certificate(source: SourceView, now: number, at: number): SourceCertificate {
  const kind = kindAt(source, at);
  const country = countryAt(source, at);
  const own = subject(source, kind, country, at);
  const signed = kind === "document-signer" || kind === "list-signer";
  const standing = at % 17 === 3 ? "ended" : at % 41 === 7 ? "ahead" : "valid";
  const notBefore = standing === "ahead" ? 20 * DAY : -((at % 9) + 1) * 300 * DAY;
  return {
    id: String(at + 1), kind, country, subject: own, issuer: signed ? subject(source, "csca", country, at) : own, serial: hex(at + 11, 16), fingerprint: hex(at + 5, 64), subjectKeyId: hex(at + 3, 40), authorityKeyId: at % 13 === 5 ? null : hex(signed ? at + 4 : at + 3, 40),
    keyKind: ["rsa-4096", "ec-p384", "ec-p256", "rsa-pss-3072"][at % 4] ?? "rsa-4096", notBefore: iso(now + notBefore), notAfter: iso(now + (standing === "ended" ? -((at % 5) + 1) * 90 * DAY : ((at % 11) + 2) * 260 * DAY)), standing, sources: at % 5 === 0 ? 2 : 1, pem: pem(at),
  };
}

export function certificates(source: SourceView, now: number, request: SourceCertificates): Page<SourceCertificate> {
  const places: number[] = [];
  for (let at = 0; at < sizeOf(source); at += 1) {
    if ((request.kind === null || kindAt(source, at) === request.kind) && (request.country === null || countryAt(source, at) === request.country)) places.push(at);
  }
  return paged(places.length, request, (at) => certificate(source, now, places[at] ?? 0));
}

export function crls(source: SourceView, now: number, request: { limit: number | null; after: string | null }): Page<SourceCrl> {
  return paged(source.crls, request, (at) => {
    const country = source.kind === "crl" ? "FR" : (COUNTRIES[at % COUNTRIES.length] ?? "DE");
    const next = source.kind === "crl" ? source.nextUpdate : at % 23 === 6 ? null : iso(now + (((at * 3) % 90) - 4) * DAY);
    return {
      id: `${source.id}.${at + 1}`, issuer: source.kind === "crl" ? "CN=Partner Issuing CA,O=Partner,C=FR" : `CN=CSCA ${country} ${Math.floor(at / COUNTRIES.length) + 1},O=Passport Office,C=${country}`, country, number: at % 19 === 4 ? null : String(2291 + at * 3), thisUpdate: iso(now - (at + 2) * DAY), nextUpdate: next,
      expired: next !== null && Date.parse(next) <= now, signature: source.kind === "crl" || at % 7 === 5 ? "unknown" : "valid", entries: source.crls === 1 ? source.revoked : (at * 37) % 211, sha256: hex(77 + at, 64), size: 812 + ((at * 37) % 211) * 37,
    };
  });
}

export function revoked(source: SourceView | undefined, now: number, request: SourceRevoked): Page<SourceRevokedEntry> {
  const place = Number(request.crl.split(".").at(-1) ?? "1") - 1;
  const count = source === undefined ? 0 : source.crls === 1 ? source.revoked : (place * 37) % 211;
  const entry = (at: number): SourceRevokedEntry => ({ serial: hex(at + 300 + place, 16), revokedAt: iso(now - at * 5 * DAY), reason: at % 3 === 0 ? "keyCompromise" : at % 3 === 1 ? "superseded" : null });
  if (request.serial === null) return paged(count, request, entry);
  const found = Array.from({ length: count }, (_, at) => entry(at)).filter((one) => one.serial === request.serial);
  return paged(found.length, request, (at) => found[at] ?? entry(at));
}

const REASONS = [
  ["not-a-certificate", "It is no certificate that can be read: the serial number is missing."],
  ["bad-encoding", "The encoding ends in the middle of the subject’s public key."],
  ["bad-signature", "The signature of this CRL is not that of the CSCA that it names."],
] as const;

export function quarantine(source: SourceView, request: { limit: number | null; after: string | null }): Page<SourceQuarantined> {
  return paged(source.quarantined, request, (at) => {
    const [reason, message] = REASONS[at % REASONS.length] ?? REASONS[0];
    return { id: String(at + 1), place: source.kind === "ldif" ? `dn: cn=${hex(at, 8)},o=dsc,c=${COUNTRIES[at % COUNTRIES.length] ?? "DE"}` : `certificate ${at * 211 + 18}`, reason, message, size: at === 1 ? 28 : 812 + at, sha256: hex(at + 8, 64), start: `30820328${hex(at + 9, at === 1 ? 48 : 120)}` };
  });
}

const SAME: SourceDifference = { added: 0, removed: 0, changed: 0, unchanged: 0, quarantined: 0, shrinks: false, items: [], more: false };

/** What a refresh would bring: a little; nothing; or far less than there was. */
export function difference(source: SourceView, what: "little" | "same" | "shrunken", limit: number): SourceDifference {
  const all = sizeOf(source) + source.crls;
  if (what === "same") return { ...SAME, unchanged: all, quarantined: source.quarantined };
  const [added, changed, removed] = what === "shrunken" ? [1, 2, Math.floor(all * 0.64)] : [Math.min(3, all), Math.min(1, all), Math.min(2, Math.max(0, all - 2))];
  const change = (kind: string, at: number): SourceChange => {
    const country = COUNTRIES[(at * 5 + kind.length) % COUNTRIES.length] ?? "DE";
    const typed = source.kind === "crl" ? "" : kindAt(source, at % Math.max(1, sizeOf(source)));
    const print = (seed: number): string => hex(at * 3 + kind.length * 1009 + seed, 64);
    return { change: kind, object: typed === "" ? "crl" : "certificate", kind: typed, country, name: typed === "" ? "CN=Partner Issuing CA,O=Partner,C=FR" : subject(source, typed, country, at), serial: typed === "" ? String(2292 + at) : hex(at + kind.length, 16), fingerprint: print(1), before: kind === "changed" ? print(2) : null };
  };
  const items = ([["changed", changed], ["removed", removed], ["added", added]] as const).flatMap(([kind, count]) => Array.from({ length: count }, (_, at) => change(kind, at)));
  return { added, removed, changed, unchanged: all - removed - changed, quarantined: source.quarantined, shrinks: what === "shrunken", items: items.slice(0, limit), more: items.length > limit };
}

/** What the first refresh of a source brought. */
export function everything(source: SourceView): SourceDifference {
  return { ...SAME, added: sizeOf(source) + source.crls, quarantined: source.quarantined };
}
