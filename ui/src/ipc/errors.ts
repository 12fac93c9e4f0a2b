// What a failed call is, and which button helps. The words stand in the catalogue, by code.
import type { ErrorCode } from "./generated/ErrorCode";

/** The button that a failure offers. `none` where only the input at hand can be corrected. */
export type Remedy = "retry" | "unlock" | "restore-keys" | "choose-file" | "doctor" | "open-registry" | "none";

export const REMEDIES: Readonly<Record<ErrorCode, Remedy>> = {
  internal: "retry",
  io: "retry",
  "disk-full": "retry",
  "batch-partly-failed": "none",
  "key-store-failed": "doctor",
  cancelled: "none",
  "task-abandoned": "none",
  "timer-unavailable": "none",
  "source-fetch-failed": "retry",
  "source-unreadable": "retry",
  "source-overtaken": "retry",
  "source-signer-required": "none",
  "system-trust-unknown": "none",
  "source-part-not-found": "none",
  "source-not-found": "none",
  "source-name-taken": "none",
  "source-signature-invalid": "retry",
  "source-signer-unknown": "none",
  "source-signer-unfit": "none",
  "source-empty": "retry",
  "source-shrinks": "none",
  "bad-usage": "none",
  "bad-subject": "none",
  "bad-name": "none",
  "bad-key-spec": "none",
  "bad-time": "none",
  "bad-serial": "none",
  "bad-url": "none",
  "bad-reason": "none",
  "bad-format": "none",
  "bad-setting": "none",
  "reason-required": "none",
  "bad-cursor": "retry",
  "confirmation-wrong": "none",
  "file-exists": "choose-file",
  "folder-not-empty": "choose-file",
  "format-plain-only": "none",
  "format-needs-key": "none",
  "password-required": "none",
  "no-registry-open": "open-registry",
  "recovery-choice-required": "none",
  "file-unknown": "choose-file",
  "file-not-found": "choose-file",
  "vault-missing": "choose-file",
  "registry-not-found": "choose-file",
  "authority-not-found": "none",
  "certificate-not-found": "none",
  "request-not-found": "none",
  "profile-not-found": "none",
  "setting-not-found": "none",
  "key-not-found": "none",
  "nothing-to-undo": "none",
  "crl-not-found": "none",
  "report-gone": "retry",
  "task-not-found": "none",
  "audit-entry-not-found": "none",
  "name-ambiguous": "none",
  "refused-by-lint": "none",
  "refused-by-profile": "none",
  "refused-by-policy": "none",
  "profile-unsound": "none",
  "profile-built-in": "none",
  "outlives-issuer": "none",
  "path-length-exceeded": "none",
  "name-not-permitted": "none",
  "authority-unusable": "none",
  "key-elsewhere": "none",
  "clipboard-failed": "none",
  "key-not-held": "none",
  "format-unfit": "none",
  "key-repair-unfit": "none",
  "recovery-file-untested": "none",
  "name-taken": "none",
  "subject-taken": "none",
  "key-compromised": "none",
  "already-renewed": "none",
  "renews-authority": "none",
  "issued-outside": "none",
  "awaits-certificate": "none",
  "crl-url-taken": "none",
  "generation-not-found": "none",
  "profile-unclear": "none",
  "already-retired": "none",
  "subject-mismatch": "choose-file",
  "answer-of-another-key": "choose-file",
  "already-installed": "none",
  "not-valid-now": "choose-file",
  "usage-missing": "choose-file",
  "not-an-authority": "none",
  "wider-than-certificate": "none",
  "already-revoked": "none",
  "not-held": "none",
  "not-ours": "none",
  "reason-not-allowed": "none",
  "not-trusted": "none",
  "request-signature-invalid": "choose-file",
  "bad-rows": "none",
  "task-not-resumable": "none",
  "input-changed": "choose-file",
  "not-a-table": "choose-file",
  "request-rejected": "none",
  "request-settled": "none",
  "key-mismatch": "choose-file",
  "crl-signature-invalid": "choose-file",
  "crl-not-newer": "choose-file",
  "backup-of-another": "choose-file",
  "undo-impossible": "none",
  "changed-since": "none",
  "crl-awaited": "none",
  "clock-went-back": "doctor",
  "recovery-file-missing": "choose-file",
  "recovery-file-wrong": "choose-file",
  "recovery-file-replaced": "choose-file",
  "recovery-file-made": "none",
  "vault-in-the-way": "retry",
  "key-unsettled": "retry",
  "task-ended": "none",
  "limit-exceeded": "none",
  locked: "unlock",
  "passphrase-required": "unlock",
  "passphrase-wrong": "none",
  "password-wanted": "none",
  "vault-unreadable": "restore-keys",
  "keyring-unreachable": "retry",
  "keyring-timed-out": "retry",
  "key-missing": "doctor",
  "key-wrong": "doctor",
  "not-an-object": "choose-file",
  "file-empty": "choose-file",
  "file-truncated": "choose-file",
  "file-damaged": "choose-file",
  "registry-busy": "retry",
  "registry-read-only": "none",
  "registry-on-share": "none",
  "registry-newer": "choose-file",
  "registry-damaged": "doctor",
  "registry-is-folder": "choose-file",
  "not-a-registry": "choose-file",
  "registry-exists": "choose-file",
};

/** A call that failed, by its code and the values concerned. */
export class Failure extends Error {
  override readonly name = "Failure";

  constructor(
    readonly code: ErrorCode,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(code);
  }

  get remedy(): Remedy {
    return REMEDIES[this.code];
  }
}

function isCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && value in REMEDIES;
}

/** Whatever was thrown, as a failure: the host's `{code, fields}`, else `internal` with what it said. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (typeof thrown === "object" && thrown !== null && "code" in thrown && isCode(thrown.code)) {
    const given = "fields" in thrown && typeof thrown.fields === "object" && thrown.fields !== null ? Object.entries(thrown.fields) : [];
    return new Failure(thrown.code, Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
  }
  return new Failure("internal", { problem: thrown instanceof Error ? thrown.message : String(thrown) });
}
