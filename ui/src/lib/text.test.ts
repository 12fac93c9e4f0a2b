import { describe, expect, test } from "vitest";
import { fileName } from "./files";
import { bytes, colons, groups } from "./hex";
import { pieces, visible } from "./hostile";

describe("hex", () => {
  test("serials in pairs, an odd one filled up", () => {
    expect(colons("5a910c")).toBe("5a:91:0c");
    expect(colons("f00")).toBe("0f:00");
  });
  test("fingerprints in fours", () => {
    expect(groups("9f2c81d406")).toBe("9f2c 81d4 06");
  });
  test("sizes", () => {
    expect([bytes(999), bytes(1400), bytes(4_812_800)]).toEqual(["999 B", "1.4 kB", "4.8 MB"]);
  });
});

describe("hostile text", () => {
  test("a direction override is shown by its number", () => {
    expect(pieces("pay\u202Elap")).toEqual([{ plain: "pay" }, { hidden: "U+202E" }, { plain: "lap" }]);
  });
  test.each(["\u0000", "\n", "\u200B", "\u2066", "\uFEFF", "\u{E0041}", "\u00AD"])("%j is never invisible", (character) => {
    expect(visible(`a${character}b`)).toMatch(/^a⟨U\+[0-9A-F]{4,5}⟩b$/);
  });
  test("letters of any script stay", () => {
    expect(visible("Ünïcode Δοκιμή 証明書")).toBe("Ünïcode Δοκιμή 証明書");
  });
});

describe("file names", () => {
  test.each([
    ["git.acme.example", "git.acme.example"],
    ["*.acme.example", "wildcard.acme.example"],
    ["../../etc/passwd", "etc-passwd"],
    ["CON", "certificate-CON"],
    ["\u202E", "certificate"],
    [".hidden", "hidden"],
  ])("%j becomes %j", (name, file) => {
    expect(fileName(name)).toBe(file);
  });
});
