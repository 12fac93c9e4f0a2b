// What goes wrong in practice: each is a clear error with a next step, and the registry has exactly the certificates that it had.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { Mouse } from "../window/hands.mjs";
import { chancery, certificatesIn, Program } from "../window/program.mjs";

const data = (name) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));
const program = new Program();
const registry = program.path("bad.chancery");
let page;
let hands;
let had;

before(async () => {
  const passphrase = program.path("passphrase");
  writeFileSync(passphrase, "correct horse battery staple\n");
  const at = ["--registry", registry, "--passphrase-file", passphrase];
  chancery("registry", "create", registry, "--name", "Bad input", "--keys", "passphrase", "--passphrase-file", passphrase);
  chancery(...at, "authority", "create", "--name", "Root", "--subject", "CN=Root,O=Acme");
  chancery(...at, "cert", "issue", "--authority", "Root", "--name", "dns:www.example.test", "--plain-key", "--out", program.path("www"));
  had = certificatesIn(registry);
  assert.equal(had, 2);
  page = await program.open();
  hands = new Mouse(page);
  program.answer(registry);
  await hands.press("welcome-open");
  await page.see("nav-import");
});

after(() => program.end());

/** Whatever was tried, nothing was added and no dialog was left over. */
function unchanged() {
  assert.equal(certificatesIn(registry), had, "the registry has the certificates that it had");
  assert.equal(program.unanswered, "");
}

/** Shows files to the import and waits for what it says. */
async function importing(...files) {
  await hands.press("nav-overview");
  await page.see("overview-title");
  await hands.press("nav-import");
  program.answer(...files);
  await hands.press("import-files");
}

/** The import refuses a file in its plan, in words, and offers nothing to run. */
async function refusedInPlan(words) {
  await page.see("import-nothing");
  const text = await page.textOf("import-objects");
  assert.match(text, words);
  assert.ok(await page.driver.run(() => document.querySelector('[data-testid="import-run"]') === null), "there is nothing to import");
  unchanged();
}

test("a wrong password of a PKCS#12 file", async () => {
  await importing(data("keystores/modern.p12"));
  await hands.fill("import-password", "not the password");
  await hands.press("import-try");
  const said = await page.textAt('[data-testid="import-locked"] [role=alert]');
  assert.match(said, /password/iu);
  assert.ok(await page.driver.run(() => document.querySelector('[data-testid="import-run"]').disabled), "there is nothing to import");
  await page.see("import-password");
  unchanged();
});

test("a PEM file that ends too early", async () => {
  await importing(data("keystores/truncated.pem"));
  await refusedInPlan(/ends too early.*Copy/su);
});

test("an empty file", async () => {
  const empty = program.path("empty.crt");
  writeFileSync(empty, "");
  await importing(empty);
  await refusedInPlan(/empty\. Was it copied completely\?/u);
});

test("a text file", async () => {
  const text = program.path("notes.txt");
  writeFileSync(text, "Buy milk.\nRenew the certificate of the mail server.\n");
  await importing(text);
  await refusedInPlan(/no certificate, key, request or CRL in this file\. Check/u);
});

