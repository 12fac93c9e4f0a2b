import type { Attention } from "../../ipc/generated/Attention";

export const key = (item: Attention): string => [item.code, item.authority, item.certificate, item.source, item.source === undefined ? "" : item.detail].join("/");

/** Whether the fix is done on the spot, rather than on another screen. */
export const isHere = (item: Attention): boolean => (item.action === "crl-build" && item.authority !== null) || item.action === "unlock";

/** What the button of the fix says, by the words of `overview.fix`. */
export const named = (item: Attention): string => (item.code === "authority-ends" ? "authority-renew" : item.action);

/** The screen where the matter is seen, or put right. */
export function address(item: Attention): { path: string; query: Record<string, string> } | null {
  if (item.action === "doctor") return { path: "/settings", query: { doctor: "1" } };
  if (item.action === "check") return { path: "/settings", query: { section: "check" } };
  if (item.action === "backup" || item.action === "recovery-file") return { path: "/settings", query: { section: item.action === "backup" ? "backup" : "recovery" } };
  if (item.source !== undefined) return { path: `/sources/${item.source}`, query: {} };
  if (item.certificate !== null) return { path: `/certificates/${item.certificate}`, query: {} };
  if (item.authority !== null && item.code === "authority-ends") return { path: `/authorities/${item.authority}`, query: { do: "renew" } };
  if (item.authority !== null) return { path: item.action === "crl-build" || item.action === "crl-install" ? `/revocation/${item.authority}` : `/authorities/${item.authority}`, query: {} };
  return null;
}
