import type { Tone } from "../../components/Shape.svelte";
import type { CrlState } from "../../ipc/generated/CrlState";

/** How a CRL is: bad when it has ended or keeps a revocation back, warn when it should be rebuilt, gone before the first. */
export function crlTone(crl: CrlState, now: number): Tone {
  if (crl.stale) return "bad";
  if (crl.number === null || crl.nextUpdate === null) return "gone";
  if (Date.parse(crl.nextUpdate) <= now) return "bad";
  return crl.dueAt !== null && Date.parse(crl.dueAt) <= now ? "warn" : "ok";
}
