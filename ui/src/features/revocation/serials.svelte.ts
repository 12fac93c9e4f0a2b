import { t, plural } from "../../i18n/words";
import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { Reason } from "./reasons";
import { BehindState } from "./revoke.svelte";

/** A serial is at most 20 octets (RFC 5280 4.1.2.2); lists of careless issuers hold longer ones, which are read as they are. */
const SERIAL = /^[0-9a-f]{1,80}$/u;

/** The serials in a text, as the core writes them: no colons, lower case, each once. */
export function serialsIn(text: string): { good: readonly string[]; bad: readonly string[] } {
  const parts = text
    .split(/[\s,;]+/u)
    .map((one) => one.trim())
    .filter((one) => one !== "");
  const bare = (one: string): string => one.toLowerCase().replace(/^0x/u, "").replaceAll(":", "");
  const good = parts.map(bare).filter((one) => SERIAL.test(one));
  return { good: [...new Set(good)], bad: parts.filter((one) => !SERIAL.test(bare(one))) };
}

/** Serial numbers of one authority that are to be revoked, whether their certificates are known or not. */
export class SerialsState {
  text = $state("");
  reason = $state.raw<Reason | null>(null);
  invalidityDate = $state("");
  note = $state("");
  typed = $state("");
  busy = $state(false);
  error = $state.raw<Failure | null>(null);
  /** How many were revoked. */
  revoked = $state<number | null>(null);
  readonly behind = new BehindState();

  readonly serials = $derived.by(() => serialsIn(this.text));
  readonly problem = $derived.by(() => {
    const [first, ...more] = this.serials.bad;
    if (first === undefined) return null;
    const said = t("serials.bad", { text: first });
    return more.length === 0 ? said : plural("serials.badMore", more.length, { first: said });
  });
  readonly expected = $derived.by(() => `revoke ${this.serials.good.length}`);
  readonly ready = $derived.by(() => this.serials.good.length > 0 && this.serials.bad.length === 0 && this.reason !== null && this.typed.trim() === this.expected && !this.busy);

  async revoke(authority: string): Promise<void> {
    if (!this.ready) return;
    this.busy = true;
    this.error = null;
    try {
      const done = await call("certificate_revoke", {
        certificates: [],
        serials: [...this.serials.good],
        issuer: authority,
        reason: this.reason,
        invalidityDate: this.invalidityDate === "" ? null : this.invalidityDate,
        note: this.note.trim() === "" ? null : this.note.trim(),
        confirmation: this.typed.trim(),
      });
      this.revoked = this.serials.good.length;
      this.behind.set(done.stale);
    } catch (thrown) {
      this.error = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  }
}
