// Handing out: files, lists and folders, as the core says what it wrote.
import { Failure } from "../errors";
import type { AuthorityExport } from "../generated/AuthorityExport";
import type { CertificatesExport } from "../generated/CertificatesExport";
import type { ExportView } from "../generated/ExportView";
import type { FolderExportView } from "../generated/FolderExportView";
import type { ListExportView } from "../generated/ListExportView";
import * as change from "./changes";
import { guard } from "./keys";
import { list } from "./lists";
import { note, type World } from "./world";

const PROGRAMS: Readonly<Record<string, (host: string, file: string) => string>> = {
  nginx: (host, file) => `server {\n    listen 443 ssl;\n    listen [::]:443 ssl;\n    server_name ${host};\n    ssl_certificate /etc/nginx/tls/${file};\n    ssl_certificate_key /etc/nginx/tls/${file};\n    ssl_protocols TLSv1.2 TLSv1.3;\n}\n`,
  apache: (host, file) => `<VirtualHost *:443>\n    ServerName ${host}\n    SSLEngine on\n    SSLCertificateFile "/etc/apache2/tls/${file}"\n</VirtualHost>\n`,
  haproxy: (_, file) => `frontend https\n    bind :443 ssl crt /etc/haproxy/tls/${file} ssl-min-ver TLSv1.2\n    default_backend servers\n`,
  openvpn: (_, file) => `openvpn --config ${file} --remote vpn.example.com 1194\n`,
  kubernetes: (host) => `apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec:\n  tls:\n    - secretName: ${host.replaceAll(".", "-")}-tls\n`,
};

const WARNINGS: Readonly<Record<string, string>> = {
  "pkcs12-legacy": "This is the old form of PKCS#12: triple DES, RC2 with 40 bits and SHA-1. Whoever has the file tries millions of passwords a second. Use it only for a program that reads nothing newer, and delete it once it is installed.",
  jks: "Java's own format hardly slows down whoever tries passwords. Where the program reads PKCS#12, as Java does since version 8, use that.",
  kubernetes: "Base64 is no protection: whoever reads this file, or the Secret in the cluster, has the key.",
};

/** One file of a certificate. */
export function file(path: string, holds: string, format = "", host = ""): ExportView {
  const warning = holds === "key" || holds === "pkcs12" ? WARNINGS[format] : undefined;
  return { files: [{ path, holds }], configuration: PROGRAMS[format]?.(host, path) ?? null, warnings: warning === undefined ? [] : [warning] };
}

export function many(world: World, request: CertificatesExport): ListExportView {
  const all = { status: [], archived: false, kind: null, authority: null, profile: null, name: null, tag: null, expiresWithinDays: null, search: null, sort: null, limit: null, after: null, position: null };
  const count = request.certificates.length > 0 ? request.certificates.length : list(world, { ...all, ...request.filter }).total.count;
  return { path: request.out, count };
}

export function folder(world: World, request: AuthorityExport): FolderExportView {
  const view = change.authority(world, request.authority);
  if (!request.withoutKeys) {
    if (request.password === null) throw new Failure("password-required");
    guard(world, { certificate: view.id, reason: request.reason ?? "", passphrase: request.passphrase, confirmation: request.confirmation }, view.certificate.name);
  }
  note(world, "authority.exported", view.id, view.name, {});
  const serial = view.certificate.serial;
  return {
    folder: request.out,
    certificates: view.issued,
    revocations: 12,
    unknownSerials: 1,
    keys: request.withoutKeys ? 0 : 3,
    nextCrlNumber: String(Number(view.crl.number ?? 0) + 1),
    notes: [{ serial, code: "reason-lost", message: "Revoked for privilegeWithdrawn, a reason that openssl ca does not know. It stands there without a reason." }],
    notesInAll: 1,
    warnings: request.withoutKeys
      ? ["No key is in the folder. What needs the authority's key will not work there."]
      : [`${view.name} can now sign in two places. Issue, revoke and publish in one of them only: two different CRLs with one number would contradict each other.`],
  };
}
