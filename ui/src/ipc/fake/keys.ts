// Private keys, invented: how they stand, how they are mended, moved and let go.
import { Failure } from "../errors";
import type { AuthorityView } from "../generated/AuthorityView";
import type { GeneratedPassphrase } from "../generated/GeneratedPassphrase";
import type { KeyExport } from "../generated/KeyExport";
import type { KeyListing } from "../generated/KeyListing";
import type { KeyRepairAction } from "../generated/KeyRepairAction";
import type { KeyRepaired } from "../generated/KeyRepaired";
import type { KeyStandingView } from "../generated/KeyStandingView";
import type { KeysChoice } from "../generated/KeysChoice";
import type { KeysMoved } from "../generated/KeysMoved";
import type { LockView } from "../generated/LockView";
import type { RegistryStatus } from "../generated/RegistryStatus";
import type { StrengthView } from "../generated/StrengthView";
import { iso } from "./certificates";
import { authority } from "./changes";
import { note, type World } from "./world";

interface Said {
  readonly title: string;
  readonly message: string;
  readonly next: string;
  readonly repairs: string[];
}

const STATES: Readonly<Record<string, Said>> = {
  ready: { title: "Ready", message: "The key is where it belongs and is the one of its certificate.", next: "", repairs: ["prove"] },
  locked: {
    title: "Locked", message: "The key store is locked. Nothing is lost: the key can be used as soon as it is unlocked.",
    next: "Unlock the registry: with the vault's passphrase, or by answering the keyring's question.", repairs: ["unlock"],
  },
  unreachable: {
    title: "Not reachable", message: "The key store does not answer: the keyring does not answer. The key is still in it, as far as anybody knows.",
    next: "Start the keyring and look again. Browsing and exporting certificates works meanwhile.", repairs: ["retry"],
  },
  missing: {
    title: "Not found", message: "The key store is open and has no entry for this key. The key is not made anew.",
    next: "Check that this is the keyring that had the key. If it is lost, restore it from the recovery file.", repairs: ["restore"],
  },
  "wrong-key": {
    title: "Another key", message: "Another key stands under this key's name. It is not used, and not overwritten.",
    next: "Set the other key aside, then restore this one from the recovery file.", repairs: ["set-aside"],
  },
  elsewhere: {
    title: "Not held here", message: "The private half was never here: the authority was imported without it.", next: "Import the key if Chancery is to sign with it.", repairs: [],
  },
};

function standing(view: AuthorityView): KeyStandingView {
  const said = STATES[view.keyState] ?? STATES.ready;
  if (!said) throw new Failure("internal");
  return {
    id: `key-${view.id}`, kind: view.certificate.key.kind, fingerprint: view.certificate.key.fingerprint, label: view.name,
    owner: { kind: "authority", id: view.id, name: view.name, generation: view.generations.length, current: true },
    location: view.keyLocation, state: view.keyState, ...said, repairs: [...said.repairs],
    provenAt: view.keyProvenAt, createdAt: view.certificate.notBefore, recoverable: view.keyState !== "elsewhere",
  };
}

export function list(world: World, status: RegistryStatus): KeyListing {
  const items = world.authorities.map(standing);
  return { items, next: null, total: { count: items.length, atLeast: false }, strays: [], straysKnown: status.unlocked, keyStore: status.keyStore };
}

export function show(world: World, key: string): KeyStandingView {
  const found = world.authorities.find((view) => `key-${view.id}` === key || view.certificate.id === key);
  return standing(found ?? authority(world, key));
}

export function repair(world: World, key: string, action: KeyRepairAction): KeyRepaired {
  const before = show(world, key);
  if (!before.repairs.includes(action)) throw new Failure("key-repair-unfit", { problem: `this is no repair for a key that is ${before.state}` });
  const become = action === "set-aside" ? "missing" : "ready";
  world.authorities = world.authorities.map((view) =>
    `key-${view.id}` === before.id ? { ...view, keyState: become, keyProvenAt: become === "ready" ? iso(world.now) : view.keyProvenAt } : view,
  );
  note(world, action === "prove" ? "key.proved" : "key.set-aside", before.id, before.label, {});
  return { key: show(world, before.id), setAside: action === "set-aside" ? "0f6c1a52-3f0e-4f52-9c30-6f1d3f6f8f11" : null };
}

export function move(world: World, to: KeysChoice, become: (changed: Partial<RegistryStatus>) => RegistryStatus): KeysMoved {
  const location = to === "os" ? "os" : "vault";
  let keys = 0;
  world.authorities = world.authorities.map((view) => {
    if (view.keyState === "elsewhere") return view;
    keys += 1;
    return { ...view, keyLocation: location };
  });
  note(world, "keys.moved", "", "", { to: location, keys });
  const recovery = to === "os" ? "missing" : "not-needed";
  return { keys, oldRemoved: true, status: become({ keys: to, recovery, keyGuard: to === "os" ? "confirmation" : "vault-passphrase" }) };
}

export function lock(world: World, status: RegistryStatus): LockView {
  return {
    locked: !status.unlocked, why: status.unlocked ? null : "by-hand", since: status.unlocked ? null : iso(world.now), idleMinutes: 15,
    idleLeft: status.unlocked ? 900 : null,
  };
}

export function depart(world: World, status: RegistryStatus, request: KeyExport, passphrase: string): void {
  if (!request.reason.trim()) throw new Failure("reason-required");
  if (!request.password && !request.plainKey) throw new Failure("password-required");
  if (status.keyGuard !== "confirmation") {
    if (!request.passphrase) throw new Failure("passphrase-required");
    if (request.passphrase !== passphrase) throw new Failure("passphrase-wrong");
  } else if (!request.confirmation) throw new Failure("confirmation-wrong", { wanted: request.certificate });
  note(world, "key.exported", "", request.certificate, { to: request.out });
}

/** By length alone: the real estimate is the core's. */
export function meter(passphrase: string): StrengthView {
  const bits = Math.min(128, passphrase.length * 3);
  const score = bits < 28 ? 0 : bits < 50 ? 1 : bits < 64 ? 2 : bits < 90 ? 3 : 4;
  const word = (["very_weak", "weak", "fair", "strong", "very_strong"] as const)[score];
  return { score, word, weak: bits < 50, bits };
}

const WORDS = ["amber", "tulip", "comet", "ranch", "violin", "otter", "meadow", "copper", "lantern", "pebble", "willow", "harbor"];

export function generate(words: number | null): GeneratedPassphrase {
  return { words: WORDS.slice(0, Math.min(12, Math.max(6, words ?? 6))).join("-") };
}
