import type { AuthorityView } from "../../ipc/generated/AuthorityView";

/** Whether an authority may be offered as issuer. A locked key counts: unlocking is one step away. */
export function canIssue(authority: AuthorityView): boolean {
  return (authority.status === "valid" || authority.status === "superseded") && (authority.keyState === "ready" || authority.keyState === "locked");
}
