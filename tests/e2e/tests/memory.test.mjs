// What is in the memory of the real window: of its core a second after the lock, of its page at any time.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Mouse } from "../window/hands.mjs";
import { coresProcess, heldBy, pagesProcess } from "../window/memory.mjs";
import { chancery, Program } from "../window/program.mjs";
import { visit } from "../window/screens.mjs";
import { formsOf } from "../window/secrecy.mjs";
import { stepsOf } from "../window/steps.mjs";
import { KEY } from "../window/webdriver.mjs";

const VAULT = "quartz sail meadow anvil pepper lantern";
const WRONG = "a passphrase that was mistyped";
const CONTROL = "Held in plain sight";
const program = new Program();
const registry = program.path("memory.chancery");
after(() => program.end());

const openssl = (...args) => execFileSync("openssl", args, { maxBuffer: 1 << 20 });

/** The secret numbers of a key, out of its plain file: the scalar, or both primes. */
function secretsOf(name, path) {
  const der = openssl("pkey", "-in", path, "-outform", "DER");
  const secrets = { [`${name}, PKCS#8`]: der };
  const numbers = [...openssl("pkey", "-in", path, "-noout", "-text").toString().matchAll(/^(priv|prime1|prime2):\n((?: +[0-9a-f:]+\n)+)/gmu)];
  assert.ok(numbers.length > 0, `numbers of ${name}`);
  for (const [, what, hex] of numbers) {
    const number = Buffer.from(hex.replaceAll(/[^0-9a-f]/gu, ""), "hex");
    const stripped = number.subarray(number[0] === 0 ? 1 : 0);
    assert.ok(der.includes(stripped), `${what} of ${name} stands in its file`);
    for (const [form, bytes] of Object.entries(formsOf(stripped))) secrets[`${name}, ${what}, ${form}`] = bytes;
  }
  return secrets;
}

const typed = (name, text) => ({ [name]: Buffer.from(text), [`${name}, in UTF-16`]: Buffer.from(text, "utf16le") });

test("what memory holds", async (t) => {
  const step = stepsOf(t);
  const file = program.path("passphrase");
  writeFileSync(file, `${VAULT}\n`);
  const at = ["--registry", registry, "--passphrase-file", file];
  chancery("registry", "create", registry, "--name", CONTROL, "--keys", "passphrase", "--passphrase-file", file);
  let keys = {};
  for (const [name, kind] of [["Curve", "ec-p256"], ["Primes", "rsa-3072"]]) {
    chancery(...at, "authority", "create", "--name", name, "--subject", `CN=${name},O=Acme`, "--key", kind);
    const out = program.path(`${name}.key`);
    chancery(...at, "--yes", "key", "export", name, "--out", out, "--plain-key", "--reason", "what to look for");
    keys = { ...keys, ...secretsOf(name, out) };
  }
  const passphrases = { ...typed("the passphrase", VAULT), ...typed("a wrong one", WRONG) };
  const control = { control: Buffer.from(CONTROL) };
  const page = await program.open();
  const hands = new Mouse(page);
  /** What a process holds of these; nobody but the administrator may look into the core's. */
  const held = (process_, wanted) => heldBy(process_, { ...wanted, ...control })?.filter((name) => name !== "control") ?? null;

  await step("the search finds what is there", async () => {
    program.answer(registry);
    await hands.press("welcome-open");
    await page.see("lock-bar");
    assert.deepEqual(heldBy(pagesProcess(), control), ["control"]);
    assert.deepEqual(heldBy(coresProcess(), control), process.getuid() === 0 ? ["control"] : null);
  });

  await step("keys are used, and never reach the page", async () => {
    await hands.press("lock-bar-unlock");
    await hands.fill("unlock-passphrase", WRONG);
    await hands.press("unlock-go");
    assert.equal((await page.failure()).code, "passphrase-wrong");
    await hands.fill("unlock-passphrase", VAULT);
    await hands.press("unlock-go");
    await page.gone("lock-bar");
    for (const { id } of chancery("--registry", registry, "authority", "list").items) {
      await visit(page, { address: `/revocation/${id}`, wait: "crl-build" });
      await hands.press("crl-build");
      await page.until("a CRL that its key signed", () => chancery("--registry", registry, "crl", "list", id).items.length === 1);
    }
    assert.deepEqual(held(pagesProcess(), keys), []);
  });

  await step("a second after the lock the core holds neither keys nor what was typed", async () => {
    await page.driver.press(["l"], [KEY.control]);
    await page.see("lock-bar");
    await pause(1000);
    assert.deepEqual(held(coresProcess(), { ...keys, ...passphrases }), process.getuid() === 0 ? [] : null);
    assert.deepEqual(held(pagesProcess(), keys), []);
  });
});
