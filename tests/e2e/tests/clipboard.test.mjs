// A key on the desktop's clipboard: put there by the core, seen by another program, taken off after half a minute, at the lock and at the end. And the lock
// when nobody is at it. The clock of the window stands where the test says.
import { strict as assert } from "node:assert";
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { Mouse } from "../window/hands.mjs";
import { chancery, Program } from "../window/program.mjs";
import { visit } from "../window/screens.mjs";
import { stepsOf } from "../window/steps.mjs";
import { KEY } from "../window/webdriver.mjs";

const PASSPHRASE = "otter violin harbour mint cobalt ladder";
const program = new Program();
after(() => program.end());

/** What another program reads from the clipboard; nothing when nobody offers anything. */
function clipboard() {
  try {
    return execFileSync("xclip", ["-selection", "clipboard", "-out"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 20_000 });
  } catch (failed) {
    if (failed.status === 1) return "";
    throw failed;
  }
}

/** Another program copies something; it goes on offering it until somebody else copies. */
async function copy(text) {
  const program_ = spawn("xclip", ["-selection", "clipboard", "-in", "-loops", "0"], { stdio: ["pipe", "ignore", "ignore"] });
  await new Promise((done) => program_.once("exit", done).stdin.end(text));
}

test("secrets on the clipboard", async (t) => {
  const step = stepsOf(t);
  const registry = program.path("clipboard.chancery");
  const file = program.path("passphrase");
  writeFileSync(file, `${PASSPHRASE}\n`);
  chancery("registry", "create", registry, "--name", "Clipboard", "--keys", "passphrase", "--passphrase-file", file);
  chancery("--registry", registry, "--passphrase-file", file, "authority", "create", "--name", "Root", "--subject", "CN=Root,O=Acme");
  const page = await program.open();
  const hands = new Mouse(page);
  const root = `/authorities/${chancery("--registry", registry, "authority", "list").items[0].id}`;

  const unlock = async () => {
    await hands.press("lock-bar-unlock");
    await hands.fill("unlock-passphrase", PASSPHRASE);
    await hands.press("unlock-go");
    await page.gone("lock-bar");
  };
  const copyKey = async () => {
    await visit(page, { address: root, wait: "key-export" });
    await hands.press("key-export");
    await hands.fill("key-export-reason", "a test of the clipboard");
    await page.driver.run(() => {
      const form = document.querySelector('select[data-testid="key-export-form"]');
      form.value = "pem";
      form.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await hands.fill("key-export-password", "for the file");
    await hands.fill("key-export-password-again", "for the file");
    await hands.fill("key-export-passphrase", PASSPHRASE);
    await hands.press("key-export-copy");
    await page.gone("key-export-dialog");
    await page.see("clipboard-notice");
  };
  const cleared = () => page.until("the clipboard to be cleared", () => clipboard() === "");

  await step("a key is on the clipboard for other programs, and never in the page", async () => {
    program.later(0);
    program.answer(registry);
    await hands.press("welcome-open");
    await unlock();
    await copyKey();
    assert.match(clipboard(), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/u);
    await page.says("clipboard-notice", /private key is on the clipboard/u);
    const held = clipboard().split("\n")[1];
    assert.ok(!(await page.everything()).includes(held), "the page shows nothing of it");
  });

  await step("after half a minute it is gone, and the window says so", async () => {
    program.later(29);
    assert.match(clipboard(), /^-----BEGIN/u);
    program.later(1);
    await cleared();
    await page.gone("clipboard-notice");
    await page.says("toasts", /The clipboard was cleared/u);
  });

  await step("at once, when somebody says so", async () => {
    await copyKey();
    await hands.press("clipboard-clear");
    await page.gone("clipboard-notice");
    assert.equal(clipboard(), "");
  });

  await step("what was copied over it is left alone", async () => {
    await copyKey();
    await copy("a shopping list");
    await hands.press("clipboard-clear");
    await page.gone("clipboard-notice");
    assert.equal(clipboard(), "a shopping list");
  });

  await step("at the lock", async () => {
    await copyKey();
    await page.driver.press(["l"], [KEY.control]);
    await page.see("lock-bar");
    await page.gone("clipboard-notice");
    assert.equal(clipboard(), "");
  });

  await step("nobody at it: the keys lock, and the window says why and forgets what was typed", async () => {
    await unlock();
    await visit(page, { address: root, wait: "key-export" });
    await hands.press("key-export");
    await hands.fill("key-export-passphrase", PASSPHRASE);
    program.later(15 * 60);
    await page.see("lock-bar");
    await page.says("lock-bar", /nobody was at it for 15 minutes/u);
    assert.ok(!(await page.everything()).includes(PASSPHRASE), "the page holds no passphrase");
    await page.gone("key-export-dialog");
    await page.driver.run(() => document.querySelector('[data-testid="lock-bar"]').dataset.why).then((why) => assert.equal(why, "idle"));
  });

  await step("at the end of the program", async () => {
    await unlock();
    await copyKey();
    assert.match(clipboard(), /^-----BEGIN/u);
    await program.close();
    assert.doesNotMatch(clipboard(), /PRIVATE KEY/u);
  });
});
