import type { Tone } from "../components/Shape.svelte";
import { daysUntil } from "../lib/dates";

/** A valid certificate that ends within this many days is shown as ending. */
export const ENDING_DAYS = 30;

/** What is shown for a certificate: its state, and `ending` for a valid one that ends soon. */
export type Shown = "valid" | "ending" | "held" | "superseded" | "revoked" | "expired" | "retired";

const TONES: Readonly<Record<Shown, Tone>> = { valid: "ok", ending: "warn", held: "held", superseded: "gone", revoked: "bad", expired: "gone", retired: "gone" };

/** State and time make what is shown. */
export function shown(status: string, notAfter: string | null, now: number = Date.now()): Shown {
  if (status === "valid" && notAfter !== null && daysUntil(notAfter, now) < ENDING_DAYS) return "ending";
  return status in TONES ? (status as Shown) : "expired";
}

export function tone(state: Shown): Tone {
  return TONES[state];
}
