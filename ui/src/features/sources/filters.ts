// Which certificates of a source are shown, as it stands in the address.
import { TYPES, type CertificateType } from "./certificateTypes";

/** Stands in an address for certificates without a country: an empty value would be left out. */
export const NO_COUNTRY = "-";

export interface Filters {
  readonly kind: CertificateType | null;
  /** A country's code; empty for those that name none. */
  readonly country: string | null;
}

export function read(query: URLSearchParams): Filters {
  const country = query.get("country");
  return { kind: TYPES.find((type) => type === query.get("kind")) ?? null, country: country === NO_COUNTRY ? "" : country };
}

export function write({ kind, country }: Filters): Record<string, string | null> {
  return { kind, country: country === "" ? NO_COUNTRY : country };
}

export function narrowed({ kind, country }: Filters): boolean {
  return kind !== null || country !== null;
}
