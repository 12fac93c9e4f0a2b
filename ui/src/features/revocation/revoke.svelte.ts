import { call } from "../../ipc/commands";
import type { AuthorityRef } from "../../ipc/generated/AuthorityRef";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import { asFailure, type Failure } from "../../ipc/errors";
import { changes, confirmationFor, isCompromised, isSharpening, reasonsFor, type Reason } from "./reasons";

/** An authority whose CRL is behind after a revocation, and what became of building the next one. */
export interface Behind {
  authority: AuthorityRef;
  state: "behind" | "building" | "built" | "failed";
  error: Failure | null;
}

/** The CRLs that do not tell of it yet. */
export class BehindState {
  items = $state<Behind[]>([]);

  set(stale: readonly AuthorityRef[]): void {
    this.items = stale.map((authority) => ({ authority, state: "behind", error: null }));
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

/** One revocation, from choosing the reason to the CRL that tells of it. */
export class RevokeState {
  reason = $state.raw<Reason | null>(null);
  invalidityDate = $state("");
  note = $state("");
  typed = $state("");
  busy = $state(false);
  error = $state.raw<Failure | null>(null);
  revoked = $state.raw<CertificateView[] | null>(null);
  readonly behind = new BehindState();

  /** All are revoked already; what is left is to say why more sharply, or since when. */
  readonly sharpens: boolean;
  /** They are revoked for a compromise already: since when is all that can be added. */
  readonly wantsDate: boolean;
  readonly reasons: readonly Reason[];
  /** Those of which the reason says something new. */
  readonly affected = $derived.by(() => this.certificates.filter((one) => changes(one, this.reason, this.wantsDate ? this.invalidityDate || "-" : this.invalidityDate)));
  readonly expected = $derived.by(() => confirmationFor(this.affected));
  readonly confirmed = $derived.by(() => this.typed.trim() === this.expected);
  readonly ready = $derived.by(() => this.reason !== null && this.affected.length > 0 && this.confirmed && !this.busy && !(this.wantsDate && this.invalidityDate === ""));

  constructor(readonly certificates: readonly CertificateView[]) {
    this.sharpens = isSharpening(certificates);
    this.wantsDate = isCompromised(certificates);
    this.reasons = reasonsFor(certificates);
    const [only, ...others] = this.reasons;
    if (this.sharpens && only !== undefined && others.length === 0) this.reason = only;
  }

  async revoke(): Promise<void> {
    if (!this.ready) return;
    this.busy = true;
    this.error = null;
    try {
      const done = await call("certificate_revoke", {
        certificates: this.affected.map((one) => one.id),
        reason: this.reason,
        invalidityDate: this.invalidityDate === "" ? null : this.invalidityDate,
        note: this.note.trim() === "" ? null : this.note.trim(),
        confirmation: this.typed.trim(),
      });
      this.revoked = done.certificates;
      this.behind.set(done.stale);
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.busy = false;
    }
  }
}

/** Holds that are lifted, and the CRLs that tell of it. */
export class ReleaseState {
  note = $state("");
  busy = $state(false);
  error = $state.raw<Failure | null>(null);
  released = $state.raw<CertificateView[] | null>(null);
  readonly behind = new BehindState();

  constructor(readonly certificates: readonly CertificateView[]) {}

  async release(): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      const done = await call("certificate_release", { certificates: this.certificates.map((one) => one.id), note: this.note.trim() === "" ? null : this.note.trim() });
      this.released = done.certificates;
      this.behind.set(done.stale);
    } catch (cause) {
      this.error = asFailure(cause);
    } finally {
      this.busy = false;
    }
  }
}
