// Profiles and policies of the invented registry. A document is taken as it is: checking is the core's work, and the fake shows one problem.
import { profileProblems } from "../../i18n/generated/words";
import { Failure } from "../errors";
import type { AuthorityView } from "../generated/AuthorityView";
import type { Done } from "../generated/Done";
import type { PolicyRules } from "../generated/PolicyRules";
import type { PolicyView } from "../generated/PolicyView";
import type { ProfileChecked } from "../generated/ProfileChecked";
import type { ProfileDetail } from "../generated/ProfileDetail";
import type { ProfileDocument } from "../generated/ProfileDocument";
import type { ProfileProblem } from "../generated/ProfileProblem";
import type { ProfileSet } from "../generated/ProfileSet";
import type { ProfileView } from "../generated/ProfileView";
import * as toml from "./toml";
import type { World } from "./world";

const KEYS = ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519"];

const profile = (title: string, nameKinds: string[], extendedKeyUsages: string[], more: Partial<ProfileView> = {}): ProfileView => ({
  name: title,
  version: 1,
  description: "",
  builtIn: true,
  authority: false,
  selfSigned: false,
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
  profile("ad-logon", ["upn", "email", "uri"], ["clientAuth", "smartcardLogon"]),
  profile("code-signing", [], ["codeSigning"], { defaultKey: "ec-p384", subjectFromName: false }),
  profile("root", [], [], { ...AUTHORITY, selfSigned: true, keyUsages: [...AUTHORITY.keyUsages], defaultDays: 7305 }),
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
    selfSigned: document.kind === "root",
    defaultDays: document.validity.defaultDays,
    longestDays: document.validity.longestDays,
    defaultKey: document.key.default,
    keys: document.key.allowed.length > 0 ? document.key.allowed : KEYS,
    keepsKey: document.key.kept,
    nameRequired: document.names.atLeast > 0,
    subjectFromName: document.subject.fromFirstName,
    keyUsages: document.extensions.keyUsage,
  });

const textOf = (document: ProfileDocument): string => toml.write(document);

const detailOf = (document: ProfileDocument, view: ProfileView): ProfileDetail => ({ profile: view, document, text: textOf(document) });

/** An own profile that the invented registry has. */
export function ownProfile(): ProfileDetail {
  const server = documentOf(profile("intranet-server", ["dns", "ip"], ["serverAuth"]));
  const document: ProfileDocument = {
    ...server,
    description: "Servers of the intranet, renewed by machine",
    subject: { ...server.subject, fixed: "/C=DE/O=Acme", allowed: ["CN", "O", "C", "OU"], patterns: [{ attribute: "OU", pattern: "Team *" }] },
    names: { ...server.names, patterns: ["dns:*.acme.example", "ip:10.0.0.0/8"], atMost: 20 },
    key: { allowed: ["ec-p256", "ec-p384", "rsa-3072"], default: "ec-p256", kept: false },
    validity: { defaultDays: 90, longestDays: 120, backDatedMinutes: 10 },
    extensions: { ...server.extensions, keyUsageOfRsa: ["keyEncipherment"], policies: [{ oid: "1.3.6.1.4.1.99999.1.2", statements: ["https://pki.acme.example/cps"], notice: null }] },
    request: { subject: false, names: true, extensions: ["tlsfeature"] },
  };
  return detailOf(document, viewOf(document, 3));
}

export const list = (world: World): ProfileView[] => [...PROFILES, ...[...world.profiles.values()].map((detail) => detail.profile)];

export function show(world: World, name: string): ProfileDetail {
  const own = world.profiles.get(name);
  if (own) return own;
  const view = PROFILES.find((one) => one.name === name);
  if (!view) throw new Failure("profile-not-found", { profile: name });
  return detailOf(documentOf(view), view);
}

const OID = /^[012](\.\d+)+$/u;
const PATTERN = /^(dns|email|uri|upn):\S+$|^ip:[0-9a-f.:]+(\/\d+)?$/u;

