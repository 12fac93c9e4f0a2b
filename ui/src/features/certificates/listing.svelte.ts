import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { CertificateList } from "../../ipc/generated/CertificateList";
import type { ListExportView } from "../../ipc/generated/ListExportView";

export const FORMS = ["csv", "ics", "json", "zip", "folder"] as const;
export type Form = (typeof FORMS)[number];
export const FILES = ["pem", "der", "chain", "bundle", "pkcs7"] as const;
export type File = (typeof FILES)[number];

/** Many certificates that are about to be written: those that are selected, or all that the filters let through. */
export class ListExportState {
  form = $state.raw<Form>("csv");
  file = $state.raw<File>("pem");
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);

  constructor(
    readonly certificates: readonly string[],
    readonly filter: Partial<CertificateList>,
  ) {}

  readonly ofFiles = $derived.by(() => this.form === "zip" || this.form === "folder");

  /** Asks where, and writes. What was written; `null` where nothing was. */
  async run(): Promise<ListExportView | null> {
    if (this.busy) return null;
    this.busy = true;
    this.failure = null;
    try {
      const folder = this.form === "folder";
      const place = await host().pickSave({ purpose: folder ? "folder-export" : "certificates-export", suggested: folder ? "certificates" : `certificates.${this.form}` });
      if (place === null) return null;
      return await call("certificates_export", {
        certificates: [...this.certificates],
        filter: this.certificates.length > 0 ? null : { status: [], archived: false, kind: null, authority: null, profile: null, name: null, tag: null, expiresWithinDays: null, search: null, sort: null, limit: null, after: null, position: null, ...this.filter },
        form: this.form,
        format: this.ofFiles ? this.file : null,
        out: place.handle,
        // The dialog of the system has asked already; a folder is never replaced.
        overwrite: !folder,
      });
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
