// Invented certificates, made from their number alone, so that a million of them cost nothing until they are looked at.
import type { AuthorityRef } from "../generated/AuthorityRef";
import type { CertificateDetail } from "../generated/CertificateDetail";
import type { CertificateView } from "../generated/CertificateView";
import type { RevocationView } from "../generated/RevocationView";

export const DAY = 86_400_000;

const HOSTS = ["vpn-gw", "intranet", "git", "registry", "grafana", "mail", "ldap", "build", "wiki", "vault", "proxy", "db-primary", "db-replica", "backup", "nas", "printer", "wifi-radius", "sso", "chat", "ci", "mirror", "dns", "monitor", "laptop"];
const PROFILES = ["tls-server", "tls-client", "mtls", "vpn-server", "email"] as const;

export const iso = (time: number): string => new Date(time).toISOString().replace(".000Z", "Z");

/** Hex that looks drawn at random and is the same for the same seed. */
export function hex(seed: number, length: number): string {
  let state = (seed * 2654435761 + 97) >>> 0;
  let out = "";
  while (out.length < length) {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    out += state.toString(16).padStart(8, "0");
  }
  return out.slice(0, length);
}

/** An id like the core's: version 7, so that later ones sort behind. */
export function id(kind: number, at: number): string {
  const tail = at.toString(16).padStart(12, "0");
  return `0190${kind.toString(16).padStart(4, "0")}-0000-7000-8000-${tail}`;
}

export const name = (text: string) => ({ rfc4514: `CN=${text},O=Acme,C=DE`, openssl: `/C=DE/O=Acme/CN=${text}` });

