import { session } from "../ipc/session.svelte";

/** Whether a form can hold a key with a password, without, or only one of the two. */
export type Sealing = "either" | "sealed" | "plain";

/** What has to be said and typed before a private key leaves. */
export class Departure {
  sealing = $state.raw<Sealing>("either");
  plain = $state(false);
  password = $state("");
  passwordAgain = $state("");
  reason = $state("");
  passphrase = $state("");
  typed = $state("");

  /** @param called what has to be typed where a name is asked for */
  constructor(
    readonly called: string,
    readonly ofAuthority: boolean,
  ) {}

  /** `vault-passphrase`, `recovery-passphrase` or `confirmation`. */
  readonly guard = $derived.by(() => session.status?.keyGuard ?? "confirmation");
  readonly mayBePlain = $derived.by(() => this.sealing === "either");
  readonly leavesPlain = $derived.by(() => this.sealing === "plain" || (this.plain && this.mayBePlain));
  readonly wantsTyped = $derived.by(() => this.guard === "confirmation" || (this.ofAuthority && this.leavesPlain));
  readonly wantsPassphrase = $derived.by(() => this.guard !== "confirmation");
  readonly differ = $derived.by(() => this.passwordAgain !== "" && this.password !== this.passwordAgain);
  readonly said = $derived.by(
    () =>
      this.reason.trim() !== "" &&
      (this.leavesPlain || (this.password !== "" && this.password === this.passwordAgain)) &&
      (!this.wantsPassphrase || this.passphrase !== "") &&
      (!this.wantsTyped || this.typed.trim() === this.called),
  );

  /** The same as the core asks for it. */
  answers(): { password: string | null; reason: string; passphrase: string | null; confirmation: string | null } {
    return {
      password: this.leavesPlain ? null : this.password,
      reason: this.reason.trim(),
      passphrase: this.wantsPassphrase ? this.passphrase : null,
      confirmation: this.wantsTyped ? this.typed.trim() : null,
    };
  }

  /** A passphrase is asked for anew each time; the others once the key has left. */
  forget(left: boolean): void {
    this.passphrase = "";
    if (left) this.password = this.passwordAgain = this.typed = "";
  }
}
