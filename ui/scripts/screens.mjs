// Opens every screen of the built page (with the invented host) in Chromium: `--axe` looks for accessibility violations,
// `--shots [folder]` writes pictures. CHROMIUM names the browser.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { preview } from "vite";
import { chromium } from "playwright-core";
import { IMPORT } from "./screens/import.mjs";
import { SOURCES } from "./screens/sources.mjs";

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const axe = process.argv.includes("--axe");
const shots = process.argv.includes("--shots");
const after = process.argv.at(-1);
const folder = shots && !after.startsWith("--") ? after : join(tmpdir(), "chancery-screens");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);

/** A leaf of the invented registry. */
const LEAF = "01900002-0000-7000-8000-000000000000";
const REVOKED = "01900002-0000-7000-8000-000000000028";
const HELD = "01900002-0000-7000-8000-0000000000b6";
const REQUEST = "01900006-0000-7000-8000-000000000000";
const ROOT = "01900000-0000-7000-8000-000000000000";
const CA = "01900000-0000-7000-8000-000000000001";
const VPN = "01900000-0000-7000-8000-000000000002";

/** Name, address, scenario, what is done before looking. */
const SCREENS = [
  ["overview", "#/", ""],
  ["overview-calm", "#/", "calm"],
  ["overview-empty", "#/", "empty"],
  ["certificates", "#/certificates", ""],
  ["certificates-million", "#/certificates", "leaves=1000000", async (page) => (await page.getByTestId("certificate-list").focus(), page.keyboard.press("End"))],
  ["certificates-filtered", "#/certificates?status=valid&ends=90&sort=ends", "", select],
  ["certificates-none", "#/certificates?search=nothing-like-this", ""],
  ["certificates-empty", "#/certificates", "empty"],
  ["certificate", `#/certificates/${LEAF}?sort=ends`, "", verify],
  ["certificate-extensions", `#/certificates/${LEAF}?sort=ends`, "", (page) => page.getByTestId("extensions").evaluate((list) => list.scrollIntoView())],
  ["certificate-revoked", `#/certificates/${REVOKED}`, ""],
  ["certificate-export", `#/certificates/${LEAF}`, "", (page) => page.getByTestId("certificate-export").click()],
  ["export-program", `#/certificates/${LEAF}`, "", exportFor("nginx")],
  ["export-key", `#/certificates/${LEAF}`, "vault", exportFor("pkcs12-legacy")],
  ["export-done", `#/certificates/${LEAF}`, "", exported],
  ["export-trust", `#/certificates/${LEAF}`, "", exportFor("jks")],
  ["list-export", "#/certificates?do=export&status=valid", "", (page) => page.getByTestId("list-export-dialog").waitFor()],
  ["list-export-chosen", "#/certificates", "", async (page) => (await select(page), await page.getByTestId("selection-export").click(), page.getByTestId("list-export-zip").click())],
  ["hand-over", `#/authorities/${CA}?do=hand-over`, "vault", (page) => page.getByTestId("hand-over-dialog").waitFor()],
  ["hand-over-done", `#/authorities/${CA}?do=hand-over`, "vault", handOver],
  ["hand-over-elsewhere", `#/authorities/${ROOT}?do=hand-over`, "", (page) => page.getByTestId("hand-over-dialog").waitFor()],
  ["certificate-tags", `#/certificates/${LEAF}`, "", async (page) => (await page.getByTestId("certificate-more").click(), page.getByTestId("certificate-tags").click())],
  ["certificate-archived", `#/certificates/${LEAF}`, "", async (page) => (await page.getByTestId("certificate-more").click(), page.getByTestId("certificate-archive").click(), page.getByTestId("certificate-archived").waitFor())],
  ["authority-change", `#/authorities/${CA}`, "", (page) => page.getByTestId("authority-change").click()],
  ["generations", `#/authorities/${CA}`, "rekeyed"],
  ["generations-keys", `#/authorities/${CA}`, "rekeyed", (page) => page.getByTestId("authority-key").evaluate((part) => part.scrollIntoView())],
  ["generations-one", `#/authorities/${VPN}`, "ownRoot", (page) => page.getByTestId("authority-key").evaluate((part) => part.scrollIntoView())],
  ["renew-same", `#/authorities/${CA}?do=renew`, "ownRoot", (page) => page.getByTestId("renew-preview").waitFor()],
  ["renew-new", `#/authorities/${CA}?do=renew`, "rekeyed", async (page) => (await page.getByTestId("renew-new").click(), page.waitForTimeout(200))],
  ["renew-too-long", `#/authorities/${CA}?do=renew`, "ownRoot", async (page) => (await page.getByTestId("renew-days").fill("20000"), page.getByTestId("failure").waitFor())],
  ["renew-root", `#/authorities/${ROOT}?do=renew`, "ownRoot", (page) => page.getByTestId("renew-root").scrollIntoViewIfNeeded()],
  ["renewed", `#/authorities/${CA}?do=renew`, "ownRoot", renewAuthority],
  ["retire", `#/authorities/${CA}?do=retire`, "rekeyed", (page) => page.getByTestId("impact").waitFor()],
  ["retire-root", `#/authorities/${ROOT}?do=retire`, "ownRoot", (page) => page.getByTestId("impact").waitFor()],
  ["retire-unused", `#/authorities/${VPN}?do=retire`, "ownRoot&unused", (page) => page.getByTestId("impact").waitFor()],
  ["retired", `#/authorities/${CA}?do=retire`, "rekeyed", retireAuthority],
  ["revoke-authority", `#/authorities/${CA}`, "rekeyed", revokeAuthority],
  ["crl-of-key", `#/revocation/${CA}`, "rekeyed"],
  ["crl-of-earlier-key", `#/revocation/${CA}?key=1`, "rekeyed"],
  ["crls-of-keys", "#/revocation", "rekeyed"],
  ["outside-new", "#/authorities/new?parent=outside", "", (page) => page.getByTestId("authority-name").fill("Wi-Fi CA")],
  ["outside-waiting", "#/authorities", "waiting", (page) => page.getByTestId("authority-row").last().click()],
  ["outside-install", "#/authorities", "waiting", (page) => openInstall(page)],
  ["outside-refused", "#/authorities", "waiting", refuseInstall],
  ["outside-installed", "#/authorities", "waiting", install],
  ["outside-csr", `#/authorities/${CA}?do=csr`, "", (page) => page.getByTestId("csr-new").click()],
  ["outside-csr-made", `#/authorities/${CA}?do=csr`, "", makeCsr],
  ["outside-key-waits", `#/authorities/${CA}?do=csr`, "", async (page) => (await makeCsr(page), await page.keyboard.press("Escape"), page.getByTestId("authority-key").evaluate((part) => part.scrollIntoView()))],
  ["cross", `#/authorities/${ROOT}?do=cross-sign`, "ownRoot"],
  ["cross-plan", `#/authorities/${ROOT}?do=cross-sign`, "ownRoot", (page) => page.getByTestId("cross-choose").click()],
  ["cross-done", `#/authorities/${ROOT}?do=cross-sign`, "ownRoot", crossSign],
  ["crl-awaited", `#/revocation/${CA}`, "awaited"],
  ["crl-decline", `#/revocation/${CA}`, "awaited", (page) => page.getByTestId("crl-decline").click()],
  ["certificate-revoke", `#/certificates/${LEAF}`, "", (page) => page.getByTestId("certificate-revoke").click()],
  ["verify", `#/verify?certificate=${LEAF}`, "", (page) => page.getByTestId("verify-verdict").waitFor()],
  ["verify-refused", `#/verify?certificate=${REVOKED}`, "", (page) => page.getByTestId("verify-verdict").waitFor()],
  ["verify-empty", "#/verify", ""],
  ["activity", "#/activity", "", (page) => page.getByTestId("activity-verify").click()],
  ["activity-entry", "#/activity?area=crl", "", (page) => page.getByTestId("activity-entry").first().click()],
  ["search", "#/", "", (page) => page.getByTestId("search").fill("vpn")],
  ["palette", "#/", "", (page) => page.keyboard.press("Control+k")],
  ["tasks", "#/", "", (page) => page.getByTestId("tasks").click()],
  ["filter-open", "#/certificates", "", (page) => page.getByTestId("filter-status").click()],
  ["unlock", "#/", "locked&vault", async (page) => (await page.getByTestId("registry-menu").click(), page.getByTestId("registry-unlock").click())],
  ["unlock-wrong", "#/", "locked&vault", wrongPassphrase],
  ["lock-bar", "#/certificates", "locked"],
  ["lock-bar-unreachable", "#/", "unreachable"],
  ["keys", "#/", "", (page) => page.keyboard.press("?")],
  ["not-found", "#/nowhere", ""],
  ["welcome", "#/welcome", "closed"],
  ["welcome-bring", "#/welcome/bring", "closed"],
  ["welcome-create", "#/welcome/create", "closed"],
  ["welcome-create-refusal", "#/welcome/create", "closed", (page) => page.getByTestId("registry-recovery-refuse").click()],
  ["welcome-create-passphrase", "#/welcome/create", "closed", passphrase],
  ["first-authority", "#/welcome/authority", "empty", (page) => page.getByTestId("first-organisation").fill("Acme")],
  ["new", "#/new", ""],
  ["new-none", "#/new", "empty"],
  ["new-names", "#/new", "", (page) => names(page, ["git.acme.example", "*.git.acme.example", "10.0.4.12"])],
  ["new-wrong", "#/new", "", (page) => names(page, ["foo..bar", "alice@acme.example"])],
  ["new-request", "#/new", "", request],
  ["new-renewal", `#/new?from=${LEAF}`, "", (page) => page.getByTestId("differences").scrollIntoViewIfNeeded()],
  ["new-check", "#/new", "", async (page) => (await names(page, ["*.git.acme.example"]), page.getByTestId("issue-findings").scrollIntoViewIfNeeded())],
  ["new-policy", `#/new?authority=${VPN}&profile=tls-server`, ""],
  ["new-policy-days", `#/new?authority=${VPN}&profile=vpn-server`, "", tooLong],
  ["new-own", "#/new?profile=intranet-server", "", (page) => names(page, ["git.acme.example"])],
  ["new-result", "#/new", "", issue],
  ["authorities", "#/authorities", ""],
  ["authorities-empty", "#/authorities", "empty"],
  ["authority", `#/authorities/${CA}`, ""],
  ["authority-key", `#/authorities/${CA}`, "", (page) => page.getByTestId("authority-key").scrollIntoViewIfNeeded()],
  ["authority-key-missing", `#/authorities/${CA}`, "keyTroubles", (page) => page.getByTestId("authority-key").scrollIntoViewIfNeeded()],
  ["key-export", `#/authorities/${CA}`, "", exportKey],
  ["key-export-plain", `#/authorities/${CA}`, "vault", exportPlainKey],
  ["authority-locked", `#/authorities/${CA}`, "locked&vault"],
  ["authority-policy", `#/authorities/${VPN}`, "", policy],
  ["authority-policy-edit", `#/authorities/${VPN}`, "", (page) => page.getByTestId("policy-edit").click()],
  ["authority-policy-wrong", `#/authorities/${CA}`, "", wrongPolicy],
  ["authority-new", `#/authorities/new?parent=${CA}`, ""],
  ["authority-new-taken", "#/authorities/new", "", takenSubject],
  ["revocation", "#/revocation", ""],
  ["revocation-empty", "#/revocation", "empty"],
  ["revocation-authority", `#/revocation/${CA}`, ""],
  ["revocation-nobody", "#/revocation/nobody", ""],
  ["revocation-lists", `#/revocation/${CA}`, "lists"],
  ["revocation-lists-beside", `#/revocation/${CA}`, "lists", (page) => page.getByTestId("crl-lists").evaluate((part) => part.scrollIntoView())],
  ["revocation-large", `#/revocation/${CA}`, "largeCrl", (page) => page.getByTestId("crl-entries").evaluate((part) => part.scrollIntoView())],
  ["revocation-previous", `#/revocation/${CA}?changes=409`, "", (page) => page.getByTestId("crl-difference").evaluate((part) => part.scrollIntoView())],
  ["crl-settings", `#/revocation/${CA}?do=settings`, ""],
  ["crl-settings-parts", `#/revocation/${CA}?do=settings`, "", crlSettings],
  ["crl-settings-wrong", `#/revocation/${CA}?do=settings`, "", crlSettingsWrong],
  ["serials", `#/revocation/${CA}?do=serials`, ""],
  ["serials-wrong", `#/revocation/${CA}?do=serials`, "", (page) => page.getByTestId("serials-text").fill("5a:91:0c, 77 hello")],
  ["compromise", "#/revocation/compromised", ""],
  ["compromise-found", `#/revocation/compromised?key=${LEAF}`, "", (page) => page.getByTestId("compromise-found").waitFor()],
  ["compromise-act", `#/revocation/compromised?key=${LEAF}`, "", (page) => page.getByTestId("compromise-go").scrollIntoViewIfNeeded()],
  ["compromise-done", `#/revocation/compromised?key=${LEAF}`, "", compromise],
  ["compromise-authority", `#/revocation/compromised?key=${CA.replace("01900000", "01900001")}`, "", (page) => page.getByTestId("impact").waitFor()],
  ["compromise-unknown", "#/revocation/compromised?key=ffffffffff", "", (page) => page.getByTestId("failure").waitFor()],
  ["crl-file", "#/revocation/file", ""],
  ["crl-file-shown", "#/revocation/file", "", (page) => page.getByTestId("crl-file-choose").click()],
  ["crl-file-compared", "#/revocation/file", "", async (page) => (await page.getByTestId("crl-file-choose").click(), await page.getByTestId("crl-file-compare").click())],
  ["release", `#/certificates/${HELD}`, "", (page) => page.getByTestId("certificate-release").click()],
  ["revoke-held", `#/certificates/${HELD}`, "", (page) => page.getByTestId("certificate-revoke").click()],
  ["sharpen", `#/certificates/${REVOKED}`, "", (page) => page.getByTestId("certificate-sharpen").click()],
  ["revoke-ready", `#/certificates/${LEAF}`, "", revoke],
  ["revoke-done", `#/certificates/${LEAF}`, "", async (page) => (await revoke(page), page.getByTestId("revoke-go").click())],
  ...IMPORT,
  ["requests", "#/requests", ""],
  ["requests-all", "#/requests?state=all", ""],
  ["requests-empty", "#/requests?state=all", "empty"],
  ["requests-none-open", "#/requests", "empty"],
  ["requests-none-found", "#/requests?search=nothing-like-this", ""],
  ["requests-add", "#/requests?add=1", "", (page) => page.getByTestId("requests-dialog").waitFor()],
  ["requests-added", "#/requests", "", addRequest],
  ["request", `#/requests/${REQUEST}`, "", (page) => page.getByTestId("request-difference").waitFor()],
  ["request-weak", `#/requests/${REQUEST.replace(/0$/u, "1")}`, "", (page) => page.getByTestId("request-refusal").waitFor()],
  ["request-reject", `#/requests/${REQUEST}`, "", (page) => page.getByTestId("request-reject").click()],
  ["request-rejected", `#/requests/${REQUEST.replace(/0$/u, "3")}?state=all`, "", (page) => page.getByTestId("request-note").waitFor()],
  ["new-from-inbox", `#/new?request=${REQUEST}`, "", (page) => page.getByTestId("issue-request").waitFor()],
  ["many", "#/many", ""],
  ["many-checked", "#/many", "", table],
  ["many-accepted", "#/many", "", async (page) => (await table(page), page.getByTestId("many-accept-common_name_not_among_names").click())],
  ["many-row", "#/many", "", async (page) => (await table(page), page.getByTestId("many-row").first().click())],
  ["many-large", "#/many", "leaves=10000", async (page) => (await table(page), await page.getByTestId("many-filter-all").click(), await page.getByTestId("many-rows").focus(), await page.keyboard.press("End"))],
  ["many-done", "#/many", "", issueMany],
  ["profiles", "#/profiles", ""],
  ["profiles-none-own", "#/profiles", "empty"],
  ["profile", "#/profiles/intranet-server", ""],
  ["profile-built-in", "#/profiles/mtls", ""],
  ["profile-text", "#/profiles/intranet-server?as=text", ""],
  ["profile-edit", "#/profiles/intranet-server/edit", ""],
  ["profile-edit-uses", "#/profiles/intranet-server/edit", "", (page) => page.getByTestId("profile-usage-digitalSignature").scrollIntoViewIfNeeded()],
  ["profile-edit-rare", "#/profiles/intranet-server/edit", "", rare],
  ["profile-edit-wrong", "#/profiles/intranet-server/edit", "", wrongProfile],
  ["profile-edit-text", "#/profiles/intranet-server/edit", "", (page) => page.getByTestId("profile-tab-text").click()],
  ["profile-edit-text-wrong", "#/profiles/intranet-server/edit", "", wrongText],
  ["profile-copy", "#/profiles/tls-server/copy", ""],
  ...SOURCES,
  ["settings", "#/settings", ""],
  ["settings-keys", "#/settings?section=keys", ""],
  ["settings-keys-vault", "#/settings?section=keys", "vault", async (page) => (await page.getByTestId("keys-prove-all").click(), page.getByTestId("keys-proved").waitFor())],
  ["settings-keys-trouble", "#/settings?section=keys", "keyTroubles"],
  ["settings-keys-unreachable", "#/settings?section=keys", "unreachable"],
  ["settings-strays", "#/settings?section=keys", "keyTroubles", (page) => page.getByTestId("stray-row").last().scrollIntoViewIfNeeded()],
  ["settings-set-aside", "#/settings?section=keys", "keyTroubles", (page) => page.getByTestId("key-set-aside").click()],
  ["settings-locking", "#/settings?section=locking", ""],
  ["settings-passphrase", "#/settings?section=keys", "vault", changePassphrase],
  ["settings-move", "#/settings?section=keys", "", async (page) => (await page.getByTestId("keys-move").click(), page.getByTestId("move-passphrase").fill("twelve angry"), page.getByTestId("move-passphrase-again").fill("thirteen"))],
  ["settings-moved", "#/settings?section=keys", "vault", async (page) => (await page.getByTestId("keys-move").click(), await page.getByTestId("move-go").click(), page.getByTestId("move-done").waitFor())],
  ["settings-drill", "#/settings?section=recovery&do=drill", ""],
  ["settings-recovery-not", "#/settings?section=recovery&do=restore", "keyTroubles", async (page) => {
    await page.getByTestId("recovery-choose").click();
    await page.getByTestId("recovery-passphrase").fill("correct horse battery staple");
    await page.getByTestId("recovery-go").click();
    await page.getByTestId("not-recovered").scrollIntoViewIfNeeded();
  }],
  ["settings-recovery-test", "#/settings?section=recovery&do=test", ""],
  ["settings-recovery-made", "#/settings?section=recovery", "noRecovery", makeRecovery],
  ["settings-locked", "#/settings", "locked&vault"],
  ["settings-recovery-restore", "#/settings?section=recovery&do=restore", "keyTroubles"],
  ["settings-recovery-no-keyring", "#/settings?section=recovery&do=restore", "unreachable"],
  ["settings-recovery-vault-lost", "#/settings?section=recovery&do=restore", "unreachable&vault&recoveryOfVault"],
  ["settings-recovery-replace", "#/settings?section=recovery", "", (page) => page.getByTestId("recovery-replace").click()],
  ["settings-keys-vault-lost", "#/settings?section=keys", "unreachable&vault&recoveryOfVault"],
  ["settings-keys-wrong", "#/settings?section=keys", "keyTroubles", (page) => page.getByTestId("key-row").nth(2).scrollIntoViewIfNeeded()],
  ["settings-keys-locked-vault", "#/settings?section=keys", "locked&vault&recoveryOfVault"],
  ["unlock-forgotten", "#/", "locked&vault&recoveryOfVault", wrongPassphrase],
  ["keyring-wait", "#/settings?section=keys", "silent", async (page) => (await page.getByTestId("key-prove").first().click(), page.getByTestId("keyring-wait").waitFor())],
  ["keyring-wait-first", "#/welcome", "closed&silent", async (page) => (await page.getByTestId("welcome-open").click(), page.getByTestId("keyring-wait").waitFor())],
  ["settings-recovery", "#/settings?section=recovery", "noRecovery", (page) => page.getByTestId("recovery-create").click()],
  ["settings-doctor", "#/settings?doctor=1", ""],
];

