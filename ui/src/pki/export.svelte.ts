import type { Chosen } from "../ipc/backend";
import { secretCopied } from "../ipc/clipboard.svelte";
import { call, host } from "../ipc/commands";
import { asFailure, type Failure } from "../ipc/errors";
import { session } from "../ipc/session.svelte";
import { fileName } from "../lib/files";

export type KeyForm = "pem" | "pem-with-certificate" | "pkcs12";

/** A private key that is about to leave: what has to be said and typed before it does. */
export class KeyExportState {
  form = $state.raw<KeyForm>("pkcs12");
  plain = $state(false);
  password = $state("");
  passwordAgain = $state("");
  reason = $state("");
  passphrase = $state("");
  typed = $state("");
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
  ) {}

  /** `vault-passphrase`, `recovery-passphrase` or `confirmation`. */
  readonly guard = $derived.by(() => session.status?.keyGuard ?? "confirmation");
  readonly mayBePlain = $derived.by(() => this.form !== "pkcs12");
  readonly leavesPlain = $derived.by(() => this.plain && this.mayBePlain);
  readonly wantsTyped = $derived.by(() => this.guard === "confirmation" || (this.isAuthority && this.leavesPlain));
  readonly wantsPassphrase = $derived.by(() => this.guard !== "confirmation");
  readonly differ = $derived.by(() => this.passwordAgain !== "" && this.password !== this.passwordAgain);
  /** The clipboard takes the key alone, as text. */
  readonly mayCopy = $derived.by(() => this.form === "pem");
  /** Everything but the place. */
  readonly said = $derived.by(
    () =>
      this.reason.trim() !== "" &&
      (this.leavesPlain || (this.password !== "" && this.password === this.passwordAgain)) &&
      (!this.wantsPassphrase || this.passphrase !== "") &&
      (!this.wantsTyped || this.typed.trim() === this.name),
  );

  readonly ready = $derived.by(() => this.place !== null && this.said);

  choose(form: KeyForm): void {
    this.form = form;
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
        password: this.leavesPlain ? null : this.password,
        reason: this.reason.trim(),
        passphrase: this.wantsPassphrase ? this.passphrase : null,
        confirmation: this.wantsTyped ? this.typed.trim() : null,
      });
      secretCopied.take(view);
      session.touch();
      return true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
    } finally {
      this.passphrase = "";
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
        password: this.leavesPlain ? null : this.password,
        plainKey: this.leavesPlain,
        reason: this.reason.trim(),
        passphrase: this.wantsPassphrase ? this.passphrase : null,
        confirmation: this.wantsTyped ? this.typed.trim() : null,
        // The system's own dialog has asked whether a file may be replaced.
        overwrite: true,
      });
      this.written = view.files[0]?.path ?? this.place.name;
      this.password = this.passwordAgain = this.typed = "";
      session.touch();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.passphrase = "";
      this.busy = false;
    }
  }
}
