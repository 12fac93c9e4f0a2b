// The invented registry: three authorities, some 1,284 certificates, a log, a task; what commands change, they change here.
import type { AuditEntry } from "../generated/AuditEntry";
import type { BackupFileView } from "../generated/BackupFileView";
import type { AuthorityView } from "../generated/AuthorityView";
import type { CertificateView } from "../generated/CertificateView";
import type { CheckFinding } from "../generated/CheckFinding";
import type { CrlEntryView } from "../generated/CrlEntryView";
import type { CrlSummary } from "../generated/CrlSummary";
import type { PolicyView } from "../generated/PolicyView";
import type { ProfileDetail } from "../generated/ProfileDetail";
import type { RegistryStatus } from "../generated/RegistryStatus";
import type { RequestEntry } from "../generated/RequestEntry";
import type { RevocationView } from "../generated/RevocationView";
import type { StrayKeyView } from "../generated/StrayKeyView";
import type { TrashItem } from "../generated/TrashItem";
import type { TaskView } from "../generated/TaskView";
import type { WaitingAuthorityView } from "../generated/WaitingAuthorityView";
import { PASSPHRASE, stray } from "./keys";
import { ownProfile } from "./profiles";
import { rekey } from "./rekeyed";
import { withLists } from "./withlists";
import { request } from "./outside";
import { requestsOf } from "./requests";
import { DAY, hex, id, iso, leaf, name, pem } from "./certificates";

export interface Scenario {
  /** Leaf certificates. */
  readonly leaves?: number;
  /** No registry is open. */
  readonly closed?: boolean;
  readonly locked?: boolean;
  /** A vault that wants a passphrase, rather than the system keyring. */
  readonly vault?: boolean;
  /** A recovery file was made for the keys of that vault, when they were in a keyring. */
  readonly recoveryOfVault?: boolean;
  /** The keyring does not answer; a vault is lost. */
  readonly unreachable?: boolean;
  /** What needs a key waits for the keyring for ever. */
  readonly silent?: boolean;
  /** Keys that are lost, replaced or half made, and entries that nobody knows. */
  readonly keyTroubles?: boolean;
  /** No recovery file was made. */
  readonly noRecovery?: boolean;
  /** Restored from a backup: an authority waits for its newest published CRL. */
  readonly awaited?: boolean;
  /** A registry without authorities. */
  readonly empty?: boolean;
  readonly readOnly?: boolean;
  /** The registry lies on a network share: it is read-only. */
  readonly share?: boolean;
  /** Nothing needs attention. */
  readonly calm?: boolean;
  /** The root's key is here, so that what stands below it can be renewed here. */
  readonly ownRoot?: boolean;
  /** As `ownRoot`, and the issuing authority has a second key, of which the first one's CRL is due. */
  readonly rekeyed?: boolean;
  /** The issuing authority has deltas, partitions and split CRLs, and its next CRL changes more than it adds. */
  readonly lists?: boolean;
  /** The issuing authority's CRL has a hundred thousand entries. */
  readonly largeCrl?: boolean;
  /** An authority waits for its certificate from outside. */
  readonly waiting?: boolean;
  /** The last authority has issued nothing yet. */
  readonly unused?: boolean;
  /** What is with the sources: a hundred thousand certificates; a fetch that brings far less, the same, or nothing; one that goes on for ever. */
  readonly sources?: "many" | "shrunken" | "same" | "refused" | "refreshing";
  /** Files are held over the window. */
  readonly dragging?: boolean;
  /** What the program was started with. */
  readonly opened?: readonly string[];
  /** What an import finds: `large`, `known`, `nothing`, `running`; by default a CA of easy-rsa. */
  readonly importing?: string;
  readonly now?: number;
}

