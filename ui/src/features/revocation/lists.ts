// Which lists an authority signs at each run, and where each is found. The core decides; this is what the form shows beforehand.

/** Which lists an authority issues beside the whole one. */
export interface ListSettings {
  readonly delta: boolean;
  readonly partitions: number;
  readonly split: boolean;
}

/** What one list is about. */
export type Covers = "whole" | "authorities" | "users" | "part";

/** One list of a run. */
export interface PlannedList {
  readonly covers: Covers;
  /** Of a partition, from 1. */
  readonly nth: number | null;
  readonly delta: boolean;
  readonly url: string | null;
}

/** Whether several CRLs may stand at one address, as in a directory (RFC 4523 2.5). */
export const isShared = (url: string): boolean => /^ldaps?:\/\//u.test(url);

export const isAddress = (text: string): boolean => /^(https?|ldaps?):\/\/[^\s/]+/u.test(text);

/** The address with this behind the file's name: `…/issuing.crl`, then `…/issuing-delta.crl`. */
export function withSuffix(url: string, suffix: string): string {
  const [, place = url, rest = ""] = /^([^?#]*)(.*)$/su.exec(url) ?? [];
  const path = place.indexOf("://") + 3;
  const slash = place.lastIndexOf("/");
  if (slash < path) return `${place}/${suffix}.crl${rest}`;
  const [folder, name] = [place.slice(0, slash + 1), place.slice(slash + 1)];
  const dot = name.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  return `${folder}${stem}${stem === "" ? "" : "-"}${suffix}${extension}${rest}`;
}

/** Every list that a run would sign, the whole one first, each followed by its delta. */
export function listsOf({ delta, partitions, split }: ListSettings, crlUrls: readonly string[]): PlannedList[] {
  const own = crlUrls.find((url) => !isShared(url)) ?? null;
  const scopes: [Covers, number | null, string | null][] = [["whole", null, null]];
  if (own !== null) {
    if (split) scopes.push(["authorities", null, "authorities"]);
    if (partitions === 0 && split) scopes.push(["users", null, "users"]);
    for (let nth = 1; nth <= partitions; nth += 1) scopes.push(["part", nth, `part${nth}`]);
  }
  return scopes.flatMap(([covers, nth, suffix]) => {
    const url = suffix === null || own === null ? (own ?? crlUrls[0] ?? null) : withSuffix(own, suffix);
    const base: PlannedList = { covers, nth, delta: false, url };
    return delta && own !== null && url !== null ? [base, { ...base, delta: true, url: withSuffix(url, "delta") }] : [base];
  });
}

/** What a list is about, by the address that names it: the core makes it from the authority's. */
export function coversOf(scope: string): { covers: Covers; nth: number | null } | null {
  const [, suffix = "", nth] = /-(authorities|users|part(\d+))(?:\.[^./?#]*)?(?:[?#].*)?$/u.exec(scope) ?? [];
  if (suffix === "authorities" || suffix === "users") return { covers: suffix, nth: null };
  return nth === undefined ? null : { covers: "part", nth: Number(nth) };
}
