// The window and the command line on one registry: each sees what the other does, and a lock that a third program holds stops neither from reading.
import { strict as assert } from "node:assert";
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Mouse } from "../window/hands.mjs";
import { id } from "../window/page.mjs";
import { chancery, Program } from "../window/program.mjs";
import { theme } from "../window/screens.mjs";

const program = new Program();
const folder = program.path("kept");
const registry = program.path("kept", "shared.chancery");
const line = (...args) => chancery("--registry", registry, ...args);
let page;
let hands;

before(async () => {
  mkdirSync(folder);
  chancery("registry", "create", registry, "--name", "Shared", "--keys", "os", "--without-recovery-file");
  line("authority", "create", "--name", "Root", "--subject", "CN=Root,O=Acme");
  line("cert", "issue", "--authority", "Root", "--name", "dns:first.example.test", "--plain-key", "--out", program.path("first"));
  page = await program.open();
  hands = new Mouse(page);
  program.answer(registry);
  await hands.press("welcome-open");
  await page.see("overview-title");
});

after(async () => {
  if (existsSync(folder)) execFileSync("chattr", ["-i", folder]);
  await program.end();
});

/** Notes in the page at which moment a text is first shown anywhere in `css`. */
async function watchFor(css, text) {
  await page.driver.run(
    (selector, wanted) => {
      window.__seenAt = null;
      const look = () => {
        if (window.__seenAt === null && [...document.querySelectorAll(selector)].some((one) => one.innerText.includes(wanted))) window.__seenAt = Date.now();
      };
      window.__watch?.disconnect();
      window.__watch = new MutationObserver(look);
      window.__watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      look();
    },
    css,
    text,
  );
}

/**
 * Waits until the window shows by itself what the command line has just written: nobody touches it, and what it looks up by its own clock it looks up once a minute,
 * later than this waits. How long it took is said; what it may take stands where the window looks for changes.
 */
async function shows(t, what) {
  const written = Date.now();
  const at = await page.until(what, () => page.driver.run(() => window.__seenAt));
  t.diagnostic(`${what}: ${Math.max(0, at - written)} ms after the command line ended`);
}

test("what the command line issues is in the table of the window by itself", async (t) => {
  await hands.press("nav-certificates");
  await page.see("certificate-row");
  for (let turn = 0; turn < 3; turn += 1) {
    const name = `from-line-${turn}.example.test`;
    await watchFor(id("certificate-row"), name);
    line("cert", "issue", "--authority", "Root", "--name", `dns:${name}`, "--plain-key", "--out", program.path(name));
    await shows(t, name);
  }
});

test("what it revokes is in the activity and the overview by itself", async (t) => {
  await hands.press("nav-activity");
  await page.see("activity-entry");
  for (let turn = 0; turn < 3; turn += 1) {
    const note = `seen-${turn}`;
    await watchFor(id("activity-entry"), note);
    const serial = line("cert", "list", "--search", `from-line-${turn}`).items[0].serial;
    line("cert", "revoke", serial, "--reason", "superseded", "--note", note, "--yes");
    await shows(t, note);
  }
  await hands.press("nav-overview");
  await page.see("overview-title");
  await watchFor("main", "overview-watch.example.test");
  line("cert", "issue", "--authority", "Root", "--name", "dns:overview-watch.example.test", "--plain-key", "--out", program.path("watch"));
  await shows(t, "the entry on the overview");
});

test("what the window does is there for the command line at once", async () => {
  const had = line("crl", "list", "Root").items.length;
  await hands.press("nav-revocation");
  await hands.press("crl-build");
  await page.until("the CRL to be built", () => line("crl", "list", "Root").items.length === had + 1);
  const newest = line("audit", "list", "--limit", "1", "--action", "crl.").items[0];
  assert.equal(newest.action, "crl.issued");
  assert.match(newest.actor, /chancery-desktop/u);
});