export interface World {
  readonly now: number;
  readonly scenario: Scenario;
  status: RegistryStatus | null;
  authorities: AuthorityView[];
  /** Authorities without a certificate yet. */
  waiting: WaitingAuthorityView[];
  leaves: number;
  /** Whether a later time was seen than the clock's. */
  clockBehind?: boolean;
  /** Issued in this session, newest last. */
  issued: CertificateView[];
  readonly revoked: Map<string, RevocationView>;
  readonly crls: Map<string, CrlSummary[]>;
  audit: AuditEntry[];
  tasks: TaskView[];
  /** The inbox, newest first. */
  requests: RequestEntry[];
  /** What a check finds, until a repair. */
  damage: CheckFinding[];
  /** States of keys that do not stand as they should, by key. */
  readonly keyTroubles: Map<string, string>;
  strays: StrayKeyView[];
  /** What opens the vault. */
  passphrase: string;
  /** How many passphrases were made. */
  generated: number;
  /** Why the keys were locked. */
  lockedBy: string | null;
  /** The secret on the clipboard: what it is and when it was put there. */
  copied: { readonly holds: string; readonly at: number } | null;
  /** How long a call has waited for the keyring, in seconds. */
  keyringWaits: number | null;
  /** When somebody was last at it. */
  touchedAt: number;
  /** Serials that the next CRL of an authority adds. */
  readonly pending: Map<string, CrlEntryView[]>;
  /** Own profiles by name. */
  readonly profiles: Map<string, ProfileDetail>;
  /** Policies by authority. */
  readonly policies: Map<string, PolicyView>;
  /** Copies in the folder of backups, newest first. */
  backups: BackupFileView[];
  lastDrill: string | null;
  /** Tags of certificates, and which are archived, by id. */
  readonly tags: Map<string, readonly string[]>;
  readonly archived: Set<string>;
  /** What takes back an act of the log, by its sequence. */
  readonly undoing: Map<number, () => void>;
  /** What is out of use and can come back. */
  trash: TrashItem[];
  /** What somebody has set, by key. */
  readonly settings: Map<string, string>;
}

interface Plan {
  name: string;
  parent: number | null;
  key: string;
  keyLocation: string;
  years: number;
  number: number;
  crlDays: number;
  crlLeft: number;
  issued: number;
}

const PLANS: readonly Plan[] = [
  { name: "Acme Root CA", parent: null, key: "ec-p384", keyLocation: "elsewhere", years: 18, number: 7, crlDays: 180, crlLeft: 118, issued: 2 },
  { name: "Issuing CA 1", parent: 0, key: "ec-p384", keyLocation: "os", years: 8, number: 412, crlDays: 5, crlLeft: 3.2, issued: 842 },
  { name: "VPN CA", parent: 0, key: "rsa-3072", keyLocation: "os", years: 5, number: 96, crlDays: 5, crlLeft: 0.88, issued: 442 },
];

function authority(plan: Plan, at: number, now: number, keyState: string): AuthorityView {
  const parent = plan.parent === null ? null : PLANS[plan.parent];
  const notAfter = iso(now + plan.years * 365.25 * DAY);
  const crl = {
    number: plan.number,
    thisUpdate: iso(now + (plan.crlLeft - plan.crlDays) * DAY),
    nextUpdate: iso(now + plan.crlLeft * DAY),
    entries: plan.parent === null ? 0 : 14 + at,
    stale: false,
    dueAt: iso(now + (plan.crlLeft - plan.crlDays / 3) * DAY),
  };
  const certificate: CertificateView = {
    id: id(1, at),
    name: plan.name,
    status: "valid",
    archived: false,
    kind: "authority",
    authority: parent ? { id: id(0, plan.parent ?? 0), name: parent.name } : { id: id(0, at), name: plan.name },
    profile: plan.parent === null ? "root" : "intermediate",
    policyVersion: 1,
    subject: name(plan.name),
    issuer: name(parent?.name ?? plan.name),
    serial: hex(at + 77, 38),
    fingerprint: hex(at + 7_007, 64),
    names: [],
    notBefore: iso(now - 2 * 365 * DAY),
    notAfter,
    key: { kind: plan.key, bits: plan.key === "rsa-3072" ? 3072 : 384, fingerprint: hex(at + 70_007, 64), held: plan.keyLocation !== "elsewhere" },
    revocation: null,
    tags: [],
    pem: pem(at + 9000),
  };
  return {
    id: id(0, at),
    name: plan.name,
    parent: plan.parent === null ? null : id(0, plan.parent),
    status: "valid",
    keyLocation: plan.keyLocation,
    keyState: plan.keyLocation === "elsewhere" ? "elsewhere" : keyState,
    keyProvenAt: plan.keyLocation === "elsewhere" ? null : iso(now - 2 * 3_600_000),
    certificate,
    generations: [{ id: id(4, at), number: 1, current: true, answers: true, endsAt: notAfter, key: plan.key, crlUrls: [], certificates: [id(1, at)], crl }],
    crl,
    issued: plan.issued,
    path: parent ? [parent.name, plan.name] : [plan.name],
    crlUrls: [`http://crl.acme.example/${plan.name.toLowerCase().replaceAll(" ", "-")}.crl`],
    issuerUrls: ["http://crl.acme.example/root.crt"],
    ocspUrls: [],
    crlDays: plan.crlDays,
    delta: false,
    partitions: 0,
    split: false,
    pathLength: plan.parent === null ? null : 0,
  };
}

