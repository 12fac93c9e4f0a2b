// A vault in the real window: locked, looked at, unlocked with the wrong passphrase and the right one, locked again.
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Keyboard, Mouse } from "../window/hands.mjs";
import { chancery, Program } from "../window/program.mjs";
import { theme, visit } from "../window/screens.mjs";
import { KEY } from "../window/webdriver.mjs";

const PASSPHRASE = "correct horse battery staple";
const program = new Program();
const registry = program.path("vault.chancery");
let page;
let hands;

before(async () => {
  const file = program.path("passphrase");
  writeFileSync(file, `${PASSPHRASE}\n`);
  const at = ["--registry", registry, "--passphrase-file", file];
  chancery("registry", "create", registry, "--name", "Vault", "--keys", "passphrase", "--passphrase-file", file);
  chancery(...at, "authority", "create", "--name", "Root", "--subject", "CN=Root,O=Acme");
  page = await program.open();
  hands = new Mouse(page);
  program.answer(registry);
  await hands.press("welcome-open");
});

after(() => program.end());

test("a vault opens locked, and can be looked at", async () => {
  await page.says("lock-bar", /The keys are locked\./u);
  await visit(page, { address: "/certificates", wait: "certificate-row" });
  await page.see("lock-bar");
  for (const look of ["light", "dark"]) {
    await theme(page, look);
    await accessible(page, `the lock bar, ${look}`);
  }
});

test("a wrong passphrase is a clear error, and the field is empty again", async () => {
  await hands.press("lock-bar-unlock");
  await hands.fill("unlock-passphrase", "not the passphrase");
  await hands.press("unlock-passphrase-show");
  assert.equal(await page.driver.run((css) => document.querySelector(css).type, '[data-testid="unlock-passphrase"]'), "text");
  await hands.press("unlock-go");
  const { code, text } = await page.failure();
  assert.equal(code, "passphrase-wrong");
  assert.match(text, /Nothing was changed/u);
  assert.deepEqual(await page.driver.run((css) => { const one = document.querySelector(css); return [one.value, one.type, document.activeElement === one]; }, '[data-testid="unlock-passphrase"]'), ["", "password", true]);
  for (const look of ["light", "dark"]) {
    await theme(page, look);
    await accessible(page, `the unlock dialog with a failure, ${look}`);
  }
});

test("the right one opens it, by keyboard", async () => {
  await page.driver.press([...PASSPHRASE, KEY.enter]);
  await page.gone("unlock-dialog");
  await page.gone("lock-bar");
  await page.says("registry-menu", /unlocked/u);
});

test("Control L locks, and signing asks for the passphrase", async () => {
  await page.driver.press(["l"], [KEY.control]);
  await page.see("lock-bar");
  await hands.press("nav-revocation");
  await hands.press("crl-build");
  await page.see("unlock-dialog");
  await new Keyboard(page).fill("unlock-passphrase", PASSPHRASE);
  await page.driver.press([KEY.enter]);
  await page.gone("unlock-dialog");
  await page.gone("lock-bar");
});
