// The main job by mouse, in the real window, with keys in a real Secret Service.
import { strict as assert } from "node:assert";
import { readFileSync, statSync } from "node:fs";
import { after, test } from "node:test";
import { Mouse } from "../window/hands.mjs";
import { createAuthorities, createRegistry, find, issue, issuePkcs12, judgeByOpenssl, publish, revoke } from "../window/main_job.mjs";
import { chancery, certificatesIn, judge, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";
import { filesBelow, found, keyLines, nowhere } from "../window/secrecy.mjs";

const program = new Program();
after(() => program.end());

test("the main job by mouse", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const pages = {};
  const look = async (name) => { pages[name] = await page.everything(); };
  const step = stepsOf(t);
  const before = keyLines().map((one) => one.secret);
  let registry;
  let www;
  let ok;
  let crls;

  await step("a registry in the keyring, with a recovery file", async () => {
    registry = await createRegistry(program, hands, look);
    assert.ok(statSync(registry).isFile());
    assert.ok(statSync(program.path("acme.recovery")).isFile());
    assert.equal(certificatesIn(registry), 0);
  });

  await step("a root and an issuing authority", async () => {
    await createAuthorities(program, hands, look);
    const { items } = chancery("--registry", registry, "authority", "list");
    assert.equal(items.length, 2);
  });

  await step("three certificates, one as PKCS#12", async () => {
    www = await issue(program, hands, "www.example.test", look);
    ok = await issue(program, hands, "ok.example.test", look);
    const file = await issuePkcs12(program, hands, "vpn.example.test", "a password for a file");
    const opened = judge("openssl", "pkcs12", "-in", file, "-passin", "pass:a password for a file", "-noenc");
    assert.equal(opened.status, 0, opened.said);
    assert.match(opened.said, /BEGIN PRIVATE KEY/u);
  });

  await step("found by the search and revoked", async () => {
    await find(program, hands, "www.example.test", look);
    await revoke(program, hands, "www.example.test", look);
  });

  await step("revocation lists that OpenSSL judges by", async () => {
    crls = await publish(program, hands, look);
    assert.equal(crls.length, 2);
    judgeByOpenssl(program, { registry, crls, revoked: www, valid: ok });
    assert.equal(program.unanswered, "", "every dialog that was expected was opened");
  });

  await step("keys are in the keyring and nowhere else", async () => {
    const lines = keyLines().map((one) => one.secret).filter((line) => !before.includes(line));
    assert.equal(lines.length, 2, "one key for each authority");
    // The search finds what it looks for: the key of a leaf is in the file that it was handed over in.
    pages.now = await page.everything();
    const looked = nowhere(lines, [program.folder], pages);
    assert.ok(looked >= 5 && filesBelow(program.folder).some((path) => path.endsWith(".log")), "registry, recovery file and log were among them");
    for (const line of lines) assert.notDeepEqual(found(Buffer.from(`x${line}x`), line), []);
    for (const path of filesBelow(program.path("state"))) assert.ok(!readFileSync(path, "utf8").includes("PRIVATE KEY"), path);
  });
});
