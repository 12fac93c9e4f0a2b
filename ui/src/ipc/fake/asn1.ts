// The ASN.1 of an invented certificate: enough of its elements to look at.
import type { Asn1RowView } from "../generated/Asn1RowView";
import type { Asn1View } from "../generated/Asn1View";
import type { CertificateView } from "../generated/CertificateView";

type Line = readonly [depth: number, name: string, text: string];

const lines = (view: CertificateView): Line[] => [
  [0, "SEQUENCE", ""],
  [1, "SEQUENCE", ""],
  [2, "[0]", ""],
  [3, "INTEGER", "2"],
  [2, "INTEGER", view.serial],
  [2, "SEQUENCE", ""],
  [3, "OBJECT IDENTIFIER", "ecdsa-with-SHA384 (1.2.840.10045.4.3.3)"],
  [2, "SEQUENCE", ""],
  [3, "SET", ""],
  [4, "SEQUENCE", ""],
  [5, "OBJECT IDENTIFIER", "commonName (2.5.4.3)"],
  [5, "UTF8String", view.name],
  [2, "[3]", ""],
  [3, "SEQUENCE", ""],
  [4, "SEQUENCE", ""],
  [5, "OBJECT IDENTIFIER", "subjectAltName (2.5.29.17)"],
  [5, "OCTET STRING", ""],
  [6, "SEQUENCE", ""],
  ...view.names.map((name): Line => [7, "[2]", name.replace(/^[a-z]+:/, "")]),
  [1, "SEQUENCE", ""],
  [2, "OBJECT IDENTIFIER", "ecdsa-with-SHA384 (1.2.840.10045.4.3.3)"],
  [1, "BIT STRING", "003066023100d0"],
];

export function asn1(view: CertificateView): Asn1View {
  const all = lines(view);
  const rows = all.map(([depth, name, text], at): Asn1RowView => ({ depth, offset: at * 4, header: 2, length: Math.max(2, text.length), name, text, holds: (all[at + 1]?.[0] ?? 0) > depth }));
  return { rows, whole: true, size: all.length * 4 };
}
