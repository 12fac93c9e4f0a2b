// What changes the invented registry: authorities and certificates.
import type { AuthorityCreate } from "../generated/AuthorityCreate";
import type { AuthoritySet } from "../generated/AuthoritySet";
import type { AuthorityView } from "../generated/AuthorityView";
import type { CertificateDraft } from "../generated/CertificateDraft";
import type { CertificateIssue } from "../generated/CertificateIssue";
import type { CertificatePreview } from "../generated/CertificatePreview";
import type { CertificateView } from "../generated/CertificateView";
import type { ComparisonView } from "../generated/ComparisonView";
import type { DifferenceView } from "../generated/DifferenceView";
import type { IssuedView } from "../generated/IssuedView";
import type { RecognisedName } from "../generated/RecognisedName";
import type { RequestView } from "../generated/RequestView";
import { Failure } from "../errors";
import { DAY, hex, id, iso, name, pem } from "./certificates";
import { find } from "./lists";
import { list as profiles, policy, refusal } from "./profiles";
import { note, type World } from "./world";

export function needKeys(world: World): void {
  if (world.status?.readOnly) throw new Failure("registry-read-only", { path: world.status.path });
  if (world.status?.unlocked !== true) throw new Failure("locked");
}

export function authority(world: World, wanted: string): AuthorityView {
  const found = world.authorities.find((view) => [view.id, view.name, view.certificate.fingerprint].includes(wanted));
  if (!found) throw new Failure("authority-not-found", { authority: wanted });
  return found;
}

export function put(world: World, changed: AuthorityView): AuthorityView {
  world.authorities = world.authorities.map((view) => (view.id === changed.id ? changed : view));
  return changed;
}

export function recognise(text: string): RecognisedName {
  const trimmed = text.trim();
  const prefix = /^(dns|ip|email|uri|upn|dir|rid):(.*)$/.exec(trimmed);
  const kind = prefix?.[1] ?? (/^\d+\.\d+\.\d+\.\d+$|^[0-9a-f]*:[0-9a-f:]+$/i.test(trimmed) ? "ip" : /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? "uri" : trimmed.includes("@") ? "email" : /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(trimmed) ? "dns" : null);
  const value = prefix?.[2] ?? trimmed;
  const problem = kind === null ? `“${trimmed}” is neither a host name nor an address` : kind === "ip" && value.split(".").some((part) => Number(part) > 255) ? `“${value}” is no address: each part is at most 255` : null;
  return { text, kind: problem ? null : kind, name: problem ? null : `${kind ?? ""}:${value}`, problem };
}

export function preview(world: World, draft: CertificateDraft): CertificatePreview {
  const issuer = authority(world, draft.authority);
  const used = profiles(world).find((one) => one.name === (draft.profile ?? "tls-server"));
  if (!used) throw new Failure("profile-not-found", { profile: draft.profile ?? "" });
  const names = draft.names.map(recognise);
  const bad = names.find((one) => one.problem !== null);
  if (bad) throw new Failure("bad-name", { name: bad.text, why: bad.problem ?? "" });
  const common = draft.subject ?? names[0]?.name?.replace(/^\w+:/, "") ?? "unnamed";
  const { rules } = policy(world, issuer);
  const days = draft.days ?? Math.min(used.defaultDays, rules.longestDays ?? used.defaultDays);
  const refused = refusal(rules, used.name, days);
  if (refused !== null) throw new Failure("refused-by-policy", { problem: refused });
  const until = draft.notAfter ? Date.parse(draft.notAfter) : world.now + days * DAY;
  if (draft.days !== null && until > Date.parse(issuer.certificate.notAfter)) throw new Failure("outlives-issuer", { wanted: iso(until), limit: issuer.certificate.notAfter, issuer: issuer.name });
  const wildcard = names.find((one) => one.name?.startsWith("dns:*."));
  const accepted = draft.accept.includes("wildcard-one-level");
  const missing = used.nameRequired && names.length === 0 && draft.request === null;
  return {
    mayBeIssued: !missing && (!wildcard || accepted),
    subject: name(common.replace(/^.*CN=([^,/]+).*$/, "$1")),
    issuer: issuer.certificate.subject,
    notBefore: iso(world.now),
    notAfter: iso(until),
    names: names.flatMap((one) => (one.name === null ? [] : [one.name])),
    key: draft.key ?? used.defaultKey,
    signatureAlgorithm: "ecdsa-with-SHA384",
    extensions: [
      { oid: "2.5.29.15", name: "keyUsage", critical: true, lines: used.keyUsages, der: "03020780" },
      { oid: "2.5.29.37", name: "extKeyUsage", critical: false, lines: used.extendedKeyUsages, der: hex(8, 24) },
      { oid: "2.5.29.31", name: "cRLDistributionPoints", critical: false, lines: issuer.crlUrls.map((url) => `CRL at ${url}`), der: hex(9, 60) },
    ],
    findings: [
      ...(missing ? [{ lint: "name-missing", severity: "error", message: `The profile ${used.name} wants at least one name.`, fix: "Add a host name or an address.", clause: "RFC 9525 4.1", accepted: false }] : []),
      ...(wildcard ? [{ lint: "wildcard-one-level", severity: "warning", message: "A wildcard covers only one level.", fix: `${wildcard.text} does not cover names two levels down. Accept it, or list the names.`, clause: "RFC 9525 6.3", accepted }] : []),
    ],
    rules: 82,
    differences: draft.renews === null ? [] : differences(find(world, draft.renews), { notBefore: iso(world.now), notAfter: iso(until) }),
  };
}