const SIZES = [
  [1280, 800],
  [900, 600],
];

async function takenSubject(page) {
  await page.getByTestId("authority-name").fill("Again");
  await page.getByTestId("authority-subject").fill("CN=Acme Root CA,O=Acme,C=DE");
  await page.getByTestId("authority-create").click();
  await page.getByTestId("failure").waitFor();
}

async function select(page) {
  const ticks = page.getByTestId("certificate-row").locator("input");
  for (const at of [0, 1, 2]) await ticks.nth(at).click();
}

function exportFor(format) {
  return async (page) => {
    await page.getByTestId("certificate-export").click();
    await page.getByTestId("export-format").selectOption(format);
    const tick = page.getByTestId("export-with-key");
    if ((await tick.count()) > 0 && format !== "jks") await tick.click();
  };
}

async function exported(page) {
  await exportFor("nginx")(page);
  await page.getByTestId("export-key-reason").fill("New load balancer");
  await page.getByTestId("export-key-plain").click();
  const guard = page.getByTestId("export-key-passphrase");
  if ((await guard.count()) > 0) await guard.fill("correct horse");
  const typed = page.getByTestId("export-key-typed");
  if ((await typed.count()) > 0) await typed.fill("vpn-gw.acme.example");
  await page.getByTestId("export-go").click();
  await page.getByTestId("export-done").waitFor();
}