function crlHistory(view: AuthorityView, now: number): CrlSummary[] {
  const newest = Number(view.crl.number ?? 0);
  const life = view.crlDays * DAY;
  const start = Date.parse(view.crl.thisUpdate ?? iso(now));
  return Array.from({ length: Math.min(newest, 40) }, (_, back) => ({
    number: newest - back,
    thisUpdate: iso(start - (back * life * 2) / 3),
    nextUpdate: iso(start - (back * life * 2) / 3 + life),
    entries: Math.max(0, view.crl.entries - Math.floor(back / 3)),
    size: 420 + Math.max(0, view.crl.entries - Math.floor(back / 3)) * 39,
    sha256: hex(newest - back + 5, 64),
    imported: false,
    deltaOf: null,
    scope: null,
  }));
}

/** Adds to the log. */
export function note(world: World, action: string, subject: string, subjectName: string, detail: Record<string, unknown> = {}, why: string | null = null, at: number = Date.now(), actor = "admin@ca-host"): void {
  const sequence = world.audit.length + 1;
  world.audit.push({ sequence, at: iso(at), actor, action, refused: action.endsWith("-refused"), subject, subjectName, detail, why, hash: hex(sequence + 31, 64), previous: sequence === 1 ? "0".repeat(64) : hex(sequence + 30, 64) });
}

function fillLog(world: World): void {
  const { now, leaves } = world;
  note(world, "registry.created", "", "Acme PKI", { keys: "os" }, null, now - 730 * DAY);
  for (const view of world.authorities) note(world, "authority.created", view.id, view.name, { key: view.certificate.key.kind }, null, now - 729 * DAY);
  const shown = Math.min(leaves, 180);
  const issuers = world.authorities.slice(1);
  for (let at = shown; at > 0; at -= 1) {
    const view = leaf(at, now, issuers, world.revoked);
    note(world, at % 9 === 4 ? "crl.issued" : "certificate.issued", view.id, at % 9 === 4 ? (view.authority?.name ?? "") : view.name, at % 9 === 4 ? { number: 412 - at, entries: 14 } : { profile: view.profile, days: 397 }, null, now - at * 7 * 3_600_000, at % 9 === 4 ? "schedule@ca-host" : "admin@ca-host");
  }
  if (leaves > 0) {
    note(world, "registry.backed-up", "", "acme-pki.backup", { certificates: leaves + 3, keys: 3 }, null, now - 22 * 3_600_000, "schedule@ca-host");
    note(world, "certificate.revoked", id(2, 40), "mail-2.acme.example", { reason: "superseded" }, "Moved to the new mail host", now - 2.05 * 3_600_000);
    note(world, "crl.issued", world.authorities[1]?.id ?? "", "Issuing CA 1", { number: 412, entries: 15 }, null, now - 2 * 3_600_000, "schedule@ca-host");
  }
}

/** The first authority's key is elsewhere. */
const TROUBLES: readonly (readonly [string, string])[] = [
  [id(6, 1), "missing"],
  [id(6, 2), "wrong-key"],
  [id(6, 3), "staged"],
];

export function newStatus(name: string, keys: string, now: number): RegistryStatus {
  return { path: `/home/admin/${name.toLowerCase().replaceAll(" ", "-")}.chancery`, name, schema: 1, keys, certificates: 0, authorities: 0, unlocked: true, keyStore: "ready", readOnly: false, isTest: false, recovery: keys === "os" ? "made" : "not-needed", keyGuard: keys === "os" ? "recovery-passphrase" : "vault-passphrase", sealedAtUnlock: 0, createdAt: iso(now), awaitedCrls: [] };
}

