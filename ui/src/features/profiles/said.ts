// Everything that a profile says, in plain words, section by section.
import type { ExtensionsDocument } from "../../ipc/generated/ExtensionsDocument";
import type { ProfileDocument } from "../../ipc/generated/ProfileDocument";
import { plural, t, tOr } from "../../i18n/words";

export interface Row {
  readonly label: string;
  readonly lines: readonly string[];
  /** Addresses, identifiers, patterns. */
  readonly mono?: boolean;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly rows: readonly Row[];
}

/** `sign (digitalSignature)`; what has no words stands by its own name. */
export function usageWords(usage: string): string {
  const words = tOr(`usage.${usage}`, "");
  return words === "" ? usage : `${words} (${usage})`;
}

const keyWords = (spec: string): string => tOr(`keySpec.${spec}`, spec);
const kindWords = (kind: string): string => tOr(`nameKind.${kind}`, kind);
/** Left out where there is nothing to say. */
const listed = (label: string, lines: readonly string[], mono = false): Row[] => (lines.length === 0 ? [] : [{ label, lines, mono }]);

function subject({ subject: said }: ProfileDocument): Row[] {
  return [
    ...listed(t("profiles.say.fixed"), said.fixed === "" ? [] : [said.fixed], true),
    ...listed(t("profiles.say.required"), said.required.length === 0 ? [] : [said.required.join(", ")]),
    { label: t("profiles.say.allowed"), lines: [said.allowed.length === 0 ? t("profiles.say.anyAttribute") : said.allowed.join(", ")] },
    ...listed(t("profiles.say.patterns"), said.patterns.map((one) => t("profiles.say.like", { attribute: one.attribute, pattern: one.pattern }))),
    { label: t("profiles.say.fromFirst"), lines: [said.fromFirstName ? t("profiles.say.fromFirstYes") : t("profiles.say.fromFirstNo")] },
  ];
}

function names({ names: said }: ProfileDocument): Row[] {
  if (said.allowed.length === 0) return [{ label: t("profiles.say.kindsOfNames"), lines: [t("profiles.say.noNames")] }];
  const counts = [said.atLeast > 0 ? t("profiles.say.atLeast", { count: said.atLeast }) : "", said.atMost === null ? "" : t("profiles.say.atMost", { count: said.atMost })].filter((one) => one !== "");
  return [
    { label: t("profiles.say.kindsOfNames"), lines: [said.allowed.map(kindWords).join(", ")] },
    { label: t("profiles.say.count"), lines: [counts.length === 0 ? t("profiles.say.anyCount") : counts.join(", ")] },
    ...listed(t("profiles.say.oneOf"), said.required.length === 0 ? [] : [said.required.map(kindWords).join(", ")]),
    ...listed(t("profiles.say.fixedNames"), said.fixed, true),
    ...listed(t("profiles.say.match"), said.patterns, true),
  ];
}

function keys({ key }: ProfileDocument): Row[] {
  return [
    { label: t("profiles.say.keys"), lines: [key.allowed.length === 0 ? t("profiles.say.anyKey") : key.allowed.map(keyWords).join(", ")] },
    { label: t("profiles.say.defaultKey"), lines: [keyWords(key.default)] },
    { label: t("profiles.say.kept"), lines: [key.kept ? t("profiles.say.keptYes") : t("profiles.say.keptNo")] },
  ];
}

function life({ validity }: ProfileDocument): Row[] {
  return [
    { label: t("profiles.say.defaultDays"), lines: [plural("profiles.say.days", validity.defaultDays)] },
    { label: t("profiles.say.longestDays"), lines: [validity.longestDays === null ? t("profiles.say.noLongest") : plural("profiles.say.days", validity.longestDays)] },
    { label: t("profiles.say.starts"), lines: [validity.backDatedMinutes === 0 ? t("profiles.say.startsNow") : plural("profiles.say.startsBefore", validity.backDatedMinutes)] },
  ];
}

function uses({ extensions }: ProfileDocument): Row[] {
  const extended = extensions.extendedKeyUsage.map(usageWords);
  return [
    ...listed(t("profiles.say.keyUsage"), extensions.keyUsage.map(usageWords)),
    ...listed(t("profiles.say.ofRsa"), extensions.keyUsageOfRsa.map(usageWords)),
    ...listed(t("profiles.say.ofEc"), extensions.keyUsageOfEc.map(usageWords)),
    { label: t("profiles.say.extended"), lines: extended.length === 0 ? [t("profiles.say.noExtended")] : [...extended, ...(extensions.extendedKeyUsageCritical ? [t("profiles.say.extendedCritical")] : [])] },
  ];
}

