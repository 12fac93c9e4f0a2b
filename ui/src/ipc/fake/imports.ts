// What the invented core finds in any file.
import type { ImportFiles } from "../generated/ImportFiles";
import type { ImportReport } from "../generated/ImportReport";

export function importReport(request: ImportFiles, dryRun: boolean): ImportReport {
  const path = request.paths[0] ?? "pasted text";
  const open = request.passwords.length > 0 || request.withoutKeys;
  const done = dryRun ? "new" : "taken";
  const none = { certificates: 0, keys: 0, requests: 0, revocations: 0, crls: 0, profiles: 0 };
  return {
    dryRun,
    taken: { ...none, certificates: 14, keys: open && !request.withoutKeys ? 2 : 0, revocations: 3, crls: 1 },
    known: { ...none, certificates: 4 },
    refused: [{ path, object: "certificate 9", code: "file-damaged", message: "The certificate ends after 612 of 1,204 bytes. Export it again." }],
    skipped: [{ path: "notes.txt" }],
    items: [
      { path, object: "Old Root CA", kind: "certificate", outcome: done, detail: "An authority with its key.", id: null },
      ...Array.from({ length: 12 }, (_, at) => ({ path, object: `host-${at + 1}.old.example`, kind: "certificate", outcome: at % 4 === 3 ? "known" : done, detail: at % 5 === 4 ? "Its issuer is missing." : "Issued by Old Root CA.", id: null })),
      { path, object: "Old Root CA", kind: "key", outcome: open ? (request.withoutKeys ? "skipped" : done) : "refused", detail: open ? "Belongs to Old Root CA." : "Locked: a password is needed.", id: null },
      { path, object: "CRL 17 of Old Root CA", kind: "crl", outcome: done, detail: "3 revocations; the next CRL continues above 17.", id: null },
      { path, object: "certificate 9", kind: "certificate", outcome: "refused", detail: "Damaged.", id: null },
    ],
    passwordsWanted: open ? 0 : 2,
    lockedPaths: open ? [] : [path],
  };
}
