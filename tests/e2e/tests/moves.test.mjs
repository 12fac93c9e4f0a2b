// Keys that move in the real window, from a vault into a real Secret Service and back; a passphrase that changes; a key that leaves; the page's own memory.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { Mouse } from "../window/hands.mjs";
import { heldBy, pagesProcess } from "../window/memory.mjs";
import { chancery, judge, Program } from "../window/program.mjs";
import { visit } from "../window/screens.mjs";
import { forms, keyLines } from "../window/secrecy.mjs";
import { stepsOf } from "../window/steps.mjs";
import { KEY } from "../window/webdriver.mjs";

const VAULT = "otter violin harbour mint cobalt ladder";
const LATER = "meadow anvil pepper lantern quartz sail";
const program = new Program();
const registry = program.path("moves.chancery");
after(() => program.end());

test("keys that move", async (t) => {
  const step = stepsOf(t);
  const file = program.path("passphrase");
  writeFileSync(file, `${VAULT}\n`);
  chancery("registry", "create", registry, "--name", "Moves", "--keys", "passphrase", "--passphrase-file", file);
  chancery("--registry", registry, "--passphrase-file", file, "authority", "create", "--name", "Root", "--subject", "CN=Root,O=Acme");
  const page = await program.open();
  const hands = new Mouse(page);
  const settings = () => visit(page, { address: "/settings?section=keys", wait: "key-row" });
  const standing = () => page.driver.run(() => [...document.querySelectorAll('[data-testid="settings-keys"] [data-testid="key-row"]')].map((one) => one.dataset.state).join(" "));
  let keys;
  const before = keyLines().map((one) => one.secret);
  /** The private keys that this test put into the keyring: those of other tests stand there as well. */
  const ours = () => keyLines().filter((one) => !before.includes(one.secret));

  await step("the vault's passphrase is changed by whoever knows it", async () => {
    program.answer(registry);
    await hands.press("welcome-open");
    await hands.press("lock-bar-unlock");
    await hands.fill("unlock-passphrase", VAULT);
    await hands.press("unlock-go");
    await page.gone("lock-bar");
    await settings();
    await hands.press("passphrase-change");
    await hands.fill("passphrase-current", "not this one");
    await hands.fill("passphrase-new", LATER);
    await hands.fill("passphrase-new-again", LATER);
    await hands.press("passphrase-go");
    assert.equal((await page.failure()).code, "passphrase-wrong");
    await hands.fill("passphrase-current", VAULT);
    await hands.press("passphrase-go");
    await page.gone("passphrase-dialog");
    await page.driver.press(["l"], [KEY.control]);
    await hands.press("lock-bar-unlock");
    await hands.fill("unlock-passphrase", VAULT);
    await hands.press("unlock-go");
    assert.equal((await page.failure()).code, "passphrase-wrong");
    await hands.fill("unlock-passphrase", LATER);
    await hands.press("unlock-go");
    await page.gone("lock-bar");
  });

  await step("a key leaves with a reason and the passphrase, readable for its owner alone", async () => {
    await page.go(`/authorities/${chancery("--registry", registry, "authority", "list").items[0].id}`);
    await hands.press("key-export");
    await hands.fill("key-export-reason", "a test of the way out");
    await hands.fill("key-export-password", "for the file");
    await hands.fill("key-export-password-again", "for the file");
    const out = program.path("root.p12");
    program.answer(out);
    await hands.press("key-export-choose");
    await hands.fill("key-export-passphrase", LATER);
    await hands.press("key-export-go");
    await page.see("key-export-done");
    assert.equal(execFileSync("stat", ["-c", "%a", out], { encoding: "utf8" }).trim(), "600");
    assert.match(judge("openssl", "pkcs12", "-in", out, "-passin", "pass:for the file", "-noenc").said, /BEGIN PRIVATE KEY/u);
    await hands.press("key-export-close");
    await page.gone("key-export-dialog");
  });

  await step("moved into the keyring, and back into a vault: nothing is left behind", async () => {
    await settings();
    assert.deepEqual(ours(), []);
    await hands.press("keys-move");
    await hands.press("move-go");
    await page.says("move-done", /1 key moved and proven/u);
    await hands.press("move-close");
    keys = ours();
    assert.equal(keys.length, 1);
    await page.until("the key to be ready", async () => (await standing()) === "ready");
    await hands.press("keys-move");
    await hands.fill("move-passphrase", VAULT);
    await hands.fill("move-passphrase-again", VAULT);
    await hands.press("move-go");
    await page.says("move-done", /1 key moved and proven/u);
    await hands.press("move-close");
    assert.deepEqual(ours(), []);
  });

  await step("the page's process holds no key", () => {
    const wanted = { "what the page does hold": Buffer.from("settings-keys") };
    for (const [name, form] of Object.entries(forms(keys[0].secret))) wanted[name] = form;
    assert.deepEqual(heldBy(pagesProcess(), wanted), ["what the page does hold"]);
  });
});
