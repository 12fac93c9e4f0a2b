// An invented host in memory, with believable data: for component tests, for `npm run dev` in a browser, and for pictures.
import type { Backend, Chosen, CommandName, RequestOf, ResponseOf } from "./backend";
import { Failure } from "./errors";
import { hex, iso } from "./fake/certificates";
import { asn1 } from "./fake/asn1";
import * as change from "./fake/changes";
import * as crls from "./fake/crls";
import * as exports from "./fake/exports";
import * as generations from "./fake/generations";
import * as opened from "./fake/opened";
import * as outside from "./fake/outside";
import * as keys from "./fake/keys";
import { PASSPHRASE } from "./fake/keys";
import * as profiles from "./fake/profiles";
import { importItems, importReport, underWay } from "./fake/imports";
import { chain, find, list, overview, show } from "./fake/lists";
import * as many from "./fake/many";
import * as requests from "./fake/requests";
import * as revoking from "./fake/revoking";
import * as settings from "./fake/settings";
import * as sources from "./fake/sources";
import * as trash from "./fake/trash";
import { makeWorld, newStatus, note, type Scenario, type World } from "./fake/world";
import type { AuditEntry } from "./generated/AuditEntry";
import type { AuditFacet } from "./generated/AuditFacet";
import type { RecoveryFailure } from "./generated/RecoveryFailure";
import type { RegistryStatus } from "./generated/RegistryStatus";
import type { TaskView } from "./generated/TaskView";

export { PASSPHRASE };
export type { Scenario, World };

type Handlers = { [K in CommandName]: (request: RequestOf<K>) => ResponseOf<K> };

const NOTHING = {};
/** A search of the log looks at so many entries; the program at more. */
const AUDIT_SEARCHED = 1000;