test("a key that does not belong to the certificate", async () => {
  const key = program.path("other.key");
  execFileSync("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key], { stdio: "ignore" });
  const certificate = readdirSync(program.path("www")).find((name) => name.endsWith(".crt"));
  const copy = program.path("www.crt");
  copyFileSync(program.path("www", certificate), copy);
  await importing(copy, key);
  const { code, text } = await page.failure();
  assert.equal(code, "key-mismatch");
  assert.match(text, /other\.key/u);
  unchanged();
});

test("a signing request whose signature is broken", async () => {
  const request = program.path("broken.csr");
  const key = program.path("request.key");
  execFileSync("openssl", ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", key, "-subj", "/CN=broken.example.test", "-outform", "DER", "-out", request], { stdio: "ignore" });
  const der = readFileSync(request);
  // The last octet belongs to the signature.
  der[der.length - 1] ^= 1;
  writeFileSync(request, der);
  await hands.press("new-certificate");
  await hands.press("issue-request-open");
  program.answer(request);
  await hands.press("issue-request-file");
  const { code, text } = await page.failure();
  assert.equal(code, "request-signature-invalid");
  assert.ok(text.split("\n").length >= 2, text);
  unchanged();
});

test("the same request through the import", async () => {
  await importing(program.path("broken.csr"));
  await refusedInPlan(/not signed by its own key\. Ask/u);
});

test("a registry that is a folder", async () => {
  const folder = program.path("folder.chancery");
  mkdirSync(folder);
  await hands.pick("registry-menu", "registry-switch");
  await page.see("welcome-open");
  program.answer(folder);
  await hands.press("welcome-open");
  const opened = await page.failure();
  assert.equal(opened.code, "registry-is-folder");
  assert.ok(opened.buttons.length > 0, "another file is one click away");
  unchanged();
});

test("a new registry where a folder is", async () => {
  await hands.press("welcome-create");
  await hands.fill("registry-name", "Nope");
  program.answer(program.path("folder.chancery"));
  await hands.press("registry-place");
  await hands.choose("registry-keys-passphrase");
  await hands.fill("registry-passphrase", "correct horse battery staple");
  await hands.fill("registry-passphrase-again", "correct horse battery staple");
  await hands.press("registry-create");
  const { code, text } = await page.failure();
  assert.match(code, /^(registry-is-folder|registry-exists)$/u);
  assert.match(text, /folder\.chancery/u);
  assert.deepEqual(readdirSync(program.path("folder.chancery")), []);
  unchanged();
});

test("a file that is no registry", async () => {
  await page.go("/welcome");
  program.answer(program.path("notes.txt"));
  await hands.press("welcome-open");
  const { code, text } = await page.failure();
  assert.equal(code, "not-a-registry");
  assert.match(text, /notes\.txt/u);
});

test("a registry that may only be read", async () => {
  chmodSync(registry, 0o444);
  const rootsWay = process.getuid() === 0;
  // Root may write everything, so the file is made immutable where the file system can do that.
  if (rootsWay) execFileSync("chattr", ["+i", registry]);
  try {
    await page.go("/welcome");
    program.answer(registry);
    await hands.press("welcome-open");
    await page.see("registry-menu");
    await page.says("registry-menu", /read-only/u);
    await hands.press("nav-certificates");
    await page.shown('[data-testid="certificate-row"]');
    await page.says("read-only", /cannot be written.*Check the permissions of the file/su);
    // Looking works; what would write is not offered, or says that it cannot.
    await page.driver.click(await page.shown('[data-testid="certificate-row"]'));
    await page.see("certificate-export");
    assert.equal(await page.driver.run((css) => document.querySelector(css).disabled, '[data-testid="certificate-revoke"]'), true);
    await hands.press("new-certificate");
    await page.see("read-only-instead");
    assert.equal(await page.has("issue-form"), false);
  } finally {
    if (rootsWay) execFileSync("chattr", ["-i", registry]);
    chmodSync(registry, 0o600);
  }
  unchanged();
});

test("no keyring at all", async () => {
  await program.close();
  page = await program.open({ DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" });
  hands = new Mouse(page);
  const nowhere = program.path("nowhere.chancery");
  await hands.press("welcome-create");
  await hands.fill("registry-name", "Nowhere");
  program.answer(nowhere);
  await hands.press("registry-place");
  await hands.choose("registry-recovery-file");
  program.answer(program.path("nowhere.recovery"));
  await hands.press("registry-recovery-place");
  await hands.fill("registry-recovery-passphrase", "correct horse battery staple");
  await hands.fill("registry-recovery-again", "correct horse battery staple");
  await hands.press("registry-create");
  const { code, text } = await page.failure();
  assert.equal(code, "keyring-unreachable");
  assert.ok(text.split("\n").length >= 2, text);
  assert.equal(existsSync(nowhere), false, "no registry without a place for its keys");
  unchanged();
});
