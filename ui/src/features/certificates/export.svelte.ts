import { call, host } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import { session } from "../../ipc/session.svelte";
import { fileName } from "../../lib/files";
import { Departure, type Sealing } from "../../pki/departure.svelte";

export const FORMATS = ["pem", "der", "chain", "bundle", "pkcs7", "pkcs12", "pkcs12-legacy", "jks", "jwk", "openvpn", "nginx", "apache", "haproxy", "kubernetes"] as const;
export type Format = (typeof FORMATS)[number];

/** `never`: nothing but certificates; `always`: nothing without the key. */
type Key = "never" | "may" | "always";

interface Kind {
  readonly ending: string;
  readonly key: Key;
  readonly sealing: Sealing;
}

export const KINDS: Readonly<Record<Format, Kind>> = {
  pem: { ending: "crt", key: "may", sealing: "either" },
  der: { ending: "der", key: "never", sealing: "either" },
  chain: { ending: "chain.pem", key: "never", sealing: "either" },
  bundle: { ending: "bundle.pem", key: "never", sealing: "either" },
  pkcs7: { ending: "p7b", key: "never", sealing: "either" },
  pkcs12: { ending: "p12", key: "always", sealing: "sealed" },
  "pkcs12-legacy": { ending: "p12", key: "always", sealing: "sealed" },
  jks: { ending: "jks", key: "may", sealing: "sealed" },
  jwk: { ending: "jwk", key: "may", sealing: "plain" },
  openvpn: { ending: "ovpn", key: "may", sealing: "either" },
  nginx: { ending: "pem", key: "may", sealing: "either" },
  apache: { ending: "pem", key: "may", sealing: "either" },
  haproxy: { ending: "pem", key: "may", sealing: "either" },
  kubernetes: { ending: "yaml", key: "always", sealing: "plain" },
};

export interface Written {
  readonly path: string;
  readonly withKey: boolean;
  readonly configuration: string | null;
  readonly warnings: readonly string[];
}

/** A certificate that is about to be written, with its key where somebody says so. */
export class CertificateExportState extends Departure {
  format = $state.raw<Format>("pem");
  wished = $state(false);
  storePassword = $state("");
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  written = $state.raw<Written | null>(null);

  constructor(readonly certificate: CertificateView) {
    super(certificate.name, false);
  }

  /** An authority's key leaves where authorities are. */
  readonly held = $derived.by(() => this.certificate.key.held && this.certificate.kind === "leaf" && !session.readOnly);
  readonly key = $derived.by(() => KINDS[this.format].key);
  readonly withKey = $derived.by(() => this.held && (this.key === "always" || (this.key === "may" && this.wished)));
  /** A Java store has a password also where it seals nothing. */
  readonly wantsStorePassword = $derived.by(() => this.format === "jks" && !this.withKey);
  readonly ready = $derived.by(() => (this.withKey ? this.said : this.key !== "always" && (!this.wantsStorePassword || this.storePassword !== "")));

  choose(format: Format): void {
    this.format = format;
    this.sealing = KINDS[format].sealing;
    this.failure = null;
  }

  /** Asks where, and writes. */
  async run(): Promise<void> {
    if (!this.ready || this.busy) return;
    this.busy = true;
    this.failure = null;
    const withKey = this.withKey;
    try {
      if (withKey && !(await session.needKeys())) return;
      const place = await host().pickSave({ purpose: withKey ? "hand-over" : "certificate-export", suggested: `${fileName(this.certificate.name)}.${KINDS[this.format].ending}` });
      if (place === null) return;
      // The dialog of the system has asked already whether a file may be replaced.
      const to = { certificate: this.certificate.id, out: place.handle, overwrite: true };
      const view = withKey
        ? await call("key_export", { ...to, format: this.format === "pem" ? "pem-with-certificate" : this.format, plainKey: this.leavesPlain, ...this.answers() })
        : await call("certificate_export", { ...to, format: this.format, password: this.wantsStorePassword ? this.storePassword : null });
      this.written = { path: view.files[0]?.path ?? place.name, withKey, configuration: view.configuration, warnings: view.warnings };
      this.storePassword = "";
      this.forget(true);
      if (withKey) session.touch();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.forget(false);
      this.busy = false;
    }
  }
}
