// The window scrolls through a registry of any size: `CHANCERY_REGISTRY` names it, as `chancery dev seed` made it. Prints how long each jump took
// until the rows of that place stood on the screen.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { Mouse } from "../window/hands.mjs";
import { Program } from "../window/program.mjs";
import { KEY } from "../window/webdriver.mjs";

const LIST = '[data-testid="certificate-list"]';
const registry = process.env.CHANCERY_REGISTRY;
assert.ok(registry, "CHANCERY_REGISTRY names the registry to open");

const program = new Program();
const page = await program.open();
const hands = new Mouse(page);

/** Waits until the rows on the screen have their contents and are those of a place. */
async function rowsAt(what, fits) {
  return page.until(what, async () => {
    const now = await page.driver.run(() => {
      const list = document.querySelector('[data-testid="certificate-list"]');
      const box = list.getBoundingClientRect();
      const seen = [...list.querySelectorAll('[data-testid="certificate-row"]')].filter((row) => row.getBoundingClientRect().bottom > box.top + 32 && row.getBoundingClientRect().top < box.bottom);
      return { count: Number(list.getAttribute("aria-rowcount")) - 1, at: seen.map((row) => Number(row.getAttribute("aria-rowindex")) - 2), full: seen.every((row) => row.innerText.trim() !== "") };
    });
    return now.at.length > 0 && now.full && fits(now) ? now : null;
  });
}

async function timed(what, act, fits) {
  const start = performance.now();
  await act();
  const now = await rowsAt(what, fits);
  assert.ok(now.at.every((row, place) => place === 0 || row === now.at[place - 1] + 1), `${what}: rows without a gap: ${now.at}`);
  console.log(`| ${what} | ${now.at[0].toLocaleString("en")} | ${Math.round(performance.now() - start)} ms |`);
  return now;
}

try {
  await page.go("/welcome");
  program.answer(registry);
  await hands.press("welcome-open");
  await hands.press("nav-certificates");
  console.log("| to | first row on the screen | until its rows stand there |\n|---|---|---|");
  const { count } = await timed("the first rows", async () => {}, ({ at }) => at[0] === 0);
  // Beyond what a scroll bar can hold, it stands for a part of the list that moves on when its end is reached.
  let before = 0;
  for (const part of [0.5, 0.25, 1, 1, 0.2]) {
    const jump = () => page.driver.run((to) => {
      const list = document.querySelector('[data-testid="certificate-list"]');
      list.scrollTop = (list.scrollHeight - list.clientHeight) * to;
    }, part);
    const now = await timed(`${part * 100} % of the scroll bar`, jump, ({ at }) => Math.abs(at[0] - before) > 1000);
    before = now.at[0];
  }
  await hands.pressAt(LIST);
  await timed("the end", () => page.driver.press([KEY.end]), ({ at }) => at.at(-1) === count - 1);
  await timed("the beginning", () => page.driver.press([KEY.home]), ({ at }) => at[0] === 0);
  const wheel = async () => { for (let turn = 0; turn < 60; turn += 1) await page.driver.run(() => { document.querySelector('[data-testid="certificate-list"]').scrollTop += 700; }); };
  await timed("60 turns of the wheel", wheel, ({ at }) => at[0] > 900);
  if (process.env.CHANCERY_TOUR) writeFileSync(join(process.env.CHANCERY_TOUR, "million.png"), await page.driver.picture());
} finally {
  await program.end();
}
