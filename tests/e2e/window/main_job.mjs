// The main job, step by step, with whichever hands: from the first start to revocation lists that OpenSSL judges.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chancery, judge } from "./program.mjs";

export const RECOVERY_PASSPHRASE = "correct horse battery staple";

/** Makes a registry that keeps its keys in the keyring, with a recovery file. */
export async function createRegistry(program, hands, look = async () => {}) {
  const { page } = program;
  const registry = program.path("acme.chancery");
  await page.see("welcome-create");
  await look("welcome");
  await hands.press("welcome-create");
  await hands.fill("registry-name", "Acme");
  program.answer(registry);
  await hands.press("registry-place");
  await hands.choose("registry-keys-os");
  await hands.choose("registry-recovery-file");
  program.answer(program.path("acme.recovery"));
  await hands.press("registry-recovery-place");
  await hands.fill("registry-recovery-passphrase", RECOVERY_PASSPHRASE);
  await hands.fill("registry-recovery-again", RECOVERY_PASSPHRASE);
  await look("new-registry");
  await hands.press("registry-create");
  await page.see("first-authority");
  return registry;
}

/** Makes a root and an issuing authority, as the recommended choice does. */
export async function createAuthorities(program, hands, look = async () => {}) {
  const { page } = program;
  await hands.choose("preset-root-and-issuing");
  await hands.fill("first-organisation", "Acme");
  await look("first-authority");
  await hands.press("first-create");
  await page.at(/^\/authorities\/./u);
  await page.see("authority-detail");
  await look("authorities");
}

/** Issues a certificate for a web server into a folder; PEM, with the key as it is. */
export async function issue(program, hands, name, look = async () => {}) {
  // After one certificate there are two ways to the next: the button below the result, and the one that is always there.
  await hands.press((await program.page.has("issue-again")) ? "issue-again" : "new-certificate");
  return issueHere(program, hands, name, look);
}

/** The same on a form that is open. */
export async function issueHere(program, hands, name, look = async () => {}) {
  const { page } = program;
  const folder = program.path(name);
  mkdirSync(folder);
  await page.see("issue-form");
  await hands.choose("issue-profile-tls-server");
  await hands.fill("issue-names", `dns:${name}`);
  await page.driver.press(["\uE007"]);
  await page.see("issue-name-token");
  await hands.choose("issue-format-pem");
  await hands.tick("issue-plain-key");
  program.answer(folder);
  await hands.press("issue-choose-place");
  await page.see("issue-findings");
  await look("new-certificate");
  await hands.press("issue-submit");
  await page.see("issue-result");
  await look("issued");
  return folder;
}

/** Issues a certificate for a web server as one PKCS#12 file. */
export async function issuePkcs12(program, hands, name, password) {
  const { page } = program;
  const file = program.path(`${name}.p12`);
  await hands.press("new-certificate");
  await page.see("issue-form");
  await hands.fill("issue-names", `dns:${name}`);
  await page.driver.press(["\uE007"]);
  await page.see("issue-name-token");
  await hands.choose("issue-format-pkcs12");
  await hands.fill("issue-password", password);
  await hands.fill("issue-password-again", password);
  program.answer(file);
  await hands.press("issue-choose-place");
  await hands.press("issue-submit");
  await page.see("issue-result");
  return file;
}

/** Finds a certificate by the search and opens its details. */
export async function find(program, hands, name, look = async () => {}) {
  await hands.search(name);
  await program.page.shown("#search-results [role=option]");
  await look("search");
  await hands.firstHit();
  await program.page.at(/^\/certificates\/./u);
  await program.page.see("certificate-revoke");
  await look("certificate");
}

/** Revokes the certificate whose details are open. */
export async function revoke(program, hands, name, look = async () => {}) {
  const { page } = program;
  await hands.press("certificate-revoke");
  await hands.choose("revoke-reason-keyCompromise");
  await hands.fill("revoke-note", "found in a public repository");
  assert.equal(await page.driver.run((css) => document.querySelector(css).disabled, '[data-testid="revoke-go"]'), true, "nothing is revoked before its name was typed");
  await hands.fill("revoke-typed", name);
  await look("revoke");
  await hands.press("revoke-go");
  await page.see("revoke-done");
  await look("revoked");
  await hands.press("revoke-close");
  await page.gone("revoke-done");
}

/** Builds and exports the CRLs of all authorities; returns the files. */
export async function publish(program, hands, look = async () => {}) {
  const { page } = program;
  const files = [];
  const { items } = chancery("--registry", program.path("acme.chancery"), "authority", "list");
  for (const authority of items) {
    await hands.visit("nav-revocation");
    await page.see("crl-authorities");
    if (files.length === 0) await look("revocation");
    await hands.pressAt(`[data-testid="crl-row"] a[href="#/revocation/${authority.id}"]`);
    await page.see("crl-detail");
    await hands.press("crl-build");
    await page.see("crl-export");
    await page.until("the CRL to be current", async () => !(await page.has("crl-pending")));
    const file = program.path(`${authority.name.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-")}.crl.pem`);
    program.answer(file);
    await hands.pick("crl-export", "crl-export-pem");
    await page.until(`${file} to be written`, async () => readdirSync(program.folder).includes(file.slice(program.folder.length + 1)));
    files.push(file);
    await look(`crl-${files.length}`);
  }
  return files;
}

/** Lets OpenSSL judge both certificates by both CRLs, strictly. */
export function judgeByOpenssl(program, { registry, crls, revoked, valid }) {
  const bundle = program.path("bundle.pem");
  const serial = serialOf(certificateIn(valid));
  chancery("--registry", registry, "cert", "export", serial, "--format", "bundle", "--out", bundle);
  const certificates = readFileSync(bundle, "utf8").match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/gu);
  const subjects = certificates.map((pem) => {
    const names = execFileSync("openssl", ["x509", "-noout", "-subject", "-issuer"], { input: pem, encoding: "utf8" }).split("\n");
    return { pem, selfIssued: names[0].replace("subject=", "") === names[1].replace("issuer=", "") };
  });
  const root = subjects.filter((one) => one.selfIssued);
  const issuing = subjects.filter((one) => !one.selfIssued);
  assert.equal(root.length, 1, "the bundle has the root once");
  assert.ok(issuing.length >= 1, "the bundle has the issuing authority");
  writeFileSync(program.path("root.pem"), root[0].pem);
  writeFileSync(program.path("issuing.pem"), issuing.map((one) => one.pem).join(""));
  writeFileSync(program.path("both.crl.pem"), crls.map((file) => readFileSync(file, "utf8")).join(""));
  const verify = (file) => judge("openssl", "verify", "-x509_strict", "-crl_check_all", "-CAfile", program.path("root.pem"), "-untrusted", program.path("issuing.pem"), "-CRLfile", program.path("both.crl.pem"), file);
  const good = verify(certificateIn(valid));
  assert.equal(good.status, 0, good.said);
  assert.match(good.said, /: OK$/mu);
  const bad = verify(certificateIn(revoked));
  assert.notEqual(bad.status, 0, bad.said);
  assert.match(bad.said, /certificate revoked/u);
  return { good: good.said.trim(), bad: bad.said.trim() };
}

/** The certificate's file in a folder that a hand-over filled. */
export function certificateIn(folder) {
  const name = readdirSync(folder).find((one) => one.endsWith(".crt"));
  assert.ok(name, `a certificate in ${readdirSync(folder).join(", ")}`);
  return join(folder, name);
}

function serialOf(file) {
  return execFileSync("openssl", ["x509", "-in", file, "-noout", "-serial"], { encoding: "utf8" }).trim().split("=")[1].toLowerCase();
}
