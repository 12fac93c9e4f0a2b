// A registry comes to another computer, whose keyring has none of its keys: backup, recovery file, passphrase, and it signs again. And a leaf key that was kept
// is recovered there.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Mouse } from "../window/hands.mjs";
import { Machine } from "../window/machine.mjs";
import { chancery, judge, Program } from "../window/program.mjs";
import { visit } from "../window/screens.mjs";
import { entries, keyLines } from "../window/secrecy.mjs";
import { stepsOf } from "../window/steps.mjs";

const PASSPHRASE = "otter violin harbour mint cobalt ladder";
const program = new Program();
// Short: the path of a socket has at most 108 bytes.
const home = mkdtempSync(join(tmpdir(), "chy-other-"));
let other = null;
after(async () => {
  await program.end();
  await other?.end();
  rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

test("on another computer", async (t) => {
  const step = stepsOf(t);
  const here = program.path("team.chancery");
  const passphrase = program.path("passphrase");
  const backup = program.path("team.backup");
  writeFileSync(passphrase, `${PASSPHRASE}\n`);
  const line = (...args) => chancery("--registry", here, ...args);
  chancery("registry", "create", here, "--name", "Team", "--keys", "os", "--recovery-file", program.path("team.recovery"), "--new-passphrase-file", passphrase);
  line("authority", "create", "--name", "Root", "--subject", "CN=Root,O=Acme");
  const profile = program.path("kept.toml");
  const text = execFileSync(process.env.CHANCERY_CLI, ["--registry", here, "profile", "show", "tls-client"], { encoding: "utf8" });
  writeFileSync(profile, text.replace('name = "tls-client"', 'name = "kept-client"').replace("kept = false", "kept = true"));
  line("profile", "set", profile);
  for (const [name, named] of [["kept", "kept-client"], ["gone", "tls-client"]]) line("cert", "issue", "--authority", "Root", "--profile", named, "--name", `dns:${name}.example.test`, "--plain-key", "--out", program.path(name));
  const certificate = (name) => line("cert", "list").items.find((one) => one.name.includes(name)).id;
  const [kept, gone] = [certificate("kept"), certificate("gone")];
  line("registry", "backup", "--out", backup);
  const registry = entries().find((one) => one.user?.includes(line("key", "list").items.find((one) => one.owner?.kind === "authority").id)).user.split("/")[0];
  const keys = keyLines(registry).map((one) => one.secret);
  assert.equal(keys.length, 1);

  other = await Machine.start(home);
  assert.deepEqual(keyLines(undefined, other.environment), [], "the other keyring is empty");
  const page = await program.open(other.environment);
  const hands = new Mouse(page);

  await step("a backup is opened, and its keys come back from the recovery file at once", async () => {
    await hands.press("welcome-restore");
    program.answer(backup);
    await hands.press("restore-backup");
    program.answer(program.path("restored.chancery"));
    await hands.press("restore-place");
    await hands.press("restore-run");
    await page.see("restore-done");
    await page.says("restore-keys", /The key of 1 authority is not in this computer’s keyring/u);
    program.answer(program.path("team.recovery"));
    await hands.press("restore-keys-file");
    await hands.fill("restore-keys-passphrase", "not this one");
    await hands.press("restore-keys-go");
    assert.equal((await page.failure()).code, "passphrase-wrong");
    assert.deepEqual(keyLines(undefined, other.environment), []);
    await hands.fill("restore-keys-passphrase", PASSPHRASE);
    await hands.press("restore-keys-go");
    await page.says("restore-keys-done", /1 key is back and proven/u);
    assert.deepEqual(keyLines(undefined, other.environment).map((one) => one.secret), keys, "the same key, in the other keyring");
  });

  await step("it is proven there", async () => {
    await hands.press("restore-go");
    await visit(page, { address: "/settings?section=keys", wait: "key-row" });
    await hands.press("keys-prove-all");
    await page.says("keys-proved", /1 key is proven/u);
  });

  await step("a leaf key that was kept is recovered with a reason and the passphrase", async () => {
    await visit(page, { address: `/certificates/${kept}`, wait: "certificate-key" });
    await page.says("certificate-key", /kept, sealed/u);
    await hands.press("certificate-key-recover");
    await hands.fill("key-export-reason", "the host was lost");
    await hands.fill("key-export-password", "for the file");
    await hands.fill("key-export-password-again", "for the file");
    const out = program.path("recovered.p12");
    program.answer(out);
    await hands.press("key-export-choose");
    await hands.fill("key-export-passphrase", PASSPHRASE);
    await hands.press("key-export-go");
    await page.see("key-export-done");
    const key = judge("openssl", "pkcs12", "-in", out, "-passin", "pass:for the file", "-noenc", "-nocerts");
    assert.match(key.said, /BEGIN PRIVATE KEY/u);
    const publicKey = (...args) => execFileSync("openssl", args, { encoding: "utf8", input: key.said });
    const handedOver = execFileSync("sh", ["-c", 'cat "$0"/*.key', program.path("kept")], { encoding: "utf8" });
    assert.equal(publicKey("pkey", "-pubout"), execFileSync("openssl", ["pkey", "-pubout"], { encoding: "utf8", input: handedOver }));
    await hands.press("key-export-close");
    await page.gone("key-export-dialog");
  });

  await step("of one that was handed over the page says where it went", async () => {
    await visit(page, { address: `/certificates/${gone}`, wait: "certificate-key" });
    await page.says("certificate-key", /handed over when the certificate was issued, and forgotten/u);
    assert.ok(!(await page.has("certificate-key-recover")));
  });
});
