// The window and the command line on one registry: each sees what the other does, and a lock that a third program holds stops neither from reading.
import { strict as assert } from "node:assert";
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Mouse } from "../window/hands.mjs";
import { id } from "../window/page.mjs";
import { chancery, Program } from "../window/program.mjs";
import { theme } from "../window/screens.mjs";

/** What one program does is on the screen of the other within this time, in milliseconds. */
const SOON = 1000;
/** A frame that comes later than this after the one before is a freeze. */
const FRAME = 100;

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

/** Milliseconds from the moment that the log has for the newest change to the one at which it was seen. */
async function seenAfter(what, since) {
  const at = await page.until(what, () => page.driver.run(() => window.__seenAt));
  return at - since;
}

/** The quickest of a few is what the programs take; the rest is what else this machine has to do. */
function quick(what, took) {
  console.log(`${what}: ${took.join(", ")} ms`);
  assert.ok(Math.min(...took) <= SOON, `${what} took ${took.join(", ")} ms, at most ${SOON} are allowed`);
}

const committed = () => Date.parse(line("audit", "list", "--limit", "1").items[0].at);

test("what the command line issues is in the table of the window within a second", async () => {
  await hands.press("nav-certificates");
  await page.see("certificate-row");
  const took = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const name = `from-line-${turn}.example.test`;
    await watchFor(id("certificate-row"), name);
    line("cert", "issue", "--authority", "Root", "--name", `dns:${name}`, "--plain-key", "--out", program.path(name));
    took.push(await seenAfter(name, committed()));
  }
  quick("a certificate in the table", took);
});

test("what it revokes is in the activity and the overview within a second", async () => {
  await hands.press("nav-activity");
  await page.see("activity-entry");
  const took = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const name = `from-line-${turn}.example.test`;
    const note = `seen-${turn}`;
    await watchFor(id("activity-entry"), note);
    const serial = line("cert", "list", "--search", `from-line-${turn}`).items[0].serial;
    line("cert", "revoke", serial, "--reason", "superseded", "--note", note, "--yes");
    took.push(await seenAfter(`${name} revoked`, committed()));
  }
  quick("a revocation in the activity", took);
  await hands.press("nav-overview");
  await page.see("overview-title");
  await watchFor("main", "overview-watch.example.test");
  line("cert", "issue", "--authority", "Root", "--name", "dns:overview-watch.example.test", "--plain-key", "--out", program.path("watch"));
  quick("an entry on the overview", [await seenAfter("the entry on the overview", committed())]);
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

/** Holds the registry as another program would; resolves when it is held, and gives what lets go. */
async function held(seconds) {
  const script = "import sqlite3,sys,time\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\nc.execute('BEGIN EXCLUSIVE')\nprint('held',flush=True)\ntime.sleep(float(sys.argv[2]))\nc.execute('ROLLBACK')";
  const holder = spawn("python3", ["-c", script, registry, String(seconds)], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve, reject) => {
    holder.stdout.once("data", resolve);
    holder.once("error", reject);
  });
  const ended = new Promise((resolve) => holder.once("exit", resolve));
  return { pid: holder.pid, ended, release: () => holder.kill() && ended };
}

/** Counts the frames that the window draws; gives how long the longest took. */
async function probe() {
  await page.driver.run(() => {
    window.__frames = { last: performance.now(), longest: 0, count: 0 };
    const mine = window.__frames;
    const frame = (now) => {
      if (window.__frames !== mine) return;
      mine.longest = Math.max(mine.longest, now - mine.last);
      mine.last = now;
      mine.count += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame((now) => {
      mine.last = now;
      requestAnimationFrame(frame);
    });
  });
  return () => page.driver.run(() => ({ longest: Math.round(window.__frames.longest), count: window.__frames.count }));
}

/** Walks through screens that only read. */
async function walk() {
  for (const [place, wait] of [["nav-certificates", "certificate-row"], ["nav-activity", "activity-entry"], ["nav-overview", "overview-title"]]) {
    await hands.press(place);
    await page.see(wait);
  }
}

test("a lock of another program: reading goes on, writing says who holds it, and works again afterwards", async () => {
  await walk();
  // The same walk without a lock tells what this machine takes for a frame at the moment.
  let frames = await probe();
  await walk();
  await pause(3000);
  const free = await frames();

  const lock = await held(60);
  frames = await probe();
  await walk();
  await hands.press("nav-revocation");
  await page.see("crl-authorities");
  await hands.press("crl-build");
  const failure = await page.failure();
  const locked = await frames();
  console.log(`frames: longest ${free.longest} ms of ${free.count} without, ${locked.longest} ms of ${locked.count} with the lock`);
  assert.ok(locked.longest <= Math.max(FRAME, free.longest), `a frame of ${locked.longest} ms while the registry was locked, ${free.longest} ms without`);
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

test("a short lock is waited for", async () => {
  const lock = await held(2);
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
  assert.match(await page.textOf("activity-detail"), /seen-1/u);
  await page.at(/^\/activity\/\d+/u);
  await hands.press("activity-close");
  await hands.press("activity-verify");
  assert.match(await page.textOf("activity-verdict"), /is whole.*Verified/su);
  const out = program.path("log.jsonl");
  program.answer(out);
  await hands.press("activity-export");
  await page.see("activity-exported");
  assert.ok(existsSync(out));
});

test("a folder that cannot be written: looked at and exported from, nothing offered that would be refused", async () => {
  await program.close();
  assert.equal(existsSync(`${registry}-wal`), false, "the last program that ends takes the WAL away");
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