/** A few of the core's rules, in its words. */
function problemsOf(document: ProfileDocument): ProfileProblem[] {
  const found: ProfileProblem[] = [];
  const add = (field: string, code: keyof typeof profileProblems, given: string | number): void => {
    found.push({ field, code, message: profileProblems[code].replace("{given}", String(given)), given: String(given) });
  };
  const { subject, names, key, validity, extensions } = document;
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/u.test(document.name)) add("name", "bad-name", document.name);
  if (subject.fixed !== "" && !/^(\/\w+=[^/]+)+$/u.test(subject.fixed)) add("subject.fixed", "bad-subject", subject.fixed);
  for (const field of ["required", "allowed"] as const) for (const [at, text] of subject[field].entries()) if (!/^([A-Za-z]+|[012](\.\d+)+)$/u.test(text)) add(`subject.${field}[${at}]`, "unknown-attribute", text);
  for (const [at, text] of names.patterns.entries()) {
    if (!PATTERN.test(text)) add(`names.patterns[${at}]`, "bad-pattern", text);
    else if (!names.allowed.includes(text.split(":")[0] ?? "")) add(`names.patterns[${at}]`, "not-allowed-here", text.split(":")[0] ?? "");
  }
  if (names.atMost !== null && names.atMost < names.atLeast) add("names.atMost", "contradiction", names.atMost);
  if (key.allowed.length > 0 && !key.allowed.includes(key.default)) add("key.default", "not-allowed-here", key.default);
  if (validity.defaultDays < 1 || validity.defaultDays > 36_525) add("validity.defaultDays", "out-of-range", validity.defaultDays);
  if (validity.longestDays !== null && validity.longestDays < validity.defaultDays) add("validity.defaultDays", "contradiction", validity.defaultDays);
  if (extensions.keyUsage.length === 0) add("extensions.keyUsage", "missing", "");
  for (const [at, one] of extensions.policies.entries()) if (!OID.test(one.oid)) add(`extensions.policies[${at}].oid`, "bad-oid", one.oid);
  for (const [at, one] of extensions.raw.entries()) {
    if (!OID.test(one.oid)) add(`extensions.raw[${at}].oid`, "bad-oid", one.oid);
    if (!/^([0-9a-f]{2}){2,}$/iu.test(one.der)) add(`extensions.raw[${at}].der`, "bad-der", one.der);
  }
  return found;
}

/** The document of a text, with what it leaves out. */
function read(text: string): ProfileDocument {
  const table = toml.read(text) as unknown as ProfileDocument;
  const blank = documentOf(profile("", [], []));
  return {
    ...blank,
    ...table,
    subject: { ...blank.subject, ...table.subject },
    names: { ...blank.names, ...table.names },
    key: { ...blank.key, ...table.key },
    validity: { ...blank.validity, ...table.validity },
    extensions: { ...blank.extensions, ...table.extensions },
    request: { ...blank.request, ...table.request },
  };
}

export function check({ document, text }: ProfileSet): ProfileChecked {
  try {
    const taken = document ?? read(text ?? "");
    const problems = problemsOf(taken);
    return problems.length === 0 ? { problems, text: textOf(taken), document: taken } : { problems, text: null, document };
  } catch (thrown) {
    if (!(thrown instanceof toml.TomlError)) throw thrown;
    return { problems: [{ field: `line ${thrown.line}`, code: "syntax", message: `The text cannot be read as a profile: ${thrown.message}.`, given: thrown.message }], text: null, document: null };
  }
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
  const wrong = rules.names.flatMap((text, at) => (PATTERN.test(text) ? [] : [`names[${at}]: ${profileProblems["bad-pattern"].replace("{given}", text)}`]));
  if (rules.longestDays !== null && (rules.longestDays < 1 || rules.longestDays > 36_525)) wrong.unshift(`longestDays: ${profileProblems["out-of-range"].replace("{given}", String(rules.longestDays))}`);
  if (wrong.length > 0) throw new Failure("profile-unsound", { problems: wrong.join(" ") });
  const missing = rules.profiles.find((name) => !list(world).some((one) => one.name === name));
  if (missing !== undefined) throw new Failure("profile-not-found", { profile: missing });
  const view: PolicyView = { ...policy(world, authority), version: (policy(world, authority).version ?? 0) + 1, rules };
  world.policies.set(authority.id, view);
  return view;
}

/** What a policy refuses, in the core's words; nothing where it allows. */
export function refusal({ profiles, longestDays }: PolicyRules, profile: string, days: number): string | null {
  if (profiles.length > 0 && !profiles.includes(profile)) return `profile ${profile} may not be used; allowed: ${profiles.join(", ")}`;
  return longestDays !== null && days > longestDays ? `${days} days are more than ${longestDays}` : null;
}
