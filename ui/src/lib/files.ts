/** A name from a certificate as a file name: letters, digits, dots, dashes; never empty, hidden or a device of Windows. */
export function fileName(text: string): string {
  const plain = text
    .replace(/^\*\./, "wildcard.")
    .replace(/[^A-Za-z0-9._@-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 80);
  return plain === "" || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(plain) ? `certificate-${plain}`.replace(/-$/, "") : plain;
}
