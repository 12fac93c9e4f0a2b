import type { Chosen } from "../ipc/backend";
import { secretCopied } from "../ipc/clipboard.svelte";
import { call, host } from "../ipc/commands";
import { asFailure, type Failure } from "../ipc/errors";
import { session } from "../ipc/session.svelte";
import { fileName } from "../lib/files";
import { Departure } from "./departure.svelte";

export type KeyForm = "pem" | "pem-with-certificate" | "pkcs12";

/** A private key that is about to leave: what has to be said and typed before it does, and where it goes. */
export class KeyExportState extends Departure {
  form = $state.raw<KeyForm>("pkcs12");
  place = $state.raw<Chosen | null>(null);
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** Where it was written. */
  written = $state.raw<string | null>(null);

  /** @param certificate an id of a certificate, or of an authority */
  constructor(
    readonly certificate: string,
    readonly name: string,
    readonly isAuthority: boolean,
  ) {
    super(name, isAuthority);
    this.sealing = "sealed";
  }

  /** The clipboard takes the key alone, as text. */
  readonly mayCopy = $derived.by(() => this.form === "pem");
  readonly ready = $derived.by(() => this.place !== null && this.said);

  choose(form: KeyForm): void {
    this.form = form;
    this.sealing = form === "pkcs12" ? "sealed" : "either";
    // The file's ending belongs to its form.
    this.place = null;
  }

  async choosePlace(): Promise<void> {
    const ending = this.form === "pkcs12" ? "p12" : this.form === "pem" ? "key" : "pem";
    this.place = (await host().pickSave({ purpose: "hand-over", suggested: `${fileName(this.name)}.${ending}` })) ?? this.place;
  }

  /** Puts the key on the clipboard; its text never comes here. False when it was refused. */
  async copy(): Promise<boolean> {
    if (!this.said || !this.mayCopy || this.busy) return false;
    this.busy = true;
    this.failure = null;
    try {
      const view = await call("key_copy", {
        certificate: this.certificate,
        ...this.answers(),
      });
      secretCopied.take(view);
      session.touch();
      return true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
    } finally {
      this.forget(false);
      this.busy = false;
    }
  }

  async run(): Promise<void> {
    if (!this.ready || this.busy || this.place === null) return;
    this.busy = true;
    this.failure = null;
    try {
      const view = await call("key_export", {
        certificate: this.certificate,
        out: this.place.handle,
        format: this.form,
        plainKey: this.leavesPlain,
        ...this.answers(),
        // The system's own dialog has asked whether a file may be replaced.
        overwrite: true,
      });
      this.written = view.files[0]?.path ?? this.place.name;
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
