import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Failure } from "../../ipc/errors";
import { location } from "../../lib/route.svelte";
import { session } from "../../ipc/session.svelte";
import { show } from "../../testing/render";
import { crlTone } from "./health";
import { bars, ticks } from "./histogram";
import Overview from "./Overview.svelte";

const NOW = Date.parse("2026-11-21T14:05:00Z");

test("a bar stacks its series and knows when its month is over", () => {
  const [november, december] = bars(
    [
      { month: "2026-11", servers: 9, clients: 4, authorities: 0, others: 0 },
      { month: "2026-12", servers: 0, clients: 0, authorities: 1, others: 2 },
    ],
    NOW,
  );
  expect(november).toMatchObject({ total: 13, days: 10 });
  expect(november?.segments).toEqual([
    { series: "servers", count: 9, from: 0, to: 9 },
    { series: "clients", count: 4, from: 9, to: 13 },
  ]);
  expect(december).toMatchObject({ total: 3, days: 41 });
});

test("the axis is round and reaches the highest bar", () => {
  expect(ticks(187)).toEqual([0, 50, 100, 150, 200]);
  expect(ticks(0)).toEqual([0, 1]);
  expect(ticks(3)).toEqual([0, 1, 2, 3]);
  expect(ticks(1_234_567).at(-1)).toBeGreaterThanOrEqual(1_234_567);
});

test("a CRL that keeps a revocation back is worse than one that is due", () => {
  const crl = { number: 7, thisUpdate: "2026-11-20T00:00:00Z", nextUpdate: "2026-11-25T00:00:00Z", entries: 3, stale: false, dueAt: "2026-11-23T00:00:00Z" };
  expect(crlTone(crl, NOW)).toBe("ok");
  expect(crlTone({ ...crl, dueAt: "2026-11-21T00:00:00Z" }, NOW)).toBe("warn");
  expect(crlTone({ ...crl, nextUpdate: "2026-11-21T14:05:00Z" }, NOW)).toBe("bad");
  expect(crlTone({ ...crl, stale: true }, NOW)).toBe("bad");
  expect(crlTone({ ...crl, number: null, nextUpdate: null }, NOW)).toBe("gone");
});

test("the title says how much there is to do, and each matter has its fix", async () => {
  const { user, backend } = await show(Overview, { params: {} });
  expect((await screen.findByTestId("overview-title")).textContent).toBe("Two things need you");
  const [first] = screen.getAllByTestId("attention-fix");
  if (first) await user.click(first);
  await waitFor(() => expect(backend.calls.find((call) => call.name === "crl_build")?.request).toEqual({ authority: "01900000-0000-7000-8000-000000000002", nextUpdate: null }));
});

test("a fix that needs the keys asks for them first, and tells when it fails", async () => {
  const { user, backend } = await show(Overview, { params: {} }, { locked: true });
  const [first] = await screen.findAllByTestId("attention-fix");
  if (first) await user.click(first);
  expect(session.unlockWanted).toBe(true);
  expect(backend.calls.some((call) => call.name === "crl_build")).toBe(false);
  backend.failNext("crl_build", new Failure("keyring-unreachable"));
  await session.unlock(null);
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("keyring-unreachable");
});

test("nothing to do is said as well", async () => {
  await show(Overview, { params: {} }, { calm: true });
  expect((await screen.findByTestId("overview-title")).textContent).toBe("Nothing needs you");
  expect(screen.queryByTestId("attention")).toBeNull();
});

test("a bar leads to the certificates that end until then", async () => {
  const { user } = await show(Overview, { params: {} });
  const chart = await screen.findByTestId("expiries");
  const [bar] = within(chart).getAllByRole("link");
  if (bar) await user.click(bar);
  expect(location.path).toBe("/certificates");
  expect(Number(location.query.get("ends"))).toBeGreaterThan(0);
});

test("an empty registry offers its first authority", async () => {
  await show(Overview, { params: {} }, { empty: true });
  expect((await screen.findByTestId("overview-first-authority")).getAttribute("href")).toBe("#/authorities");
});
