// The life of an invented authority: renewal and new keys.
import { Failure } from "../errors";
import type { AuthorityCrossSign } from "../generated/AuthorityCrossSign";
import type { AuthorityRenew } from "../generated/AuthorityRenew";
import type { AuthorityRenewal } from "../generated/AuthorityRenewal";
import type { AuthorityRenewalView } from "../generated/AuthorityRenewalView";
import type { AuthorityRenewedView } from "../generated/AuthorityRenewedView";
import type { AuthorityView } from "../generated/AuthorityView";
import type { CrossSignedView } from "../generated/CrossSignedView";
import type { CrossSigning } from "../generated/CrossSigning";
import type { CrossSigningView } from "../generated/CrossSigningView";
import type { ImpactView } from "../generated/ImpactView";
import { DAY, hex, id, iso } from "./certificates";
import { authority, needKeys, put } from "./changes";
import { note, type World } from "./world";


const NEVER = { number: null, thisUpdate: null, nextUpdate: null, entries: 0, stale: false, dueAt: null };

const isRoot = (view: AuthorityView): boolean => view.certificate.subject.rfc4514 === view.certificate.issuer.rfc4514;

/** The addresses with the key's number in the file name. */
function numbered(urls: readonly string[], number: number): string[] {
  return urls.map((url) => url.replace(/(-\d+)?(\.[^./]+)?$/, (_, __, extension: string | undefined) => `-${number}${extension ?? ""}`));
}

function next(view: AuthorityView): number {
  return Math.max(0, ...view.generations.map((one) => one.number)) + 1;
}

export function planned(world: World, wanted: AuthorityRenewal): AuthorityRenewalView {
  const view = authority(world, wanted.authority);
  if (view.keyState === "elsewhere") throw new Failure("key-elsewhere", { authority: view.name });
  const before = view.certificate;
  const notAfter = iso(world.now + (wanted.days ?? (isRoot(view) ? 7300 : 3650)) * DAY);
  return {
    authority: { id: view.id, name: view.name },
    before,
    preview: {
      mayBeIssued: true,
      subject: before.subject,
      issuer: before.issuer,
      notBefore: iso(world.now),
      notAfter,
      names: before.names,
      key: wanted.key ?? before.key.kind,
      signatureAlgorithm: "ecdsa-with-SHA384",
      extensions: [],
      findings: [],
      rules: 90,
      differences: [
        { field: "notBefore", oid: null, name: null, before: [before.notBefore], after: [iso(world.now)] },
        { field: "notAfter", oid: null, name: null, before: [before.notAfter], after: [notAfter] },
      ],
    },
    crlUrls: wanted.crlUrls ?? (wanted.newKey ? numbered(view.crlUrls, next(view)) : view.crlUrls),
    confirmation: isRoot(view) ? view.name : null,
  };
}

export function renew(world: World, { renewal, confirmation }: AuthorityRenew): AuthorityRenewedView {
  needKeys(world);
  const plan = planned(world, renewal);
  if (plan.confirmation !== null && confirmation !== plan.confirmation) throw new Failure("confirmation-wrong", { wanted: plan.confirmation });
  const view = authority(world, renewal.authority);
  const number = next(view);
  const at = 500 + 10 * world.authorities.indexOf(view) + number;
  const key = renewal.newKey ? { ...view.certificate.key, kind: plan.preview.key, fingerprint: hex(at + 70_007, 64) } : view.certificate.key;
  const certificate = { ...view.certificate, id: id(1, at), serial: hex(at + 77, 38), fingerprint: hex(at + 7_007, 64), notBefore: plan.preview.notBefore, notAfter: plan.preview.notAfter, key };
  const [first, ...rest] = view.generations;
  const generations = renewal.newKey
    ? [
        { id: id(4, at), number, current: true, answers: true, endsAt: null, key: key.kind, crlUrls: plan.crlUrls, certificates: [certificate.id], crl: NEVER },
        ...view.generations.map((one) => (one.current ? { ...one, current: false, crlUrls: view.crlUrls } : one)),
      ]
    : first === undefined
      ? []
      : [{ ...first, certificates: [certificate.id, ...first.certificates] }, ...rest];
  const changed = put(world, { ...view, certificate, generations, crl: renewal.newKey ? NEVER : view.crl, crlUrls: plan.crlUrls });
  note(world, renewal.newKey ? "authority.rekeyed" : "authority.renewed", view.id, view.name);
  return { authority: changed, certificate, findings: [] };
}

export function impact(world: World, wanted: string): ImpactView {
  const view = authority(world, wanted);
  const share = (issued: number) => ({ servers: Math.floor(issued * 0.7), clients: issued - Math.floor(issued * 0.7), authorities: 0, others: 0 });
  const children = world.authorities.filter((one) => one.parent === view.id);
  const own = children.length > 0 ? { servers: 0, clients: 0, authorities: children.length, others: 0 } : share(view.issued);
  const below = children.map((one) => ({ authority: { id: one.id, name: one.name }, depth: 1, working: share(one.issued) }));
  const sum = (key: "servers" | "clients" | "authorities" | "others") => [own, ...below.map((one) => one.working)].reduce((total, one) => total + one[key], 0);
  const counts = { servers: sum("servers"), clients: sum("clients"), authorities: sum("authorities"), others: sum("others") };
  const end = iso(world.now + 300 * DAY);
  return {
    authority: { id: view.id, name: view.name },
    working: own,
    below,
    total: counts.servers + counts.clients + counts.authorities + counts.others,
    months: [{ month: end.slice(0, 7), ...counts }],
    lastEnds: end.slice(0, 10),
  };
}

export function retire(world: World, wanted: string, confirmation: string): AuthorityView {
  const view = authority(world, wanted);
  if (confirmation !== view.name) throw new Failure("confirmation-wrong", { wanted: view.name });
  if (view.status === "retired") throw new Failure("already-retired", { authority: view.name });
  note(world, "authority.retired", view.id, view.name);
  return put(world, { ...view, status: "retired" });
}

export function crossSigning(world: World, wanted: CrossSigning): CrossSigningView {
  const issuer = authority(world, wanted.authority);
  const { preview } = planned(world, { authority: issuer.id, newKey: false });
  const of = { ...issuer.certificate, id: "", name: "Partner Root CA", authority: null };
  const subject = { rfc4514: "CN=Partner Root CA,O=Partner", openssl: "/O=Partner/CN=Partner Root CA" };
  return { authority: { id: issuer.id, name: issuer.name }, of: { ...of, subject, issuer: subject }, preview: { ...preview, subject, issuer: issuer.certificate.subject }, confirmation: of.name };
}

export function crossSign(world: World, { signing, confirmation, out }: AuthorityCrossSign): CrossSignedView {
  needKeys(world);
  const plan = crossSigning(world, signing);
  if (confirmation !== plan.confirmation) throw new Failure("confirmation-wrong", { wanted: plan.confirmation });
  note(world, "authority.cross-signed", plan.authority.id, plan.authority.name);
  return { certificate: { ...plan.of, issuer: plan.preview.issuer, notAfter: plan.preview.notAfter }, files: [{ path: out, holds: "certificate" }], findings: [] };
}
