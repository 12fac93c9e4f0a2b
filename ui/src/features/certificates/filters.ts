// What the list shows, as it stands in the address: a list can be linked to, and Back undoes a filter.
import type { CertificateList } from "../../ipc/generated/CertificateList";

export const STATUSES = ["valid", "held", "superseded", "revoked", "expired"] as const;
export const SPANS = ["7", "30", "90", "180", "365"] as const;
export const SORTS = ["issued", "-issued", "ends", "-ends", "name", "-name"] as const;
export type Sort = (typeof SORTS)[number];

export interface Filters {
  readonly status: readonly string[];
  readonly kind: string | null;
  readonly authority: string | null;
  readonly profile: string | null;
  readonly tag: string | null;
  /** Ends within this many days. */
  readonly ends: number | null;
  readonly search: string;
  readonly archived: boolean;
  readonly sort: Sort;
}

const isSort = (text: string | null): text is Sort => SORTS.some((sort) => sort === text);

/** Filters of an address; what makes no sense is left out. */
export function read(query: URLSearchParams): Filters {
  const sort = query.get("sort");
  const ends = Number(query.get("ends") ?? "");
  const kind = query.get("kind");
  return {
    status: (query.get("status") ?? "").split(",").filter((text) => STATUSES.some((status) => status === text)),
    kind: kind === "authority" || kind === "leaf" ? kind : null,
    authority: query.get("authority"),
    profile: query.get("profile"),
    tag: query.get("tag"),
    ends: Number.isInteger(ends) && ends > 0 ? ends : null,
    search: query.get("search") ?? "",
    archived: query.has("archived"),
    sort: isSort(sort) ? sort : "-issued",
  };
}

/** The address of filters; what is as always is left out. */
export function write(filters: Filters): Record<string, string | null> {
  return {
    status: filters.status.join(","),
    kind: filters.kind,
    authority: filters.authority,
    profile: filters.profile,
    tag: filters.tag,
    ends: filters.ends === null ? null : String(filters.ends),
    search: filters.search,
    archived: filters.archived ? "1" : null,
    sort: filters.sort === "-issued" ? null : filters.sort,
  };
}

/** The same as the core asks for it. */
export function request(filters: Filters): Partial<CertificateList> {
  const search = filters.search.trim();
  return { status: [...filters.status], kind: filters.kind, authority: filters.authority, profile: filters.profile, tag: filters.tag, expiresWithinDays: filters.ends, search: search === "" ? null : search, archived: filters.archived, sort: filters.sort };
}

/** Whether anything narrows the list. */
export function narrowed(filters: Filters): boolean {
  return filters.status.length > 0 || filters.kind !== null || filters.authority !== null || filters.profile !== null || filters.tag !== null || filters.ends !== null || filters.search.trim() !== "" || filters.archived;
}

/** The order after a click on a column: once upwards, then downwards. */
export function turned(now: Sort, column: "issued" | "ends" | "name"): Sort {
  if (now === column) return `-${column}`;
  if (now === `-${column}`) return column;
  return column === "issued" ? "-issued" : column;
}
