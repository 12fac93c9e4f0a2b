// All words come from the core's catalogue; nothing is spelled in components.
import { checks, errorFields, errors, lints, reasons, ui, type WordKey } from "./generated/words";
import { clock, day, dayAndTime, distance } from "../lib/dates";

export type { WordKey };

/** What a failure says: what happened, what is safe, what to do next. */
export interface ErrorWords {
  readonly title: string;
  readonly safe: string;
  readonly next: string;
}

export type Fields = Readonly<Record<string, string | number>>;

/** Puts values into `{placeholders}`; one that is not given stays readable as it is. */
export function fill(text: string, fields: Fields = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = fields[name];
    return value === undefined ? whole : String(value);
  });
}

/** The words of a key. */
export function t(key: WordKey, fields?: Fields): string {
  return fill(ui[key], fields);
}

/** The words of a key that is put together at run time, else the fallback: for codes that the core may add. */
export function tOr(key: string, fallback: string, fields?: Fields): string {
  return key in ui ? fill(ui[key as WordKey], fields) : fallback;
}

/** One and many: `key.one` and `key.many`, with `{count}`. */
export function plural(key: string, count: number, fields: Fields = {}): string {
  const shown = { count: count.toLocaleString("en-US"), ...fields };
  return tOr(`${key}.${count === 1 ? "one" : "many"}`, String(count), shown);
}

/** The words of an error code. A code without words of its own says so with its name. */
export function errorWords(code: string, fields: Fields = {}): ErrorWords {
  const table: Partial<Record<string, Partial<ErrorWords>>> = errors;
  const words = table[code];
  // A field that the core did not send is named in general words rather than shown as a placeholder.
  const known: Fields = { ...errorFields, ...fields };
  return {
    title: fill(words?.title ?? t("error.unknown", { code }), known),
    safe: fill(words?.safe ?? t("error.safe"), known),
    next: fill(words?.next ?? t("error.next"), known),
  };
}

/** The words of a lint, where the catalogue has them. */
export function lintWords(name: string): { title?: string; message?: string; fix?: string } | null {
  const table: Partial<Record<string, { title?: string; message?: string; fix?: string }>> = lints;
  return table[name] ?? null;
}

/** A revocation reason: its name, and when to use it. */
export function reasonWords(reason: string): { label: string; use: string } {
  const table: Partial<Record<string, { label: string; use: string }>> = reasons;
  // RFC 5280 writes cACompromise, which reads like a slip; the catalogue has caCompromise.
  return table[reason] ?? table[reason.replace(/^(c|a)A(?=Compromise$)/u, "$1a")] ?? { label: reason, use: "" };
}

/** The name of one test of a verification. */
export function checkLabel(check: string): string {
  const table: Partial<Record<string, { label: string }>> = checks;
  return table[check]?.label ?? check;
}

/** `in 12 days`, `3 hours ago`, `just now`. */
export function away(then: string, now?: number): string {
  const gap = distance(then, now);
  if (gap.count === 0) return t(gap.past ? "time.now" : "time.soon");
  return t(gap.past ? "time.ago" : "time.in", { distance: plural(`time.${gap.unit}`, gap.count) });
}

/** `in 12 days (3 Dec 2026, 14:05 UTC)`. */
export function awayAndWhen(then: string, now?: number): string {
  return t("time.both", { away: away(then, now), when: dayAndTime(then) });
}

/** `14:05` today, `Yesterday`, else `3 Dec 2026`. */
export function recently(then: string, now: number = Date.now()): string {
  const start = (time: number): number => Math.floor(time / 86_400_000);
  const days = start(now) - start(Date.parse(then));
  if (days === 0) return clock(then);
  return days === 1 ? t("time.yesterday") : day(then);
}