export function pem(seed: number): string {
  const text = hex(seed, 640).match(/.{1,64}/g)?.join("\n") ?? "";
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

/** Days from now until leaf `at` ends: most within two years, a tenth in the past, the first few very soon. */
export function endsInDays(at: number): number {
  if (at < 24) return 5 + at * 3;
  const spread = ((at * 7919) % 9973) / 9973;
  return Math.floor(spread * 800) - 80;
}

export function statusOf(at: number, revoked: ReadonlyMap<string, RevocationView>): string {
  const revocation = revoked.get(id(2, at));
  if (revocation) return revocation.reason === "certificateHold" ? "held" : "revoked";
  if (endsInDays(at) < 0) return "expired";
  return at >= 24 && at % 61 === 0 ? "superseded" : "valid";
}

export function hostOf(at: number): string {
  const host = HOSTS[at % HOSTS.length] ?? "host";
  const round = Math.floor(at / HOSTS.length);
  return round === 0 ? `${host}.acme.example` : `${host}-${round + 1}.acme.example`;
}

export const profileOf = (at: number): string => PROFILES[(at * 5 + Math.floor(at / 7)) % PROFILES.length] ?? "tls-server";

/** Leaf number `at`. */
export function leaf(at: number, now: number, issuers: readonly AuthorityRef[], revoked: ReadonlyMap<string, RevocationView>): CertificateView {
  const authority = issuers[at % Math.max(1, issuers.length)] ?? null;
  const host = hostOf(at);
  // One certificate in the list tries to deceive: its name holds a direction override and a zero-width space.
  const shown = at === 21 ? "paypal\u202Emoc.elpmaxe\u200B.acme.example" : host;
  const notAfter = Math.floor((now + endsInDays(at) * DAY) / 60_000) * 60_000 + 7 * 3_600_000;
  return {
    id: id(2, at),
    name: shown,
    status: statusOf(at, revoked),
    archived: false,
    kind: "leaf",
    authority,
    profile: profileOf(at),
    policyVersion: 3,
    subject: name(shown),
    issuer: name(authority?.name ?? "Elsewhere CA"),
    serial: hex(at + 11, 38),
    fingerprint: hex(at + 500_009, 64),
    names: [`dns:${shown}`, ...(at % 3 === 0 ? [`ip:10.0.${at % 200}.${(at * 7) % 250}`] : []), ...(at % 7 === 0 ? [`dns:*.${host}`] : [])],
    notBefore: iso(notAfter - 397 * DAY),
    notAfter: iso(notAfter),
    key: { kind: at % 5 === 0 ? "rsa-3072" : "ec-p256", bits: at % 5 === 0 ? 3072 : 256, fingerprint: hex(at + 900_001, 64), held: at % 11 === 0 },
    revocation: revoked.get(id(2, at)) ?? null,
    tags: [],
    pem: pem(at),
  };
}

const PURPOSES: Readonly<Record<string, string>> = { serverAuth: "proves a TLS server", clientAuth: "proves a TLS client", emailProtection: "protects e-mail" };

/** Everything about a certificate, from its row. */
export function detail(view: CertificateView, chain: CertificateDetail["chain"], crl: number | null): CertificateDetail {
  const authority = view.kind === "authority";
  const usages = authority ? ["keyCertSign", "cRLSign"] : ["digitalSignature"];
  const extended = authority ? null : view.profile === "tls-client" ? ["clientAuth"] : view.profile === "email" ? ["emailProtection"] : ["serverAuth"];
  const revocation = view.revocation;
  return {
    ...view,
    chain,
    // One came over from another program.
    origin: view.id === id(2, 11) ? { program: "xca", name: "old wiki", comment: "Renewed by Ada,\nask her before revoking", kind: "import", insertedAt: iso(Date.parse(view.notBefore) + DAY) } : null,
    profileVersion: 3,
    version: 3,
    signatureAlgorithm: "ecdsa-with-SHA384",
    keyUsages: usages,
    extendedKeyUsages: extended,
    extensions: [
      { oid: "2.5.29.35", name: "authorityKeyIdentifier", critical: false, lines: ["signed by the key c10f5e228d770ac419be3307f148a0c944721e3d"], der: hex(3, 48) },
      { oid: "2.5.29.14", name: "subjectKeyIdentifier", critical: false, lines: [view.key.fingerprint.slice(0, 40)], der: hex(4, 44) },
      ...(view.names.length > 0 ? [{ oid: "2.5.29.17", name: "subjectAltName", critical: false, lines: view.names, der: hex(6, 60) }] : []),
      { oid: "2.5.29.15", name: "keyUsage", critical: true, lines: authority ? ["signs certificates (keyCertSign)", "signs revocation lists (cRLSign)"] : ["signs data and handshakes (digitalSignature)"], der: "03020780" },
      ...(extended ? [{ oid: "2.5.29.37", name: "extKeyUsage", critical: false, lines: extended.map((one) => `${PURPOSES[one] ?? one} (${one})`), der: hex(5, 24) }] : []),
      { oid: "2.5.29.19", name: "basicConstraints", critical: true, lines: [authority ? "authority, none below it" : "no authority: may not sign certificates"], der: "3000" },
      ...(authority ? [] : [{ oid: "2.5.29.32", name: "certificatePolicies", critical: false, lines: ["issued under 1.3.6.1.4.1.99999.1.2", "the practice statement is at https://pki.acme.example/cps"], der: hex(10, 84) }]),
      { oid: "2.5.29.31", name: "cRLDistributionPoints", critical: false, lines: ["CRL at http://crl.acme.example/issuing-1.crl"], der: hex(7, 80) },
      ...(authority ? [] : [{ oid: "1.3.6.1.4.1.99999.7", name: "1.3.6.1.4.1.99999.7", critical: false, lines: ["octets 0c0b686f7374206e756d62657220"], der: "0c0b686f7374206e756d62657220" }]),
    ],
    history: [
      ...(revocation ? [{ at: revocation.at, action: revocation.reason === "certificateHold" ? "certificate.held" : "certificate.revoked", actor: "admin@ca-host", why: revocation.note }] : []),
      { at: view.notBefore, action: authority ? "authority.created" : "certificate.issued", actor: "admin@ca-host", why: null },
    ],
    findings: view.key.kind.startsWith("rsa") && !authority ? [{ lint: "rsa-key-slow", severity: "notice", message: "An RSA key of 3072 bits is slower than an EC key of the same strength.", fix: "Choose EC P-256 when you renew it.", clause: "NIST SP 800-57 5.6.1", accepted: false }] : [],
    keyOrigin: authority ? null : view.key.held ? "kept" : view.profile === "email" ? "request" : "handed-over",
    onCrl: revocation ? crl : null,
  };
}
