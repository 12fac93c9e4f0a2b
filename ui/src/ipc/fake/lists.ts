// Lists, searches and the overview over the invented registry.
import type { CertificateDetail } from "../generated/CertificateDetail";
import type { CertificateList } from "../generated/CertificateList";
import type { CertificateView } from "../generated/CertificateView";
import type { Overview } from "../generated/Overview";
import type { Page } from "../generated/Page";
import { Failure } from "../errors";
import { DAY, detail, endsInDays, hostOf, id, iso, leaf, profileOf, statusOf } from "./certificates";
import type { World } from "./world";

/** A certificate's place: an authority's, one issued in this session, or an invented leaf. */
type Place = { kind: "authority" | "issued" | "leaf"; at: number };

function view(world: World, place: Place): CertificateView {
  const made = place.kind === "authority" ? world.authorities[place.at]?.certificate : place.kind === "issued" ? world.issued[place.at] : undefined;
  const found = made ?? leaf(place.at, world.now, world.authorities.slice(1), world.revoked);
  const tags = [...(world.tags.get(found.id) ?? found.tags)];
  const filed = { ...found, tags, archived: world.archived.has(found.id) };
  const revocation = world.revoked.get(found.id);
  return revocation ? { ...filed, revocation, status: revocation.reason === "certificateHold" ? "held" : "revoked" } : filed;
}

const issuerOf = (world: World, at: number): { id: string; name: string } | undefined => world.authorities.slice(1)[at % Math.max(1, world.authorities.length - 1)];

function fits(world: World, wanted: CertificateList, place: Place): boolean {
  if (wanted.tag !== null && !view(world, place).tags.includes(wanted.tag)) return false;
  const words = wanted.search?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  if (place.kind === "leaf") {
    // Decided from the number alone where possible: a million rows are asked.
    const at = place.at;
    if (wanted.kind === "authority") return false;
    if (wanted.status.length > 0 && !wanted.status.includes(statusOf(at, world.revoked))) return false;
    if (wanted.profile !== null && profileOf(at) !== wanted.profile) return false;
    if (wanted.authority !== null && ![issuerOf(world, at)?.id, issuerOf(world, at)?.name].includes(wanted.authority)) return false;
    if (wanted.expiresWithinDays !== null && (endsInDays(at) < 0 || endsInDays(at) > wanted.expiresWithinDays)) return false;
    if (words.length === 0) return true;
    if (words.every((word) => hostOf(at).includes(word))) return true;
    if (words.every((word) => !/^[0-9a-f:]{6,}$/.test(word))) return false;
  }
  const row = view(world, place);
  if (wanted.kind !== null && row.kind !== wanted.kind) return false;
  if (wanted.status.length > 0 && !wanted.status.includes(row.status)) return false;
  if (wanted.profile !== null && row.profile !== wanted.profile) return false;
  if (wanted.authority !== null && row.authority?.id !== wanted.authority && row.authority?.name !== wanted.authority) return false;
  const left = (Date.parse(row.notAfter) - world.now) / DAY;
  if (wanted.expiresWithinDays !== null && (left < 0 || left > wanted.expiresWithinDays)) return false;
  const hay = [row.name, row.subject.rfc4514, ...row.names, row.serial, row.fingerprint].join(" ").toLowerCase();
  return words.every((word) => hay.includes(word.replaceAll(":", "")) || hay.includes(word));
}

const cache = new WeakMap<World, { key: string; places: Place[] }>();

function places(world: World, wanted: CertificateList): Place[] {
  const key = JSON.stringify([wanted.status, wanted.kind, wanted.authority, wanted.profile, wanted.tag, wanted.expiresWithinDays, wanted.search, wanted.sort, wanted.archived, wanted.tag === null ? [] : [...world.tags], world.revoked.size, world.issued.length, [...world.archived]]);
  const known = cache.get(world);
  if (known?.key === key) return known.places;
  const all: Place[] = [];
  const offer = (place: Place): void => {
    if (world.archived.size === 0 ? !wanted.archived && fits(world, wanted, place) : view(world, place).archived === wanted.archived && fits(world, wanted, place)) all.push(place);
  };
  for (let at = world.issued.length - 1; at >= 0; at -= 1) offer({ kind: "issued", at });
  for (let at = 0; at < world.leaves; at += 1) offer({ kind: "leaf", at });
  world.authorities.forEach((_, at) => offer({ kind: "authority", at }));
  const sort = wanted.sort ?? "-issued";
  const ends = (place: Place): number => (place.kind === "leaf" ? endsInDays(place.at) : (Date.parse(view(world, place).notAfter) - world.now) / DAY);
  const title = (place: Place): string => (place.kind === "leaf" ? hostOf(place.at) : view(world, place).name);
  if (sort.endsWith("ends")) {
    const keyed = all.map((place) => ({ place, key: ends(place) })).sort((a, b) => a.key - b.key);
    all.length = 0;
    for (const { place } of keyed) all.push(place);
  } else if (sort.endsWith("name")) {
    const keyed = all.map((place) => ({ place, key: title(place) })).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    all.length = 0;
    for (const { place } of keyed) all.push(place);
  }
  if (sort === "issued" || sort === "-ends" || sort === "-name") all.reverse();
  cache.set(world, { key, places: all });
  return all;
}

