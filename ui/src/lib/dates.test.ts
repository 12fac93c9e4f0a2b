import { expect, test } from "vitest";
import { clock, day, dayAndTime, daysUntil, distance, lifeLeft, monthName } from "./dates";

const NOW = Date.parse("2026-11-21T14:05:00Z");

test("a distance keeps the largest unit that still says something", () => {
  expect(distance("2026-11-21T14:50:00Z", NOW)).toEqual({ past: false, unit: "minutes", count: 45 });
  expect(distance("2026-11-22T11:05:00Z", NOW)).toEqual({ past: false, unit: "hours", count: 21 });
  expect(distance("2026-11-26T15:00:00Z", NOW)).toEqual({ past: false, unit: "days", count: 5 });
  expect(distance("2027-01-05T14:05:00Z", NOW)).toEqual({ past: false, unit: "days", count: 45 });
  expect(distance("2026-07-21T14:05:00Z", NOW)).toEqual({ past: true, unit: "months", count: 4 });
  expect(distance("2044-11-21T14:05:00Z", NOW)).toEqual({ past: false, unit: "years", count: 18 });
});

test("moments are shown in UTC", () => {
  expect(dayAndTime("2026-12-03T15:05:00+01:00")).toBe("3 Dec 2026, 14:05 UTC");
  expect(day("2026-12-03T23:30:00-02:00")).toBe("4 Dec 2026");
  expect(clock("2026-12-03T09:07:00Z")).toBe("09:07");
  expect(monthName("2026-11")).toBe("Nov");
});

test("what is no moment is shown as it came", () => {
  expect(dayAndTime("soon")).toBe("soon");
});

test("days until an end are rounded down, also in the past", () => {
  expect(daysUntil("2026-11-22T14:04:00Z", NOW)).toBe(0);
  expect(daysUntil("2026-11-21T14:04:00Z", NOW)).toBe(-1);
});

test("the rest of a life lies between nothing and all of it", () => {
  expect(lifeLeft("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", Date.parse("2026-11-21T18:00:00Z"))).toBe(0.25);
  expect(lifeLeft("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", Date.parse("2026-11-23T00:00:00Z"))).toBe(0);
  expect(lifeLeft("2026-11-22T00:00:00Z", "2026-11-21T00:00:00Z", NOW)).toBe(0);
});
