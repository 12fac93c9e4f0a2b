// Revocations in the invented registry: certificates, serial numbers that nobody knows, holds lifted, keys in other hands.
import type { AuthorityRef } from "../generated/AuthorityRef";
import type { CertificateRelease } from "../generated/CertificateRelease";
import type { CertificateRevoke } from "../generated/CertificateRevoke";
import type { CertificateView } from "../generated/CertificateView";
import type { CompromisedView } from "../generated/CompromisedView";
import type { CompromiseView } from "../generated/CompromiseView";
import type { CrlEntryView } from "../generated/CrlEntryView";
import type { KeyCompromised } from "../generated/KeyCompromised";
import type { RevokedView } from "../generated/RevokedView";
import { Failure } from "../errors";
import { authority, put } from "./changes";
import { hex, id, iso, name } from "./certificates";
import { find } from "./lists";
import { note, type World } from "./world";

const COMPROMISES = ["keyCompromise", "caCompromise"];

function writable(world: World): void {
  if (world.status?.readOnly) throw new Failure("registry-read-only", { path: world.status.path });
}

/** The next CRL of the authority says so. */
function owe(world: World, whose: AuthorityRef, entry: CrlEntryView): void {
  const others = (world.pending.get(whose.id) ?? []).filter((one) => one.serial !== entry.serial);
  world.pending.set(whose.id, [...others, entry]);
  const issuer = authority(world, whose.id);
  put(world, { ...issuer, crl: { ...issuer.crl, stale: true, dueAt: iso(Date.now()) } });
}

/** Whether a standing revocation can take this reason, as the core judges it. */
function sharpens(row: CertificateView, reason: string, invalidityDate: string | null): boolean {
  const standing = row.revocation?.reason ?? "";
  if (reason === "certificateHold") return false;
  if (standing === "certificateHold") return true;
  if (COMPROMISES.includes(standing)) return reason === standing && invalidityDate !== null && invalidityDate !== row.revocation?.invalidityDate;
  return COMPROMISES.includes(reason);
}

function revokeOne(world: World, row: CertificateView, reason: string, wanted: { invalidityDate: string | null; note: string | null }): void {
  const at = row.revocation?.at ?? iso(Date.now());
  const action = row.revocation !== null ? "certificate.sharpened" : reason === "certificateHold" ? "certificate.held" : "certificate.revoked";
  world.revoked.set(row.id, { reason, at, invalidityDate: wanted.invalidityDate, note: wanted.note });
  note(world, action, row.id, row.name, { reason }, wanted.note);
  if (row.authority) owe(world, row.authority, { serial: row.serial, revokedAt: at, reason, invalidityDate: wanted.invalidityDate, name: row.name, certificate: row.id });
}

function stale(rows: readonly CertificateView[]): AuthorityRef[] {
  return [...new Map(rows.flatMap(({ authority: whose }) => (whose === null ? [] : [[whose.id, whose] as const]))).values()];
}

export function revoke(world: World, wanted: CertificateRevoke): RevokedView {
  writable(world);
  if (wanted.serials !== undefined && wanted.serials.length > 0) return revokeSerials(world, wanted, wanted.serials);
  const rows = wanted.certificates.map((one) => find(world, one));
  const expected = rows.length === 1 ? rows[0]?.name : `revoke ${rows.length}`;
  if (wanted.confirmation !== expected) throw new Failure("confirmation-wrong", { expected: expected ?? "", given: wanted.confirmation });
  const reason = wanted.reason ?? "unspecified";
  const refused = rows.find((row) => row.revocation !== null && !sharpens(row, reason, wanted.invalidityDate));
  if (refused) throw new Failure("already-revoked", { name: refused.name, reason: refused.revocation?.reason ?? "", at: refused.revocation?.at ?? "" });
  for (const row of rows) revokeOne(world, row, reason, wanted);
  return { certificates: rows.map((row) => find(world, row.id)), stale: stale(rows) };
}

