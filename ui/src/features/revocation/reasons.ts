/** RFC 5280's reasons, in the order in which they should be considered (5.3.1; 7 is not used, removeFromCRL and aACompromise are not for people). */
export const REASONS = ["keyCompromise", "superseded", "cessationOfOperation", "affiliationChanged", "privilegeWithdrawn", "certificateHold", "unspecified"] as const;

/** The reasons for authorities' certificates. */
export const AUTHORITY_REASONS = ["caCompromise", "superseded", "cessationOfOperation", "affiliationChanged", "unspecified"] as const;

export type Reason = (typeof REASONS)[number] | (typeof AUTHORITY_REASONS)[number];

/** Those that fit everything that is to be revoked. */
export function reasonsFor(certificates: readonly { kind: string }[]): readonly Reason[] {
  return certificates.every((one) => one.kind === "authority") ? AUTHORITY_REASONS : REASONS;
}

/** What has to be typed before anything is revoked: one certificate's name, or `revoke N` for several. The core checks it again. */
export function confirmationFor(certificates: readonly { name: string }[]): string {
  const only = certificates[0];
  return certificates.length === 1 && only !== undefined ? only.name : `revoke ${certificates.length}`;
}
