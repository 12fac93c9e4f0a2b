/** `EC P-384` for `ec-p384`, as people write it; an OID stays as it is. */
export function keyText(kind: string): string {
  const ec = /^ec-p(\d+)$/.exec(kind);
  if (ec) return `EC P-${ec[1] ?? ""}`;
  const rsa = /^rsa(?:-pss)?-(\d+)$/.exec(kind);
  if (rsa) return `${kind.startsWith("rsa-pss") ? "RSA-PSS" : "RSA"} ${rsa[1] ?? ""}`;
  return kind === "ed25519" ? "Ed25519" : kind === "ed448" ? "Ed448" : kind;
}
