// Many at once: a table of fifty rows, its warnings accepted, stopped midway and resumed from the page; and once more from the task centre.
import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { createAuthorities, createRegistry } from "../window/main_job.mjs";
import { certificatesIn, chancery, judge, Program } from "../window/program.mjs";
import { stepsOf } from "../window/steps.mjs";

const BAD = new Map([[10, ",not a name,"], [25, ",row-25.example.test,never"], [40, ",*.*.example.test,"]]);
/** Its common name is not among its names. */
const WARNED = 12;
const LINT = "common_name_not_among_names";
const ROWS = 50;
const PASSWORD = "a password for the keys";

const program = new Program();
after(() => program.end());

/** A table of which the header is row 1. */
function table() {
  const rows = Array.from({ length: ROWS }, (_, at) => BAD.get(at + 2) ?? `${at + 2 === WARNED ? "CN=elsewhere.example.test" : ""},row-${at + 2}.example.test,`);
  writeFileSync(program.path("hosts.csv"), `subject,names,days\n${rows.join("\n")}\n`);
  return program.path("hosts.csv");
}

test("many at once", async (t) => {
  const page = await program.open();
  const hands = new Mouse(page);
  const step = stepsOf(t);
  const standings = () => page.driver.run(() => [...document.querySelectorAll('[data-testid^="many-filter-"]')].map((one) => one.innerText.replace(/\s+/gu, " ").trim()));
  let registry;
  let before;

  await step("an authority that can issue", async () => {
    registry = await createRegistry(program, hands);
    await createAuthorities(program, hands);
  });

  await step("a table is checked whole, and its bad rows are named", async () => {
    before = certificatesIn(registry);
    await hands.press("new-certificate");
    await hands.press("issue-many-open");
    await page.see("many-drop");
    program.answer(table());
    await hands.press("many-csv");
    await page.see("many-row");
    assert.deepEqual(await standings(), ["All 50", "Ready 46", "With warnings 1", "Refused 3"]);
    const rows = await page.driver.run(() => [...document.querySelectorAll('[data-testid="many-row"]')].map((row) => Number(row.dataset.row)));
    assert.deepEqual(rows, [...BAD.keys()]);
    await accessible(page, "a table that was checked");
    const out = program.path("refused.csv");
    program.answer(out);
    await hands.press("many-failures");
    await page.until("the refused rows in a file", () => readdirSync(program.folder).includes("refused.csv"));
    assert.equal(readFileSync(out, "utf8").trim().split("\n").length, 1 + BAD.size);
    assert.equal(certificatesIn(registry), before, "nothing was signed");
  });

  await step("a warning is accepted for every row, taken back, and accepted again", async () => {
    await hands.press(`many-accept-${LINT}`);
    await page.until("the warning to be accepted", async () => (await standings()).includes("Ready 47"));
    await hands.press(`many-take-back-${LINT}`);
    await page.until("the warning to be back", async () => (await standings()).includes("With warnings 1"));
    await hands.press("many-filter-warned");
    await hands.pressAt(`[data-testid="many-row"][data-row="${WARNED}"]`);
    await hands.press(`many-row-accept-${LINT}`);
    await page.until("the warning to be accepted", async () => (await standings()).includes("Ready 47"));
    assert.equal(certificatesIn(registry), before, "nothing was signed");
  });

  await step("it is issued without them, stopped midway", async () => {
    await hands.tick("many-without-bad");
    await hands.choose("many-format-pkcs12");
    await hands.fill("many-password", PASSWORD);
    await hands.fill("many-password-again", PASSWORD);
    program.answer(program.path("out"));
    mkdirSync(program.path("out"));
    await hands.press("many-out");
    await hands.press("many-run");
    await page.see("many-running");
    await hands.press("many-cancel");
    await page.see("many-outcome");
    await page.shown('[data-testid="many-outcome"][data-state="cancelled"]');
    const done = certificatesIn(registry) - before;
    assert.ok(done < ROWS - BAD.size, `${done} issued`);
  });

  await step("resumed from the page, each row is issued once", async () => {
    await hands.press("many-resume");
    await page.shown('[data-testid="many-outcome"][data-state="done"]');
    assert.deepEqual(await standings(), ["All 50", "Issued 47", "Left out 3"]);
    await accessible(page, "a table that was issued");
    assert.equal(certificatesIn(registry) - before, ROWS - BAD.size);
    const { items } = chancery("--registry", registry, "cert", "list", "--search", "row-", "--limit", "500");
    assert.equal(new Set(items.map((one) => one.name)).size, ROWS - BAD.size, "no name twice");
    const files = readdirSync(program.path("out")).filter((name) => name.endsWith(".p12"));
    assert.equal(files.length, ROWS - BAD.size);
    const opened = judge("openssl", "pkcs12", "-in", program.path("out", files[0]), "-passin", `pass:${PASSWORD}`, "-noenc");
    assert.equal(opened.status, 0, opened.said);
    assert.equal(program.unanswered, "", "every dialog that was expected was opened");
  });

  await step("another run is stopped and resumed from the task centre", async () => {
    // Keys that take their time: the table is not done before somebody has reached the task centre.
    const rows = Array.from({ length: ROWS }, (_, at) => `task-${at}.example.test,rsa-3072`);
    writeFileSync(program.path("more.csv"), `names,key\n${rows.join("\n")}\n`);
    const count = certificatesIn(registry);
    await hands.press("many-again");
    program.answer(program.path("more.csv"));
    await hands.press("many-csv");
    await page.see("many-row");
    await hands.choose("many-format-pem");
    await hands.tick("many-plain-key");
    mkdirSync(program.path("more"));
    program.answer(program.path("more"));
    await hands.press("many-out");
    await hands.press("many-run");
    await page.see("many-running");
    await hands.press("tasks");
    await hands.pressAt('[data-testid="task"][data-state="running"] [data-testid="task-cancel"]');
    await page.shown('[data-testid="many-outcome"][data-state="cancelled"]');
    assert.ok(certificatesIn(registry) - count < ROWS);
    if (!(await page.has("tasks-list"))) await hands.press("tasks");
    await hands.pressAt('[data-testid="task"][data-state="cancelled"] [data-testid="task-resume"]');
    await page.until("every row", () => certificatesIn(registry) - count === ROWS);
    assert.equal(readdirSync(program.path("more")).filter((name) => name.endsWith(".key")).length, ROWS);
    assert.equal(program.unanswered, "", "every dialog that was expected was opened");
  });
});
