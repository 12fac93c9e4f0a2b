// What others ask for: a request of OpenSSL, from the inbox to a certificate that OpenSSL verifies.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { createAuthorities, createRegistry } from "../window/main_job.mjs";
import { chancery, judge, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

const HOST = "www.example.test";

const program = new Program();
after(() => program.end());

/** A request of OpenSSL, with a key of its own. */
function request() {
  const [key, csr] = [program.path("www.key"), program.path("www.csr")];
  execFileSync("openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", key, "-out", csr, "-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`, "-addext", "basicConstraints=critical,CA:TRUE"], { stdio: "ignore" });
  return csr;
}

test("a request of somebody else", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const step = stepsOf(t);
  let registry;

  await step("an authority that can issue", async () => {
    registry = await createRegistry(program, hands);
    await createAuthorities(program, hands);
  });

  await step("a request of OpenSSL comes in, is judged and waits", async () => {
    await hands.press("nav-requests");
    await page.see("requests-empty-add");
    await accessible(page, "an empty inbox");
    await hands.press("requests-empty-add");
    await page.see("requests-dialog");
    program.answer(request());
    await hands.press("requests-files");
    await page.see("request-difference");
    await page.gone("requests-dialog");
    await page.says("requests-waiting", /^\s*1(?:\s|$)/u);
    await page.says("request-difference", /Basic constraints/u);
    await accessible(page, "a request");
    const { items } = chancery("--registry", registry, "request", "list");
    assert.deepEqual(items.map(({ name, state }) => [name, state]), [[HOST, "open"]]);
  });

  await step("it is rejected with a note, and put back by the undo of the toast", async () => {
    await hands.press("request-reject");
    await hands.fill("request-note-text", "Who are you?");
    await hands.press("request-reject-go");
    await page.says("request-note", /Who are you\?/u);
    await hands.pressAt('[data-testid="toasts"] button:not([aria-label])');
    await page.see("request-issue");
    assert.equal(chancery("--registry", registry, "request", "list", "--state", "open").items.length, 1);
  });

  await step("a certificate is issued for it, and OpenSSL verifies it", async () => {
    const folder = program.path("answer");
    mkdirSync(folder);
    await hands.press("request-issue");
    await page.see("issue-request");
    await page.see("issue-findings");
    program.answer(folder);
    await hands.press("issue-choose-place");
    await hands.press("issue-submit");
    await page.see("issue-result");
    const bundle = program.path("bundle.pem");
    const { items } = chancery("--registry", registry, "cert", "list", "--search", HOST);
    assert.equal(items.length, 1);
    chancery("--registry", registry, "cert", "export", items[0].serial, "--format", "bundle", "--out", bundle);
    const pem = readFileSync(bundle, "utf8").match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/gu);
    writeFileSync(program.path("leaf.pem"), pem[0]);
    writeFileSync(program.path("root.pem"), pem.at(-1));
    const verdict = judge("openssl", "verify", "-x509_strict", "-verify_hostname", HOST, "-CAfile", program.path("root.pem"), "-untrusted", bundle, program.path("leaf.pem"));
    assert.equal(verdict.status, 0, verdict.said);
    const key = (kind, ...source) => execFileSync("openssl", [kind, "-noout", "-pubkey", ...source], { encoding: "utf8" });
    assert.equal(key("x509", "-in", program.path("leaf.pem")), key("req", "-in", program.path("www.csr")), "the key of the request");
    await hands.press("nav-requests");
    await hands.press("requests-state-issued");
    await page.shown('[data-testid="request-row"][data-state="issued"]');
    assert.equal(await page.has("requests-waiting"), false);
  });
});
