import { beforeEach, expect, test } from "vitest";
import { useBackend } from "../../ipc/commands";
import { Failure } from "../../ipc/errors";
import { fakeBackend, type FakeBackend } from "../../ipc/fake";
import type { CertificateList } from "../../ipc/generated/CertificateList";
import { PAGE, Rows, WINDOW } from "./rows.svelte";

let backend: FakeBackend;

function on(scenario: Parameters<typeof fakeBackend>[0]): void {
  backend = fakeBackend(scenario);
  useBackend(backend);
}

const asked = (): CertificateList[] => backend.calls.filter((call) => call.name === "certificate_list").map((call) => call.request as CertificateList);

beforeEach(() => on({}));

test("the first page comes by position, its neighbour by key", async () => {
  const rows = new Rows();
  await rows.begin({});
  expect(rows.count).toBe(1287);
  await rows.need(90, 150);
  expect(asked().map(({ position, after }) => [position, after])).toEqual([
    [0, null],
    [null, "100"],
  ]);
  expect(rows.row(100)).toBeDefined();
});

test("a jump into the middle goes by position and asks for nothing between", async () => {
  const rows = new Rows();
  await rows.begin({});
  await rows.need(1005, 1030);
  expect(asked().map(({ position }) => position)).toEqual([0, 1000]);
  expect(rows.row(1010)?.id).toBe(backend.world.authorities.length > 0 ? rows.row(1010)?.id : "");
  expect(rows.row(500)).toBeUndefined();
});

test("a page on its way is not asked for twice", async () => {
  const rows = new Rows();
  await rows.begin({});
  await Promise.all([rows.need(300, 310), rows.need(300, 310), rows.need(305, 320)]);
  expect(asked().filter(({ position }) => position === 300)).toHaveLength(1);
});

test("an answer to the list before is dropped", async () => {
  const rows = new Rows();
  const slow = rows.begin({});
  await rows.begin({ search: "grafana" });
  await slow;
  expect(rows.row(0)?.name).toContain("grafana");
  expect(rows.count).toBeLessThan(100);
});

test("a million rows scroll in windows that a browser can draw", async () => {
  on({ leaves: 1_000_000 });
  const rows = new Rows();
  await rows.begin({});
  expect(rows.count).toBe(1_000_003);
  expect(rows.windowCount).toBe(WINDOW);
  expect(rows.reach(1_000_002)).toBe(500_003);
  expect(rows.start + rows.windowCount).toBe(rows.count);
  await rows.need(1_000_000, 1_000_002);
  expect(rows.row(1_000_002)).toBeDefined();
  expect(rows.reach(0)).toBe(-500_003);
});

test("the window moves on before its end is reached, and back", async () => {
  on({ leaves: 1_000_000 });
  const rows = new Rows();
  await rows.begin({});
  expect(rows.slide(0, 20)).toBe(0);
  expect(rows.slide(WINDOW - 20, WINDOW)).toBe(WINDOW / 2);
  expect(rows.slide(rows.start + 10, rows.start + 30)).toBe(-WINDOW / 2);
});

test("a count that stopped early grows with the list", async () => {
  on({ leaves: 60_000 });
  const rows = new Rows();
  await rows.begin({ status: ["valid"] });
  expect(rows.total).toEqual({ count: 10_000, atLeast: true });
  await rows.need(9_950, 9_999);
  expect(rows.count).toBe(10_000 + PAGE);
});

test("a failure is told, and gone after a list that came", async () => {
  const rows = new Rows();
  backend.failNext("certificate_list", new Failure("registry-busy"));
  await rows.begin({});
  expect(rows.failure?.code).toBe("registry-busy");
  await rows.begin({});
  expect(rows.failure).toBeNull();
  expect(rows.count).toBe(1287);
});

test("only so many pages are kept", async () => {
  on({ leaves: 20_000 });
  const rows = new Rows();
  await rows.begin({});
  for (let at = 0; at < 12_000; at += PAGE) await rows.need(at, at + 10);
  expect(rows.loaded.length).toBeLessThanOrEqual(60 * PAGE);
  expect(rows.row(11_905)).toBeDefined();
});