async function handOver(page) {
  await page.getByTestId("hand-over-reason").fill("Moving to openssl");
  await page.getByTestId("hand-over-password").fill("for the keys");
  await page.getByTestId("hand-over-password-again").fill("for the keys");
  await page.getByTestId("hand-over-passphrase").fill("correct horse");
  await page.getByTestId("hand-over-choose").click();
  await page.getByTestId("hand-over-go").click();
  await page.getByTestId("hand-over-done").waitFor();
}

async function renewAuthority(page) {
  await page.getByTestId("renew-new").click();
  await page.waitForTimeout(200);
  await page.getByTestId("renew-go").click();
  await page.getByTestId("renewed").waitFor();
}

async function openInstall(page) {
  await page.getByTestId("authority-row").last().click();
  await page.getByTestId("waiting-install").click();
}

async function refuseInstall(page) {
  await openInstall(page);
  await page.getByTestId("install-text").fill("-----BEGIN CERTIFICATE-----\nOTHER KEY\n-----END CERTIFICATE-----");
  await page.getByTestId("install-go").click();
  await page.getByTestId("failure").waitFor();
}

async function install(page) {
  await openInstall(page);
  await page.getByTestId("install-choose").click();
  await page.getByTestId("install-done").waitFor();
}

async function makeCsr(page) {
  await page.getByTestId("csr-new").click();
  await page.getByTestId("csr-make").click();
  await page.getByTestId("csr").waitFor();
}