function handlers(world: World): Handlers {
  const status = (): RegistryStatus => {
    if (!world.status) throw new Failure("no-registry-open");
    return world.status;
  };
  const become = (changed: Partial<RegistryStatus>): RegistryStatus => (world.status = { ...status(), ...changed });
  const keyState = (to: string): void => {
    world.authorities = world.authorities.map((view) => (view.keyState === "elsewhere" ? view : { ...view, keyState: to }));
  };
  const recovery = (path: string, keysRestored: number, oldVault: string | null = null, failures: RecoveryFailure[] = []) => ({ path, keysSealed: world.authorities.filter((view) => view.keyState !== "elsewhere").length, keysRestored, keysFailed: failures.map(({ name }) => name), failures, oldVault });
  return {
    registry_create: (request) => {
      Object.assign(world, makeWorld({ empty: true, now: world.now }), { status: newStatus(request.name, request.keys, world.now) });
      if (request.withoutRecoveryFile) become({ recovery: "refused" });
      return status();
    },
    registry_open: () => {
      Object.assign(world, makeWorld({ now: world.now }));
      return status();
    },
    registry_close: () => {
      world.status = null;
      return NOTHING;
    },
    registry_status: status,
    registry_unlock: ({ passphrase }) => {
      if (status().keys === "passphrase" && status().keyStore === "unreachable") throw new Failure("vault-unreadable", { path: "/home/ada/acme.vault", problem: "No such file or directory (os error 2)" });
      if (status().keys === "passphrase" && passphrase !== world.passphrase) throw new Failure(passphrase === null ? "passphrase-required" : "passphrase-wrong");
      keyState("ready");
      world.lockedBy = null;
      world.touchedAt = Date.now();
      return become({ unlocked: true, keyStore: "ready" });
    },
    registry_lock: () => {
      keyState("locked");
      world.lockedBy = "by-hand";
      world.copied = null;
      return become({ unlocked: false, keyStore: "locked" });
    },
    registry_check: ({ repair }) => {
      if (repair) world.damage = [];
      return { ok: world.damage.length === 0, findings: world.damage, leftOut: 0, certificates: status().certificates, auditRows: world.audit.length, repaired: repair ? { certificates: 1, derived: true, indexes: false } : null };
    },
    registry_history: () => ({ items: [{ version: 1, name: "registry", appliedAt: status().createdAt, program: "chancery 0.1.0" }] }),
    registry_backup: ({ out }) => {
      note(world, "registry.backed-up", "", out, { certificates: status().certificates });
      return { path: out, bytes: 4_812_800, certificates: status().certificates, authorities: world.authorities.length };
    },
    registry_backups: () => ({
      folder: "/home/admin/acme-pki.backups",
      last: world.backups[0]?.at ?? null,
      lastDrill: world.lastDrill,
      failed: null,
      items: world.backups,
    }),
    registry_drill: ({ path, name, passphrase }) => {
      const file = path ?? name ?? world.backups[0]?.name;
      if (file === undefined) throw new Failure("file-not-found", { path: "/home/admin/acme-pki.backups" });
      if (status().keys === "passphrase" && passphrase !== PASSPHRASE) throw new Failure(passphrase === null ? "passphrase-required" : "passphrase-wrong");
      world.lastDrill = iso(Date.now());
      note(world, "registry.drilled", "", file, { ok: true });
      return { path: file, ok: true, name: status().name, madeAt: iso(world.now), certificates: status().certificates, authorities: world.authorities.length, auditRows: world.audit.length, sealed: true, keysFound: 2, keysMissing: [], findings: [], recorded: true };
    },
    registry_undo_plan: ({ sequence }) => trash.plan(world, sequence),
    registry_undo: ({ sequence }) => trash.undo(world, sequence),
    trash_list: () => ({ items: world.trash, more: false }),
    trash_restore: (request) => trash.restore(world, request),
    authority_set: (request) => change.set(world, request),
    authority_request: (request) => outside.request(world, request),
    authority_csr: (request) => outside.csr(world, request),
    authority_install: (request) => outside.install(world, request),
    authority_cross_signing: (request) => generations.crossSigning(world, request),
    authority_cross_sign: (request) => generations.crossSign(world, request),
    authority_impact: ({ authority }) => generations.impact(world, authority),
    authority_retire: ({ authority, confirmation }) => generations.retire(world, authority, confirmation),
    authority_renewal: (request) => generations.planned(world, request),
    authority_renew: (request) => generations.renew(world, request),
    certificate_archive: ({ certificates, archived }) => trash.archive(world, certificates, archived),
    certificate_tag: (request) => trash.tag(world, request),
    certificate_tags: () => ({ items: trash.tags(world) }),
    registry_restore: ({ path }) => {
      Object.assign(world, makeWorld({ now: world.now }));
      const first = world.authorities[1];
      become({ awaitedCrls: first === undefined ? [] : [{ authority: { id: first.id, name: first.name }, generation: 1, known: first.crl.number }] });
      note(world, "registry.restored", "", path, { epoch: 1 });
      return { status: status(), madeAt: iso(world.now - 86_400_000), epoch: 1, crls: [] };
    },
    settings_list: () => settings.list(world),
    settings_set: (request) => settings.set(world, request),
    recovery_file_create: ({ path, replace }) => {
      if (world.status?.recovery === "made" && !replace) throw new Failure("recovery-file-made");
      become({ recovery: "made", keyGuard: "recovery-passphrase" });
      return recovery(path, 0);
    },
    recovery_file_test: ({ path, passphrase }) => {
      if (passphrase === "wrong") throw new Failure("recovery-file-wrong", { path });
      return recovery(path, 0);
    },
    recovery_file_restore: ({ path, passphrase, newVaultPassphrase }) => {
      if (passphrase === "wrong") throw new Failure("recovery-file-wrong", { path });
      if (newVaultPassphrase === "") throw new Failure("passphrase-required");
      if (newVaultPassphrase) {
        const old = world.status?.keys === "passphrase" && world.status.keyStore !== "unreachable" ? "/home/ada/acme.old-1.vault" : null;
        world.passphrase = newVaultPassphrase;
        become({ keys: "passphrase", keyStore: "ready", unlocked: true, keyGuard: "vault-passphrase" });
        return recovery(path, keys.intoNewVault(world), old);
      }
      return recovery(path, keys.restoreAll(world), null, keys.inTheWay(world));
    },
    registry_passphrase: ({ passphrase, newPassphrase }) => {
      if (passphrase !== world.passphrase) throw new Failure("passphrase-wrong");
      world.passphrase = newPassphrase;
      return status();
    },
    registry_move_keys: ({ to, newPassphrase }) => {
      if (to === "passphrase" && !newPassphrase) throw new Failure("passphrase-required");
      if (newPassphrase) world.passphrase = newPassphrase;
      const here = to === "os" ? "os" : "vault";
      world.authorities = world.authorities.map((view) => (view.keyLocation === "elsewhere" ? view : { ...view, keyLocation: here }));
      const recoveryNow = to === "os" ? "missing" : "not-needed";
      const moved = become({ keys: to, recovery: recoveryNow, keyGuard: to === "os" ? "confirmation" : "vault-passphrase" });
      return { keys: world.authorities.filter((view) => view.keyLocation === here).length, oldRemoved: true, status: moved };
    },
    lock_show: () => keys.lock(world),
    lock_touch: () => {
      world.touchedAt = Date.now();
      return keys.lock(world);
    },
    keyring_cancel: () => NOTHING,
    key_list: () => keys.list(world),
    key_show: ({ key }) => keys.show(world, key),
    key_repair: (request) => keys.repair(world, request),
    key_export: (request) => {
      const named = world.authorities.find((view) => view.id === request.certificate)?.name ?? find(world, request.certificate).name;
      keys.guard(world, request, named);
      return exports.file(request.out, request.format?.startsWith("pkcs12") === true ? "pkcs12" : "key", request.format ?? "", named);
    },
    key_copy: (request) => {
      const named = world.authorities.find((view) => view.id === request.certificate)?.name ?? find(world, request.certificate).name;
      keys.guard(world, request, named);
      return keys.copied(world, "key");
    },
    passphrase_copy: () => keys.copied(world, "passphrase"),
    clipboard_show: () => keys.clipboard(world),
    clipboard_clear: () => {
      world.copied = null;
      return { holds: null, secondsLeft: null, ended: "cleared" };
    },
    passphrase_meter: ({ passphrase }) => keys.strength(passphrase),
    passphrase_generate: () => ({ words: keys.GENERATED[world.generated++ % keys.GENERATED.length] ?? "" }),
    authority_create: (request) => change.createAuthority(world, request),
    authority_list: () => ({ items: world.authorities, waiting: world.waiting, next: null, total: { count: world.authorities.length, atLeast: false } }),
    authority_show: (request) => change.authority(world, request.authority),
    profile_list: () => ({ items: [...profiles.list(world)] }),
    profile_show: ({ profile }) => profiles.show(world, profile),
    profile_check: (request) => profiles.check(request),
    profile_set: (request) => profiles.set(world, request),
    profile_remove: ({ profile }) => profiles.remove(world, profile),
    policy_show: ({ authority }) => profiles.policy(world, change.authority(world, authority)),
    policy_set: ({ authority, rules }) => profiles.setPolicy(world, change.authority(world, authority), rules),
    names_recognise: ({ texts }) => ({ items: texts.map(change.recognise) }),
    request_read: ({ text }) => change.readRequest(text),
    request_add: (request) => requests.add(world, request),
    request_list: (request) => requests.list(world, request),
    request_show: (request) => requests.show(world, request),
    request_reject: ({ request, note: why }) => requests.reject(world, request, why),
    request_reopen: ({ request }) => requests.reopen(world, request),
    certificate_preview: (request) => change.preview(world, request),
    certificate_renewal: ({ certificate, profile }) => change.renewal(world, certificate, profile),
    certificate_compare: ({ one, other }) => change.compare(world, one ?? "", other ?? ""),
    certificate_issue: (request) => {
      const issued = change.issue(world, request);
      if (request.draft.request !== null) requests.settle(world, request.draft.names, issued.certificate.id);
      return issued;
    },
    issue_many_check: (request) => many.check(request),
    issue_many_failures: ({ out }) => exports.file(out, "failures"),
    issue_many_run: (request) => many.run(world, request),
    issue_many_resume: ({ task, password }) => many.resume(world, task, password),
    certificate_list: (request) => list(world, request),
    certificate_show: ({ certificate }) => show(world, certificate),
    certificate_in_file: () => ({ ...show(world, world.authorities[0]?.certificate.id ?? ""), id: "" }),
    file_show: (request) => opened.file(world, request),
    certificate_asn1: ({ certificate }) => asn1(find(world, certificate ?? world.authorities[0]?.certificate.id ?? "")),
    certificate_verify: ({ certificate, sourceCertificate, at }) => {
      if (sourceCertificate !== undefined) return sources.verify(world, sourceCertificate);
      // One that is not of the registry is as good as one that is.
      const row = find(world, certificate ?? "01900002-0000-7000-8000-000000000003");
      const moment = at === null ? world.now : Date.parse(at);
      const inTime = moment >= Date.parse(row.notBefore) && moment <= Date.parse(row.notAfter);
      const clean = row.revocation === null;
      const path = chain(world, row).reverse();
      const above = path.slice(1).flatMap((link, at) => [
        { check: "validity", result: "pass", detail: `Valid until ${link.notAfter}.`, clause: "RFC 5280 6.1.3 (a)(2)", subject: at + 1 },
        { check: "basic-constraints", result: "pass", detail: `${link.name} is marked as a certificate authority.`, clause: "RFC 5280 6.1.4 (k)", subject: at + 1 },
      ]);
      const checks = [
        { check: "signature", result: "pass", detail: `Signed by the key of ${row.authority?.name ?? "the issuer"}.`, clause: "RFC 5280 6.1.3 (a)(1)", subject: 0 },
        { check: "validity", result: inTime ? "pass" : "fail", detail: `Judged at ${iso(moment)}: valid from ${row.notBefore} to ${row.notAfter}.`, clause: "RFC 5280 6.1.3 (a)(2)", subject: 0 },
        { check: "revocation", result: clean ? "pass" : "fail", detail: clean ? "The current CRL does not list it." : `Revoked: ${row.revocation?.reason ?? ""}.`, clause: "RFC 5280 6.1.3 (a)(3)", subject: 0 },
        { check: "name-constraints", result: "pass", detail: "Every name is permitted.", clause: "RFC 5280 6.1.4", subject: 0 },
        ...above,
      ];
      const refused = { check: "path-length", result: "fail", detail: "The old root allows 0 authorities below it; the chain has 1.", clause: "RFC 5280 6.1.4 (m)", subject: path.length - 1 };
      return { trusted: inTime && clean, path, checks, others: path.length > 2 ? [{ trusted: false, path, checks: [...checks, refused] }] : [] };
    },
    certificate_revoke: (request) => revoking.revoke(world, request),
    certificate_release: (request) => revoking.release(world, request),
    key_compromised: (request) => revoking.compromised(world, request),
    crl_diff: (request) => crls.difference(world, request),
    certificate_export: ({ out, format, certificate }) => exports.file(out, format === "chain" ? "chain" : "certificate", format, find(world, certificate).name),
    certificates_export: (request) => exports.many(world, request),
    authority_export: (request) => exports.folder(world, request),
    crl_build: (request) => crls.build(world, request),
    crl_show: (request) => crls.show(world, request),
    crl_list: (request) => crls.list(world, request),
    crl_events: (request) => crls.events(world, request),
    crl_export: (request) => crls.exported(world, request),
    crl_install: ({ authority }) => {
      const view = change.authority(world, authority);
      become({ awaitedCrls: status().awaitedCrls.filter((one) => one.authority.id !== view.id) });
      return { crl: crls.view(world, view), revocationsTaken: 2, revocations: [], continuesAbove: view.crl.number ?? 0 };
    },
    crl_decline: ({ authority, confirmation }) => {
      const view = change.authority(world, authority);
      if (confirmation !== view.name) throw new Failure("confirmation-wrong", { wanted: view.name });
      return become({ awaitedCrls: status().awaitedCrls.filter((one) => one.authority.id !== view.id) });
    },
    import_plan: (request) => importReport(world, request, true),
    import_progress: () => (world.scenario.importing === "looking" ? { looking: true, done: 41_207, total: 100_000 } : { looking: false, done: 0, total: 0 }),
    import_stop: () => NOTHING,
    import_run: (request) => {
      const report = importReport(world, request, false);
      note(world, "import.done", "", report.items[0]?.path ?? "", { certificates: report.taken.certificates });
      return report;
    },
    import_items: (request) => importItems(request),
    import_keep: ({ out }) => exports.file(out, "import-report"),
    audit_list: ({ limit, after, position, action, subject, actor, since, until, refused, search, last }) => {
      const reach = [...world.audit].reverse().filter((row) => last === null || row.sequence <= last);
      const [looked, older] = search === null ? [reach, []] : [reach.slice(0, AUDIT_SEARCHED), reach.slice(AUDIT_SEARCHED)];
      const oldest = older.length === 0 ? undefined : looked.at(-1);
      const rows = looked.filter(
        (row) =>
          (action === null || row.action.startsWith(action)) &&
          (subject === null || row.subject === subject) &&
          (actor === null || row.actor.toLowerCase().includes(actor.toLowerCase())) &&
          (since === null || row.at >= since) &&
          (until === null || row.at <= until) &&
          (!refused || row.refused) &&
          (search ?? "").toLowerCase().split(/\s+/).every((word) => JSON.stringify(row).toLowerCase().includes(word)),
      );
      const start = position ?? (after === null ? 0 : Number(after));
      const end = start + (limit ?? 100);
      const searchedTo = oldest ? { sequence: oldest.sequence, at: oldest.at } : null;
      return { items: rows.slice(start, end), next: end < rows.length ? String(end) : null, total: { count: rows.length, atLeast: searchedTo !== null }, searchedTo };
    },
    audit_show: ({ sequence }) => {
      const entry = world.audit.find((row) => row.sequence === sequence);
      if (!entry) throw new Failure("audit-entry-not-found", { sequence: String(sequence) });
      return entry;
    },
    audit_facets: () => {
      const facet = (of: (row: AuditEntry) => string): AuditFacet[] => {
        const counts = new Map<string, number>();
        for (const row of world.audit) counts.set(of(row), (counts.get(of(row)) ?? 0) + 1);
        return [...counts].map(([value, count]) => ({ value, count }));
      };
      return { actors: facet((row) => row.actor), actions: facet((row) => row.action) };
    },
    audit_verify: () => ({ ok: true, findings: [], count: world.audit.length, head: world.audit.at(-1)?.hash ?? hex(0, 64), sealed: status().unlocked, onRecord: 0 }),
    audit_export: ({ out }) => {
      note(world, "audit.exported", "", out, { count: world.audit.length });
      return { path: out, count: world.audit.length, head: world.audit.at(-1)?.hash ?? hex(0, 64), ok: true, findings: [] };
    },
    overview: () => {
      status();
      return overview(world);
    },
    doctor: () => ({
      ok: false,
      findings: [
        { code: "keyring", state: null, ok: true, message: "The system keyring answers and holds 2 keys.", fix: "" },
        world.clockBehind === true
          ? { code: "clock", state: null, ok: false, message: "The clock is behind the last time seen.", fix: "Set the clock." }
          : { code: "clock", state: null, ok: true, message: "The clock has never gone back.", fix: "" },
        { code: "disk", state: null, ok: true, message: "41 GB are free beside the registry.", fix: "" },
        { code: "modes", state: null, ok: false, message: "Others on this computer can read the folder of the registry.", fix: "chmod 700 the folder." },
      ],
    }),
    clock_confirm: () => {
      world.clockBehind = false;
      return { ok: true, findings: [{ code: "clock", state: null, ok: true, message: "The clock has never gone back.", fix: "" }] };
    },
    source_create: (request) => sources.create(world, request),
    source_refresh: (request) => sources.refresh(world, request),
    source_diff: (request) => sources.diff(world, request),
    source_list: () => ({ items: sources.all(world) }),
    source_show: ({ source }) => sources.show(world, source),
    source_certificates: (request) => sources.certificates(world, request),
    source_crls: (request) => sources.crls(world, request),
    source_revoked: (request) => sources.revoked(world, request),
    source_quarantine: (request) => sources.quarantine(world, request),
    source_events: (request) => sources.events(world, request),
    source_export: ({ out, quarantined, certificate }) => exports.file(out, quarantined !== undefined ? "quarantined" : certificate !== undefined ? "certificate" : "certificates"),
    source_remove: (request) => sources.remove(world, request),
    task_list: () => ({ items: world.tasks }),
    task_show: ({ task }) => taskNamed(world, task),
    task_resume: ({ task }) => {
      const before = taskNamed(world, task);
      const now = iso(Date.now());
      const again = { ...before, id: `${before.id}-again`, state: "done", message: "", resumable: false, startedAt: now, endedAt: now };
      world.tasks = [again, ...world.tasks.map((one) => (one.id === task ? { ...one, resumable: false } : one))];
      return again;
    },
    task_cancel: ({ task }) => {
      world.tasks = world.tasks.map((one) => (one.id === task ? { ...one, state: "cancelled", endedAt: iso(Date.now()) } : one));
      return NOTHING;
    },
  };
}

