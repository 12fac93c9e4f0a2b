import type { FileWritten } from "../../ipc/generated/FileWritten";

/** A program that the new certificate can be handed to, with the lines it wants. */
export interface Snippet {
  id: "nginx" | "apache" | "haproxy" | "openvpn" | "openssl";
  title: string;
  lines: string[];
}

function pathOf(files: FileWritten[], holds: string): string | null {
  return files.find((file) => file.holds === holds)?.path ?? null;
}

/** Wraps a path for configuration files and shells; single quotes inside are written the shell's way. */
export function quoted(path: string): string {
  return /^[A-Za-z0-9_./:+@%-]+$/u.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The lines for each program that can use the files as they were written. */
export function snippets(files: FileWritten[], purposes: string[]): Snippet[] {
  const bundle = pathOf(files, "pkcs12");
  const certificate = pathOf(files, "certificate");
  const chain = pathOf(files, "chain") ?? certificate;
  const key = pathOf(files, "key");
  const server = purposes.includes("serverAuth");
  const found: Snippet[] = [];
  if (chain !== null && key !== null && server) {
    found.push({ id: "nginx", title: "nginx", lines: [`ssl_certificate     ${quoted(chain)};`, `ssl_certificate_key ${quoted(key)};`] });
    found.push({ id: "apache", title: "Apache", lines: ["SSLEngine on", `SSLCertificateFile    ${quoted(chain)}`, `SSLCertificateKeyFile ${quoted(key)}`] });
    found.push({ id: "haproxy", title: "HAProxy", lines: [`cat ${quoted(chain)} ${quoted(key)} > site.pem`, "bind :443 ssl crt site.pem"] });
  }
  const own = certificate ?? chain;
  if (own !== null && key !== null) {
    found.push({ id: "openvpn", title: "OpenVPN", lines: [`cert ${quoted(own)}`, `key ${quoted(key)}`, server ? "remote-cert-tls client" : "remote-cert-tls server"] });
  }
  if (bundle !== null) {
    found.push({ id: "openvpn", title: "OpenVPN", lines: [`pkcs12 ${quoted(bundle)}`, server ? "remote-cert-tls client" : "remote-cert-tls server"] });
    found.push({ id: "openssl", title: "OpenSSL", lines: [`openssl pkcs12 -in ${quoted(bundle)} -out ${quoted(bundle.replace(/\.[^./\\]*$/u, ""))}.pem`] });
  } else if (certificate !== null) {
    found.push({ id: "openssl", title: "OpenSSL", lines: [`openssl x509 -in ${quoted(certificate)} -noout -text`] });
  }
  return found;
}