async function crossSign(page) {
  await page.getByTestId("cross-choose").click();
  await page.getByTestId("cross-place").click();
  await page.getByTestId("cross-typed").fill("Partner Root CA");
  await page.getByTestId("cross-go").click();
  await page.getByTestId("cross-signed").waitFor();
}

async function retireAuthority(page) {
  await page.getByTestId("retire-typed").fill("Issuing CA 1");
  await page.getByTestId("retire-go").click();
  await page.getByTestId("retire").waitFor({ state: "detached" });
}

async function revokeAuthority(page) {
  await page.getByTestId("authority-more").click();
  await page.getByTestId("authority-revoke").click();
  await page.getByTestId("impact").waitFor();
}

async function verify(page) {
  await page.getByTestId("certificate-verify").click();
}

async function changePassphrase(page) {
  await page.getByTestId("passphrase-change").click();
  await page.getByTestId("passphrase-new-strength-generate").click();
  await page.getByTestId("passphrase-new-strength-words").waitFor();
}

async function makeRecovery(page) {
  await page.getByTestId("recovery-create").click();
  await page.getByTestId("recovery-choose").click();
  await page.getByTestId("recovery-passphrase").fill("six words in a row");
  await page.getByTestId("recovery-again").fill("six words in a row");
  await page.getByTestId("recovery-go").click();
  await page.getByTestId("recovery-next").waitFor();
}

