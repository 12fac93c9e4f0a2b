import type { Tone } from "../../components/Shape.svelte";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import { lifeLeft } from "../../lib/dates";

export type Freshness = "fresh" | "due" | "stale" | "expired" | "none" | "elsewhere";

/** How an authority's CRL stands at a moment. A CRL past its next update is worse than one that lacks a revocation: nobody trusts it. */
export function freshness(authority: AuthorityView, now: number): Freshness {
  const { crl } = authority;
  if (crl.nextUpdate === null) return authority.keyState === "elsewhere" ? "elsewhere" : "none";
  if (Date.parse(crl.nextUpdate) <= now) return "expired";
  if (crl.stale) return "stale";
  return crl.dueAt !== null && Date.parse(crl.dueAt) <= now ? "due" : "fresh";
}

const TONES: Readonly<Record<Freshness, Tone>> = { fresh: "ok", due: "warn", stale: "warn", expired: "bad", none: "gone", elsewhere: "gone" };

export function toneOf(state: Freshness): Tone {
  return TONES[state];
}

/** Part of the CRL's life that is left, 0 to 1; 0 without one. */
export function left(authority: AuthorityView, now: number): number {
  const { thisUpdate, nextUpdate } = authority.crl;
  return thisUpdate === null || nextUpdate === null ? 0 : lifeLeft(thisUpdate, nextUpdate, now);
}
