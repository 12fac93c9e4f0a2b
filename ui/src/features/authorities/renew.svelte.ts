import { call } from "../../ipc/commands";
import type { AuthorityRenewal } from "../../ipc/generated/AuthorityRenewal";
import type { AuthorityRenewalView } from "../../ipc/generated/AuthorityRenewalView";
import type { AuthorityRenewedView } from "../../ipc/generated/AuthorityRenewedView";
import type { CrlView } from "../../ipc/generated/CrlView";
import { asFailure, type Failure } from "../../ipc/errors";

/** How long typing may pause before what would be signed is asked for again. */
const PAUSE = 250;

/** An authority's renewal, from the choice of a key to the new certificate. Nothing is signed before `run`. */
export class RenewState {
  newKey = $state(false);
  /** Kind of the new key; empty: the present one's. */
  kind = $state("");
  days = $state.raw<number | null>(null);
  /** Where the new key's CRL will be found; null: what the core suggests. */
  crlUrls = $state.raw<readonly string[] | null>(null);
  typed = $state("");
  /** Warnings that are accepted, by lint. */
  accepted = $state.raw<readonly string[]>([]);

  /** What would be signed. */
  plan = $state.raw<AuthorityRenewalView | null>(null);
  /** What is shown is not yet what was asked for. */
  asking = $state(false);
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  done = $state.raw<AuthorityRenewedView | null>(null);
  crl = $state.raw<CrlView | null>(null);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly confirmation = $derived(this.plan?.confirmation ?? null);
  readonly ready = $derived(this.plan !== null && this.plan.preview.mayBeIssued && !this.asking && !this.busy && (this.confirmation === null || this.typed.trim() === this.confirmation));

  constructor(readonly authority: string) {}

  wish(): AuthorityRenewal {
    return {
      authority: this.authority,
      newKey: this.newKey,
      ...(this.newKey && this.kind !== "" ? { key: this.kind } : {}),
      ...(this.newKey && this.crlUrls !== null ? { crlUrls: [...this.crlUrls] } : {}),
      ...(this.days === null ? {} : { days: this.days }),
    };
  }

  /** Accepts a warning, or takes that back; what would be signed stays the same. */
  accept(lint: string, yes: boolean): void {
    this.accepted = [...this.accepted.filter((one) => one !== lint), ...(yes ? [lint] : [])];
  }

  /** Changes the wish, and asks what would be signed once the typing pauses. */
  change(to: Partial<Pick<RenewState, "newKey" | "kind" | "days" | "crlUrls">>): void {
    Object.assign(this, to);
    this.asking = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ask(), "days" in to ? PAUSE : 0);
  }

  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.asking = true;
    try {
      const plan = await call("authority_renewal", this.wish());
      if (turn !== this.#turn) return;
      this.plan = plan;
      this.failure = null;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.plan = null;
      this.failure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.asking = false;
    }
  }

  /** Signs. False when it was refused. */
  async run(): Promise<boolean> {
    if (!this.ready) return false;
    this.busy = true;
    this.failure = null;
    // A warning that a later wish no longer has is accepted by nobody.
    const accept = this.accepted.filter((lint) => this.plan?.preview.findings.some((one) => one.lint === lint && one.severity === "warning"));
    try {
      this.done = await call("authority_renew", { renewal: { ...this.wish(), ...(accept.length === 0 ? {} : { accept }) }, ...(this.confirmation === null ? {} : { confirmation: this.typed.trim() }) });
      return true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The new key's first CRL, and those of the keys before. */
  async buildCrl(): Promise<void> {
    this.busy = true;
    this.failure = null;
    try {
      this.crl = await call("crl_build", { authority: this.authority, nextUpdate: null });
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  }

  /** The dialog was closed: what is still on its way concerns nobody. */
  stop(): void {
    this.#turn++;
    clearTimeout(this.#timer);
  }
}