export function makeWorld(scenario: Scenario = {}): World {
  const now = scenario.now ?? Date.now();
  const locked = scenario.locked === true || scenario.unreachable === true;
  const lockedState = scenario.unreachable ? "unreachable" : "locked";
  const home = scenario.ownRoot === true || scenario.rekeyed === true;
  const plans = home ? PLANS.map((plan) => ({ ...plan, keyLocation: "os" })) : PLANS;
  const planned = scenario.vault ? plans.map((plan) => (plan.keyLocation === "os" ? { ...plan, keyLocation: "vault" } : plan)) : plans;
  const authorities = scenario.empty ? [] : planned.map((plan, at) => authority(plan, at, now, locked ? lockedState : "ready"));
  const vpn = authorities[2];
  const leaves = scenario.empty ? 0 : (scenario.leaves ?? 1284);
  const world: World = {
    now,
    scenario,
    status: scenario.closed
      ? null
      : { ...newStatus("Acme PKI", scenario.vault ? "passphrase" : "os", now - 730 * DAY), certificates: leaves + authorities.length, authorities: authorities.length, ...(scenario.recoveryOfVault ? { recovery: "made" } : {}), unlocked: !locked, keyStore: locked ? lockedState : "ready", readOnly: scenario.readOnly === true || scenario.share === true, ...(scenario.share ? { share: "nfs" } : {}), ...(scenario.awaited && authorities[1] !== undefined ? { awaitedCrls: [{ authority: { id: authorities[1].id, name: authorities[1].name }, generation: 1, known: 409 }] } : {}), ...(scenario.noRecovery ? { recovery: "missing", keyGuard: "confirmation" } : {}) },
    authorities: scenario.keyTroubles ? authorities.map((view, at) => ({ ...view, keyState: TROUBLES.find(([key]) => key === id(6, at))?.[1] ?? view.keyState })) : authorities,
    waiting: [],
    leaves,
    issued: [],
    revoked: new Map(),
    crls: new Map(authorities.map((view) => [view.id, crlHistory(view, now)])),
    audit: [],
    tasks: [],
    requests: requestsOf(now, scenario.empty === true),
    damage: [],
    keyTroubles: new Map(scenario.keyTroubles ? TROUBLES : []),
    strays: scenario.keyTroubles ? [stray(1, id(6, 1)), stray(9, null)] : [],
    passphrase: PASSPHRASE,
    generated: 0,
    lockedBy: null,
    copied: null,
    keyringWaits: scenario.silent ? 3 : null,
    touchedAt: Date.now(),
    pending: new Map(),
    profiles: new Map(scenario.empty ? [] : [["intranet-server", ownProfile()]]),
    policies: new Map(vpn === undefined ? [] : [[vpn.id, { authority: { id: vpn.id, name: vpn.name }, version: 2, rules: { profiles: ["vpn-server", "vpn-client"], keys: ["ec-p256", "rsa-3072"], longestDays: 200, names: ["dns:*.vpn.acme.example", "dns:*.acme.example"] } }]]),
    settings: new Map(),
    backups: scenario.empty ? [] : [0, 1, 2].map((ago) => ({ name: `acme-pki.daily-${iso(now - ago * DAY).slice(0, 10)}.backup`, at: iso(now - ago * DAY - 3_600_000), bytes: 4_812_800 - ago * 8192, daily: true })),
    lastDrill: null,
    tags: new Map(scenario.empty ? [] : [[id(2, 0), ["main office", "vpn"]]]),
    archived: new Set(),
    undoing: new Map(),
    trash: scenario.empty ? [] : [{ kind: "profile", id: "old-server", name: "old-server", at: iso(now - 3 * DAY) }],
  };
  const reasons = ["superseded", "keyCompromise", "certificateHold", "cessationOfOperation"];
  for (let at = 40; at < Math.min(leaves, 4000); at += 71) world.revoked.set(id(2, at), { reason: reasons[(at / 71) % 4 | 0] ?? "superseded", at: iso(now - (at % 90) * DAY - 2 * 3_600_000), invalidityDate: null, note: at === 40 ? "Moved to the new mail host" : null });
  fillLog(world);
  if (scenario.rekeyed) rekey(world);
  if (scenario.lists || scenario.largeCrl) withLists(world);
  if (scenario.waiting) request(world, { name: "Wi-Fi CA", subject: "CN=Wi-Fi CA,O=Acme,C=DE", key: "ec-p384", pathLength: 0, crlUrls: ["http://crl.acme.example/wifi.crl"], issuerUrls: [], ocspUrls: [], permit: [], exclude: [] });
  if (scenario.unused) world.authorities = world.authorities.map((view, at) => (at === 2 ? { ...view, issued: 0, generations: view.generations.map((one) => ({ ...one, endsAt: null })) } : view));
  if (leaves > 0) world.tasks.push({ id: id(5, 1), kind: "crl-build", about: "Issuing CA 1", here: false, resumable: false, state: "done", progress: { done: 2, total: 2 }, message: "2 CRLs issued", startedAt: iso(now - 2 * 3_600_000), endedAt: iso(now - 2 * 3_600_000 + 1400) });
  if (scenario.sources === "refreshing") world.tasks.unshift({ id: id(5, 2), kind: "source-refresh", about: "German master list", here: true, resumable: false, state: "running", progress: { done: 21_480, total: 100_000 }, message: "", startedAt: iso(now - 9000), endedAt: null });
  return world;
}
