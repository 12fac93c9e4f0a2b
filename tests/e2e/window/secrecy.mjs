// Where private keys are, and where they must not be.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the keyring holds for the program: label, attributes and the line of text. */
export function entries(environment = process.env) {
  // The attributes go to standard error, the rest to standard output.
  const said = execFileSync("sh", ["-c", "secret-tool search --all service chancery 2>&1"], { encoding: "utf8", env: environment });
  return said.split(/^\[/mu).slice(1).map((part) => {
    const field = (name) => part.match(new RegExp(`^${name} = (.*)$`, "mu"))?.[1] ?? null;
    return { label: field("label"), secret: field("secret"), user: field("attribute\\.username") ?? field("attribute\\.user") };
  });
}

/** The lines of private keys: `chancery-key 1 KIND BASE64URL CHECKSUM`. One keyring serves every registry of the session; an entry is named `REGISTRY/KEY`. */
export function keyLines(registry, environment) {
  return entries(environment).filter((one) => one.secret?.startsWith("chancery-key 1 ") && (registry === undefined || one.user?.startsWith(`${registry}/`)));
}

/** Every form in which a key could have leaked, as bytes to look for. */
export function forms(line) {
  const encoded = line.split(" ")[3];
  return { line: Buffer.from(line), base64url: Buffer.from(encoded), ...formsOf(Buffer.from(encoded, "base64url")) };
}

/** Every form of a secret number, as bytes to look for. */
export function formsOf(raw) {
  assert.ok(raw.length >= 32, "a scalar or seed has at least 32 octets");
  const forms = { raw, reversed: Buffer.from(raw).reverse(), hex: Buffer.from(raw.toString("hex")), HEX: Buffer.from(raw.toString("hex").toUpperCase()), colons: Buffer.from(raw.toString("hex").match(/../gu).join(":")) };
  // Within a longer text base64 begins at any of three offsets; what does not depend on the neighbours is looked for.
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), raw]).toString("base64").replace(/=+$/u, "");
    forms[`base64 at ${offset}`] = Buffer.from(shifted.slice(offset === 0 ? 0 : offset + 1, -1));
  }
  return forms;
}

/** The forms of a key that bytes hold. */
export function found(bytes, line) {
  return Object.entries(forms(line)).filter(([, form]) => bytes.includes(form)).map(([name]) => name);
}

/** Every file below a folder. */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** Fails when a file below the folders, or the page, holds one of the keys. */
export function nowhere(lines, folders, texts) {
  let looked = 0;
  for (const folder of folders) {
    for (const path of filesBelow(folder)) {
      const bytes = readFileSync(path);
      looked += 1;
      for (const line of lines) assert.deepEqual(found(bytes, line), [], `${path} holds a private key`);
    }
  }
  for (const [what, text] of Object.entries(texts)) for (const line of lines) assert.deepEqual(found(Buffer.from(text), line), [], `${what} holds a private key`);
  return looked;
}
