import { expect, test } from "vitest";
import { href, location, match, parse } from "./route.svelte";

test("a pattern takes its parameters, an optional one may be missing", () => {
  expect(match("/certificates/:id?", "/certificates")).toEqual({});
  expect(match("/certificates/:id?", "/certificates/abc")).toEqual({ id: "abc" });
  expect(match("/certificates/:id?", "/certificates/abc/more")).toBeNull();
  expect(match("/a/:id", "/a")).toBeNull();
  expect(match("/", "/")).toEqual({});
});

test("an address and its parts are each other's inverse", () => {
  const text = href("/certificates/a b&c", { status: "valid,held", search: "x=1?&", none: null, empty: "" });
  const { path, query } = parse(text);
  expect(path).toBe("/certificates/a b&c");
  expect(Object.fromEntries(query)).toEqual({ status: "valid,held", search: "x=1?&" });
});

test("a broken escape is no reason to fail", () => {
  expect(parse("#/certificates/%E0%A4%A").path).toBe("/certificates/%E0%A4%A");
});

test("going somewhere is seen at once", () => {
  location.go("/activity", { area: "crl" });
  expect(location.path).toBe("/activity");
  expect(location.query.get("area")).toBe("crl");
  expect(window.location.hash).toBe("#/activity?area=crl");
});
