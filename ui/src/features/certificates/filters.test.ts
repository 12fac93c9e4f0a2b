import { expect, test } from "vitest";
import { narrowed, read, request, turned, write, type Filters } from "./filters";

const everything: Filters = { status: ["valid", "held"], kind: "leaf", authority: "a1", profile: "tls-server", tag: "main office", ends: 90, search: "git x", archived: true, sort: "-ends" };

function query(filters: Filters): URLSearchParams {
  return new URLSearchParams(Object.entries(write(filters)).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ""));
}

test("filters survive the address", () => {
  expect(read(query(everything))).toEqual(everything);
});

test("an address without filters is the whole list, newest first", () => {
  const plain = read(new URLSearchParams());
  expect(narrowed(plain)).toBe(false);
  expect(request(plain)).toEqual({ status: [], kind: null, authority: null, profile: null, tag: null, expiresWithinDays: null, search: null, archived: false, sort: "-issued" });
  expect([...query(plain)]).toEqual([]);
});

test("what makes no sense is left out", () => {
  const odd = read(new URLSearchParams("status=valid,nonsense&ends=-3&sort=colour&kind=x"));
  expect(odd).toMatchObject({ status: ["valid"], ends: null, sort: "-issued", kind: null });
});

test("a heading sorts upwards, then downwards; the newest come first", () => {
  expect(turned("-issued", "ends")).toBe("ends");
  expect(turned("ends", "ends")).toBe("-ends");
  expect(turned("-ends", "ends")).toBe("ends");
  expect(turned("name", "issued")).toBe("-issued");
});