/** The few differences that a renewal always shows. */
function differences(before: CertificateView, after: { notBefore: string; notAfter: string }): DifferenceView[] {
  const of = (field: string, one: string, other: string): DifferenceView => ({ field, oid: null, name: null, before: [one], after: [other] });
  return [
    of("signatureAlgorithm", "sha1WithRSAEncryption", "ecdsa-with-SHA384"),
    of("notBefore", before.notBefore, after.notBefore),
    of("notAfter", before.notAfter, after.notAfter),
    { field: "extension", oid: "2.5.29.37", name: "extKeyUsage", before: ["serverAuth", "clientAuth"], after: ["serverAuth"] },
  ];
}

export function renewal(world: World, certificate: string, profile: string | null): CertificateDraft {
  const before = find(world, certificate);
  if (before.authority === null) throw new Failure("not-ours", { name: before.name });
  if (before.kind === "authority") throw new Failure("renews-authority", { name: before.name });
  return { authority: before.authority.id, profile: profile ?? before.profile, subject: before.subject.rfc4514, names: before.names, key: null, request: null, days: null, notAfter: null, mustStaple: false, sid: null, accept: [], renews: before.id, sameKey: true };
}

export function compare(world: World, one: string, other: string): ComparisonView {
  const [left, right] = [find(world, one), find(world, other)];
  return { one: left, other: right, differences: left.id === right.id ? [] : differences(left, right) };
}

export function issue(world: World, { draft, handOver }: CertificateIssue): IssuedView {
  needKeys(world);
  const planned = preview(world, draft);
  if (!planned.mayBeIssued) throw new Failure("refused-by-lint", { lints: planned.findings.map((finding) => finding.lint).join(", ") });
  const issuer = authority(world, draft.authority);
  const at = world.issued.length;
  const shown = planned.subject.rfc4514.replace(/^CN=([^,]+).*$/, "$1");
  const certificate: CertificateView = {
    id: id(3, at),
    name: shown,
    status: "valid",
    archived: false,
    kind: "leaf",
    authority: { id: issuer.id, name: issuer.name },
    profile: draft.profile ?? "tls-server",
    policyVersion: 3,
    subject: planned.subject,
    issuer: planned.issuer,
    serial: hex(at + 4_000_011, 38),
    fingerprint: hex(at + 4_500_009, 64),
    names: planned.names,
    notBefore: planned.notBefore,
    notAfter: planned.notAfter,
    key: { kind: planned.key, bits: 256, fingerprint: hex(at + 4_900_001, 64), held: false },
    revocation: null,
    tags: [],
    pem: pem(at + 4_000_000),
  };
  world.issued.push(certificate);
  if (draft.renews !== null) find(world, draft.renews).status = "superseded";
  put(world, { ...issuer, issued: issuer.issued + 1 });
  note(world, "certificate.issued", certificate.id, certificate.name, { profile: certificate.profile });
  const files = handOver === null ? [] : handOver.format === "pkcs12" ? [{ path: `${shown}.p12`, holds: "pkcs12" }] : [{ path: `${shown}.crt`, holds: "chain" }, ...(draft.request === null && !draft.sameKey ? [{ path: `${shown}.key`, holds: "key" }] : [])];
  return { certificate, files, findings: planned.findings };
}

