import { call, host } from "../../ipc/commands";
import type { Chosen } from "../../ipc/backend";
import { asFailure, type Failure } from "../../ipc/errors";
import type { CrossSignedView } from "../../ipc/generated/CrossSignedView";
import type { CrossSigning } from "../../ipc/generated/CrossSigning";
import type { CrossSigningView } from "../../ipc/generated/CrossSigningView";

/** How long typing may pause before what would be signed is asked for again. */
const PAUSE = 250;

/** A signature for another authority's key, from its certificate to the file. Nothing is signed before `run`. */
export class CrossSignState {
  other = $state.raw<Chosen | null>(null);
  days = $state.raw<number | null>(null);
  pathLength = $state.raw<number | null>(null);
  permit = $state.raw<readonly string[]>([]);
  exclude = $state.raw<readonly string[]>([]);
  typed = $state("");
  place = $state.raw<Chosen | null>(null);

  /** What would be signed. */
  plan = $state.raw<CrossSigningView | null>(null);
  asking = $state(false);
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  done = $state.raw<CrossSignedView | null>(null);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly confirmed = $derived(this.plan !== null && this.typed.trim() === this.plan.confirmation);
  readonly ready = $derived(this.plan !== null && this.plan.preview.mayBeIssued && this.confirmed && this.place !== null && !this.asking && !this.busy);

  constructor(readonly authority: string) {}

  wish(): CrossSigning | null {
    if (this.other === null) return null;
    return {
      authority: this.authority,
      path: this.other.handle,
      ...(this.days === null ? {} : { days: this.days }),
      ...(this.pathLength === null ? {} : { pathLength: this.pathLength }),
      permit: [...this.permit],
      exclude: [...this.exclude],
    };
  }

  async choose(given?: Chosen): Promise<void> {
    const file = given ?? (await host().pickFiles({ purpose: "certificate" }))[0];
    if (file === undefined || this.busy) return;
    this.other = file;
    this.plan = null;
    this.typed = "";
    await this.ask();
  }

  /** Changes the wish, and asks what would be signed once the typing pauses. */
  change(to: Partial<Pick<CrossSignState, "days" | "pathLength" | "permit" | "exclude">>): void {
    Object.assign(this, to);
    if (this.other === null) return;
    this.asking = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ask(), PAUSE);
  }

  async ask(): Promise<void> {
    clearTimeout(this.#timer);
    const wish = this.wish();
    if (wish === null) return;
    const turn = ++this.#turn;
    this.asking = true;
    try {
      const plan = await call("authority_cross_signing", wish);
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

  async choosePlace(): Promise<void> {
    const stem = (this.plan?.of.name ?? "").toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-");
    const place = await host().pickSave({ purpose: "certificate-export", suggested: `${stem}-cross.pem` });
    if (place !== null) this.place = place;
  }

  /** Signs and writes. False when it was refused. */
  async run(): Promise<boolean> {
    const wish = this.wish();
    if (!this.ready || wish === null || this.place === null) return false;
    this.busy = true;
    this.failure = null;
    try {
      // The dialog has asked about a file that is in the way.
      this.done = await call("authority_cross_sign", { signing: wish, confirmation: this.typed.trim(), out: this.place.handle, overwrite: true });
      return true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
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
