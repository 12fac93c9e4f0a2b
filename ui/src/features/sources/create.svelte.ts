import type { Chosen } from "../../ipc/backend";
import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { ErrorCode } from "../../ipc/generated/ErrorCode";
import type { SourceCreate } from "../../ipc/generated/SourceCreate";
import type { SourceRefreshed } from "../../ipc/generated/SourceRefreshed";
import { errorWords, t } from "../../i18n/words";
import { visible } from "../../lib/hostile";

export const KINDS = ["pem", "icao-master-list", "ldif", "crl"] as const;
export type Kind = (typeof KINDS)[number];

export const PLACES = ["file", "url", "system"] as const;
export type Place = (typeof PLACES)[number];

/** Hours between two refreshes that are offered; 0 is by hand only. */
export const EVERY = ["1", "6", "24", "168", "0"] as const;
export type Every = (typeof EVERY)[number];

export type FieldName = "name" | "place" | "signers";

/** At which field a failure is shown; what is about none stands below them all. */
const AT: Readonly<Partial<Record<ErrorCode, FieldName>>> = {
  "source-name-taken": "name",
  "bad-url": "place",
  "file-not-found": "place",
  "file-unknown": "place",
  "file-empty": "place",
  "system-trust-unknown": "place",
  "source-fetch-failed": "place",
  "source-unreadable": "place",
  "source-empty": "place",
  "source-signature-invalid": "place",
  "source-signer-required": "signers",
  "source-signer-unknown": "signers",
  "source-signer-unfit": "signers",
};

/** What is said of a source before it is made. */
export class Draft {
  name = $state("");
  kind = $state<Kind>("pem");
  place = $state<Place>("file");
  file = $state.raw<Chosen | null>(null);
  url = $state("");
  signers = $state.raw<readonly Chosen[]>([]);
  every = $state<Every>("24");
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** Whether it was tried, so that what is missing is said. */
  tried = $state(false);

  /** A name that nobody typed follows the file. */
  #named = "";

  /** Only a bundle can be the machine's own. */
  readonly places = $derived.by<readonly Place[]>(() => PLACES.filter((place) => place !== "system" || this.kind === "pem"));
  /** A bundle has no signature. */
  readonly signable = $derived.by(() => this.kind !== "pem");

  readonly missing = $derived.by<Readonly<Partial<Record<FieldName, string>>>>(() => ({
    ...(this.name.trim() === "" ? { name: t("sources.create.wrong.name") } : {}),
    ...(this.place === "file" && this.file === null ? { place: t("sources.create.wrong.file") } : {}),
    ...(this.place === "url" && !/^https?:\/\/[^\s/]/iu.test(this.url.trim()) ? { place: t("sources.create.wrong.url") } : {}),
    ...(this.kind === "icao-master-list" && this.signers.length === 0 ? { signers: t("sources.create.wrong.signers") } : {}),
  }));

  /** The failure, unless a field shows it. */
  readonly elsewhere = $derived.by(() => (this.failure !== null && AT[this.failure.code] === undefined ? this.failure : null));

  /** What is wrong with a field. */
  problem(field: FieldName): string | null {
    if (this.failure !== null && AT[this.failure.code] === field) {
      const { title, next } = errorWords(this.failure.code, this.failure.fields);
      return visible(`${title}. ${next}`);
    }
    return this.tried ? (this.missing[field] ?? null) : null;
  }

  chooseKind(kind: Kind): void {
    this.kind = kind;
    this.failure = null;
    if (!this.places.includes(this.place)) this.place = "file";
  }

  choosePlace(place: Place): void {
    this.place = place;
    this.failure = null;
    if (place === "system") this.#suggest(t("sources.create.system"));
  }

  async chooseFile(): Promise<void> {
    const [file] = await host().pickFiles({ purpose: "source" });
    if (file === undefined) return;
    this.file = file;
    this.failure = null;
    this.#suggest(file.name.replace(/\.[A-Za-z0-9]{1,5}$/u, ""));
  }

  async addSigners(): Promise<void> {
    const files = await host().pickFiles({ purpose: "source-signer", multiple: true });
    this.signers = [...this.signers, ...files.filter((file) => this.signers.every((one) => one.handle !== file.handle))];
    this.failure = null;
  }

  removeSigner(signer: Chosen): void {
    this.signers = this.signers.filter((one) => one !== signer);
  }

  #suggest(name: string): void {
    if (this.name.trim() !== "" && this.name !== this.#named) return;
    this.name = this.#named = name;
  }

  request(): SourceCreate {
    return {
      name: this.name.trim(),
      kind: this.kind,
      path: this.place === "file" ? (this.file?.handle ?? null) : null,
      url: this.place === "url" ? this.url.trim() : null,
      ...(this.place === "system" ? { system: true } : {}),
      ...(this.signable && this.signers.length > 0 ? { signers: this.signers.map((signer) => signer.handle) } : {}),
      refreshHours: Number(this.every),
    };
  }

  /** Makes it; what came in, or null where something is wrong. */
  async create(): Promise<SourceRefreshed | null> {
    this.tried = true;
    this.failure = null;
    if (this.busy || Object.keys(this.missing).length > 0) return null;
    this.busy = true;
    try {
      return await call("source_create", this.request());
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
