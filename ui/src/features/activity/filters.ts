// What the log is narrowed to, as it stands in the address.
import type { AuditList } from "../../ipc/generated/AuditList";

/** What an entry can be about: the first part of an action. */
export const AREAS = ["certificate", "authority", "crl", "source", "key", "import", "profile", "policy", "registry", "setting", "recovery-file", "task", "audit"] as const;

/** How far back, in days. */
export const SPANS = ["1", "7", "30", "365"] as const;

export interface Filters {
  readonly area: string | null;
  readonly subject: string | null;
  readonly actor: string | null;
  readonly days: string | null;
  readonly refused: boolean;
  readonly search: string;
  /** Only entries up to this number: a search goes on from there. */
  readonly last: string | null;
}

export function read(query: URLSearchParams): Filters {
  const [days, last] = [query.get("days"), query.get("last")];
  return {
    area: query.get("area"),
    subject: query.get("subject"),
    actor: query.get("actor"),
    days: days !== null && /^[1-9]\d{0,4}$/u.test(days) ? days : null,
    refused: query.get("refused") === "1",
    search: query.get("search") ?? "",
    last: last !== null && /^[1-9]\d{0,9}$/u.test(last) ? last : null,
  };
}

export function write(filters: Filters): Record<string, string | null> {
  return { ...filters, refused: filters.refused ? "1" : null };
}

/** Whether anything is left out. */
export function narrowed({ area, subject, actor, days, refused, search, last }: Filters): boolean {
  return area !== null || subject !== null || actor !== null || days !== null || refused || search.trim() !== "" || last !== null;
}

const DAY = 86_400_000;

/** A page of the log with these filters; `now` is what "the last week" is counted from. */
export function request(filters: Filters, now: number): AuditList {
  return {
    limit: null,
    after: null,
    position: null,
    action: filters.area === null ? null : `${filters.area}.`,
    subject: filters.subject,
    actor: filters.actor,
    since: filters.days === null ? null : new Date(now - Number(filters.days) * DAY).toISOString(),
    until: null,
    refused: filters.refused,
    search: filters.search.trim() === "" ? null : filters.search,
    last: filters.last === null ? null : Number(filters.last),
  };
}
