// Authorities whose certificate an outside authority issues: the request, and its answer.
import { Failure } from "../errors";
import type { AuthorityCsr } from "../generated/AuthorityCsr";
import type { AuthorityCsrView } from "../generated/AuthorityCsrView";
import type { AuthorityInstall } from "../generated/AuthorityInstall";
import type { AuthorityInstalledView } from "../generated/AuthorityInstalledView";
import type { AuthorityRequest } from "../generated/AuthorityRequest";
import type { AuthorityView } from "../generated/AuthorityView";
import type { FileWritten } from "../generated/FileWritten";
import type { WaitingAuthorityView } from "../generated/WaitingAuthorityView";
import { DAY, hex, id, iso } from "./certificates";
import { authority, needKeys, put } from "./changes";
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
  const known = view.generations.find((one) => (newKey ? one.certificates.length === 0 : one.current));
  const number = known?.number ?? Math.max(...view.generations.map((one) => one.number)) + 1;
  const seed = world.authorities.indexOf(view) * 10 + number;
  if (newKey && known === undefined) {
    note(world, "authority.requested", view.id, view.name);
    put(world, { ...view, generations: [{ id: id(9, seed), number, current: false, answers: false, endsAt: null, key: key ?? view.certificate.key.kind, crlUrls: [], certificates: [], crl: NEVER }, ...view.generations] });
  }
  return {
    authority: { id: view.id, name: view.name },
    generation: number,
    waits: newKey,
    subject: view.certificate.subject,
    key: known?.key ?? key ?? view.certificate.key.kind,
    keyFingerprint: newKey ? hex(seed + 3, 64) : view.certificate.key.fingerprint,
    pathLength: view.pathLength,
    sha256: hex(seed + 5, 64),
    pem: PEM,
    madeAt: iso(world.now),
    files: written(out),
  };
}

/** What names another key is refused, as the core does. */
function refuse(name: string, { path = "", text = "" }: AuthorityInstall): void {
  if (/other-key|OTHER KEY/.test(path + text)) throw new Failure("answer-of-another-key", { authority: name, given: hex(1, 64), wanted: hex(2, 64) });
  if (path === "" && !text.includes("BEGIN CERTIFICATE-----")) throw new Failure("not-an-object", { path: "text" });
}

function renewed(world: World, view: AuthorityView): AuthorityInstalledView {
  const waits = view.generations.find((one) => one.certificates.length === 0);
  const certificate = { ...view.certificate, id: id(1, 700 + world.audit.length), notBefore: iso(world.now), notAfter: iso(world.now + 1825 * DAY), serial: hex(world.audit.length + 9, 38), fingerprint: hex(world.audit.length + 11, 64) };
  world.issued.push({ ...view.certificate, status: "superseded" });
  const generations = view.generations.map((one) => {
    const taken = waits === undefined ? one.current : one === waits;
    return { ...one, current: taken, ...(taken ? { answers: true, certificates: [certificate.id, ...one.certificates] } : {}) };
  });
  note(world, "authority.installed", view.id, view.name);
  return { authority: put(world, { ...view, certificate, generations, crl: generations.find((one) => one.current)?.crl ?? view.crl }), certificate, issuerKnown: false, taken: [] };
}

export function install(world: World, answer: AuthorityInstall): AuthorityInstalledView {
  needKeys(world);
  const wanted = answer.authority;
  const waiting = find(world, wanted);
  refuse(waiting?.name ?? wanted, answer);
  if (waiting === undefined) return renewed(world, authority(world, wanted));
  const issuer = world.authorities[0];
  if (issuer === undefined) throw new Failure("authority-not-found", { authority: wanted });
  const subject = waiting.csr.subject;
  const outside = { rfc4514: "CN=Corporate Root,O=Example Corporation", openssl: "/O=Example Corporation/CN=Corporate Root" };
  const certificate = { ...issuer.certificate, id: id(1, 90_000 + world.audit.length), name: waiting.name, subject, issuer: outside, authority: null, notBefore: iso(world.now), notAfter: iso(world.now + 1825 * DAY), serial: hex(world.audit.length + 9, 40), fingerprint: hex(world.audit.length + 11, 64) };
  const view = {
    ...issuer,
    id: waiting.id,
    name: waiting.name,
    parent: null,
    status: "valid",
    keyLocation: "os",
    keyState: "ready",
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
