import { t } from "../../i18n/words";
import { call, host } from "../../ipc/commands";
import type { Chosen } from "../../ipc/backend";
import { asFailure, type Failure } from "../../ipc/errors";
import type { CompromiseView } from "../../ipc/generated/CompromiseView";
import { pasted, sha256 } from "../../lib/pem";
import { BehindState } from "./revoke.svelte";

/** How a key is named: by a certificate or a fingerprint, or by a file. */
type Named = { readonly key: string } | { readonly file: Chosen };

/** Outcomes in the order in which they matter. */
export const OUTCOMES = ["revoked", "sharpened", "known", "not-ours"] as const;

/** A fingerprint or serial as the core takes it; anything else as it is. */
function bare(text: string): string {
  const hex = text.trim().replaceAll(/[\s:]/gu, "");
  return /^[0-9a-f]{6,}$/iu.test(hex) ? hex.toLowerCase() : text.trim();
}

/** A key that is in other hands: named, looked at, and put out of use in one act. */
export class CompromiseState {
  text = $state("");
  /** What is wrong with the text, before the core is asked. */
  problem = $state<string | null>(null);
  named = $state.raw<Named | null>(null);
  view = $state.raw<CompromiseView | null>(null);
  invalidityDate = $state("");
  note = $state("");
  typed = $state("");
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  readonly behind = new BehindState();
  #turn = 0;

  readonly acts = $derived.by(() => this.view?.certificates.filter(({ outcome }) => outcome === "revoked" || outcome === "sharpened") ?? []);
  readonly sums = $derived.by(() => OUTCOMES.map((outcome) => ({ outcome, count: this.view?.certificates.filter((one) => one.outcome === outcome).length ?? 0 })).filter(({ count }) => count > 0));
  readonly ready = $derived.by(() => this.view !== null && !this.view.done && this.acts.length > 0 && this.typed.trim() === this.view.confirmation && !this.busy);

  /** The key that a typed or pasted text names; null after saying what is wrong with it. */
  async read(): Promise<string | null> {
    this.problem = null;
    const found = pasted(this.text);
    if (found === "key") {
      // It does not stay in the window either.
      this.text = "";
      this.problem = t("compromise.pastedKey");
      return null;
    }
    if (found === "unreadable") {
      this.problem = t("compromise.pastedWrong");
      return null;
    }
    return found === null ? bare(this.text) : sha256(found.certificate);
  }

  async choose(): Promise<void> {
    const [file] = await host().pickFiles({ purpose: "compromised" });
    if (file !== undefined) await this.look({ file });
  }

  #ask(named: Named, dryRun: boolean): Promise<CompromiseView> {
    return call("key_compromised", {
      ...("file" in named ? { key: null, path: named.file.handle } : { key: named.key, path: null }),
      dryRun,
      invalidityDate: this.invalidityDate === "" ? null : this.invalidityDate,
      note: this.note.trim() === "" ? null : this.note.trim(),
      confirmation: dryRun ? "" : this.typed.trim(),
    });
  }

  /** Finds what would be done. */
  async look(named: Named): Promise<void> {
    const turn = ++this.#turn;
    this.named = named;
    this.busy = true;
    this.failure = null;
    try {
      const view = await this.#ask(named, true);
      if (turn === this.#turn) this.view = view;
    } catch (thrown) {
      if (turn !== this.#turn) return;
      this.view = null;
      this.failure = asFailure(thrown);
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  /** The same key once more: a day since when it was in other hands may say something of what is revoked already. */
  async again(): Promise<void> {
    if (this.named !== null && this.view?.done !== true) await this.look(this.named);
  }

  async revoke(): Promise<boolean> {
    if (!this.ready || this.named === null) return false;
    this.busy = true;
    this.failure = null;
    try {
      this.view = await this.#ask(this.named, false);
      this.behind.set(this.view.stale);
      return true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
