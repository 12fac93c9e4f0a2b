import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { session } from "../ipc/session.svelte";
import { show } from "../testing/render";
import App from "./App.svelte";

test("the frame says when the keys lock, and warns in the last minute; a key press puts it off", async () => {
  const { backend } = await show(App, {});
  await screen.findByTestId("overview-title");
  expect((await screen.findByText(/locks in 15 min/)).textContent).toContain("unlocked");
  expect(screen.queryByTestId("idle-warning")).toBeNull();
  backend.world.touchedAt = Date.now() - (15 * 60 - 42) * 1000;
  await session.refreshLock();
  const warning = await screen.findByTestId("idle-warning");
  expect(warning.textContent).toMatch(/The keys lock in 4\d s/);
  await fireEvent.keyDown(window, { key: "Shift" });
  await waitFor(() => expect(screen.queryByTestId("idle-warning")).toBeNull());
  expect(session.unlocked).toBe(true);
});

test("moving about tells the core seldom", async () => {
  const { backend } = await show(App, {});
  await screen.findByText(/locks in 15 min/);
  for (let turn = 0; turn < 20; turn += 1) await fireEvent.pointerMove(window);
  await waitFor(() => expect(backend.calls.filter((one) => one.name === "lock_touch")).toHaveLength(1));
});

test("when the time is over the window asks whether the core has locked, and says why", async () => {
  const { backend } = await show(App, {});
  await screen.findByTestId("overview-title");
  backend.world.touchedAt = Date.now() - 15 * 60 * 1000;
  backend.lockBecause("idle");
  session.lock = { locked: false, why: null, since: null, idleMinutes: 15, idleLeft: 0, keyringWaits: null };
  session.lockAt = Date.now();
  const bar = await screen.findByTestId("lock-bar");
  await waitFor(() => expect(bar.textContent).toContain("nobody was at it for 15 minutes"));
  expect(screen.queryByTestId("idle-warning")).toBeNull();
});

test("where nothing locks by itself, nothing is counted", async () => {
  const { backend } = await show(App, {});
  await screen.findByTestId("overview-title");
  backend.world.settings.set("lock.idle-minutes", "0");
  await session.refreshLock();
  await waitFor(() => expect(screen.queryByText(/locks in/)).toBeNull());
});
