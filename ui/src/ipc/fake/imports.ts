// What the invented core finds in any file: by default an easy-rsa folder, by `importing` something else.
import type { ImportCounts } from "../generated/ImportCounts";
import type { ImportFiles } from "../generated/ImportFiles";
import type { ImportItem } from "../generated/ImportItem";
import type { ImportItems } from "../generated/ImportItems";
import type { ImportOutcomes } from "../generated/ImportOutcomes";
import type { ImportReport } from "../generated/ImportReport";
import type { ImportSource } from "../generated/ImportSource";
import { Failure } from "../errors";
import { iso } from "./certificates";
import type { World } from "./world";

/** The objects of the latest report, for pages. */
let latest: { readonly report: string; readonly items: readonly ImportItem[] } = { report: "", items: [] };

const NONE: ImportCounts = { certificates: 0, keys: 0, requests: 0, revocations: 0, crls: 0, profiles: 0 };
const FIELDS: Readonly<Record<string, keyof ImportCounts>> = { certificate: "certificates", key: "keys", request: "requests", revocation: "revocations", crl: "crls", profile: "profiles" };
const OUTCOMES: Readonly<Record<string, keyof ImportOutcomes>> = { new: "new", taken: "new", known: "known", conflicting: "conflicting", refused: "refused", skipped: "skipped", "left-out": "leftOut" };
/** Of each outcome so many stand in the report itself. */
const SHOWN = 200;

const PASSWORDS = ["old password", "another password"];

function counts(items: readonly ImportItem[], outcome: string): ImportCounts {
  const out = { ...NONE };
  for (const item of items) {
    const field = FIELDS[item.kind];
    if (field !== undefined && (outcome === "" || OUTCOMES[item.outcome] === outcome)) out[field] += 1;
  }
  return out;
}

function outcomes(items: readonly ImportItem[]): ImportOutcomes {
  const out: ImportOutcomes = { new: 0, known: 0, conflicting: 0, refused: 0, skipped: 0, leftOut: 0 };
  for (const item of items) out[OUTCOMES[item.outcome] ?? "refused"] += 1;
  return out;
}

/** The world, as an import meets it. */
function objects(world: World, request: ImportFiles, done: string): { sources: Pick<ImportSource, "kind" | "path" | "name">[]; items: ImportItem[]; locked: { path: string; object: string }[] } {
  const kind = world.scenario.importing ?? "";
  const path = request.paths[0] ?? "pasted text";
  const item = (object: string, what: string, outcome: string, detail = "", code = "", id: string | null = null, source = 0): ImportItem => ({ path, object, kind: what, outcome, detail, code, id: outcome === "taken" || outcome === "known" ? id : null, source });
  if (kind === "large") {
    const items = Array.from({ length: 100_000 }, (_, at) => item(`host-${at + 1}.old.example (PEM block ${at + 1})`, "certificate", at % 5000 === 77 ? "refused" : at % 9 === 8 ? "known" : done, at % 5000 === 77 ? "It is damaged (the signature ends early). Copy the file again from its source." : ""));
    return { sources: [{ kind: "file", path: "/home/ada/old/all-certificates.pem", name: "all-certificates.pem" }], items, locked: [] };
  }
  if (kind === "nothing") return { sources: [{ kind: "folder", path: "/home/ada/pictures", name: "pictures" }], items: [], locked: [] };
  if (kind === "known") return { sources: [{ kind: "file", path, name: path }], items: world.authorities.map((one) => item(one.name, "certificate", "known", "", "", one.certificate.id)), locked: [] };
  // One password opens the root's key, another the host's; each is tried on both.
  const opened = PASSWORDS.filter((one) => request.passwords.includes(one)).length;
  const keyOutcome = (at: number): string => (request.withoutKeys ? "left-out" : opened > at ? done : "refused");
  const wanted = "It is locked and no password given opens it. Give its password, or leave keys out.";
  const root = world.authorities[1]?.certificate.id ?? null;
  const with_key = keyOutcome(0) === done;
  const items = [
    item("Old Root CA", "certificate", done, with_key ? "An authority with its key: it can go on issuing here." : "An authority whose key is elsewhere: kept as the issuer of what it signed.", with_key ? "authority-with-key" : "authority-without-key", root),
    item("Old Issuing CA", "certificate", done, "An authority whose key is elsewhere: kept as the issuer of what it signed.", "authority-without-key"),
    ...Array.from({ length: 12 }, (_, at) => item(`host-${at + 1}.old.example`, "certificate", at % 4 === 3 ? "known" : done, at % 5 === 4 ? "Its issuer is not known here. Import the issuer’s certificate to link them." : "")),
    item("private key of Old Root CA", "key", keyOutcome(0), keyOutcome(0) === "refused" ? wanted : "The private key of an authority.", "key-of-authority"),
    item("private key of host-1.old.example", "key", keyOutcome(1), keyOutcome(1) === "refused" ? wanted : "The private key of a certificate; it is kept sealed.", "key-of-certificate"),
    item("CRL 17 of Old Root CA", "crl", done, "A revocation list of an authority: its revocations and its number are taken over.", "crl-of-authority"),
    item("serial 4b01", "revocation", done, "A revocation whose certificate is not at hand: its serial number stays on the CRL.", "serial-only"),
    item("host-3.old.example", "revocation", "conflicting", "The index says that it is valid, the CRL that it is revoked: it is taken as revoked.", "status-differs"),
    item("Web servers", "profile", done, "A profile that says most of what the template said; the report names the rest.", "profile-in-part", null, 1),
    item("evil\u202Emoc.elpmaxe", "certificate", done, "", "", null, 1),
    item("certificate 9", "certificate", "refused", "It is damaged (the signature ends early). Copy the file again from its source.", "damaged"),
  ];
  const locked = [
    { path: `${path}/private/ca.key`, object: "private key of Old Root CA" },
    { path: `${path}/private/host-1.key`, object: "private key of host-1.old.example" },
  ].slice(request.withoutKeys ? 2 : opened);
  return { sources: [{ kind: "easy-rsa", path: `/home/ada/vpn/${path}`, name: path }, { kind: "xca", path: "/home/ada/old/acme.xdb", name: "acme.xdb" }], items, locked };
}