function taskNamed(world: World, task: string): TaskView {
  const found = world.tasks.find((one) => one.id === task);
  if (!found) throw new Failure("task-not-found", { task });
  return found;
}

/** The invented host, with doors for tests: the world behind it, and what was asked. */
export interface FakeBackend extends Backend {
  readonly world: World;
  /** Every call so far. */
  readonly calls: { readonly name: CommandName; readonly request: unknown }[];
  /** Makes the next call of a command fail. */
  failNext(name: CommandName, failure: Failure): void;
  /** Makes the next call of a command wait until what this returns is called. */
  hold(name: CommandName): () => void;
  /** What the next file dialogs answer; an empty queue answers with an invented file. */
  readonly picks: (Chosen | null)[];
  /** Folders that were shown in the file manager. */
  readonly shown: readonly string[];
  /** Drops files onto the window. */
  drop(files: Chosen[]): void;
  /** Holds so many files over the window. */
  over(count: number): void;
  /** A second start hands files over. */
  open(files: Chosen[]): void;
  /** Another program changes the registry. */
  changed(): void;
  /** The core took a secret off the clipboard. */
  clipboardChanged(): void;
  /** The core locks the keys, for a reason of its own. The window is not told. */
  lockBecause(why: string): void;
}

/** `delay` in milliseconds is how long each answer takes. */
export function fakeBackend(scenario: Scenario = {}, delay = 0): FakeBackend {
  const world = makeWorld(scenario);
  const table = handlers(world);
  const calls: FakeBackend["calls"] = [];
  const failing = new Map<CommandName, Failure>();
  const holding = new Map<CommandName, Promise<void>>();
  let stopLook = (): void => {};
  const picks: (Chosen | null)[] = [];
  const shown: string[] = [];
  const dropListeners = new Set<(files: Chosen[]) => void>();
  const overListeners = new Set<(count: number) => void>();
  const openListeners = new Set<(files: Chosen[]) => void>();
  const changeListeners = new Set<() => void>();
  const clipboardListeners = new Set<() => void>();
  const pick = (fallback: string): Chosen | null => (picks.length > 0 ? (picks.shift() ?? null) : { handle: fallback, name: fallback });
  return {
    world,
    calls,
    picks,
    shown,
    failNext: (name, failure) => failing.set(name, failure),
    hold(name) {
      let release = (): void => {};
      holding.set(name, new Promise((resolve) => (release = resolve)));
      return () => release();
    },
    lockBecause(why) {
      table.registry_lock({});
      world.lockedBy = why;
    },
    drop: (files) => dropListeners.forEach((listener) => listener(files)),
    over: (count) => overListeners.forEach((listener) => listener(count)),
    open: (files) => openListeners.forEach((listener) => listener(files)),
    clipboardChanged: () => clipboardListeners.forEach((listener) => listener()),
    changed: () => changeListeners.forEach((listener) => listener()),
    async call(name, request) {
      calls.push({ name, request: structuredClone(request) });
      await new Promise((resolve) => setTimeout(resolve, delay));
      const held = holding.get(name);
      holding.delete(name);
      await held;
      if (scenario.importing === "running" && name === "import_run") {
        underWay(world);
        await new Promise(() => {});
      }
      if (scenario.importing === "looking" && name === "import_plan") {
        await new Promise<void>((resolve) => (stopLook = resolve));
        throw new Failure("cancelled");
      }
      if (name === "import_stop") stopLook();
      if (scenario.silent && (name === "key_repair" || name === "registry_open")) await new Promise(() => {});
      if (scenario.sources === "refreshing" && (name === "source_diff" || name === "source_refresh")) await new Promise(() => {});
      const failure = failing.get(name);
      failing.delete(name);
      if (failure) throw failure;
      return structuredClone(table[name](request));
    },
    pickFiles: ({ purpose }) => Promise.resolve([pick(purpose !== "table" ? `${purpose}.pem` : (scenario.leaves ?? 0) >= 10_000 ? "large.csv" : "hosts.csv")].filter((file) => file !== null)),
    pickFolder: (purpose) => Promise.resolve(pick(purpose)),
    pickSave: ({ suggested }) => Promise.resolve(pick(suggested)),
    showFolder: (handle) => (shown.push(handle), Promise.resolve()),
    recentRegistries: () => Promise.resolve(scenario.empty ? [] : [{ handle: "recent-1", name: "Acme PKI", path: "/home/admin/acme-pki.chancery", openedAt: iso(world.now - 86_400_000) }]),
    onFilesDropped: (listener) => {
      dropListeners.add(listener);
      return () => dropListeners.delete(listener);
    },
    onFilesOver: (listener) => {
      overListeners.add(listener);
      if (scenario.dragging) listener(3);
      return () => overListeners.delete(listener);
    },
    onFilesOpened: (listener) => {
      openListeners.add(listener);
      const started = (scenario.opened ?? []).map((name) => ({ handle: name, name }));
      if (started.length > 0) setTimeout(() => listener(started));
      return () => openListeners.delete(listener);
    },
    onChanged: (listener) => {
      changeListeners.add(listener);
      return () => changeListeners.delete(listener);
    },
    onClipboard: (listener) => {
      clipboardListeners.add(listener);
      return () => clipboardListeners.delete(listener);
    },
    hostInfo: () => Promise.resolve({ version: "0.1.0", platform: "Linux" }),
  };
}

