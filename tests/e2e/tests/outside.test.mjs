// An authority signed outside: the request goes to OpenSSL's CA, its answer is installed, and what it issues verifies to OpenSSL's root; another authority is cross-signed.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { certificateIn, createAuthorities, createRegistry, issueHere } from "../window/main_job.mjs";
import { chancery, judge, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

const program = new Program();
after(() => program.end());

const CA = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

function openssl(...args) {
  execFileSync("openssl", args, { stdio: "ignore" });
}

/** A root of OpenSSL's. */
function outsideRoot() {
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", program.path("root.key"), "-out", program.path("root.pem"), "-days", "3650", "-subj", "/O=Corporate/CN=Corporate Root", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign");
}

/** What that root answers a request with. */
function answerTo(request, out) {
  writeFileSync(program.path("ca.ext"), CA);
  openssl("x509", "-req", "-in", request, "-CA", program.path("root.pem"), "-CAkey", program.path("root.key"), "-days", "1825", "-extfile", program.path("ca.ext"), "-out", out);
}

test("an authority signed outside", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const step = stepsOf(t);
  const csr = program.path("wifi.csr");
  let registry;

  await step("its key and its request are made, and it waits", async () => {
    outsideRoot();
    registry = await createRegistry(program, hands);
    await createAuthorities(program, hands);
    await page.go("/authorities/new?parent=outside");
    await hands.fill("authority-name", "Wi-Fi CA");
    await hands.fill("authority-subject", "CN=Wi-Fi CA,O=Acme");
    await hands.fill("authority-path-length", "0");
    await accessible(page, "a new authority, signed outside");
    await hands.press("authority-create");
    await page.see("csr-pem");
    await accessible(page, "an authority that waits");
    program.answer(csr);
    await hands.press("csr-save");
    await page.see("csr-saved");
    assert.match(execFileSync("openssl", ["req", "-in", csr, "-noout", "-verify", "-subject"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }), /Wi-Fi CA/u);
  });

  await step("an answer to another request is refused in words", async () => {
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", program.path("other.key"), "-out", program.path("other.csr"), "-subj", "/O=Acme/CN=Wi-Fi CA");
    answerTo(program.path("other.csr"), program.path("other.pem"));
    program.answer(program.path("other.pem"));
    await hands.press("waiting-install");
    await hands.press("install-choose");
    const { code, text } = await page.failure();
    assert.equal(code, "answer-of-another-key");
    assert.match(text, /another key/u);
    await accessible(page, "an answer that is refused");
  });

  await step("the right answer, with its root, is installed", async () => {
    answerTo(csr, program.path("wifi.pem"));
    writeFileSync(program.path("chain.pem"), readFileSync(program.path("wifi.pem"), "utf8") + readFileSync(program.path("root.pem"), "utf8"));
    program.answer(program.path("chain.pem"));
    await hands.press("install-choose");
    await page.see("install-done");
    assert.equal(await page.driver.run(() => document.querySelector('[data-testid="install-done"]').dataset.verified), "true");
    await accessible(page, "a certificate that was installed");
    await hands.press("install-close");
    await page.see("authority-issue");
  });

  await step("what it issues verifies to OpenSSL's root", async () => {
    await hands.press("authority-issue");
    const leaf = certificateIn(await issueHere(program, hands, "radius.example.test"));
    const verdict = judge("openssl", "verify", "-x509_strict", "-CAfile", program.path("root.pem"), "-untrusted", program.path("wifi.pem"), leaf);
    assert.equal(verdict.status, 0, verdict.said);
  });

  await step("our root cross-signs theirs, and OpenSSL follows", async () => {
    const root = chancery("--registry", registry, "authority", "list").items.find((one) => one.parent === null && one.name !== "Wi-Fi CA");
    await page.go(`/authorities/${root.id}`);
    await page.see("authority-detail");
    await hands.pick("authority-more", "authority-cross-sign");
    program.answer(program.path("root.pem"));
    await hands.press("cross-choose");
    await page.see("cross-preview");
    await accessible(page, "cross-signing");
    await hands.fill("cross-path", "0");
    const out = program.path("cross.pem");
    program.answer(out);
    await hands.press("cross-place");
    await hands.fill("cross-typed", "Corporate Root");
    await hands.press("cross-go");
    await page.see("cross-signed");
    writeFileSync(program.path("our-root.pem"), root.certificate.pem);
    writeFileSync(program.path("between.pem"), readFileSync(out, "utf8") + readFileSync(program.path("wifi.pem"), "utf8"));
    const verdict = judge("openssl", "verify", "-x509_strict", "-CAfile", program.path("our-root.pem"), "-untrusted", program.path("between.pem"), program.path("wifi.pem"));
    assert.equal(verdict.status, 0, verdict.said);
    assert.equal(program.unanswered, "", "every dialog that was expected was opened");
  });
});
