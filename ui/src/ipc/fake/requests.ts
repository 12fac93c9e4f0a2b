// The inbox of signing requests, invented: three that wait, one rejected, one issued.
import { Failure } from "../errors";
import type { Page } from "../generated/Page";
import type { RequestAdd } from "../generated/RequestAdd";
import type { RequestDetail } from "../generated/RequestDetail";
import type { RequestEntry } from "../generated/RequestEntry";
import type { RequestList } from "../generated/RequestList";
import type { RequestsAdded } from "../generated/RequestsAdded";
import type { RequestShow } from "../generated/RequestShow";
import { DAY, hex, id, iso, name } from "./certificates";
import { authority, preview } from "./changes";
import { note, type World } from "./world";

const PLANS: readonly [string, string, number, string][] = [
  ["git.acme.example", "open", 0.1, "ec-p384"],
  ["old-printer.acme.example", "open", 0.6, "rsa-1024"],
  ["vpn-gw-2.acme.example", "open", 2.2, "ec-p256"],
  ["intranet.acme.example", "rejected", 9, "rsa-2048"],
  ["wiki.acme.example", "issued", 30, "ec-p256"],
];

/** The requests of a new world; none in an empty registry. */
export function requestsOf(now: number, empty: boolean): RequestEntry[] {
  if (empty) return [];
  return PLANS.map(([host, state, days, key], at) => ({
    id: id(6, at), name: host, state, subject: name(host), names: [`dns:${host}`], key, keyFingerprint: hex(at + 61, 64), sha256: hex(at + 67, 64),
    receivedAt: iso(now - days * DAY), note: state === "rejected" ? "Ask for the name of the load balancer instead." : null, certificate: state === "issued" ? id(2, 4) : null,
  }));
}

function find(world: World, wanted: string): RequestEntry {
  const found = world.requests.find((one) => one.id === wanted || one.sha256 === wanted);
  if (!found) throw new Failure("request-not-found", { request: wanted });
  return found;
}

function put(world: World, changed: RequestEntry): RequestEntry {
  world.requests = world.requests.map((one) => (one.id === changed.id ? changed : one));
  return changed;
}

export function list(world: World, { state, search, limit, after }: RequestList): Page<RequestEntry> {
  const words = (search ?? "").toLowerCase().split(/\s+/u);
  const rows = world.requests.filter((one) => (state === null || one.state === state) && words.every((word) => JSON.stringify(one).toLowerCase().includes(word)));
  const start = after === null ? 0 : rows.findIndex((one) => one.id === after) + 1;
  const items = rows.slice(start, start + (limit ?? 100));
  return { items, next: start + items.length < rows.length ? (items.at(-1)?.id ?? null) : null, total: { count: rows.length, atLeast: false } };
}

export function show(world: World, wanted: RequestShow): RequestDetail {
  const request = find(world, wanted.request);
  const issuer = authority(world, wanted.authority ?? world.authorities.at(1)?.id ?? world.authorities[0]?.id ?? "");
  const profile = wanted.profile ?? "tls-server";
  const weak = request.key === "rsa-1024";
  const pem = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n";
  const draft = { authority: issuer.id, profile, subject: null, names: request.names, key: null, request: pem, days: null, notAfter: null, mustStaple: false, sid: null, accept: [], renews: null, sameKey: false };
  const planned = weak ? null : { ...preview(world, draft), key: request.key };
  return {
    request, pem, signatureAlgorithm: "ecdsa-with-SHA256", extensions: [],
    concerns: weak
      ? [{ code: "weak-key", severity: "error", message: "Its key (RSA 1024) is too short to resist an attacker.", fix: "Ask the sender for a request with a new key: EC P-256, or RSA of 2048 bits or more.", certificate: null, request: null }]
      : request.name.startsWith("vpn")
        ? [{ code: "key-in-use", severity: "notice", message: `The certificate ${request.name} has the same key. It ends ${iso(world.now + 12 * DAY)}.`, fix: "For a renewal this is as it should be. Otherwise ask the sender for a new key.", certificate: id(2, 4), request: null }]
        : [],
    authority: issuer.id, authorityName: issuer.name, profile,
    difference: weak ? [] : [
      { what: "subject", label: "", asked: request.subject.rfc4514, given: request.subject.rfc4514, fate: "taken" },
      { what: "names", label: "", asked: request.names.join(", "), given: request.names.join(", "), fate: "taken" },
      { what: "extension", label: "basicConstraints", asked: "No certificate authority.", given: "", fate: "left-out" },
      { what: "extension", label: "extKeyUsage", asked: "", given: "serverAuth", fate: "added" },
    ],
    preview: planned,
    refusal: weak ? { code: "refused-by-profile", message: `The profile ${profile} does not allow this`, hint: "Choose another profile, or ask for another request." } : null,
  };
}

export function add(world: World, { paths, text }: RequestAdd): RequestsAdded {
  const items = [...paths, ...(text === null ? [] : ["pasted text"])].map((path, at) => {
    if (/broken/.test(path)) return { path, name: "", outcome: "refused", id: null, code: "bad_signature", detail: "The signing request was not signed by its own key. Ask its sender for a new one." };
    const host = `new-${String(world.requests.length)}.acme.example`;
    const entry: RequestEntry = { id: id(6, 100 + world.requests.length + at), name: host, state: "open", subject: name(host), names: [`dns:${host}`], key: "ec-p256", keyFingerprint: hex(world.requests.length + 161, 64), sha256: hex(world.requests.length + 167, 64), receivedAt: iso(Date.now()), note: null, certificate: null };
    world.requests = [entry, ...world.requests];
    note(world, "request.received", entry.id, entry.name, {});
    return { path, name: host, outcome: "new", id: entry.id, code: null, detail: "" };
  });
  return { items, skipped: [] };
}

export function reject(world: World, wanted: string, why: string | null): RequestEntry {
  const entry = find(world, wanted);
  if (entry.state !== "open") throw new Failure("request-settled", { name: entry.name, state: entry.state });
  note(world, "request.rejected", entry.id, entry.name, {}, why);
  return put(world, { ...entry, state: "rejected", note: why });
}

export function reopen(world: World, wanted: string): RequestEntry {
  const entry = find(world, wanted);
  if (entry.state !== "rejected") throw new Failure("request-settled", { name: entry.name, state: entry.state });
  note(world, "request.reopened", entry.id, entry.name, {});
  return put(world, { ...entry, state: "open", note: null });
}

/** A certificate was issued for the open request with these names. */
export function settle(world: World, names: readonly string[], certificate: string): void {
  const entry = world.requests.find((one) => one.state === "open" && one.names.join() === names.join());
  if (entry) put(world, { ...entry, state: "issued", certificate });
}
