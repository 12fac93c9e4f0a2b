import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modules } from "../../scripts/words.mjs";
import { asFailure, REMEDIES } from "../ipc/errors";
import { errors, ui } from "./generated/words";
import { away, awayAndWhen, errorWords, fill, plural, recently } from "./words";

const GENERATED = join(import.meta.dirname, "generated");

test("the generated words are those of the catalogue", () => {
  const wanted = modules();
  expect(readdirSync(GENERATED).sort()).toEqual([...wanted.keys()].sort());
  for (const [name, text] of wanted) expect(readFileSync(join(GENERATED, name), "utf8"), `${name}: npm run words`).toBe(text);
});

test("every error code has its words", () => {
  for (const code of Object.keys(REMEDIES)) expect(errors, code).toHaveProperty(code);
});

test("no word of the page is empty, and both numbers have theirs", () => {
  for (const [key, text] of Object.entries(ui)) {
    expect(text, key).not.toBe("");
    if (key.endsWith(".one")) expect(ui).toHaveProperty([key.replace(/\.one$/, ".many")]);
  }
});

test("placeholders are filled; one that is missing stays readable", () => {
  expect(fill("{a} of {b}", { a: 3 })).toBe("3 of {b}");
});

test("one and many", () => {
  expect(plural("time.days", 1)).toBe("1 day");
  expect(plural("time.days", 1200)).toBe("1,200 days");
});

test("times in words", () => {
  const now = Date.parse("2026-11-21T14:05:00Z");
  expect(away("2026-12-03T14:06:00Z", now)).toBe("in 12 days");
  expect(away(new Date(now - 59_000).toISOString(), now)).toBe("just now");
  expect(away(new Date(now + 59_000).toISOString(), now)).toBe("in a moment");
  expect(awayAndWhen("2026-11-21T11:05:00Z", now)).toBe("3 hours ago (21 Nov 2026, 11:05 UTC)");
  expect([recently("2026-11-21T09:07:00Z", now), recently("2026-11-20T23:59:00Z", now), recently("2026-11-03T00:00:00Z", now)]).toEqual(["09:07", "Yesterday", "3 Nov 2026"]);
});

test("an error without the field that its words name leaves no placeholder behind", () => {
  for (const code of Object.keys(errors)) {
    const { title, safe, next } = errorWords(code);
    expect(`${title} ${safe} ${next}`, code).not.toMatch(/\{\w+\}/);
  }
});

test("whatever is thrown becomes a failure", () => {
  expect(asFailure({ code: "name-taken", fields: { name: "Root", count: 2 } })).toMatchObject({ code: "name-taken", fields: { name: "Root", count: "2" } });
  expect(asFailure({ code: "made-up" }).code).toBe("internal");
  expect(asFailure(new Error("lost")).fields).toEqual({ problem: "lost" });
  expect(asFailure("text").code).toBe("internal");
});
