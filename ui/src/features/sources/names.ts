/** A name in RFC 4514's way of writing as a list shows it: what it is called, and the rest of it. */
export interface NameParts {
  readonly first: string;
  readonly rest: string;
}

/** The common name and what stands beside it; without a common name the first part. */
export function nameParts(name: string): NameParts {
  // A comma behind a backslash belongs to the value (RFC 4514, 2.4).
  const parts = name.match(/(?:\\.|[^\\,])+/gsu) ?? [];
  const common = parts.findIndex((part) => /^CN=/iu.test(part));
  const part = parts[Math.max(0, common)] ?? name;
  const value = common === -1 ? part : part.slice("CN=".length);
  return { first: plain(value), rest: parts.filter((other) => other !== part).join(", ") };
}

/** Without the backslashes that RFC 4514 2.4 puts before its own signs. What is written as hex stays as it is. */
function plain(value: string): string {
  return value.replaceAll(/\\([ "#+,;<=>\\])/gu, "$1");
}
