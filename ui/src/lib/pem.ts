/** What a pasted text is: a certificate's octets, a key that should not be here, or neither. */
export type Pasted = { readonly certificate: Uint8Array<ArrayBuffer> } | "key" | "unreadable" | null;

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/u;

/** Reads the first PEM block of a text; null where there is none. */
export function pasted(text: string): Pasted {
  if (!text.includes("-----BEGIN")) return null;
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/u.test(text)) return "key";
  const [, label, body = ""] = BLOCK.exec(text) ?? [];
  if (label !== "CERTIFICATE" && label !== "X509 CERTIFICATE") return "unreadable";
  try {
    const octets = Uint8Array.from(atob(body.replaceAll(/\s/gu, "")), (letter) => letter.charCodeAt(0));
    return octets.length === 0 ? "unreadable" : { certificate: octets };
  } catch {
    return "unreadable";
  }
}

/** SHA-256 as hex. */
export async function sha256(octets: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", octets);
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, "0")).join("");
}