export function list(world: World, wanted: CertificateList): Page<CertificateView> {
  const all = places(world, wanted);
  const start = wanted.after === null ? (wanted.position ?? 0) : Number(wanted.after);
  const end = start + Math.min(500, wanted.limit ?? 100);
  const filtered = wanted.search !== null || wanted.status.length > 0 || wanted.profile !== null || wanted.authority !== null || wanted.tag !== null || wanted.expiresWithinDays !== null;
  const capped = filtered && all.length > 10_000;
  return { items: all.slice(start, end).map((place) => view(world, place)), next: end < all.length ? String(end) : null, total: { count: capped ? 10_000 : all.length, atLeast: capped } };
}

/** The certificate that `wanted` names by id, serial or fingerprint. */
export function find(world: World, wanted: string): CertificateView {
  const known = [...world.authorities.map((authority) => authority.certificate), ...world.issued].find((row) => [row.id, row.serial, row.fingerprint].includes(wanted));
  if (known) return view(world, world.issued.includes(known) ? { kind: "issued", at: world.issued.indexOf(known) } : { kind: "authority", at: world.authorities.findIndex((one) => one.certificate === known) });
  const at = wanted.startsWith(id(2, 0).slice(0, 24)) ? Number.parseInt(wanted.slice(-12), 16) : Number.NaN;
  if (Number.isInteger(at) && at < world.leaves) return view(world, { kind: "leaf", at });
  for (let place = 0; place < Math.min(world.leaves, 5000); place += 1) {
    const row = view(world, { kind: "leaf", at: place });
    if (row.serial === wanted || row.fingerprint === wanted) return row;
  }
  throw new Failure("certificate-not-found", { certificate: wanted });
}

export function chain(world: World, row: CertificateView): CertificateDetail["chain"] {
  const links: CertificateDetail["chain"] = [];
  let above = row.kind === "authority" ? undefined : world.authorities.find((authority) => authority.id === row.authority?.id);
  if (row.kind === "authority") {
    const self = world.authorities.find((authority) => authority.generations.some((one) => one.certificates.includes(row.id)));
    above = world.authorities.find((authority) => authority.id === self?.parent);
  }
  while (above) {
    const { certificate, name, parent } = above;
    links.unshift({ id: certificate.id, name, notAfter: certificate.notAfter, status: certificate.status });
    above = world.authorities.find((authority) => authority.id === parent);
  }
  return [...links, { id: row.id, name: row.name, notAfter: row.notAfter, status: row.status }];
}

export function show(world: World, wanted: string): CertificateDetail {
  const row = find(world, wanted);
  const issuer = world.authorities.find((authority) => authority.id === row.authority?.id);
  return detail(row, chain(world, row), issuer ? Number(issuer.crl.number) : null);
}

export function overview(world: World): Overview {
  const servers = [9, 31, 22, 46, 58, 40, 37, 61, 92, 74, 66, 88];
  const clients = [4, 12, 28, 19, 24, 70, 33, 20, 18, 41, 120, 52];
  const some = world.leaves > 0;
  const scale = world.leaves / 1284;
  const date = new Date(world.now);
  const months = servers.map((count, at) => {
    const month = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + at, 1));
    return { month: month.toISOString().slice(0, 7), servers: Math.round(count * scale), clients: Math.round((clients[at] ?? 0) * scale), authorities: some && at === 3 ? 1 : 0, others: some && at === 8 ? 6 : 0 };
  });
  const soon = some ? view(world, { kind: "leaf", at: 0 }) : null;
  const vpn = world.authorities[2];
  const attention: Overview["attention"] = [];
  for (const authority of world.authorities) {
    if (authority.crl.stale) attention.push({ code: "crl-stale", severity: "bad", title: `${authority.name}: a revocation is not on the CRL yet`, detail: "Whoever relies on the CRL does not know of it. Issue a new one.", authority: authority.id, certificate: null, action: "crl-build" });
  }
  if (!world.scenario.calm && soon && vpn) {
    attention.push(
      { code: "crl-due", severity: "bad", title: `${vpn.name}: the CRL ends in 21 hours`, detail: `CRL ${vpn.crl.number ?? ""} is past two thirds of its life. Without a new one, VPN gateways refuse every client.`, authority: vpn.id, certificate: null, action: "crl-build" },
      { code: "certificate-ends", severity: "warn", title: `${soon.name} ends in 5 days`, detail: "It was issued by Issuing CA 1 from the profile VPN server. Renew it before clients notice.", authority: null, certificate: soon.id, action: "certificate-show" },
    );
  }
  return { at: iso(world.now), valid: Math.round(world.leaves * 0.87), revoked: world.revoked.size, expired: Math.round(world.leaves * 0.1), attention, months, authorities: world.authorities, latest: world.audit.slice(-6).reverse() };
}
