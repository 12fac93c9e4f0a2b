import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { AuditEntry } from "../../ipc/generated/AuditEntry";
import type { AuditVerified } from "../../ipc/generated/AuditVerified";
import type { Total } from "../../ipc/generated/Total";

/** What the log can be narrowed to: the first part of an action. */
export const AREAS = ["certificate", "authority", "crl", "key", "registry", "import", "recovery-file"] as const;

const PAGE = 200;

/** The audit log, newest first, as far as it has been read. */
export class Log {
  entries = $state.raw<readonly AuditEntry[]>([]);
  total = $state.raw<Total>({ count: 0, atLeast: false });
  next = $state<string | null>(null);
  ready = $state(false);
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  verified = $state.raw<AuditVerified | null>(null);
  verifying = $state(false);

  #area: string | null = null;
  #subject: string | null = null;
  #era = 0;

  async begin(area: string | null, subject: string | null): Promise<void> {
    this.#area = area;
    this.#subject = subject;
    await this.#read(null);
  }

  /** Reads on, once at a time. */
  async more(): Promise<void> {
    if (this.busy || this.next === null) return;
    await this.#read(this.next);
  }

  async verify(): Promise<void> {
    this.verifying = true;
    this.failure = null;
    try {
      this.verified = await call("audit_verify", {});
    } catch (thrown) {
      this.verified = null;
      this.failure = asFailure(thrown);
    } finally {
      this.verifying = false;
    }
  }

  async #read(after: string | null): Promise<void> {
    this.#era += 1;
    const era = this.#era;
    this.busy = true;
    try {
      const page = await call("audit_list", { limit: PAGE, after, action: this.#area === null ? null : `${this.#area}.`, subject: this.#subject });
      if (era !== this.#era) return;
      this.entries = after === null ? page.items : [...this.entries, ...page.items];
      this.next = page.next;
      this.total = page.total;
      this.failure = null;
    } catch (thrown) {
      if (era === this.#era) this.failure = asFailure(thrown);
    } finally {
      if (era === this.#era) {
        this.ready = true;
        this.busy = false;
      }
    }
  }
}