async function exportKey(page) {
  await page.getByTestId("key-export").click();
  await page.getByTestId("key-export-reason").fill("Moving to the new CA host");
}

async function exportPlainKey(page) {
  await exportKey(page);
  await page.getByTestId("key-export-form").selectOption("pem");
  await page.getByTestId("key-export-plain").click();
}

async function wrongPassphrase(page) {
  await page.getByTestId("lock-bar-unlock").click();
  await page.getByTestId("unlock-passphrase").fill("not this one");
  await page.getByTestId("unlock-passphrase-show").click();
  await page.getByTestId("unlock-go").click();
  await page.getByTestId("failure").waitFor();
  await page.getByTestId("unlock-passphrase").fill("correct");
}

async function passphrase(page) {
  await page.getByTestId("registry-keys-passphrase").click();
  await page.getByTestId("registry-passphrase").fill("one");
  await page.getByTestId("registry-passphrase-again").fill("two");
}

async function names(page, list) {
  const field = page.getByTestId("issue-names");
  for (const [at, name] of list.entries()) {
    await field.fill(name);
    await field.press("Enter");
    await page.getByTestId("issue-name-token").nth(at).waitFor();
  }
  await page.waitForTimeout(450);
}

async function request(page) {
  await page.getByTestId("issue-request-open").click();
  await page.getByTestId("issue-request-text").fill("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----");
  await page.getByTestId("issue-request-read").click();
  await page.getByTestId("issue-request").getByRole("table").waitFor();
}

