import type { Chosen } from "../../ipc/backend";
import { call, host } from "../../ipc/commands";
import type { KeysChoice } from "../../ipc/generated/KeysChoice";
import type { RegistryStatus } from "../../ipc/generated/RegistryStatus";
import { asFailure, type Failure } from "../../ipc/errors";

/** A registry about to be made. */
export class CreateState {
  name = $state("");
  place = $state.raw<Chosen | null>(null);
  keys = $state.raw<KeysChoice>("os");
  passphrase = $state("");
  passphraseAgain = $state("");
  recovery = $state.raw<"file" | "refused">("file");
  recoveryPlace = $state.raw<Chosen | null>(null);
  recoveryPassphrase = $state("");
  recoveryAgain = $state("");
  /** What the user types to do without a recovery file. */
  refusal = $state("");
  busy = $state(false);
  error = $state.raw<Failure | null>(null);

  constructor(
    readonly refusalPhrase: string,
  ) {}

  readonly passphraseOk = $derived(this.keys === "os" || (this.passphrase !== "" && this.passphrase === this.passphraseAgain));
  readonly refused = $derived.by(() => this.refusal.trim().toLowerCase() === this.refusalPhrase.toLowerCase());
  readonly recoveryOk = $derived(
    this.keys === "passphrase" ||
      (this.recovery === "file" ? this.recoveryPlace !== null && this.recoveryPassphrase !== "" && this.recoveryPassphrase === this.recoveryAgain : this.refused),
  );
  readonly ready = $derived(this.name.trim() !== "" && this.place !== null && this.passphraseOk && this.recoveryOk && !this.busy);

  async choosePlace(): Promise<void> {
    this.place = (await host().pickSave({ purpose: "registry-create", suggested: `${fileName(this.name)}.chancery` })) ?? this.place;
  }

  async chooseRecovery(): Promise<void> {
    this.recoveryPlace = (await host().pickSave({ purpose: "recovery-file", suggested: `${fileName(this.name)}.recovery` })) ?? this.recoveryPlace;
  }

  async create(): Promise<RegistryStatus | null> {
    if (!this.ready || this.place === null) return null;
    this.busy = true;
    this.error = null;
    const withFile = this.keys === "os" && this.recovery === "file";
    try {
      const status = await call("registry_create", {
        path: this.place.handle,
        name: this.name.trim(),
        keys: this.keys,
        passphrase: this.keys === "passphrase" ? this.passphrase : null,
        recoveryFile: withFile ? (this.recoveryPlace?.handle ?? null) : null,
        recoveryPassphrase: withFile ? this.recoveryPassphrase : null,
        withoutRecoveryFile: this.keys === "os" && this.recovery === "refused",
      });
      this.passphrase = this.passphraseAgain = this.recoveryPassphrase = this.recoveryAgain = "";
      return status;
    } catch (cause) {
      this.error = asFailure(cause);
      return null;
    } finally {
      this.busy = false;
    }
  }
}

/** A file name made from a display name: letters, digits and hyphens alone. */
export function fileName(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-+|-+$/gu, "");
  return plain === "" ? "registry" : plain;
}
