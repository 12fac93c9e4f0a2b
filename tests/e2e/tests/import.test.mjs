// Bringing a PKI over: an XCA database is looked into, its password asked for by name, taken in, kept as a report, and its authority goes on; OpenSSL judges.
import { strict as assert } from "node:assert";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { createRegistry } from "../window/main_job.mjs";
import { certificatesIn, chancery, judge, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

/** Made by XCA 2.4.0: the data's README says what is in it. */
const DATABASE = fileURLToPath(new URL("../../data/xca/acme.xdb", import.meta.url));
const PASSWORD = "Tr0ub4dor";

const program = new Program();
after(() => program.end());

test("an XCA database", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const step = stepsOf(t);
  const report = program.path("report.json");
  let registry;

  await step("it is chosen, recognised, and its password asked for by name", async () => {
    registry = await createRegistry(program, hands);
    await hands.choose("preset-import");
    await hands.press("first-create");
    await page.see("import-drop");
    program.answer(DATABASE);
    await hands.press("import-files");
    await page.says("import-locked", /acme\.xdb/u);
    assert.equal(await page.driver.run(() => document.querySelector('[data-testid="import-run"]').disabled), true);
    await hands.fill("import-password", "not this one");
    await hands.press("import-try");
    await page.see("import-wrong");
    await accessible(page, "an import that waits for a password");
    assert.equal(certificatesIn(registry), 0);
  });

  await step("with the password everything is found, and nothing is taken yet", async () => {
    await hands.fill("import-password", PASSWORD);
    await hands.press("import-try");
    await page.gone("import-password");
    await page.says("import-sources", /XCA database[\s\S]*11 certificates[\s\S]*4 private keys[\s\S]*3 profiles/u);
    await page.see("import-object");
    await accessible(page, "what an import would take");
    assert.equal(certificatesIn(registry), 0);
  });

  await step("it is taken in one act, and the report is kept", async () => {
    await hands.press("import-run");
    await page.see("import-done");
    await page.see("import-continues");
    await accessible(page, "the report of an import");
    assert.equal(certificatesIn(registry), 11);
    program.answer(report);
    await hands.press("import-save-report");
    await page.until("the report's file", () => existsSync(report));
    const kept = JSON.parse(readFileSync(report, "utf8"));
    assert.deepEqual([kept.taken.certificates, kept.taken.keys, kept.taken.profiles], [11, 4, 3]);
    assert.equal(program.unanswered.trim(), "");
  });

  await step("an authority whose key came builds its CRL, and OpenSSL reads it", async () => {
    await hands.press("import-build-crl");
    await page.says("import-next-steps", /CRL \d+ built/u);
    const built = chancery("--registry", registry, "authority", "list").items.filter((one) => one.crl.number !== null);
    assert.ok(built.length > 0);
    const [{ name }] = built;
    const crl = program.path("built.crl");
    chancery("--registry", registry, "crl", "export", name, "--out", crl, "--format", "pem");
    const said = judge("openssl", "crl", "-in", crl, "-noout", "-text");
    assert.equal(said.status, 0, said.said);
  });

  await step("the same once more is nothing new", async () => {
    await hands.press("import-again");
    program.answer(DATABASE);
    await hands.press("import-files");
    await hands.fill("import-password", PASSWORD);
    await hands.press("import-try");
    await page.see("import-nothing");
    assert.equal(certificatesIn(registry), 11);
  });

  await step("a look into a terabyte shows how far it is, and is stopped", async () => {
    const endless = program.path("endless.pem");
    writeFileSync(endless, "# certificates of all the world\n");
    // It takes no room: nothing but its first line is on the disk.
    truncateSync(endless, 2 ** 40);
    program.answer(endless);
    await hands.press("import-more-files");
    await page.says("import-looking", /\d+ %/u);
    await accessible(page, "a long look");
    await hands.press("import-cancel");
    await page.see("import-look-stopped");
    await page.gone("import-looking");
    assert.equal(certificatesIn(registry), 11);
    await hands.press("import-look-again");
    await page.see("import-looking");
    await hands.press("nav-certificates");
    await page.gone("import-looking");
    assert.equal(certificatesIn(registry), 11);
  });
});