async function issue(page) {
  await names(page, ["git.acme.example"]);
  await page.getByTestId("issue-format-pem").click();
  await page.getByTestId("issue-plain-key").click();
  await page.getByTestId("issue-choose-place").click();
  await page.getByTestId("issue-submit").click();
  await page.getByTestId("issue-result").waitFor();
}

async function revoke(page) {
  await page.getByTestId("certificate-revoke").click();
  await page.getByTestId("revoke-reason-superseded").click();
  const title = await page.getByTestId("revoke").getByRole("heading", { level: 2 }).innerText();
  await page.getByTestId("revoke-typed").fill(title.replace("Revoke ", ""));
}

async function crlSettings(page) {
  await page.getByTestId("crl-settings-delta").click();
  await page.getByTestId("crl-settings-split").click();
  await page.getByTestId("crl-settings-partitions").fill("4");
  await page.getByTestId("crl-settings-lists").scrollIntoViewIfNeeded();
}

async function crlSettingsWrong(page) {
  await page.getByTestId("authority-crl-days").fill("900");
  await page.getByTestId("authority-crlUrls").fill("crl.acme.example/ca.crl");
  await page.getByTestId("authority-crlUrls").press("Enter");
  await page.getByTestId("crl-settings-partitions").fill("999");
}

async function compromise(page) {
  await page.getByTestId("compromise-typed").fill("revoke 3");
  await page.getByTestId("compromise-go").click();
  await page.getByTestId("compromise-done").waitFor();
}