/** `?leaves=1000000&locked&unreachable&vault&empty&closed&calm&readOnly&share` as a scenario, for the browser. */
export function scenarioOf(search: string): Scenario {
  const query = new URLSearchParams(search);
  const leaves = query.get("leaves");
  const sources = (["many", "shrunken", "same", "refused", "refreshing"] as const).find((one) => one === query.get("sources"));
  return {
    closed: query.has("closed"),
    locked: query.has("locked"),
    unreachable: query.has("unreachable"),
    noRecovery: query.has("noRecovery"),
    awaited: query.has("awaited"),
    keyTroubles: query.has("keyTroubles"),
    vault: query.has("vault"),
    empty: query.has("empty"),
    calm: query.has("calm"),
    ownRoot: query.has("ownRoot"),
    rekeyed: query.has("rekeyed"),
    lists: query.has("lists"),
    largeCrl: query.has("largeCrl"),
    unused: query.has("unused"),
    waiting: query.has("waiting"),
    readOnly: query.has("readOnly"),
    recoveryOfVault: query.has("recoveryOfVault"),
    silent: query.has("silent"),
    share: query.has("share"),
    dragging: query.has("dragging"),
    opened: query.getAll("opened"),
    importing: query.get("importing") ?? "",
    ...(leaves === null ? {} : { leaves: Number(leaves) }),
    ...(sources === undefined ? {} : { sources }),
  };
}
