// Authorities whose certificate an outside authority issues: the request, and its answer.
import { Failure } from "../errors";
import type { AuthorityCsr } from "../generated/AuthorityCsr";
import type { AuthorityCsrView } from "../generated/AuthorityCsrView";
import type { AuthorityInstall } from "../generated/AuthorityInstall";
import type { AuthorityInstalledView } from "../generated/AuthorityInstalledView";
import type { AuthorityRequest } from "../generated/AuthorityRequest";
import type { FileWritten } from "../generated/FileWritten";
import type { WaitingAuthorityView } from "../generated/WaitingAuthorityView";
import { DAY, hex, id, iso } from "./certificates";
import { authority, needKeys } from "./changes";
import { note, type World } from "./world";

const NEVER = { number: null, thisUpdate: null, nextUpdate: null, entries: 0, stale: false, dueAt: null };
const PEM = `-----BEGIN CERTIFICATE REQUEST-----\n${"MIIBRjCBzQIBADBOMQswCQYDVQQGEwJERTETMBEGA1UECgwKRXhhbXBsZSBBRzEq\n".repeat(6)}-----END CERTIFICATE REQUEST-----\n`;

function find(world: World, wanted: string): WaitingAuthorityView | undefined {
  return world.waiting.find((one) => one.id === wanted || one.name === wanted);
}

function written(path: string | undefined): FileWritten[] {
  return path === undefined ? [] : [{ path, holds: "request" }];
}

export function request(world: World, wish: AuthorityRequest): AuthorityCsrView {
  needKeys(world);
  if (find(world, wish.name) ?? world.authorities.find((one) => one.name === wish.name)) throw new Failure("name-taken", { name: wish.name });
  const own = id(8, world.audit.length);
  const csr: AuthorityCsrView = {
    authority: { id: own, name: wish.name },
    generation: 1,
    waits: true,
    subject: { rfc4514: wish.subject, openssl: `/${wish.subject.split(",").reverse().join("/")}` },
    key: wish.key ?? "ec-p384",
    keyFingerprint: hex(world.audit.length + 3, 64),
    pathLength: wish.pathLength ?? null,
    sha256: hex(world.audit.length + 5, 64),
    pem: PEM,
    madeAt: iso(world.now),
    files: [],
  };
  const waiting: WaitingAuthorityView = { id: own, name: wish.name, status: "waiting", keyLocation: "os", keyState: "ready", csr, crlUrls: wish.crlUrls, issuerUrls: wish.issuerUrls, ocspUrls: wish.ocspUrls, crlDays: 7 };
  world.waiting = [...world.waiting, waiting];
  note(world, "authority.requested", own, wish.name);
  return csr;
}

export function csr(world: World, { authority: wanted, newKey, key, out }: AuthorityCsr): AuthorityCsrView {
  const waiting = find(world, wanted);
  if (waiting !== undefined) return { ...waiting.csr, files: written(out) };
  needKeys(world);
  const view = authority(world, wanted);
  if (view.keyState === "elsewhere") throw new Failure("key-elsewhere", { authority: view.name });
  note(world, "authority.requested", view.id, view.name);
  return {
    authority: { id: view.id, name: view.name },
    generation: (view.generations[0]?.number ?? 1) + (newKey ? 1 : 0),
    waits: newKey,
    subject: view.certificate.subject,
    key: key ?? view.certificate.key.kind,
    keyFingerprint: newKey ? hex(world.audit.length + 3, 64) : view.certificate.key.fingerprint,
    pathLength: view.pathLength,
    sha256: hex(world.audit.length + 5, 64),
    pem: PEM,
    madeAt: iso(world.now),
    files: written(out),
  };
}

export function install(world: World, { authority: wanted }: AuthorityInstall): AuthorityInstalledView {
  const waiting = find(world, wanted);
  const issuer = world.authorities[0];
  if (waiting === undefined || issuer === undefined) throw new Failure("answer-of-another-key", { authority: wanted, given: hex(1, 64), wanted: hex(2, 64) });
  const subject = waiting.csr.subject;
  const outside = { rfc4514: "CN=Corporate Root,O=Example Corporation", openssl: "/O=Example Corporation/CN=Corporate Root" };
  const certificate = { ...issuer.certificate, id: String(90_000 + world.audit.length), name: waiting.name, subject, issuer: outside, authority: null, notBefore: iso(world.now), notAfter: iso(world.now + 1825 * DAY), serial: hex(world.audit.length + 9, 40), fingerprint: hex(world.audit.length + 11, 64) };
  const view = {
    ...issuer,
    id: waiting.id,
    name: waiting.name,
    parent: null,
    status: "valid",
    certificate,
    generations: [{ id: id(9, world.audit.length), number: 1, current: true, answers: true, endsAt: null, key: waiting.csr.key, crlUrls: waiting.crlUrls, certificates: [certificate.id], crl: NEVER }],
    crl: NEVER,
    issued: 0,
    path: [waiting.name],
    crlUrls: waiting.crlUrls,
    issuerUrls: waiting.issuerUrls,
    ocspUrls: waiting.ocspUrls,
    pathLength: waiting.csr.pathLength,
  };
  world.waiting = world.waiting.filter((one) => one !== waiting);
  world.authorities = [...world.authorities, view];
  note(world, "authority.installed", view.id, view.name);
  return { authority: view, certificate, issuerKnown: true, taken: [] };
}