async function policy(page) {
  await page.getByTestId("authority-policy").scrollIntoViewIfNeeded();
}

async function wrongPolicy(page) {
  await page.getByTestId("policy-edit").click();
  await page.getByTestId("policy-names").fill("web");
  await page.getByTestId("policy-longest").fill("99999");
  await page.getByTestId("policy-save").click();
}

async function tooLong(page) {
  await names(page, ["gw.vpn.acme.example"]);
  await page.getByTestId("issue-days").fill("397");
  await page.waitForTimeout(450);
}

async function rare(page) {
  await page.getByTestId("profile-rare").locator("summary").click();
  await page.getByTestId("profile-raw-add").click();
  await page.getByTestId("profile-rare").evaluate((part) => part.scrollIntoView({ block: "center" }));
}

async function wrongProfile(page) {
  await page.getByTestId("profile-default-days").fill("365");
  await page.getByTestId("profile-names-patterns").fill("web");
  await page.getByTestId("profile-names-patterns").press("Enter");
  await page.getByTestId("profile-problems").waitFor();
}

async function wrongText(page) {
  await page.getByTestId("profile-tab-text").click();
  const text = page.getByTestId("profile-text");
  await text.fill((await text.inputValue()).replace("longestDays = 120", "longestDays = about four months"));
  await page.getByTestId("profile-problems").waitFor();
}