function constraints(said: ExtensionsDocument): string[] {
  return [
    ...(said.requireExplicitPolicy === null ? [] : [plural("profiles.say.explicit", said.requireExplicitPolicy)]),
    ...(said.inhibitPolicyMapping === null ? [] : [plural("profiles.say.inhibitMapping", said.inhibitPolicyMapping)]),
    ...(said.inhibitAnyPolicy === null ? [] : [plural("profiles.say.inhibitAny", said.inhibitAnyPolicy)]),
  ];
}

function template(said: ExtensionsDocument): string[] {
  if (said.microsoftTemplate === null) return [];
  const { oid, major, minor } = said.microsoftTemplate;
  return [major === null ? oid : t("profiles.say.templateVersion", { oid, version: minor === null ? String(major) : `${major}.${minor}` })];
}

function extensions({ extensions: said }: ProfileDocument): Row[] {
  const addresses = [said.crlAddresses ? t("profiles.say.crl") : "", said.issuerAddresses ? t("profiles.say.issuer") : "", said.ocspAddresses ? t("profiles.say.ocsp") : ""].filter((one) => one !== "");
  const further = [said.mustStaple ? t("profiles.say.mustStaple") : "", said.noRevocationAvailable ? t("profiles.say.noRevocation") : "", said.ocspNoCheck ? t("profiles.say.ocspNoCheck") : ""].filter((one) => one !== "");
  const policies = said.policies.flatMap((one) => [one.oid, ...one.statements.map((address) => t("profiles.say.statement", { address })), ...(one.notice === null ? [] : [t("profiles.say.notice", { text: one.notice })])]);
  return [
    { label: t("profiles.say.addresses"), lines: [addresses.length === 0 ? t("profiles.say.noAddresses") : addresses.join(", ")] },
    ...listed(t("profiles.say.further"), further),
    ...listed(t("profiles.say.policies"), policies),
    ...listed(t("profiles.say.mappings"), said.policyMappings.map((one) => t("profiles.say.mapping", { subject: one.subject, issuer: one.issuer }))),
    ...listed(t("profiles.say.constraints"), constraints(said)),
    ...listed(t("profiles.say.issuerNames"), said.issuerAltNames, true),
    ...listed(t("profiles.say.freshest"), said.freshestCrl, true),
    ...listed(t("profiles.say.access"), said.subjectAccess.map((one) => t("profiles.say.accessAt", { method: one.method, location: one.location }))),
    ...listed(t("profiles.say.template"), template(said)),
    ...listed(t("profiles.say.raw"), said.raw.map((one) => t(one.critical ? "profiles.say.rawCritical" : "profiles.say.rawOne", { oid: one.oid, der: one.der })), true),
  ];
}

function requests({ request }: ProfileDocument): Row[] {
  const fate = (taken: boolean): string[] => [taken ? t("profiles.say.taken") : t("profiles.say.ignored")];
  return [
    { label: t("profiles.say.asked"), lines: fate(request.subject) },
    { label: t("profiles.say.askedNames"), lines: fate(request.names) },
    { label: t("profiles.say.askedExtensions"), lines: [request.extensions.length === 0 ? t("profiles.say.noneAsked") : request.extensions.join(", ")] },
  ];
}

/** The sections, in the order of the form. */
export function sections(document: ProfileDocument): Section[] {
  return [
    { id: "about", title: t("profiles.section.about"), rows: [{ label: t("profiles.say.kind"), lines: [tOr(`profiles.say.kinds.${document.kind}`, document.kind)] }] },
    { id: "subject", title: t("profiles.section.subject"), rows: subject(document) },
    { id: "names", title: t("profiles.section.names"), rows: names(document) },
    { id: "key", title: t("profiles.section.key"), rows: keys(document) },
    { id: "life", title: t("profiles.section.life"), rows: life(document) },
    { id: "uses", title: t("profiles.section.uses"), rows: uses(document) },
    { id: "extensions", title: t("profiles.section.extensions"), rows: extensions(document) },
    { id: "requests", title: t("profiles.section.requests"), rows: requests(document) },
  ];
}
