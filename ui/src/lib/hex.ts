/** `5a:91:0c` from `5a910c`: pairs from the right, as serials are written. */
export function colons(hex: string): string {
  const even = hex.length % 2 === 1 ? `0${hex}` : hex;
  return even.match(/../g)?.join(":") ?? hex;
}

/** `9f2c 81d4` from `9f2c81d4`: groups of four, as fingerprints are compared. */
export function groups(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(" ") ?? hex;
}

/** `1.4 kB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

/** `1,284`. */
export function thousands(count: number): string {
  return count.toLocaleString("en-US");
}
