import type { Tone } from "../../components/Shape.svelte";
import { away, t, tOr } from "../../i18n/words";
import type { SourceView } from "../../ipc/generated/SourceView";

export type Freshness = "fresh" | "due" | "expired" | "retrying" | "failed";

/** How a source stands at a moment. A refresh that failed for good is worse than a CRL that is over, which is worse than a fault that may pass. */
export function freshness(source: SourceView, now: number): Freshness {
  const { failure, nextUpdate, dueAt } = source;
  if (failure !== null && !failure.passing) return "failed";
  if (nextUpdate !== null && Date.parse(nextUpdate) <= now) return "expired";
  if (failure !== null) return "retrying";
  return dueAt !== null && Date.parse(dueAt) <= now ? "due" : "fresh";
}

const TONES: Readonly<Record<Freshness, Tone>> = { fresh: "ok", due: "warn", expired: "bad", retrying: "warn", failed: "bad" };

export function toneOf(state: Freshness): Tone {
  return TONES[state];
}

/** Part of the time between two refreshes that is left, 0 to 1; null where none is due by itself. */
export function left(source: SourceView, now: number): number | null {
  if (source.refreshHours === null || source.refreshedAt === null || source.dueAt === null) return null;
  const whole = source.refreshHours * 3_600_000;
  return Math.min(1, Math.max(0, (Date.parse(source.refreshedAt) + whole - now) / whole));
}

/** `refreshed 8 hours ago · next in 12 hours`. */
export function refreshedWords(source: SourceView, now: number): string {
  const last = source.refreshedAt === null ? t("sources.never") : t("sources.refreshed", { when: away(source.refreshedAt, now) });
  return `${last} · ${nextWords(source, now)}`;
}

function nextWords({ dueAt }: SourceView, now: number): string {
  if (dueAt === null) return t("sources.byHand");
  return Date.parse(dueAt) <= now ? t("sources.dueNow") : t("sources.next", { when: away(dueAt, now) });
}

/** How long its CRLs are good; null where it has none, or none says. */
export function crlWords({ nextUpdate }: SourceView, now: number): string | null {
  if (nextUpdate === null) return null;
  return t(Date.parse(nextUpdate) <= now ? "sources.crlOver" : "sources.crlUntil", { when: away(nextUpdate, now) });
}

/** `every day`. */
export function everyWords(hours: number | null): string {
  return tOr(`sources.every.${hours ?? 0}`, t("sources.every.other", { count: hours ?? 0 }));
}