const MOST_CRL_DAYS = 366;
const MOST_PARTITIONS = 256;

export function set(world: World, wanted: AuthoritySet): AuthorityView {
  const view = authority(world, wanted.authority);
  const given = Object.fromEntries(Object.entries(wanted).filter(([field, value]) => field !== "authority" && value !== null && value !== undefined));
  const changed: AuthorityView = { ...view, ...given };
  if (changed.crlDays < 1 || changed.crlDays > MOST_CRL_DAYS) throw new Failure("bad-usage", { problem: `CRLs cannot live ${changed.crlDays} days; 1 to ${MOST_CRL_DAYS} are possible` });
  if (changed.partitions > MOST_PARTITIONS) throw new Failure("bad-usage", { problem: `a CRL cannot have ${changed.partitions} partitions; at most ${MOST_PARTITIONS} are possible` });
  const bad = changed.crlUrls.find((url) => !/^(https?|ldaps?):\/\/\S+$/u.test(url));
  if (bad !== undefined) throw new Failure("bad-url", { text: bad });
  const lists = changed.delta !== view.delta || changed.partitions !== view.partitions || changed.split !== view.split;
  put(world, lists ? { ...changed, crl: { ...changed.crl, stale: true, dueAt: iso(Date.now()) } } : changed);
  note(world, "authority.changed", view.id, changed.name);
  world.undoing.set(world.audit.length, () => put(world, view));
  return changed;
}

export function createAuthority(world: World, wanted: AuthorityCreate): AuthorityView {
  needKeys(world);
  if (world.authorities.some((view) => view.name === wanted.name)) throw new Failure("name-taken", { name: wanted.name });
  const same = world.authorities.find((view) => view.certificate.subject.rfc4514 === wanted.subject);
  if (same) throw new Failure("subject-taken", { authority: same.name, subject: wanted.subject });
  const parent = wanted.parent === null ? null : authority(world, wanted.parent);
  const at = world.authorities.length;
  const key = wanted.key ?? "ec-p384";
  const crl = { number: null, thisUpdate: null, nextUpdate: null, entries: 0, stale: false, dueAt: null };
  const self = { id: id(0, at), name: wanted.name };
  const certificate: CertificateView = { id: id(1, at), name: wanted.name, status: "valid", archived: false, kind: "authority", authority: parent ? { id: parent.id, name: parent.name } : self, profile: parent ? "intermediate" : "root", policyVersion: 1, subject: name(wanted.name), issuer: name(parent?.name ?? wanted.name), serial: hex(at + 77, 38), fingerprint: hex(at + 7_007, 64), names: [], notBefore: iso(world.now), notAfter: iso(world.now + (wanted.days ?? (parent ? 3650 : 7300)) * DAY), key: { kind: key, bits: 384, fingerprint: hex(at + 70_007, 64), held: true }, revocation: null, tags: [], pem: pem(at + 9000) };
  const view: AuthorityView = { ...self, parent: parent?.id ?? null, status: "valid", keyLocation: world.status?.keys === "passphrase" ? "vault" : "os", keyState: "ready", keyProvenAt: iso(world.now), certificate, generations: [{ id: id(4, at), number: 1, current: true, answers: true, endsAt: null, key, crlUrls: wanted.crlUrls, certificates: [id(1, at)], crl }], crl, issued: 0, path: [...(parent?.path ?? []), wanted.name], crlUrls: wanted.crlUrls, issuerUrls: wanted.issuerUrls, ocspUrls: wanted.ocspUrls, crlDays: 30, delta: false, partitions: 0, split: false, pathLength: wanted.pathLength };
  world.authorities = [...world.authorities, view];
  if (world.status) world.status = { ...world.status, authorities: world.authorities.length, certificates: world.status.certificates + 1 };
  note(world, "authority.created", view.id, view.name, { key });
  return view;
}

export function readRequest(text: string | null): RequestView {
  if (text !== null && !text.includes("CERTIFICATE REQUEST")) throw new Failure("not-an-object", { wanted: "request" });
  return { subject: name("git.acme.example"), names: ["dns:git.acme.example", "dns:code.acme.example"], key: "ec-p384", keyFingerprint: hex(12, 64), extensions: [{ oid: "2.5.29.17", name: "subjectAltName", critical: false, lines: ["dns:git.acme.example", "dns:code.acme.example"], der: hex(6, 60) }], pem: text ?? "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n" };
}