/** Holds the registry as another program would; resolves when it is held, and gives what lets go. It lets go at the end of the test in any case. */
async function held(t, seconds) {
  const script = "import sqlite3,sys,time\nc=sqlite3.connect(sys.argv[1],isolation_level=None,timeout=60)\nc.execute('BEGIN EXCLUSIVE')\nprint('held',flush=True)\ntime.sleep(float(sys.argv[2]))\nc.execute('ROLLBACK')";
  const holder = spawn("python3", ["-c", script, registry, String(seconds)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => holder.once("exit", resolve));
  const release = async () => {
    holder.kill();
    await ended;
  };
  t.after(release);
  await new Promise((resolve, reject) => {
    holder.stdout.once("data", resolve);
    holder.once("error", reject);
    holder.once("exit", (status) => reject(new Error(`the holder ended with ${status}`)));
  });
  return { pid: holder.pid, ended, release };
}

/** Counts in the page, from the press of a button until a failure is shown: frames that were drawn, and questions to the core that were answered. */
async function countWhileWaiting(button) {
  await page.driver.run((pressed, failed) => {
    const seen = { frames: 0, answers: 0, ended: false };
    window.__waiting = seen;
    const going = () => window.__waiting === seen && !seen.ended;
    const frame = () => {
      if (document.querySelector(failed) !== null) seen.ended = true;
      if (!going()) return;
      seen.frames += 1;
      requestAnimationFrame(frame);
    };
    const ask = async () => {
      while (going()) {
        await window.__TAURI_INTERNALS__.invoke("authority_list", { request: {} });
        if (going()) seen.answers += 1;
      }
    };
    document.addEventListener("click", (event) => {
      if (event.target.closest(pressed) === null || seen.frames > 0) return;
      requestAnimationFrame(frame);
      ask().catch((error) => { seen.error = JSON.stringify(error); });
    }, { capture: true });
  }, id(button), id("failure"));
  return () => page.driver.run(() => window.__waiting);
}

/** Walks through screens that only read. */
async function walk() {
  for (const [place, wait] of [["nav-certificates", "certificate-row"], ["nav-activity", "activity-entry"], ["nav-overview", "overview-title"]]) {
    await hands.press(place);
    await page.see(wait);
  }
}

test("a lock of another program: reading goes on, writing says who holds it, and works again afterwards", async (t) => {
  const lock = await held(t, 300);
  await walk();
  await hands.press("nav-revocation");
  await page.see("crl-authorities");
  const waiting = await countWhileWaiting("crl-build");
  await hands.press("crl-build");
  const failure = await page.failure();
  const { frames, answers, ended, error } = await waiting();
  t.diagnostic(`while the write waited ${frames} frames were drawn and ${answers} questions answered`);
  assert.equal(error, undefined);
  assert.ok(ended, "the count ended with the failure");
  // A window that waited with the write would draw none and hear nothing.
  assert.ok(frames >= 10, `${frames} frames were drawn while the write waited`);
  assert.ok(answers >= 3, `${answers} questions were answered while the write waited`);
  assert.equal(failure.code, "registry-busy");
  assert.match(failure.text, new RegExp(`held by python3\\S* \\(process ${lock.pid}\\)`, "u"));
  assert.ok(failure.buttons.length > 0, "there is a way on");

  const refused = await promisify(execFile)(process.env.CHANCERY_CLI, ["--registry", registry, "crl", "build", "Root", "--json"]).then(
    () => assert.fail("the command line wrote"),
    (error) => error,
  );
  assert.equal(refused.code, 6);
  const said = JSON.parse(refused.stderr).error;
  assert.equal(said.code, "registry-busy");
  assert.match(said.hint, new RegExp(`process ${lock.pid}`, "u"));
  assert.ok(line("cert", "list").items.length > 3, "reading goes on");

  await lock.release();
  const crls = line("crl", "list", "Root").items.length;
  await hands.press("crl-build");
  await page.until("the CRL to be built", () => line("crl", "list", "Root").items.length === crls + 1);
  assert.ok(line("audit", "verify").ok);
});

test("a short lock is waited for", async (t) => {
  const lock = await held(t, 2);
  const crls = line("crl", "list", "Root").items.length;
  await hands.press("crl-build");
  line("crl", "build", "Root");
  await lock.ended;
  await page.until("both CRLs to be built", () => line("crl", "list", "Root").items.length === crls + 2);
});

test("the log is filtered, opened, verified and exported in the window", async () => {
  await hands.press("nav-activity");
  await page.see("activity-entry");
  await hands.press("filter-refused");
  await page.until("only refused attempts", () => page.driver.run(() => [...document.querySelectorAll('[data-testid="activity-entry"]')].every((one) => /refused/iu.test(one.innerText))));
  await hands.press("filter-refused");
  await hands.fill("activity-search", "seen-1");
  await page.until("one entry", async () => (await page.textOf("activity-count")).startsWith("1 "));
  await hands.press("activity-entry");
  await page.says("activity-detail", /seen-1/u);
  await page.at(/^\/activity\/\d+/u);
  await hands.press("activity-close");
  await hands.press("activity-verify");
  await page.says("activity-verdict", /is whole.*Verified/su);
  const out = program.path("log.jsonl");
  program.answer(out);
  await hands.press("activity-export");
  await page.see("activity-exported");
  assert.ok(existsSync(out));
});

test("a window that the session ends closes its registry in order", async () => {
  assert.ok(existsSync(`${registry}-wal`), "it is open");
  await program.close();
  assert.equal(existsSync(`${registry}-wal`), false, "the last program that ends takes the WAL away");
});

test("a folder that cannot be written: looked at and exported from, nothing offered that would be refused", async () => {
  execFileSync("chattr", ["+i", folder]);
  page = await program.open();
  hands = new Mouse(page);
  program.answer(registry);
  await hands.press("welcome-open");
  await page.see("read-only");
  await theme(page, "light");
  await hands.press("nav-activity");
  await page.see("activity-entry");
  const out = program.path("read-only.jsonl");
  program.answer(out);
  await hands.press("activity-export");
  await page.see("activity-exported");
  assert.ok(existsSync(out));
  await hands.press("nav-revocation");
  assert.ok(await page.driver.run(() => [...document.querySelectorAll('[data-testid="crl-build"]')].every((one) => one.disabled)));
  execFileSync("chattr", ["-i", folder]);
});
