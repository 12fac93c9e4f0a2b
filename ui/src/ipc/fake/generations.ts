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
import type { CertificateView } from "../generated/CertificateView";
import type { FindingView } from "../generated/FindingView";
import type { GenerationView } from "../generated/GenerationView";
import { DAY, hex, id, iso } from "./certificates";
import { authority, needKeys, put } from "./changes";
import { note, type World } from "./world";

const NEVER = { number: null, thisUpdate: null, nextUpdate: null, entries: 0, stale: false, dueAt: null };

const isRoot = (view: AuthorityView): boolean => view.certificate.subject.rfc4514 === view.certificate.issuer.rfc4514;

/** The addresses with the key's number in the file name, in place of the number before, which the first key's have not. */
function numbered(urls: readonly string[], number: number): string[] {
  return urls.map((url) => url.replace(/(\.[^./]+)?$/, (extension) => `-${number}${extension}`).replace(number > 2 ? `-${number - 1}-${number}` : "", number > 2 ? `-${number}` : ""));
}

function next(view: AuthorityView): number {
  return Math.max(0, ...view.generations.map((one) => one.number)) + 1;
}

/** Where the CRLs of an earlier key are kept. */
export const crlsOf = (authority: string, generation: number): string => `${authority}/${generation}`;

/** The key before the one that issues which was asked for; null for the one that issues. */
export function earlier(view: AuthorityView, generation: number | undefined): GenerationView | null {
  if (generation === undefined) return null;
  const found = view.generations.find((one) => one.number === generation);
  if (found === undefined) throw new Failure("generation-not-found", { authority: view.name, generation: String(generation) });
  return found.current ? null : found;
}

/** The authority as one of its keys sees it. */
export function ofKey(view: AuthorityView, generation: number | undefined): AuthorityView {
  const found = earlier(view, generation);
  return found === null ? view : { ...view, crl: found.crl, generations: [found] };
}

/** What the lints say of what an authority signs whose CRL is fetched over TLS. */
function findings(above: AuthorityView | undefined, accept: readonly string[]): FindingView[] {
  const address = above?.crlUrls.find((url) => url.startsWith("https:"));
  if (address === undefined) return [];
  const lint = "crl_address_over_https";
  return [{ lint, severity: "warning", message: `${address} is fetched over TLS, whose certificate may need this CRL.`, fix: "Give an http address.", clause: "RFC 5280 8", accepted: accept.includes(lint) }];
}

export function planned(world: World, wanted: AuthorityRenewal): AuthorityRenewalView {
  const view = authority(world, wanted.authority);
  if (view.keyState === "elsewhere") throw new Failure("key-elsewhere", { authority: view.name });
  const above = world.authorities.find((one) => one.id === view.parent);
  if (!isRoot(view) && (above === undefined || above.keyState === "elsewhere")) throw new Failure("issued-outside", { authority: view.name });
  if (!wanted.newKey && view.certificate.revocation?.reason === "cACompromise") throw new Failure("key-compromised", { name: view.name });
  const before = view.certificate;
  const limit = above === undefined ? Number.POSITIVE_INFINITY : Date.parse(above.certificate.notAfter);
  const wish = world.now + (wanted.days ?? (isRoot(view) ? 7300 : 3650)) * DAY;
  if (wanted.days !== undefined && wish > limit) throw new Failure("outlives-issuer", { wanted: iso(wish), limit: above?.certificate.notAfter ?? "", issuer: above?.name ?? "" });
  const notAfter = iso(Math.min(wish, limit));
  const key = wanted.key ?? before.key.kind;
  const difference = (field: string, one: string, other: string) => ({ field, oid: null, name: null, before: [one], after: [other] });
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
      key,
      signatureAlgorithm: "ecdsa-with-SHA384",
      extensions: [],
      findings: findings(above, wanted.accept ?? []).concat(isRoot(view) ? [{ lint: "root_life_long", severity: "notice", message: "A root that lives for 20 years outlives many an algorithm.", fix: "Plan for its successor in time.", clause: "NIST SP 800-57 5.3", accepted: false }] : []),
      rules: 90,
      differences: [
        difference("notBefore", before.notBefore, iso(world.now)),
        difference("notAfter", before.notAfter, notAfter),
        { field: "extension", oid: "2.5.29.31", name: "cRLDistributionPoints", before: [], after: above === undefined ? [] : above.crlUrls.map((url) => `CRL at ${url}`) },
      ].filter((one) => one.before.length + one.after.length > 0),
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
  const at = 500 + 10 * world.authorities.indexOf(view) + view.generations.flatMap((one) => one.certificates).length;
  const key = renewal.newKey ? { ...view.certificate.key, kind: plan.preview.key, fingerprint: hex(at + 70_007, 64) } : view.certificate.key;
  const certificate: CertificateView = { ...view.certificate, id: id(1, at), status: "valid", revocation: null, serial: hex(at + 77, 38), fingerprint: hex(at + 7_007, 64), notBefore: plan.preview.notBefore, notAfter: plan.preview.notAfter, key };
  // The one before is found like any other certificate from now on.
  world.issued.push({ ...view.certificate, status: view.certificate.status === "valid" ? "superseded" : view.certificate.status });
  const [first, ...rest] = view.generations;
  const generations = renewal.newKey
    ? [
        { id: id(4, at), number, current: true, answers: true, endsAt: null, key: key.kind, crlUrls: plan.crlUrls, certificates: [certificate.id], crl: NEVER },
        ...view.generations.map((one) => (one.current ? { ...one, current: false, crlUrls: view.crlUrls } : one)),
      ]
    : first === undefined
      ? []
      : [{ ...first, certificates: [certificate.id, ...first.certificates] }, ...rest];
  if (renewal.newKey) {
    world.crls.set(crlsOf(view.id, number - 1), world.crls.get(view.id) ?? []);
    world.crls.set(view.id, []);
  }
  const changed = put(world, { ...view, status: view.status === "retired" ? "retired" : "valid", certificate, generations, crl: renewal.newKey ? NEVER : view.crl, crlUrls: plan.crlUrls });
  note(world, renewal.newKey ? "authority.rekeyed" : "authority.renewed", view.id, view.name);
  return { authority: changed, certificate, findings: plan.preview.findings };
}

