import type { CertificateView } from "../ipc/generated/CertificateView";

/** Lets any screen ask for a revocation without knowing the dialog that does it; the frame mounts that dialog once. */
class Revoking {
  /** What is to be revoked; null while nothing is asked for. */
  certificates = $state.raw<readonly CertificateView[] | null>(null);

  /** Opens the dialog. Revoked ones are left out: there is nothing more to say about them. */
  ask(certificates: readonly CertificateView[]): void {
    const open = certificates.filter((one) => one.status !== "revoked");
    if (open.length > 0) this.certificates = open;
  }

  close(): void {
    this.certificates = null;
  }
}

export const revoking = new Revoking();
