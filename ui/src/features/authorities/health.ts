import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { CrlState } from "../../ipc/generated/CrlState";

/** What is wrong with an authority, worst first; empty when it is well. */
export type Trouble = "revoked" | "expired" | "retired" | "key-missing" | "key-wrong" | "key-unreachable" | "crl-expired" | "crl-stale" | "crl-missing" | "crl-due" | "earlier-crl-expired" | "earlier-crl-stale" | "earlier-crl-due" | "ends-soon";

const SOON = 180 * 86_400_000;

/** What is wrong with a CRL that was built once: nobody trusts it, it lacks a revocation, or it is time for the next. */
export function crlTrouble(crl: CrlState, now: number): "expired" | "stale" | "due" | null {
  if (crl.nextUpdate === null) return null;
  if (Date.parse(crl.nextUpdate) < now) return "expired";
  if (crl.stale) return "stale";
  return crl.dueAt !== null && Date.parse(crl.dueAt) < now ? "due" : null;
}

const CRL_TROUBLES = ["expired", "stale", "due"] as const;

/** Judges an authority as of a moment. */
export function troubles(authority: AuthorityView, now: number): Trouble[] {
  const found: Trouble[] = [];
  if (authority.status === "revoked") found.push("revoked");
  if (authority.status === "expired") found.push("expired");
  if (authority.keyState === "missing") found.push("key-missing");
  if (authority.keyState === "wrong-key") found.push("key-wrong");
  if (authority.keyState === "unreachable") found.push("key-unreachable");
  const retired = authority.status === "retired";
  if (found.includes("expired") || authority.keyState === "elsewhere") return retired ? [...found, "retired"] : found;
  // A retired one goes on signing its CRL until what it has issued has ended.
  const ends = authority.generations.find((one) => one.current)?.endsAt ?? null;
  if (!retired || (ends !== null && Date.parse(ends) > now)) {
    const trouble = crlTrouble(authority.crl, now);
    if (trouble !== null) found.push(`crl-${trouble}`);
    else if (authority.crl.nextUpdate === null && authority.issued > 0) found.push("crl-missing");
  }
  const earlier = authority.generations.filter((one) => !one.current && one.answers).map((one) => crlTrouble(one.crl, now));
  const worst = CRL_TROUBLES.find((one) => earlier.includes(one));
  if (worst !== undefined) found.push(`earlier-crl-${worst}`);
  if (retired) found.push("retired");
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
    case "earlier-crl-stale":
    case "earlier-crl-due":
    case "crl-missing":
    case "ends-soon":
    case "key-unreachable":
      return "warn";
    case "revoked":
    case "expired":
    case "key-missing":
    case "key-wrong":
    case "crl-expired":
    case "earlier-crl-expired":
      return "bad";
  }
}
