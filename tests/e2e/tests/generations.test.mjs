// The life of an authority in the window: a new key under the same name, whose chain and CRLs OpenSSL judges; retirement, and its undoing.
import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { certificateIn, createAuthorities, createRegistry, issue } from "../window/main_job.mjs";
import { certificatesIn, chancery, judge, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

const program = new Program();
after(() => program.end());

test("an authority's life", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const step = stepsOf(t);
  let registry;
  let issuing;
  let before;
  let later;
  const authorities = () => chancery("--registry", registry, "authority", "list").items;
  const standings = () => page.driver.run(() => [...document.querySelectorAll('[data-testid="generation"]')].map((one) => `${one.dataset.number} ${one.dataset.standing}`));
  const show = async () => {
    await page.go(`/authorities/${issuing.id}`);
    await page.see("authority-detail");
  };

  await step("a certificate of its first key", async () => {
    registry = await createRegistry(program, hands);
    await createAuthorities(program, hands);
    issuing = authorities().find((one) => one.parent !== null);
    before = await issue(program, hands, "before.example.test");
  });

  await step("what would be signed is shown first, and a new key begins a generation", async () => {
    await show();
    await hands.press("authority-renew");
    await page.see("renew-preview");
    await accessible(page, "an authority's renewal");
    const count = certificatesIn(registry);
    await hands.choose("renew-new");
    await hands.fill("renew-days", "1000");
    await page.until("what 1000 days would give", () => page.driver.run(() => document.querySelector('[data-testid="renew-preview"]')?.getAttribute("aria-busy") === "false"));
    assert.equal(certificatesIn(registry), count, "nothing is signed by looking");
    await hands.press("renew-go");
    await page.see("renewed");
    await accessible(page, "a renewed authority");
    await hands.press("renewed-build");
    await page.see("renewed-crl");
    await hands.press("renewed-close");
    await page.gone("renewed");
    await page.until("both keys", async () => (await standings()).join() === "2 current,1 answers");
    const [now] = authorities().filter((one) => one.id === issuing.id);
    assert.deepEqual(now.generations.map((one) => [one.number, one.current, one.crl.number !== null]), [[2, true, true], [1, false, true]]);
    const days = (Date.parse(now.certificate.notAfter) - Date.parse(now.certificate.notBefore)) / 86_400_000;
    assert.ok(Math.abs(days - 1000) < 2, `${days} days`);
    await accessible(page, "an authority of two keys");
  });

  await step("OpenSSL verifies what either key has issued, each by the CRL of its key", async () => {
    later = await issue(program, hands, "later.example.test");
    const crls = [];
    for (const number of [1, 2]) {
      await page.go(`/revocation/${issuing.id}${number === 1 ? "?key=1" : ""}`);
      await page.see("crl-entries");
      await page.until(`the CRL of key ${number}`, () => page.driver.run((wanted) => document.querySelector(`[data-testid="crl-key-${wanted}"]`)?.getAttribute("aria-selected") === "true", number));
      const file = program.path(`key-${number}.crl.pem`);
      program.answer(file);
      await hands.pick("crl-export", "crl-export-pem");
      await page.until(`${file} to be written`, () => { try { return readFileSync(file, "utf8").includes("END X509 CRL"); } catch { return false; } });
      crls.push(readFileSync(file, "utf8"));
    }
    assert.notEqual(crls[0], crls[1]);
    const root = authorities().find((one) => one.parent === null);
    const rootCrl = program.path("root.crl.pem");
    chancery("--registry", registry, "crl", "export", root.id, "--format", "pem", "--out", rootCrl);
    writeFileSync(program.path("all.crl.pem"), [readFileSync(rootCrl, "utf8"), ...crls].join(""));
    writeFileSync(program.path("root.pem"), root.certificate.pem);
    const own = authorities().find((one) => one.id === issuing.id).generations.flatMap((one) => one.certificates);
    writeFileSync(program.path("issuing.pem"), own.map((one) => chancery("--registry", registry, "cert", "show", one).pem).join(""));
    for (const folder of [before, later]) {
      const verdict = judge("openssl", "verify", "-x509_strict", "-crl_check_all", "-CAfile", program.path("root.pem"), "-untrusted", program.path("issuing.pem"), "-CRLfile", program.path("all.crl.pem"), certificateIn(folder));
      assert.equal(verdict.status, 0, verdict.said);
    }
  });

  await step("retiring shows what hangs on it, and wants its name typed", async () => {
    await show();
    await hands.pick("authority-more", "authority-retire");
    await page.see("impact");
    assert.equal(await page.driver.run(() => document.querySelector('[data-testid="impact"]').dataset.total), "2");
    const stays = await page.textOf("retire-stays");
    assert.match(stays, /key 2/u);
    assert.match(stays, /key 1/u);
    await accessible(page, "retiring an authority");
    await hands.fill("retire-typed", "somebody else");
    assert.equal(await page.driver.run(() => document.querySelector('[data-testid="retire-go"]').disabled), true);
    await hands.fill("retire-typed", issuing.name);
    await hands.press("retire-go");
    await page.gone("retire");
    await page.until("it to issue nothing more", async () => !(await page.has("authority-issue")));
    assert.equal(authorities().find((one) => one.id === issuing.id).status, "retired");
  });

  await step("its CRL goes on, and the undo of the toast lets it issue again", async () => {
    await hands.pressAt('[data-testid="toasts"] button:not([aria-label])');
    await page.see("authority-issue");
    assert.equal(authorities().find((one) => one.id === issuing.id).status, "valid");
    await hands.pick("authority-more", "authority-retire");
    await hands.fill("retire-typed", issuing.name);
    await hands.press("retire-go");
    await page.gone("retire");
    const [{ number }] = chancery("--registry", registry, "crl", "list", issuing.id).items;
    await page.go(`/revocation/${issuing.id}`);
    await hands.press("crl-build");
    await page.until("the next CRL", () => chancery("--registry", registry, "crl", "list", issuing.id).items[0].number > number);
    assert.equal(program.unanswered, "", "every dialog that was expected was opened");
  });

  await step("revoking its certificate shows what stops working", async () => {
    await show();
    await hands.pick("authority-more", "authority-revoke");
    await page.see("revoke-impact");
    await page.see("impact");
    await accessible(page, "revoking an authority");
  });
});
