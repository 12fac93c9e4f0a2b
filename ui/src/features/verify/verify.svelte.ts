import { call, host } from "../../ipc/commands";
import type { Chosen } from "../../ipc/backend";
import { asFailure, type Failure } from "../../ipc/errors";
import type { CertificateVerify } from "../../ipc/generated/CertificateVerify";
import type { CheckOutcome } from "../../ipc/generated/CheckOutcome";
import type { VerifiedPath } from "../../ipc/generated/VerifiedPath";
import type { VerifyView } from "../../ipc/generated/VerifyView";

/** Files that a judgement may be given beside the certificate. */
export type Beside = "trust" | "untrusted" | "crls";

/** What a check says, worst first. */
const WEIGHT: Readonly<Record<string, number>> = { fail: 0, unknown: 1, pass: 2 };

/** The worst that was found of one certificate of a path: `pass` where nothing was. */
export function worst(checks: readonly CheckOutcome[], subject: number): string {
  const results = checks.filter((check) => check.subject === subject).map((check) => check.result);
  return results.sort((one, other) => (WEIGHT[one] ?? 0) - (WEIGHT[other] ?? 0))[0] ?? "pass";
}

/** The check that decides: what refuses, else what could not be told. */
export function deciding(path: VerifiedPath): CheckOutcome | null {
  return path.checks.find((check) => check.result === "fail") ?? path.checks.find((check) => check.result === "unknown") ?? null;
}

/** One certificate, what it is judged by, and the verdict. */
export class VerifyState {
  /** A certificate of the registry. */
  certificate = $state.raw<string | null>(null);
  /** Or one in a file. */
  file = $state.raw<Chosen | null>(null);
  at = $state("");
  purpose = $state("any");
  hostName = $state("");
  policies = $state("");
  requirePolicy = $state(false);
  inhibitMapping = $state(false);
  inhibitAny = $state(false);
  requireRevocation = $state(false);
  trust = $state.raw<readonly Chosen[]>([]);
  untrusted = $state.raw<readonly Chosen[]>([]);
  crls = $state.raw<readonly Chosen[]>([]);

  busy = $state(false);
  verdict = $state.raw<VerifyView | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Which of the paths is looked at, the best being 0. */
  shown = $state(0);

  #asked = 0;

  readonly chosen = $derived(this.certificate !== null || this.file !== null);
  /** Every path that was found, best first. */
  readonly paths = $derived<readonly VerifiedPath[]>(this.verdict === null ? [] : [{ trusted: this.verdict.trusted, path: this.verdict.path, checks: this.verdict.checks }, ...this.verdict.others]);
  readonly path = $derived(this.paths[this.shown] ?? this.paths[0] ?? null);

  request(): CertificateVerify {
    const handles = (files: readonly Chosen[]): string[] => files.map((file) => file.handle);
    const text = (value: string): string | null => (value.trim() === "" ? null : value.trim());
    return {
      certificate: this.certificate,
      path: this.file?.handle ?? null,
      text: null,
      at: text(this.at),
      trust: handles(this.trust),
      untrusted: handles(this.untrusted),
      crls: handles(this.crls),
      purpose: this.purpose === "any" ? null : this.purpose,
      host: text(this.hostName),
      policies: this.policies.split(/[\s,]+/u).filter((one) => one !== ""),
      requirePolicy: this.requirePolicy,
      inhibitMapping: this.inhibitMapping,
      inhibitAny: this.inhibitAny,
      requireRevocation: this.requireRevocation,
    };
  }

  async verify(): Promise<void> {
    if (!this.chosen) return;
    const turn = ++this.#asked;
    this.busy = true;
    this.failure = null;
    try {
      const verdict = await call("certificate_verify", this.request());
      if (turn !== this.#asked) return;
      this.verdict = verdict;
      this.shown = 0;
    } catch (cause) {
      if (turn !== this.#asked) return;
      this.verdict = null;
      this.failure = asFailure(cause);
    } finally {
      if (turn === this.#asked) this.busy = false;
    }
  }

  /** Takes a certificate in a file, and forgets the one before. */
  async take(file: Chosen | undefined): Promise<void> {
    if (file === undefined) return;
    this.file = file;
    this.certificate = null;
    await this.verify();
  }

  async chooseCertificate(): Promise<void> {
    const [file] = await host().pickFiles({ purpose: "certificate" });
    await this.take(file);
  }

  async add(beside: Beside): Promise<void> {
    const files = await host().pickFiles({ purpose: beside === "crls" ? "crl" : "trust", multiple: true });
    if (files.length === 0) return;
    this[beside] = [...this[beside], ...files];
    await this.verify();
  }

  async remove(beside: Beside, file: Chosen): Promise<void> {
    this[beside] = this[beside].filter((one) => one !== file);
    await this.verify();
  }
}
