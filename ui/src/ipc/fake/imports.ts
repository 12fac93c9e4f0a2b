// What the invented core finds in any file.
import type { ImportFiles } from "../generated/ImportFiles";
import type { ImportItem } from "../generated/ImportItem";
import type { ImportItems } from "../generated/ImportItems";
import type { ImportReport } from "../generated/ImportReport";

/** The objects of the latest report, for pages. */
let latest: ImportItem[] = [];

export function importReport(request: ImportFiles, dryRun: boolean): ImportReport {
  const path = request.paths[0] ?? "pasted text";
  const open = request.passwords.length > 0 || request.withoutKeys;
  const done = dryRun ? "new" : "taken";
  const none = { certificates: 0, keys: 0, requests: 0, revocations: 0, crls: 0, profiles: 0 };
  const item = (object: string, kind: string, outcome: string, detail: string, code = ""): ImportItem => ({ path, object, kind, outcome, detail, code, id: null, source: 0 });
  latest = [
    item("Old Root CA", "certificate", done, "An authority with its key.", "authority-with-key"),
    ...Array.from({ length: 12 }, (_, at) => item(`host-${at + 1}.old.example`, "certificate", at % 4 === 3 ? "known" : done, at % 5 === 4 ? "Its issuer is missing." : "Issued by Old Root CA.")),
    item("Old Root CA", "key", open ? (request.withoutKeys ? "left-out" : done) : "refused", open ? "Belongs to Old Root CA." : "Locked: a password is needed."),
    item("CRL 17 of Old Root CA", "crl", done, "3 revocations; the next CRL continues above 17.", "crl-of-authority"),
    item("serial 4b01", "revocation", done, "A revocation whose certificate is not at hand.", "serial-only"),
    item("host-3.old.example", "revocation", "conflicting", "The index says that it is valid, the CRL that it is revoked: it is taken as revoked.", "status-differs"),
    item("certificate 9", "certificate", "refused", "Damaged.", "damaged"),
  ];
  return {
    report: dryRun ? "plan" : "done",
    dryRun,
    taken: { ...none, certificates: 14, keys: open && !request.withoutKeys ? 2 : 0, revocations: 3, crls: 1, profiles: 1 },
    known: { ...none, certificates: 4 },
    outcomes: { new: 14, known: 3, conflicting: 1, refused: 1, skipped: 1, leftOut: request.withoutKeys ? 1 : 0 },
    sources: [{ number: 0, kind: "easy-rsa", path, name: path, found: { ...none, certificates: 14, keys: 1, revocations: 2, crls: 1 }, outcomes: { new: 14, known: 3, conflicting: 1, refused: 1, skipped: 1, leftOut: 0 } }],
    refused: [{ path, object: "certificate 9", code: "file-damaged", message: "The certificate ends after 612 of 1,204 bytes. Export it again." }],
    skipped: [{ path: "notes.txt" }],
    items: latest,
    whole: true,
    passwordsWanted: open ? 0 : 2,
    lockedPaths: open ? [] : [path],
    locked: open ? [] : [{ path, object: "private key of Old Root CA", tried: false }, { path, object: "private key of host-1.old.example", tried: false }],
    keysMissing: request.withoutKeys ? [{ name: "Old Root CA", key: "4f".repeat(32), path }] : [],
    profiles: [{ name: "Web servers", template: "Web servers", path, leftBehind: ["nsComment = \"Made by an older program\""] }],
    notCarried: [{ path, object: "tls-auth key of Old Root CA", code: "openvpn-key", message: "An OpenVPN key is no certificate; keep the old database for it." }],
    revocationsWithoutCertificate: 1,
  };
}

/** A page of the latest report. */
export function importItems({ outcome, kind, source, limit, after }: ImportItems): { items: ImportItem[]; next: string | null; total: { count: number; atLeast: boolean } } {
  const fitting = latest.filter((one) => (outcome === null || one.outcome === outcome || (outcome === "new" && one.outcome === "taken")) && (kind === null || one.kind === kind) && (source === null || one.source === source));
  const first = Number(after ?? 0);
  const end = first + (limit ?? 100);
  return { items: fitting.slice(first, end), next: end < fitting.length ? String(end) : null, total: { count: fitting.length, atLeast: false } };
}