export function impact(world: World, wanted: string): ImpactView {
  const view = authority(world, wanted);
  const share = (issued: number) => ({ servers: Math.floor(issued * 0.7), clients: issued - Math.floor(issued * 0.7), authorities: 0, others: 0 });
  const children = world.authorities.filter((one) => one.parent === view.id);
  const own = children.length > 0 ? { servers: 0, clients: 0, authorities: children.length, others: 0 } : share(view.issued);
  const below = children.map((one) => ({ authority: { id: one.id, name: one.name }, depth: 1, working: share(one.issued) }));
  const sum = (key: "servers" | "clients" | "authorities" | "others") => [own, ...below.map((one) => one.working)].reduce((total, one) => total + one[key], 0);
  const counts = { servers: sum("servers"), clients: sum("clients"), authorities: sum("authorities"), others: sum("others") };
  const total = counts.servers + counts.clients + counts.authorities + counts.others;
  // Most of them end in a year; a few take longer.
  const share12 = [4, 6, 9, 12, 10, 8, 7, 11, 13, 9, 6, 5];
  const months = total === 0 ? [] : share12.map((part, ahead) => {
    const month = new Date(world.now);
    month.setUTCDate(1);
    month.setUTCMonth(month.getUTCMonth() + ahead);
    return { month: month.toISOString().slice(0, 7), servers: Math.round((counts.servers * part) / 100), clients: Math.round((counts.clients * part) / 100), authorities: ahead === 11 ? counts.authorities : 0, others: 0 };
  });
  return { authority: { id: view.id, name: view.name }, working: own, below, total, months, lastEnds: total === 0 ? null : iso(world.now + 340 * DAY).slice(0, 10) };
}

export function retire(world: World, wanted: string, confirmation: string): AuthorityView {
  const view = authority(world, wanted);
  if (confirmation !== view.name) throw new Failure("confirmation-wrong", { wanted: view.name });
  if (view.status === "retired") throw new Failure("already-retired", { authority: view.name });
  note(world, "authority.retired", view.id, view.name);
  world.undoing.set(world.audit.length, () => put(world, { ...authority(world, view.id), status: view.status }));
  return put(world, { ...view, status: "retired" });
}

export function crossSigning(world: World, wanted: CrossSigning): CrossSigningView {
  const issuer = authority(world, wanted.authority);
  if (issuer.keyState === "elsewhere") throw new Failure("key-elsewhere", { authority: issuer.name });
  if (/leaf/.test(wanted.path ?? "")) throw new Failure("not-an-authority", { name: "www.partner.example", problem: "it is not the certificate of an authority" });
  const { preview } = planned(world, { authority: issuer.id, newKey: false });
  const subject = { rfc4514: "CN=Partner Root CA,O=Partner", openssl: "/O=Partner/CN=Partner Root CA" };
  const of = { ...issuer.certificate, id: "", name: "Partner Root CA", authority: null, subject, issuer: subject, notAfter: iso(world.now + 4000 * DAY) };
  const notAfter = iso(world.now + (wanted.days ?? 1825) * DAY);
  const constrained = wanted.permit.length + wanted.exclude.length > 0;
  const constraints = { oid: "2.5.29.30", name: "nameConstraints", critical: true, lines: [...wanted.permit.map((one) => `permitted ${one}`), ...wanted.exclude.map((one) => `excluded ${one}`)], der: hex(13, 40) };
  const difference = (field: string, one: string, other: string) => ({ field, oid: null, name: null, before: [one], after: [other] });
  return {
    authority: { id: issuer.id, name: issuer.name },
    of,
    preview: {
      ...preview,
      subject,
      issuer: issuer.certificate.subject,
      notAfter,
      findings: [],
      extensions: constrained ? [constraints] : [],
      differences: [
        difference("issuer", subject.rfc4514, issuer.certificate.subject.rfc4514),
        difference("notBefore", of.notBefore, iso(world.now)),
        difference("notAfter", of.notAfter, notAfter),
        ...(constrained ? [{ field: "extension", oid: constraints.oid, name: constraints.name, before: [], after: constraints.lines }] : []),
        { field: "extension", oid: "2.5.29.31", name: "cRLDistributionPoints", before: [], after: issuer.crlUrls.map((url) => `CRL at ${url}`) },
      ],
    },
    confirmation: of.name,
  };
}

export function crossSign(world: World, { signing, confirmation, out }: AuthorityCrossSign): CrossSignedView {
  needKeys(world);
  const plan = crossSigning(world, signing);
  if (confirmation !== plan.confirmation) throw new Failure("confirmation-wrong", { wanted: plan.confirmation });
  const certificate: CertificateView = { ...plan.of, id: id(1, 800 + world.audit.length), authority: plan.authority, profile: "cross", issuer: plan.preview.issuer, notBefore: plan.preview.notBefore, notAfter: plan.preview.notAfter, serial: hex(world.audit.length + 15, 38), fingerprint: hex(world.audit.length + 17, 64) };
  world.issued.push(certificate);
  note(world, "authority.cross-signed", plan.authority.id, plan.authority.name);
  return { certificate, files: [{ path: out, holds: "certificate" }], findings: [] };
}
