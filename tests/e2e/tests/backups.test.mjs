// Nothing is lost: a backup that is proven and restored with the question for the CRL, what was put away comes back, the log is checked by others, long work stops.
import { strict as assert } from "node:assert";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { Mouse } from "../window/hands.mjs";
import { id } from "../window/page.mjs";
import { chancery, judge, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";
import { KEY } from "../window/webdriver.mjs";

const program = new Program();
const registry = program.path("kept.chancery");
const restored = program.path("restored.chancery");
const backup = program.path("kept.backup");
const line = (...args) => chancery("--registry", registry, ...args);
const there = (...args) => chancery("--registry", restored, ...args);
after(() => program.end());

/** The check of SECURITY.md, as it stands there. */
function published() {
  const text = readFileSync(new URL("../../../SECURITY.md", import.meta.url), "utf8");
  const [, script] = /<!-- audit-check:begin -->\s*```python\n([\s\S]+?)```/u.exec(text);
  return script;
}

test("nothing is lost", async (t) => {
  const step = stepsOf(t);
  const page = await program.open();
  const hands = new Mouse(page);
  const newest = (...args) => line("audit", "list", "--limit", "1", ...args).items[0];
  const section = async (name) => {
    await page.go(`/settings?section=${name}`);
    await page.see(`settings-${name}`);
  };
  /** Presses the button of a toast whose words fit. */
  const answerToast = async (words) => {
    await page.until(`a toast that says ${words}`, () => page.driver.run((css, pattern) => {
      const toast = [...document.querySelectorAll(`${css} .toast`)].find((one) => new RegExp(pattern, "u").test(one.innerText));
      const button = toast?.querySelector("button:not(.cross)");
      button?.click();
      return button !== undefined && button !== null;
    }, id("toasts"), words.source));
  };
  const openRegistry = async (path) => {
    program.answer(path);
    await hands.press("welcome-open");
    await page.see("overview-title");
  };
  const leave = async () => {
    await hands.pick("registry-menu", "registry-switch");
    await page.see("welcome-open");
  };

  await step("a backup is written, proven, and the drill opens it", async () => {
    chancery("registry", "create", registry, "--name", "Kept", "--keys", "os", "--without-recovery-file");
    for (const name of ["Root", "Lab"]) line("authority", "create", "--name", name, "--subject", `CN=${name},O=Acme`);
    for (const name of ["one", "two"]) line("cert", "issue", "--authority", "Root", "--name", `dns:${name}.example.test`, "--plain-key", "--out", program.path(name));
    for (const name of ["Root", "Lab"]) line("crl", "build", name);
    await openRegistry(registry);
    await section("backup");
    program.answer(backup);
    await hands.press("backup-now");
    await page.says("backup-done", /Written and proven: 4 certificates, 2 authorities/u);
    assert.ok(existsSync(backup));
    await hands.press("backup-drill");
    await page.says("drill-done", /It opens and lacks nothing: 4 certificates.*2 keys found/su);
  });

  await step("what was put away is undone from the toast, by Control Z, and from the trash", async () => {
    const [{ id: certificate }] = line("cert", "list", "--search", "two").items;
    const archived = () => line("cert", "list", "--search", "two").items.length === 0;
    const put = async () => {
      await page.go(`/certificates/${certificate}`);
      await hands.pick("certificate-more", "certificate-archive");
      await page.see("certificate-archived");
      assert.ok(archived());
    };
    await put();
    await answerToast(/Archived/u);
    await page.gone("certificate-archived");
    assert.ok(!archived());

    await put();
    await page.driver.run(() => document.activeElement?.blur());
    await page.driver.press(["z"], [KEY.control]);
    await answerToast(/two\.example\.test[\s\S]*Undo/u);
    await page.gone("certificate-archived");

    await put();
    await section("trash");
    await page.says("settings-trash", /two\.example\.test/u);
    await hands.press("trash-restore");
    await page.see("trash-empty");
    assert.ok(!archived());
  });

  await step("a profile that was taken out of use comes back from the trash", async () => {
    const document = program.path("lab-server.toml");
    const text = judge(process.env.CHANCERY_CLI, "--registry", registry, "profile", "show", "tls-server").said;
    writeFileSync(document, text.replaceAll("tls-server", "lab-server"));
    line("profile", "set", document);
    await page.go("/profiles/lab-server");
    await hands.press("profile-remove");
    await page.at(/^\/profiles$/u);
    await section("trash");
    await page.says("settings-trash", /lab-server/u);
    await hands.press("trash-restore");
    await page.see("trash-empty");
    assert.ok(line("profile", "list").items.some((one) => one.name === "lab-server"));
  });

  await step("the log is filtered, found whole, and exported for the check that SECURITY.md prints", async () => {
    await hands.press("nav-activity");
    await page.see("activity-entry");
    // The driver takes the chip, whose text may be cut off, for hidden: it is opened with the keyboard.
    await page.present(id("filter-area"));
    await page.driver.run((css) => document.querySelector(css).focus(), id("filter-area"));
    await page.driver.press([KEY.enter]);
    await hands.press("filter-area-crl");
    await page.until("two CRLs and nothing else", async () => /^2 /u.test(await page.textOf("activity-count")));
    assert.doesNotMatch(await page.textOf("activity-list"), /Authority created/u);
    await hands.press("activity-verify");
    await page.says("activity-verdict", /is whole/u);
    const out = program.path("audit.jsonl");
    program.answer(out);
    await hands.press("activity-export");
    await page.see("activity-exported");
    const rows = readFileSync(out, "utf8").trimEnd().split("\n");
    const whole = judge("python3", "-c", published(), out);
    assert.match(whole.said, new RegExp(`^whole: ${rows.length} rows, head [0-9a-f]{64}$`, "mu"));
    const forged = program.path("forged.jsonl");
    writeFileSync(forged, `${rows.map((row, at) => (at === 3 ? row.replace(/"actor":\s*"/u, '"actor":"x') : row)).join("\n")}\n`);
    const found = judge("python3", "-c", published(), forged);
    assert.notEqual(found.status, 0);
    assert.match(found.said, /row 4 was changed/u);
  });

  await step("restored: no CRL before the newest published one is given, or given up by name", async () => {
    const { serial } = line("cert", "list", "--search", "one.example.test").items[0];
    line("cert", "revoke", serial, "--reason", "superseded", "--yes");
    line("crl", "build", "Root");
    const crl = program.path("root.crl");
    line("crl", "export", "Root", "--out", crl);
    const number = Math.max(...line("crl", "list", "Root").items.map((one) => Number(one.number)));
    await leave();
    await hands.press("welcome-restore");
    program.answer(backup);
    await hands.press("restore-backup");
    program.answer(restored);
    await hands.press("restore-place");
    await hands.press("restore-run");
    await page.says("restore-done", /Root[\s\S]*Lab|Lab[\s\S]*Root/u);
    await hands.press("restore-go");
    await page.see("overview-title");

    const authorities = there("authority", "list").items;
    const [root, lab] = ["Root", "Lab"].map((name) => authorities.find((one) => one.name === name));
    await page.go(`/revocation/${root.id}`);
    await page.see("crl-awaited");
    assert.ok(await page.driver.run((css) => document.querySelector(css).disabled, id("crl-build")), "no CRL is offered meanwhile");
    program.answer(crl);
    await hands.press("crl-awaited-install");
    await page.gone("crl-awaited");
    assert.equal(there("cert", "show", serial).status, "revoked", "what the backup did not know yet");
    await hands.press("crl-build");
    await page.until("a number above the published one", () => there("crl", "list", "Root").items.some((one) => Number(one.number) > number));

    await page.go(`/revocation/${lab.id}`);
    await hands.press("crl-decline");
    await hands.fill("crl-decline-confirm-typed", "Root");
    assert.ok(await page.driver.run((css) => document.querySelector(css).disabled, id("crl-decline-confirm-go")), "another name is no confirmation");
    await hands.fill("crl-decline-confirm-typed", "Lab");
    await hands.press("crl-decline-confirm-go");
    await page.gone("crl-awaited");
    await hands.press("crl-build");
    await page.until("a CRL of Lab", () => there("crl", "list", "Lab").items.length > 1);
    assert.ok(there("audit", "verify").ok);
    assert.ok(newest().sequence > 0, "the registry that was backed up is still there");
  });

  await step("long work is in the task centre, and ends there when it is told to", async () => {
    const many = program.path("many.chancery");
    chancery("dev", "seed", many, "--certificates", "20000", "--authorities", "1", "--quiet");
    await leave();
    await openRegistry(many);
    await section("check");
    await hands.press("check-run");
    await hands.press("tasks");
    await page.shown(`${id("task")}[data-state="running"]`);
    await hands.pressAt(`${id("task")}[data-state="running"] ${id("task-cancel")}`);
    await page.shown(`${id("task")}[data-state="cancelled"]`);
    await page.driver.press([KEY.escape]);
    await page.says("settings-check", /The check was stopped/u);
  });
});
