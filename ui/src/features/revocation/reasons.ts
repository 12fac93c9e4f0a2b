import type { CertificateView } from "../../ipc/generated/CertificateView";

/** RFC 5280's reasons, in the order in which they should be considered (5.3.1; 7 is not used, removeFromCRL and aACompromise are not for people). */
export const REASONS = ["keyCompromise", "superseded", "cessationOfOperation", "affiliationChanged", "privilegeWithdrawn", "certificateHold", "unspecified"] as const;

/** The reasons for authorities' certificates. */
export const AUTHORITY_REASONS = ["caCompromise", "superseded", "cessationOfOperation", "affiliationChanged", "unspecified"] as const;

export type Reason = (typeof REASONS)[number] | (typeof AUTHORITY_REASONS)[number];

/** The reasons for serial numbers whose certificates nobody has: nobody can lift a hold of one, or knows whether it is an authority's. */
export const SERIAL_REASONS: readonly Reason[] = REASONS.filter((reason) => reason !== "certificateHold");

/** What is asked of a certificate. */
export type Asked = Pick<CertificateView, "kind" | "name" | "status" | "revocation">;

/** The core writes RFC 5280's own spelling, `cACompromise`; people and OpenSSL write others. */
const isCompromise = (reason: string): boolean => /^(key|ca|aa)compromise$/iu.test(reason);
const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Whether all are revoked already, so that only a sharper reason is left to say. */
export const isSharpening = (certificates: readonly Pick<Asked, "status">[]): boolean => certificates.length > 0 && certificates.every((one) => one.status === "revoked");

/** Whether all of them are revoked for a compromise already: only since when can be added. */
export const isCompromised = (certificates: readonly Asked[]): boolean => isSharpening(certificates) && certificates.every((one) => isCompromise(one.revocation?.reason ?? ""));

/** Those that fit everything that is to be revoked. */
export function reasonsFor(certificates: readonly Asked[]): readonly Reason[] {
  const authorities = certificates.every((one) => one.kind === "authority");
  if (isSharpening(certificates)) {
    const standing = certificates[0]?.revocation?.reason ?? "";
    if (isCompromised(certificates)) return [same(standing, "caCompromise") ? "caCompromise" : "keyCompromise"];
    return authorities ? ["caCompromise"] : ["keyCompromise"];
  }
  const fit: readonly Reason[] = authorities ? AUTHORITY_REASONS : REASONS;
  return certificates.every((one) => one.status === "held") ? fit.filter((reason) => reason !== "certificateHold") : fit;
}

/** Whether this reason says something new of a certificate: the core refuses it otherwise (a hold can become anything, a revocation only a compromise). */
export function changes(one: Asked, reason: Reason | null, invalidityDate: string): boolean {
  if (reason === null || one.revocation === null) return true;
  const standing = one.revocation.reason;
  if (reason === "certificateHold") return false;
  if (standing === "certificateHold") return true;
  if (isCompromise(standing)) return same(reason, standing) && invalidityDate !== "" && one.revocation.invalidityDate?.slice(0, 10) !== invalidityDate;
  return isCompromise(reason);
}

/** What has to be typed before anything is revoked: one certificate's name, or `revoke N` for several. The core checks it again. */
export function confirmationFor(certificates: readonly { name: string }[]): string {
  const only = certificates[0];
  return certificates.length === 1 && only !== undefined ? only.name : `revoke ${certificates.length}`;
}
