import type { Chosen } from "../../ipc/backend";
import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { FolderExportView } from "../../ipc/generated/FolderExportView";
import { session } from "../../ipc/session.svelte";
import { fileName } from "../../lib/files";
import { Departure } from "../../pki/departure.svelte";

export const FORMS = ["openssl-index", "easy-rsa"] as const;
export type Form = (typeof FORMS)[number];

/** An authority that is about to be handed over as a folder. */
export class HandOverState extends Departure {
  form = $state.raw<Form>("openssl-index");
  wished = $state(true);
  place = $state.raw<Chosen | null>(null);
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  done = $state.raw<FolderExportView | null>(null);

  constructor(readonly authority: AuthorityView) {
    super(authority.certificate.name, true);
    this.sealing = "sealed";
  }

  readonly held = $derived.by(() => this.authority.keyState !== "elsewhere");
  readonly withKeys = $derived.by(() => this.held && this.wished);
  readonly ready = $derived.by(() => this.place !== null && (!this.withKeys || this.said));

  choose(form: Form): void {
    this.form = form;
    // The folder's name belongs to its form.
    this.place = null;
  }

  async choosePlace(): Promise<void> {
    const suggested = this.form === "easy-rsa" ? "pki" : `${fileName(this.authority.name)}-ca`;
    this.place = (await host().pickSave({ purpose: "folder-export", suggested })) ?? this.place;
  }

  /** What is typed to go on in the folder. */
  commands(folder: string): string {
    const place = `'${folder.replaceAll("'", `'\\''`)}'`;
    return this.form === "easy-rsa" ? `easyrsa --pki-dir=${place} gen-crl\n` : `openssl ca -config ${place}/openssl.cnf -gencrl -out ${place}/crl.pem\n`;
  }

  async run(): Promise<void> {
    if (!this.ready || this.busy || this.place === null) return;
    this.busy = true;
    this.failure = null;
    try {
      if (this.withKeys && !(await session.needKeys())) return;
      const keys = this.withKeys ? this.answers() : { password: null, reason: null, passphrase: null, confirmation: null };
      this.done = await call("authority_export", { authority: this.authority.id, format: this.form, out: this.place.handle, withoutKeys: !this.withKeys, ...keys });
      this.forget(true);
      session.touch();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.forget(false);
      this.busy = false;
    }
  }
}