export function importReport(world: World, request: ImportFiles, dryRun: boolean): ImportReport {
  const { sources, items, locked } = objects(world, request, dryRun ? "new" : "taken");
  if (!dryRun && locked.length > 0) throw new Failure("password-wanted", { path: locked[0]?.path ?? "" });
  latest = { report: `${dryRun ? "plan" : "done"}-${latest.report.length + 1}`, items };
  const first = new Map<string, number>();
  const shown = items.filter(({ outcome }) => {
    const count = (first.get(outcome) ?? 0) + 1;
    first.set(outcome, count);
    return count <= SHOWN;
  });
  const whole = shown.length === items.length;
  const usual = ["", "running"].includes(world.scenario.importing ?? "");
  const path = request.paths[0] ?? "pasted text";
  return {
    report: latest.report,
    dryRun,
    taken: counts(items, "new"),
    known: counts(items, "known"),
    outcomes: { ...outcomes(items), skipped: world.scenario.importing === "nothing" ? 2 : usual ? 1 : 0 },
    sources: sources.map((source, number) => ({ ...source, number, found: counts(items.filter((one) => one.source === number), ""), outcomes: outcomes(items.filter((one) => one.source === number)) })),
    refused: shown.filter((one) => one.outcome === "refused").map(({ object, code, detail }) => ({ path, object, code, message: detail })),
    skipped: world.scenario.importing === "nothing" ? [{ path: "/home/ada/pictures/beach.jpg" }, { path: "/home/ada/pictures/cat.png" }] : usual ? [{ path: "/home/ada/vpn/notes.txt" }] : [],
    items: shown,
    whole,
    passwordsWanted: locked.length,
    lockedPaths: [...new Set(locked.map((one) => one.path))],
    locked: locked.map((one) => ({ ...one, tried: request.passwords.length > 0 })),
    keysMissing: usual ? [{ name: "Old Issuing CA", key: "4f".repeat(32), path: `${path}/issued/issuing.crt` }] : [],
    profiles: usual ? [{ name: "Web servers", template: "Web servers", path: "acme.xdb", leftBehind: ["nsComment = “Made by an older program”"] }] : [],
    notCarried: usual ? [{ path: "acme.xdb", object: "tls-auth key of Old Root CA", code: "openvpn-key", message: "An OpenVPN key is no certificate; keep the old database for it." }] : [],
    revocationsWithoutCertificate: usual ? 1 : 0,
  };
}

/** A page of the latest report. */
export function importItems({ report, outcome, kind, source, limit, after }: ImportItems): { items: ImportItem[]; next: string | null; total: { count: number; atLeast: boolean } } {
  if (report !== latest.report) throw new Failure("report-gone");
  const fitting = latest.items.filter((one) => (outcome === null || one.outcome === outcome || (outcome === "new" && one.outcome === "taken")) && (kind === null || one.kind === kind) && (source === null || one.source === source));
  const first = Number(after ?? 0);
  const end = first + (limit ?? 100);
  return { items: fitting.slice(first, end), next: end < fitting.length ? String(end) : null, total: { count: fitting.length, atLeast: false } };
}

/** An import that is under way, for a picture of it. */
export function underWay(world: World): void {
  world.tasks = [{ id: "import-now", kind: "import", about: "all-certificates.pem", state: "running", here: true, startedAt: iso(Date.now()), endedAt: null, message: "", resumable: false, progress: { done: 41_207, total: 100_000 } }, ...world.tasks];
}
