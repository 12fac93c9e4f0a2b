// Other people's lists in the real window: a bundle of OpenSSL's certificates is taken in, compared, replaced and let go, and the command line agrees at each step.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { createRegistry } from "../window/main_job.mjs";
import { chancery, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

/** What no certificate begins with: a SEQUENCE that promises more than there is. */
const DAMAGED = Buffer.from("308203280000deadbeef", "hex");

const program = new Program();
after(() => program.end());

/** A root of OpenSSL in a country, PEM. */
function root(name, country) {
  const out = program.path(`${name}.pem`);
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", program.path(`${name}.key`), "-out", out, "-days", "365", "-subj", `/C=${country}/O=Partner/CN=${name}`], { stdio: "ignore" });
  return readFileSync(out, "utf8");
}

const block = (der) => `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;

/** SHA-256 of a certificate, as OpenSSL computes it. */
const printOf = (pem) => execFileSync("openssl", ["x509", "-noout", "-fingerprint", "-sha256"], { input: pem, encoding: "utf8" }).split("=")[1].trim().replaceAll(":", "").toLowerCase();

test("a list of somebody else", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const step = stepsOf(t);
  const list = program.path("partner-roots.pem");
  const roots = Array.from({ length: 10 }, (_, at) => root(`Root ${at + 1}`, ["DE", "FR", "CH"][at % 3]));
  let registry;

  /** The source as the command line has it. */
  const source = () => chancery("--registry", registry, "source", "show", "partner-roots").source;

  await step("an empty page says what sources are for", async () => {
    registry = await createRegistry(program, hands);
    await hands.press("first-later");
    await hands.press("nav-sources");
    await page.see("source-add");
    await accessible(page, "no sources");
  });

  await step("what is no list is refused at its field, and nothing is made", async () => {
    writeFileSync(list, "nothing to see here\n");
    await hands.press("source-add");
    await page.see("source-create");
    program.answer(list);
    await hands.press("source-file");
    await page.says("source-file-name", /partner-roots\.pem/u);
    await hands.press("source-go");
    await page.shown('[data-testid="source-create"] [role="alert"]');
    await accessible(page, "a source that was refused");
    assert.deepEqual(chancery("--registry", registry, "source", "list").items, []);
  });

  await step("a bundle in a file becomes a source; what cannot be read is put aside", async () => {
    writeFileSync(list, roots.join("") + block(DAMAGED));
    await hands.press("source-go");
    await page.see("source-detail");
    await page.says("source-holds", /10 other certificates/u);
    await page.says("source-countries", /Switzerland/u);
    await accessible(page, "a source");
    const { certificates, quarantined, place } = source();
    assert.deepEqual([certificates.others, quarantined, place.text], [10, 1, list]);
  });

  await step("its quarantine holds the bytes as they came", async () => {
    await hands.press("source-tab-quarantine");
    await hands.press("source-quarantine-row");
    await page.says("source-quarantine-bytes", /^30 82 03 28/u);
    const out = program.path("damaged.bin");
    program.answer(out);
    await hands.press("source-quarantine-save");
    await page.until("the bytes to be written", async () => existsSync(out));
    assert.deepEqual(readFileSync(out), DAMAGED);
    await accessible(page, "a quarantine");
  });

  await step("a certificate of it is OpenSSL's", async () => {
    await hands.press("source-tab-certificates");
    await hands.press("source-certificate-row");
    await page.see("source-certificate-pem");
    const shown = (await page.textOf("source-certificate")).replaceAll(/\s/gu, "");
    assert.ok(roots.some((pem) => shown.includes(printOf(pem))), "the fingerprint of one of the roots is shown");
    const out = program.path("root.der");
    program.answer(out);
    await hands.pick("source-certificate-export", "source-certificate-export-der");
    await page.until("the certificate to be written", async () => existsSync(out));
    const written = execFileSync("openssl", ["x509", "-inform", "DER", "-in", out], { encoding: "utf8" });
    assert.ok(shown.includes(printOf(written)), "what is written is what is shown");
    await hands.press("certificate-verify");
    await page.see("verdict");
    await accessible(page, "a certificate of a source");
    await hands.press("source-certificate-close");
  });

  await step("the difference is seen first, and then replaced as one", async () => {
    roots.splice(0, 1, root("Root 11", "AT"), root("Root 12", "AT"));
    writeFileSync(list, roots.join(""));
    await hands.press("source-refresh");
    await page.says("source-diff-counts", /2 added[\s\S]*1 removed[\s\S]*9 stay/u);
    await accessible(page, "a difference");
    assert.equal(source().certificates.others, 10, "nothing has changed yet");
    await hands.press("source-replace");
    await page.see("source-detail");
    await page.says("source-holds", /11 other certificates/u);
    const { certificates, quarantined, changedAt } = source();
    assert.deepEqual([certificates.others, quarantined], [11, 0]);
    assert.notEqual(changedAt, null);
  });

  await step("the same once more changes nothing and is noted", async () => {
    await hands.press("source-refresh");
    await page.says("source-difference", /Nothing has changed/u);
    await hands.press("source-replace");
    await page.see("source-detail");
    await hands.press("source-tab-history");
    await page.shown('[data-testid="source-event"][data-outcome="unchanged"]');
    await accessible(page, "a history");
  });

  await step("an empty list is refused, and the old content stays", async () => {
    writeFileSync(list, "");
    await hands.press("source-refresh");
    await page.see("failure");
    assert.equal(await page.has("source-replace"), false);
    assert.equal(source().certificates.others, 11);
  });

  await step("a list that shrinks wants its name typed", async () => {
    writeFileSync(list, roots.slice(0, 4).join(""));
    await page.go(`#/sources/${source().id}`);
    await page.see("source-detail");
    await hands.press("source-refresh");
    await page.see("source-shrinks");
    await hands.press("source-replace");
    await page.see("source-shrink");
    assert.equal(await page.driver.run((css) => document.querySelector(css).disabled, '[data-testid="source-shrink-go"]'), true, "nothing shrinks before its name was typed");
    await hands.fill("source-shrink-typed", "partner-roots");
    await accessible(page, "a list that shrinks");
    await hands.press("source-shrink-go");
    await page.see("source-detail");
    await page.says("source-holds", /4 other certificates/u);
    assert.equal(source().certificates.others, 4);
  });

  await step("it goes when its name was typed", async () => {
    await hands.pick("source-more", "source-remove");
    await page.see("source-removing");
    await hands.fill("source-removing-typed", "partner-roots");
    await hands.press("source-removing-go");
    await page.see("source-add");
    assert.deepEqual(chancery("--registry", registry, "source", "list").items, []);
  });
});
