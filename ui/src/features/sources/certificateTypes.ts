// The types of a source's certificates: their names, their order, and how many there are of each.
import { plural, tOr } from "../../i18n/words";
import { thousands } from "../../lib/hex";
import type { SourceCounts } from "../../ipc/generated/SourceCounts";
import type { SourceView } from "../../ipc/generated/SourceView";

export const TYPES = ["csca", "document-signer", "list-signer", "other"] as const;
export type CertificateType = (typeof TYPES)[number];

const FIELDS: Readonly<Record<CertificateType, keyof SourceCounts>> = { csca: "cscas", "document-signer": "documentSigners", "list-signer": "listSigners", other: "others" };

export function counted(counts: SourceCounts, type: CertificateType): number {
  return counts[FIELDS[type]];
}

export function sum(counts: SourceCounts): number {
  return TYPES.reduce((all, type) => all + counted(counts, type), 0);
}

/** Types that occur, in their order. */
export function occurring(counts: SourceCounts): readonly CertificateType[] {
  return TYPES.filter((type) => counted(counts, type) > 0);
}

export function typeName(type: string): string {
  return tOr(`sources.type.${type}`, type);
}

/** `541 CSCAs, 1 list signer, 3 CRLs, 1,742 revoked`; empty for what holds nothing. */
export function holds(source: SourceView): readonly string[] {
  return [
    ...occurring(source.certificates).map((type) => said(`sources.types.${type}`, counted(source.certificates, type))),
    ...(source.crls > 0 ? [said("sources.crlCount", source.crls), said("sources.revokedCount", source.revoked)] : []),
    ...(source.quarantined > 0 ? [said("sources.quarantinedCount", source.quarantined)] : []),
  ];
}

function said(key: string, count: number): string {
  return plural(key, count, { count: thousands(count) });
}
