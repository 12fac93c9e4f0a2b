import type { AuthorityView } from "../../ipc/generated/AuthorityView";

/** What is wrong with an authority, worst first; empty when it is well. */
export type Trouble = "revoked" | "expired" | "retired" | "key-missing" | "key-wrong" | "key-unreachable" | "crl-expired" | "crl-stale" | "crl-missing" | "crl-due" | "ends-soon";

const SOON = 180 * 86_400_000;

/** Judges an authority as of a moment. */
export function troubles(authority: AuthorityView, now: number): Trouble[] {
  const found: Trouble[] = [];
  if (authority.status === "revoked") found.push("revoked");
  if (authority.status === "expired") found.push("expired");
  if (authority.status === "retired") found.push("retired");
  if (authority.keyState === "missing") found.push("key-missing");
  if (authority.keyState === "wrong-key") found.push("key-wrong");
  if (authority.keyState === "unreachable") found.push("key-unreachable");
  if (found.includes("expired") || found.includes("retired") || authority.keyState === "elsewhere") return found;
  const { crl } = authority;
  if (crl.nextUpdate === null) {
    if (authority.issued > 0) found.push("crl-missing");
  } else if (Date.parse(crl.nextUpdate) < now) found.push("crl-expired");
  else if (crl.stale) found.push("crl-stale");
  else if (crl.dueAt !== null && Date.parse(crl.dueAt) < now) found.push("crl-due");
  if (found.length === 0 && Date.parse(authority.certificate.notAfter) - now < SOON) found.push("ends-soon");
  return found;
}

/** How bad a trouble is. */
export function severity(trouble: Trouble): "bad" | "warn" | "gone" {
  switch (trouble) {
    case "retired":
      return "gone";
    case "crl-stale":
    case "crl-due":
    case "crl-missing":
    case "ends-soon":
    case "key-unreachable":
      return "warn";
    case "revoked":
    case "expired":
    case "key-missing":
    case "key-wrong":
    case "crl-expired":
      return "bad";
  }
}