function revokeSerials(world: World, wanted: CertificateRevoke, serials: readonly string[]): RevokedView {
  const issuer = authority(world, wanted.issuer ?? "");
  const expected = `revoke ${serials.length}`;
  if (wanted.confirmation !== expected) throw new Failure("confirmation-wrong", { expected, given: wanted.confirmation });
  for (const serial of serials) {
    owe(world, { id: issuer.id, name: issuer.name }, { serial, revokedAt: iso(Date.now()), reason: wanted.reason ?? "unspecified", invalidityDate: wanted.invalidityDate, name: null, certificate: null, kept: "for-ever" });
    note(world, "serial.revoked", issuer.id, issuer.name, { serial }, wanted.note);
  }
  return { certificates: [], stale: [{ id: issuer.id, name: issuer.name }] };
}

export function release(world: World, wanted: CertificateRelease): RevokedView {
  writable(world);
  const rows = wanted.certificates.map((one) => find(world, one));
  for (const row of rows) {
    if (row.status !== "held") throw new Failure("not-held", { name: row.name, reason: row.revocation?.reason ?? "" });
  }
  for (const row of rows) {
    world.revoked.delete(row.id);
    note(world, "certificate.released", row.id, row.name, {}, wanted.note);
  }
  return { certificates: rows.map((row) => find(world, row.id)), stale: stale(rows) };
}

/** The certificates of a key. One that was named stands alone; a key in a file, and the first leaf's, has been around. */
function ofKey(world: World, wanted: KeyCompromised): CertificateView[] {
  const first = find(world, id(2, 0));
  const keyOfFirst = [first.id, first.key.fingerprint, first.fingerprint, first.serial].includes(wanted.key?.trim() ?? "");
  if (wanted.path === null && !keyOfFirst) return [find(world, wanted.key ?? "")];
  if (/\.(crl|txt)$/u.test(wanted.path ?? "")) throw new Failure("not-an-object", { path: wanted.path ?? "" });
  const elsewhere: CertificateView = { ...find(world, id(2, 3)), id: id(2, 900), name: "partner-gw.acme.example", authority: null, issuer: name("Partner CA"), serial: hex(912, 38), fingerprint: hex(913, 64), status: "valid", revocation: null };
  return [first, find(world, id(2, 25)), find(world, id(2, 182)), find(world, id(2, 111)), elsewhere];
}

export function compromised(world: World, wanted: KeyCompromised): CompromiseView {
  const rows = ofKey(world, wanted);
  const reasonOf = (row: CertificateView): string => (row.kind === "authority" ? "caCompromise" : "keyCompromise");
  const outcome = (row: CertificateView): string => {
    if (row.authority === null) return "not-ours";
    if (row.revocation === null) return "revoked";
    return sharpens(row, reasonOf(row), wanted.invalidityDate) ? "sharpened" : "known";
  };
  const found: CompromisedView[] = rows.map((row) => ({ certificate: row, outcome: outcome(row) }));
  const acts = found.filter((one) => ["revoked", "sharpened"].includes(one.outcome));
  const confirmation = `revoke ${acts.length}`;
  const fingerprint = rows[0]?.key.fingerprint ?? "";
  const owed = stale(acts.map((one) => one.certificate));
  if (wanted.dryRun) return { fingerprint, done: false, confirmation, certificates: found, stale: owed };
  writable(world);
  if (wanted.confirmation !== confirmation) throw new Failure("confirmation-wrong", { wanted: confirmation });
  for (const { certificate } of acts) revokeOne(world, certificate, reasonOf(certificate), wanted);
  note(world, "key.compromised", "", fingerprint, {}, wanted.note);
  const certificates = found.map((one) => ({ ...one, certificate: one.outcome === "not-ours" ? one.certificate : find(world, one.certificate.id) }));
  return { fingerprint, done: true, confirmation, certificates, stale: owed };
}
