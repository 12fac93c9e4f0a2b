// Private keys of the invented registry: only how they stand.
import { keyStates } from "../../i18n/generated/words";
import { Failure } from "../errors";
import type { ClipboardView } from "../generated/ClipboardView";
import type { KeyExport } from "../generated/KeyExport";
import type { KeyListing } from "../generated/KeyListing";
import type { KeyRepair } from "../generated/KeyRepair";
import type { KeyRepaired } from "../generated/KeyRepaired";
import type { KeyStandingView } from "../generated/KeyStandingView";
import type { LockView } from "../generated/LockView";
import type { RecoveryFailure } from "../generated/RecoveryFailure";
import type { StrayKeyView } from "../generated/StrayKeyView";
import type { StrengthView } from "../generated/StrengthView";
import { hex, id, iso } from "./certificates";
import { note, type World } from "./world";

/** The passphrase that opens the invented vault, and the invented recovery file. */
export const PASSPHRASE = "correct horse";
export const GENERATED = ["otter-violin-harbour-mint-cobalt-ladder", "meadow-anvil-pepper-lantern-quartz-sail"] as const;

const words = (state: string, problem = ""): { title: string; message: string; next: string } => {
  const found = keyStates[state as keyof typeof keyStates];
  return { title: found.title, message: found.message.replace("{problem}", problem), next: found.next };
};

/** What can be done about a state, as the core tells it. */
const REPAIRS: Readonly<Record<string, readonly string[]>> = { ready: ["prove"], locked: ["unlock"], unreachable: ["retry"], staged: ["forget"], leaving: ["forget"], "wrong-key": ["set-aside"], unreadable: ["set-aside"], ambiguous: ["retry"] };

function standing(world: World, key: string): string {
  const view = world.authorities.find((one) => id(6, world.authorities.indexOf(one)) === key);
  const trouble = world.keyTroubles.get(key);
  if (view === undefined) return trouble ?? "staged";
  return view.keyState === "ready" || view.keyState === trouble ? (trouble ?? view.keyState) : view.keyState;
}

function view(world: World, at: number): KeyStandingView {
  const authority = world.authorities[at];
  const key = id(6, at);
  const state = standing(world, key);
  const vault = world.status?.keys === "passphrase";
  const sealed = world.status?.recovery === "made";
  const missing = state === "missing" ? [...(world.strays.some((stray) => stray.fits === key) ? ["adopt"] : []), ...(sealed ? ["restore"] : [])] : [];
  const lost = sealed && (state === "unreachable" || (state === "locked" && vault)) ? ["restore"] : [];
  return {
    id: key,
    kind: authority?.certificate.key.kind ?? "ec-p384",
    fingerprint: authority?.certificate.key.fingerprint ?? hex(at + 70_007, 64),
    label: authority?.name ?? "New authority",
    owner: authority ? { kind: "authority", id: authority.id, name: authority.name, generation: authority.generations.find((one) => one.current)?.number ?? 1, current: true } : null,
    location: authority?.keyLocation ?? (vault ? "vault" : "os"),
    state,
    ...words(vault && `${state}-vault` in keyStates ? `${state}-vault` : state, state === "unreachable" ? (vault ? "No such file or directory (os error 2)" : "no answer within 5 s") : hex(at + 99, 64)),
    repairs: [...(REPAIRS[state] ?? []), ...missing, ...lost],
    provenAt: authority?.keyProvenAt ?? null,
    createdAt: authority?.certificate.notBefore ?? iso(world.now),
    recoverable: sealed,
  };
}

/** The keys before the one that issues, of an authority. */
function earlier(world: World, at: number): KeyStandingView[] {
  const present = view(world, at);
  const { owner } = present;
  const before = world.authorities[at]?.generations.filter((one) => !one.current) ?? [];
  return owner === null ? [] : before.map(({ number, key: kind }) => ({ ...present, id: id(7, 100 * at + number), kind, fingerprint: hex(100 * at + number + 80_021, 64), owner: { ...owner, generation: number, current: false } }));
}

const all = (world: World): KeyStandingView[] => [...world.authorities.flatMap((_, at) => [view(world, at), ...earlier(world, at)]), ...[...world.keyTroubles.keys()].filter((key) => !world.authorities.some((_, at) => id(6, at) === key)).map((key) => view(world, Number.parseInt(key.slice(-4), 16)))];

export function list(world: World): KeyListing {
  const items = all(world);
  const open = world.status?.keyStore === "ready";
  return { items, next: null, total: { count: items.length, atLeast: false }, strays: open ? world.strays : [], straysKnown: open, keyStore: world.status?.keyStore ?? "locked" };
}

export function show(world: World, key: string): KeyStandingView {
  const found = all(world).find((one) => one.id === key || one.owner?.id === key);
  if (!found) throw new Failure("key-not-found", { key });
  return found;
}