async function addRequest(page) {
  await page.getByTestId("requests-add").click();
  await page.getByTestId("requests-text").fill("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----");
  await page.getByTestId("requests-go").click();
  await page.getByTestId("requests-added").waitFor();
}

async function table(page) {
  await page.getByTestId("many-csv").click();
  await page.getByTestId("many-rows").waitFor();
}

async function issueMany(page) {
  await table(page);
  await page.getByTestId("many-without-bad").check();
  await page.getByTestId("many-plain-key").check();
  await page.getByTestId("many-out").click();
  await page.getByTestId("many-run").click();
  await page.getByTestId("many-outcome").waitFor();
}

/** Waits until the page has been read, however busy the machine is. One that waits for the keyring for ever is looked at as it is. */
async function read(page) {
  await page.waitForTimeout(350);
  const still = () => document.querySelector(".boot, .spinner, .skeleton") === null;
  await page.waitForFunction(still, undefined, { timeout: 10_000 }).catch(() => undefined);
}

const server = await preview({ root, logLevel: "error", build: { outDir: "dist-fake" }, preview: { port: 0, strictPort: false, open: false } });
const base = server.resolvedUrls.local[0];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] });
const script = axe ? readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") : "";
if (shots) mkdirSync(folder, { recursive: true });
let wrong = 0;

for (const scheme of ["light", "dark"]) {
  for (const [width, height] of SIZES) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
    for (const [name, hash, scenario, act] of SCREENS) {
      if (only && !only.split(",").some((one) => name.startsWith(one))) continue;
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const said = [];
      page.on("pageerror", (error) => said.push(error.message));
      page.on("console", (message) => message.type() === "error" && said.push(message.text()));
      const label = `${name}-${width}-${scheme}`;
      try {
        await page.goto(`${base}?${scenario}${hash}`, { timeout: 60_000 });
        await read(page);
        await act?.(page);
        await page.waitForTimeout(act ? 450 : 150);
        await read(page);
        if (shots) await page.screenshot({ path: join(folder, `${label}.png`) });
        // Colours and sizes are each looked at once with both values of the other.
        if (axe && !(scheme === "dark" && width === 900)) {
          await page.evaluate(script);
          // A menu that is open lies outside the landmarks: the kit puts it at the end of the page, as it must.
          const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: { region: { enabled: false } } }));
          for (const violation of violations) {
            wrong += 1;
            console.error(`${label}: ${violation.id}: ${violation.help}`);
            for (const node of violation.nodes.slice(0, 3)) console.error(`    ${node.target.join(" ")}\n      ${node.failureSummary?.split("\n").slice(1, 2).join("").trim()}`);
          }
        }
      } catch (error) {
        wrong += 1;
        console.error(`${label}: ${error.message.split("\n")[0]}`);
      }
      for (const text of said) {
        wrong += 1;
        console.error(`${label}: the page said: ${text}`);
      }
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await server.close();
console.log(wrong === 0 ? "no findings" : `${wrong} findings`);
process.exit(wrong === 0 ? 0 : 1);
