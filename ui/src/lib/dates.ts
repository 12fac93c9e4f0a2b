// Moments as people read them. The core sends RFC 3339 in UTC; the page shows UTC too, so that a screen and a log agree.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export type Unit = "minutes" | "hours" | "days" | "months" | "years";

/** A distance in time, rounded to the largest unit that still says something. */
export interface Distance {
  readonly past: boolean;
  readonly unit: Unit;
  readonly count: number;
}

/** Milliseconds since the epoch; `NaN` for what is no moment. */
export function moment(text: string): number {
  return Date.parse(text);
}

/** Whole days from `now` until `then`, rounded down; negative once it is past. */
export function daysUntil(then: string, now: number = Date.now()): number {
  return Math.floor((moment(then) - now) / DAY);
}

/** How far away `then` is. Days are kept up to two months, since 45 days says more than one month. */
export function distance(then: string, now: number = Date.now()): Distance {
  const gap = moment(then) - now;
  const past = gap < 0;
  const size = Math.abs(gap);
  if (size < HOUR) return { past, unit: "minutes", count: Math.floor(size / MINUTE) };
  if (size < 2 * DAY) return { past, unit: "hours", count: Math.floor(size / HOUR) };
  if (size < 60 * DAY) return { past, unit: "days", count: Math.floor(size / DAY) };
  if (size < 730 * DAY) return { past, unit: "months", count: Math.floor(size / (30.44 * DAY)) };
  return { past, unit: "years", count: Math.floor(size / (365.25 * DAY)) };
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `3 Dec 2026`. */
export function day(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ""} ${date.getUTCFullYear()}`;
}

/** `14:05`. */
export function clock(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

/** `3 Dec 2026, 14:05 UTC`. */
export function dayAndTime(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : `${day(text)}, ${clock(text)} UTC`;
}

/** `2026`. */
export function year(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : String(date.getUTCFullYear());
}

/** `Nov` for `2026-11`. */
export function monthName(month: string): string {
  return MONTHS[Number(month.slice(5, 7)) - 1] ?? month;
}

/** `Nov 2026` for `2026-11`. */
export function monthAndYear(month: string): string {
  return `${monthName(month)} ${month.slice(0, 4)}`;
}

/** Part of a life that is left, 0 to 1. */
export function lifeLeft(start: string, end: string, now: number = Date.now()): number {
  const whole = moment(end) - moment(start);
  if (!(whole > 0)) return 0;
  return Math.min(1, Math.max(0, (moment(end) - now) / whole));
}
