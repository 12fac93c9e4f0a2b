// axe-core in the page: WCAG 2.2 AA.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** How long a menu that was just picked from may take to go, in milliseconds; one that stays is open on purpose. */
const CLOSING = 2_000;

/** Fails when axe finds something on the page that is shown. */
export async function accessible(page, where) {
  if (!(await page.driver.run(() => "axe" in window))) await page.driver.evaluate(SOURCE);
  const end = Date.now() + CLOSING;
  while (Date.now() < end && (await page.driver.run(() => document.querySelector("[data-bits-floating-content-wrapper]") !== null))) await pause(50);
  const violations = await page.driver.runAsync(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    return violations.map((one) => ({ rule: one.id, help: one.help, at: one.nodes.slice(0, 5).map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 200)}`) }));
  }, RULES);
  assert.deepEqual(violations, [], `axe on ${where}`);
}
