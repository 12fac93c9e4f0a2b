import { call } from "../../ipc/commands";
import type { AuthorityRef } from "../../ipc/generated/AuthorityRef";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import { asFailure, type Failure } from "../../ipc/errors";
import { confirmationFor, type Reason } from "./reasons";

/** An authority whose CRL is behind after a revocation, and what became of building the next one. */
export interface Behind {
  authority: AuthorityRef;
  state: "behind" | "building" | "built" | "failed";
  error: Failure | null;
}

/** One revocation, from choosing the reason to the CRL that tells of it. */
export class RevokeState {
  reason = $state.raw<Reason | null>(null);
  invalidityDate = $state("");
  note = $state("");
  typed = $state("");
  busy = $state(false);
  error = $state.raw<Failure | null>(null);
  revoked = $state.raw<CertificateView[] | null>(null);
  behind = $state<Behind[]>([]);

  readonly expected: string;
  readonly confirmed = $derived.by(() => this.typed.trim() === this.expected);
  readonly ready = $derived(this.reason !== null && this.confirmed && !this.busy);

  constructor(
    readonly certificates: readonly CertificateView[],
  ) {
    this.expected = confirmationFor(certificates);
  }

  async revoke(): Promise<void> {
    if (!this.ready) return;
    this.busy = true;
    this.error = null;
    try {
      const done = await call("certificate_revoke", {
        certificates: this.certificates.map((one) => one.id),
        reason: this.reason,
        invalidityDate: this.invalidityDate === "" ? null : this.invalidityDate,
        note: this.note.trim() === "" ? null : this.note.trim(),
        confirmation: this.typed.trim(),
      });
      this.revoked = done.certificates;
      this.behind = done.stale.map((authority) => ({ authority, state: "behind", error: null }));
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.busy = false;
    }
  }

  async build(one: Behind): Promise<void> {
    one.state = "building";
    one.error = null;
    try {
      await call("crl_build", { authority: one.authority.id, nextUpdate: null });
      one.state = "built";
    } catch (cause) {
      one.state = "failed";
      one.error = asFailure(cause);
    }
  }
}
