import type { CertificateView } from "../ipc/generated/CertificateView";

/** What is asked of the dialog: some certificates, and how many of those chosen are left out because nothing is to be said about them. */
export interface Asked {
  readonly certificates: readonly CertificateView[];
  readonly leftOut: number;
}

/** Lets any screen ask for a revocation, or for holds to be lifted, without knowing the dialogs that do it; the frame mounts them once. */
class Revoking {
  /** What is to be revoked, or revoked for a sharper reason; null while nothing is asked for. */
  revoke = $state.raw<Asked | null>(null);
  /** Whose holds are to be lifted. */
  release = $state.raw<Asked | null>(null);

  /** Opens the dialog that revokes. Of several, those revoked are left out; where all are, their reasons can be sharpened. */
  ask(certificates: readonly CertificateView[]): void {
    const open = certificates.filter((one) => one.status !== "revoked");
    const asked = open.length > 0 ? open : certificates;
    if (asked.length > 0) this.revoke = { certificates: asked, leftOut: certificates.length - asked.length };
  }

  /** Opens the dialog that lifts holds, for those that are on hold. */
  askRelease(certificates: readonly CertificateView[]): void {
    const held = certificates.filter((one) => one.status === "held");
    if (held.length > 0) this.release = { certificates: held, leftOut: certificates.length - held.length };
  }

  close(): void {
    this.revoke = null;
    this.release = null;
  }
}

export const revoking = new Revoking();