/** An entry that no key of the registry knows; it fits the key `fits`, if any. */
export function stray(at: number, fits: string | null): StrayKeyView {
  return { entry: hex(at + 31, 32), kind: "ec-p384", fingerprint: hex(at + 70_007, 64), fits, ...words(fits === null ? "stray" : "stray-fits"), repairs: fits === null ? [] : ["adopt"] };
}

function well(world: World, key: string): void {
  world.keyTroubles.delete(key);
  world.authorities = world.authorities.map((one, at) => (id(6, at) === key ? { ...one, keyState: "ready", keyProvenAt: iso(Date.now()) } : one));
}

export function repair(world: World, { key, action }: KeyRepair): KeyRepaired {
  if (action === "adopt") {
    const found = world.strays.find((one) => one.entry === key);
    if (found === undefined || found.fits === null) throw new Failure("key-not-found", { key });
    world.strays = world.strays.filter((one) => one !== found);
    well(world, found.fits);
    return { key: show(world, found.fits), setAside: null };
  }
  const standingNow = show(world, key);
  if (!standingNow.repairs.includes(action)) {
    if (standingNow.state === "missing") throw new Failure("key-missing", { name: standingNow.label });
    throw new Failure("key-repair-unfit", { key, state: standingNow.state });
  }
  if (action === "forget") {
    world.keyTroubles.delete(standingNow.id);
    return { key: null, setAside: null };
  }
  if (action === "set-aside") {
    world.keyTroubles.set(standingNow.id, "missing");
    world.authorities = world.authorities.map((one, at) => (id(6, at) === standingNow.id ? { ...one, keyState: "missing" } : one));
    const aside = stray(40, null);
    world.strays = [...world.strays, aside];
    return { key: show(world, standingNow.id), setAside: aside.entry };
  }
  well(world, standingNow.id);
  return { key: show(world, standingNow.id), setAside: null };
}

/** What stands in the way of keys that the recovery file would bring back. */
export function inTheWay(world: World): RecoveryFailure[] {
  const shut = all(world).filter((one) => ["wrong-key", "unreadable", "ambiguous"].includes(one.state));
  return shut.map(({ owner, label, state, title, message, next }) => ({ name: owner?.name ?? label, state, title, message, next }));
}

/** Puts every key back that is missing; how many there were. */
export function restoreAll(world: World): number {
  const lost = all(world).filter((one) => one.state === "missing");
  for (const one of lost) well(world, one.id);
  return lost.length;
}

/** Puts every key into a new vault; how many there are. */
export function intoNewVault(world: World): number {
  world.authorities = world.authorities.map((one) => (one.keyState === "elsewhere" ? one : { ...one, keyLocation: "vault", keyState: "ready" }));
  world.keyTroubles.clear();
  return world.authorities.filter((one) => one.keyState !== "elsewhere").length;
}

/** What stands between a key and the outside, checked as the core does. */
export function guard(world: World, request: Pick<KeyExport, "certificate" | "reason" | "passphrase" | "confirmation">, name: string): void {
  if (request.reason.trim() === "") throw new Failure("reason-required");
  if (world.status?.keyGuard === "confirmation") {
    if (request.confirmation !== name) throw new Failure("confirmation-wrong", { wanted: name });
  } else if (request.passphrase !== PASSPHRASE) throw new Failure(request.passphrase ? "passphrase-wrong" : "passphrase-required");
  note(world, "key.exported", request.certificate, name, {}, request.reason);
}

export function strength(passphrase: string): StrengthView {
  const bits = Math.round(passphrase.length * 2.6);
  const score = bits < 20 ? 0 : bits < 36 ? 1 : bits < 56 ? 2 : bits < 75 ? 3 : 4;
  return { score, word: ["very_weak", "weak", "fair", "strong", "very_strong"][score] ?? "", weak: score < 2, bits };
}

export function lock(world: World): LockView {
  const locked = world.status?.unlocked !== true;
  const idleMinutes = Number(world.settings.get("lock.idle-minutes") ?? "15");
  const left = idleMinutes * 60 - Math.floor((Date.now() - world.touchedAt) / 1000);
  return { locked, why: locked ? world.lockedBy : null, since: locked && world.lockedBy !== null ? iso(world.now) : null, idleMinutes, idleLeft: locked || idleMinutes === 0 ? null : Math.max(0, left), keyringWaits: world.keyringWaits };
}

/** What of ours is on the clipboard, taken off after half a minute. */
export function clipboard(world: World): ClipboardView {
  if (world.copied === null) return { holds: null, secondsLeft: null, ended: "cleared" };
  const left = 30 - Math.floor((Date.now() - world.copied.at) / 1000);
  if (left > 0) return { holds: world.copied.holds, secondsLeft: left, ended: null };
  world.copied = null;
  return { holds: null, secondsLeft: null, ended: "cleared" };
}

export function copied(world: World, holds: string): ClipboardView {
  world.copied = { holds, at: Date.now() };
  return clipboard(world);
}
