// Profiles and policies of the invented registry. A document is taken as it is: checking is the core's work, and the fake shows one problem.
import { Failure } from "../errors";
import type { AuthorityView } from "../generated/AuthorityView";
import type { Done } from "../generated/Done";
import type { PolicyRules } from "../generated/PolicyRules";
import type { PolicyView } from "../generated/PolicyView";
import type { ProfileChecked } from "../generated/ProfileChecked";
import type { ProfileDetail } from "../generated/ProfileDetail";
import type { ProfileDocument } from "../generated/ProfileDocument";
import type { ProfileSet } from "../generated/ProfileSet";
import type { ProfileView } from "../generated/ProfileView";
import type { World } from "./world";

const KEYS = ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519"];

const profile = (title: string, nameKinds: string[], extendedKeyUsages: string[], more: Partial<ProfileView> = {}): ProfileView => ({
  name: title,
  version: 1,
  description: "",
  builtIn: true,
  authority: false,
  defaultDays: 397,
  longestDays: 825,
  defaultKey: "ec-p256",
  keys: KEYS,
  keepsKey: false,
  nameKinds,
  nameRequired: nameKinds.length > 0,
  subjectFromName: true,
  keyUsages: ["digitalSignature"],
  extendedKeyUsages,
  ...more,
});

const AUTHORITY = { authority: true, longestDays: null, defaultKey: "ec-p384", keyUsages: ["keyCertSign", "cRLSign"], subjectFromName: false } as const;

export const PROFILES: readonly ProfileView[] = [
  profile("tls-server", ["dns", "ip"], ["serverAuth"]),
  profile("tls-client", ["dns", "email", "upn"], ["clientAuth"], { nameRequired: false }),
  profile("mtls", ["dns", "ip", "uri"], ["serverAuth", "clientAuth"]),
  profile("vpn-server", ["dns", "ip"], ["serverAuth", "ipsecIKE"]),
  profile("vpn-client", ["dns", "email"], ["clientAuth"], { nameRequired: false }),
  profile("email", ["email"], ["emailProtection"], { keyUsages: ["digitalSignature", "keyEncipherment"] }),
  profile("code-signing", [], ["codeSigning"], { defaultKey: "ec-p384", subjectFromName: false }),
  profile("root", [], [], { ...AUTHORITY, keyUsages: [...AUTHORITY.keyUsages], defaultDays: 7305 }),
  profile("intermediate", [], [], { ...AUTHORITY, keyUsages: [...AUTHORITY.keyUsages], defaultDays: 3653 }),
];

const documentOf = (view: ProfileView): ProfileDocument => ({
  format: 1,
  name: view.name,
  description: view.description,
  kind: view.name === "root" ? "root" : view.authority ? "intermediate" : "leaf",
  subject: { required: [], allowed: [], fixed: "", patterns: [], fromFirstName: view.subjectFromName },
  names: { allowed: view.nameKinds, required: [], atLeast: view.nameRequired ? 1 : 0, atMost: null, fixed: [], patterns: [] },
  key: { allowed: [], default: view.defaultKey, kept: view.keepsKey },
  validity: { defaultDays: view.defaultDays, longestDays: view.longestDays, backDatedMinutes: 0 },
  extensions: {
    keyUsage: view.keyUsages,
    keyUsageOfRsa: [],
    keyUsageOfEc: [],
    extendedKeyUsage: view.extendedKeyUsages,
    extendedKeyUsageCritical: false,
    crlAddresses: true,
    issuerAddresses: true,
    ocspAddresses: true,
    mustStaple: false,
    noRevocationAvailable: false,
    ocspNoCheck: false,
    policies: [],
    policyMappings: [],
    requireExplicitPolicy: null,
    inhibitPolicyMapping: null,
    inhibitAnyPolicy: null,
    issuerAltNames: [],
    freshestCrl: [],
    subjectAccess: [],
    microsoftTemplate: null,
    raw: [],
  },
  request: { subject: true, names: true, extensions: [] },
});

const viewOf = (document: ProfileDocument, version: number): ProfileView =>
  profile(document.name, document.names.allowed, document.extensions.extendedKeyUsage, {
    version,
    builtIn: false,
    description: document.description,
    authority: document.kind !== "leaf",
    defaultDays: document.validity.defaultDays,
    longestDays: document.validity.longestDays,
    defaultKey: document.key.default,
    keys: document.key.allowed.length > 0 ? document.key.allowed : KEYS,
    keepsKey: document.key.kept,
    nameRequired: document.names.atLeast > 0,
    subjectFromName: document.subject.fromFirstName,
    keyUsages: document.extensions.keyUsage,
  });

const textOf = (document: ProfileDocument): string =>
  `format = 1\nname = "${document.name}"\ndescription = "${document.description}"\nkind = "${document.kind}"\n\n[key]\ndefault = "${document.key.default}"\n\n[validity]\ndefaultDays = ${document.validity.defaultDays}\n`;

const detailOf = (document: ProfileDocument, view: ProfileView): ProfileDetail => ({ profile: view, document, text: textOf(document) });

export const list = (world: World): ProfileView[] => [...PROFILES, ...[...world.profiles.values()].map((detail) => detail.profile)];

export function show(world: World, name: string): ProfileDetail {
  const own = world.profiles.get(name);
  if (own) return own;
  const view = PROFILES.find((one) => one.name === name);
  if (!view) throw new Failure("profile-not-found", { profile: name });
  return detailOf(documentOf(view), view);
}

export function check({ document }: ProfileSet): ProfileChecked {
  if (document === null) return { problems: [{ field: "line 1", code: "syntax", message: "The text cannot be read as a profile: missing field `format`.", given: "" }], text: null, document: null };
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(document.name)) return { problems: [], text: textOf(document), document };
  return { problems: [{ field: "name", code: "bad-name", message: `A name is 1 to 64 lower-case letters, digits and hyphens, not “${document.name}”.`, given: document.name }], text: null, document };
}

export function set(world: World, request: ProfileSet): ProfileDetail {
  const { problems, document } = check(request);
  if (document === null || problems.length > 0) throw new Failure("profile-unsound", { problems: problems.map((one) => `${one.field}: ${one.message}`).join(" ") });
  if (PROFILES.some((one) => one.name === document.name)) throw new Failure("profile-built-in", { profile: document.name });
  const version = (world.profiles.get(document.name)?.profile.version ?? 0) + 1;
  const detail = detailOf(document, viewOf(document, version));
  world.profiles.set(document.name, detail);
  return detail;
}

export function remove(world: World, name: string): Done {
  if (PROFILES.some((one) => one.name === name)) throw new Failure("profile-built-in", { profile: name });
  if (!world.profiles.delete(name)) throw new Failure("profile-not-found", { profile: name });
  return {};
}

const EVERYTHING: PolicyRules = { profiles: [], keys: [], longestDays: null, names: [] };

export function policy(world: World, authority: AuthorityView): PolicyView {
  return world.policies.get(authority.id) ?? { authority: { id: authority.id, name: authority.name }, version: null, rules: EVERYTHING };
}

export function setPolicy(world: World, authority: AuthorityView, rules: PolicyRules): PolicyView {
  const view: PolicyView = { ...policy(world, authority), version: (policy(world, authority).version ?? 0) + 1, rules };
  world.policies.set(authority.id, view);
  return view;
}
