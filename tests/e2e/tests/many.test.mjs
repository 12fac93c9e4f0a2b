// A registry of 20,000 certificates: the table scrolls and jumps; and every screen, full, by axe.
import { strict as assert } from "node:assert";
import { after, before, test } from "node:test";
import { accessible } from "../window/axe.mjs";
import { Mouse } from "../window/hands.mjs";
import { chancery, Program } from "../window/program.mjs";
import { BARE, screensOf, theme, visit } from "../window/screens.mjs";
import { KEY } from "../window/webdriver.mjs";

const CERTIFICATES = 20_000;
const program = new Program();
const registry = program.path("many.chancery");
let page;
let hands;

before(async () => {
  chancery("dev", "seed", registry, "--certificates", String(CERTIFICATES), "--revoked", "500", "--authorities", "3", "--quiet");
  page = await program.open();
  hands = new Mouse(page);
});

after(() => program.end());

/** The rows on the screen: their places in the list, and whether each has its contents. */
async function rows() {
  return page.driver.run(() => {
    const list = document.querySelector('[data-testid="certificate-list"]');
    const box = list.getBoundingClientRect();
    const seen = [...list.querySelectorAll('[data-testid="certificate-row"]')].filter((row) => {
      const at = row.getBoundingClientRect();
      return at.bottom > box.top + 32 && at.top < box.bottom;
    });
    return { count: Number(list.getAttribute("aria-rowcount")) - 1, at: seen.map((row) => Number(row.getAttribute("aria-rowindex")) - 2), full: seen.every((row) => row.innerText.trim() !== ""), height: box.height };
  });
}

/** Waits until the rows on the screen have their contents and fit what is asked. */
async function rowsThat(what, fit) {
  return page.until(what, async () => {
    const now = await rows();
    return now.at.length > 0 && now.full && fit(now) ? now : null;
  });
}

/** The frame stays where it is: only what is made to scroll does, and the form scrolls down, never sideways. */
async function framed() {
  const loose = await page.driver.run(() => {
    window.scrollTo(0, 100_000);
    const sideways = [...document.querySelectorAll("main form, main .page")].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => `${one.className} scrolls sideways`);
    const frame = document.querySelector("#app > .app, #app .app")?.getBoundingClientRect();
    return [...sideways, ...(window.scrollY === 0 && (frame === undefined || frame.top === 0) ? [] : ["the frame scrolls"])];
  });
  assert.deepEqual(loose, []);
}

test("the screens without a registry", async (t) => {
  for (const screen of BARE) {
    for (const look of ["light", "dark"]) {
      await t.test(`${screen.name}, ${look}`, async () => {
        await theme(page, look);
        await visit(page, screen);
        await accessible(page, `${screen.name}, ${look}`);
        await framed();
      });
    }
  }
});

test("20,000 certificates in the table", async (t) => {
  await page.go("/welcome");
  program.answer(registry);
  await hands.press("welcome-open");
  await hands.press("nav-certificates");
  const first = await rowsThat("the first rows", (now) => now.at[0] === 0);
  assert.ok(first.count >= CERTIFICATES, `${first.count} rows`);

  await t.test("End and Home", async () => {
    await hands.pressAt('[data-testid="certificate-list"]');
    await page.driver.press([KEY.end]);
    await rowsThat("the last row", (now) => now.at.at(-1) === first.count - 1);
    await page.driver.press([KEY.home]);
    await rowsThat("the first row", (now) => now.at[0] === 0);
  });

  await t.test("jumps anywhere", async () => {
    for (const part of [0.5, 0.95, 0.1, 1, 0]) {
      await page.driver.run((to) => {
        const list = document.querySelector('[data-testid="certificate-list"]');
        list.scrollTop = (list.scrollHeight - list.clientHeight) * to;
      }, part);
      const now = await rowsThat(`the rows at ${part}`, ({ at, count }) => Math.abs(at[0] / count - part) < 0.01);
      assert.ok(now.at.every((row, place) => place === 0 || row === now.at[place - 1] + 1), `rows without a gap: ${now.at}`);
    }
  });

  await t.test("scrolls through without an empty screen at rest", async () => {
    for (let turn = 0; turn < 40; turn += 1) {
      await page.driver.run(() => { document.querySelector('[data-testid="certificate-list"]').scrollTop += 900; });
    }
    const now = await rowsThat("rows where the scrolling ended", ({ at }) => at[0] > 900);
    assert.ok(now.at.length >= Math.floor((now.height - 32) / 34) - 1, `${now.at.length} rows fill ${now.height} pixels`);
  });
});

test("every screen, full, by axe", async (t) => {
  for (const screen of screensOf(registry)) {
    for (const look of ["light", "dark"]) {
      await t.test(`${screen.name}, ${look}`, async () => {
        await theme(page, look);
        await visit(page, screen);
        await accessible(page, `${screen.name}, ${look}`);
        await framed();
      });
    }
  }
});
