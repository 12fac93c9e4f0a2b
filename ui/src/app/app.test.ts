import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import { Failure } from "../ipc/errors";
import { PASSPHRASE } from "../ipc/fake";
import { session } from "../ipc/session.svelte";
import { find, location } from "../lib/route.svelte";
import { show } from "../testing/render";
import App from "./App.svelte";
import { belongs, PLACES } from "./places";
import { ROUTES } from "./routes";

test("every place of the sidebar has a screen, and no two screens one address", () => {
  for (const place of PLACES) expect(find(ROUTES, place.path), place.path).not.toBeNull();
  expect(new Set(ROUTES.map((route) => route.path)).size).toBe(ROUTES.length);
});

test("an address below a place belongs to it", () => {
  expect([belongs("/certificates/1", "/certificates"), belongs("/certificatesque", "/certificates"), belongs("/certificates", "/"), belongs("/", "/")]).toEqual([true, false, false, true]);
});

test("without a registry the way in is shown", async () => {
  await show(App, {}, { closed: true });
  await waitFor(() => expect(location.path).toBe("/welcome"));
});

test("an unknown address says so and leads home", async () => {
  location.go("/nowhere");
  await show(App, {});
  expect((await screen.findByText("Go to the overview")).getAttribute("href")).toBe("#/");
});

test("a core that does not answer is told, and asked again", async () => {
  const { backend, user } = await show(App, {});
  await screen.findByTestId("overview-title");
  // The page's own first question is answered before this one.
  await session.refresh();
  backend.failNext("registry_status", new Failure("registry-busy"));
  await session.refresh();
  const notice = await screen.findByTestId("failure");
  await user.click(within(notice).getByRole("button"));
  expect(await screen.findByTestId("overview-title")).toBeDefined();
});

test("a vault opens with its passphrase only, which is not kept", async () => {
  const { user } = await show(App, {}, { locked: true, vault: true });
  const answer = session.needKeys();
  const field = await screen.findByTestId("unlock-passphrase");
  await user.type(field, "wrong");
  await user.click(screen.getByTestId("unlock-go"));
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("passphrase-wrong");
  expect((field as HTMLInputElement).value).toBe("");
  await user.type(field, PASSPHRASE);
  await user.click(screen.getByTestId("unlock-go"));
  expect(await answer).toBe(true);
  expect(session.unlocked).toBe(true);
});

test("locked keys are a bar and no curtain: what is there can be looked at", async () => {
  const { user } = await show(App, {}, { locked: true, vault: true });
  const bar = await screen.findByTestId("lock-bar");
  expect(bar.textContent).toContain("The keys are locked.");
  await user.click(screen.getByTestId("nav-certificates"));
  expect((await screen.findAllByTestId("certificate-row")).length).toBeGreaterThan(5);
  await user.click(screen.getByTestId("lock-bar-unlock"));
  await user.type(await screen.findByTestId("unlock-passphrase"), `${PASSPHRASE}{Enter}`);
  await waitFor(() => expect(screen.queryByTestId("lock-bar")).toBeNull());
});

test("Control L locks, also while something is typed", async () => {
  const { user } = await show(App, {});
  await screen.findByTestId("overview-title");
  expect(screen.queryByTestId("lock-bar")).toBeNull();
  await user.type(screen.getByTestId("search"), "vpn");
  await user.keyboard("{Control>}l{/Control}");
  expect(await screen.findByTestId("lock-bar")).toBeDefined();
  expect(session.unlocked).toBe(false);
  expect(screen.getByTestId<HTMLInputElement>("search").value).toBe("vpn");
});

test("a lock that fails says so", async () => {
  const { user, backend } = await show(App, {});
  await screen.findByTestId("overview-title");
  backend.failNext("registry_lock", new Failure("registry-busy"));
  await user.keyboard("{Control>}l{/Control}");
  expect((await screen.findByTestId("toasts")).textContent).toContain("Another program is writing");
  expect(session.unlocked).toBe(true);
});

test("a keyring that does not answer is told apart from a locked one, and leads to the doctor", async () => {
  await show(App, {}, { unreachable: true });
  const bar = await screen.findByTestId("lock-bar");
  expect(bar.dataset["state"]).toBe("unreachable");
  expect(bar.textContent).toContain("does not answer");
  expect(within(bar).getByText("Run the doctor").getAttribute("href")).toBe("#/settings?doctor=1");
});

test("a keyring that lets one wait can be given up on, and what it says then is nobody's", async () => {
  const { user, backend } = await show(App, {}, { locked: true });
  const answer = session.needKeys();
  const release = backend.hold("registry_unlock");
  await user.click(await screen.findByTestId("unlock-go"));
  expect((await screen.findByTestId("unlock-waiting")).textContent).toContain("login password");
  backend.failNext("registry_unlock", new Failure("keyring-timed-out"));
  await user.click(screen.getByTestId("unlock-cancel"));
  expect(await answer).toBe(false);
  release();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(screen.queryByTestId("failure")).toBeNull();
  void session.needKeys();
  expect((await screen.findByTestId<HTMLButtonElement>("unlock-go")).getAttribute("aria-busy")).toBe("false");
});

test("declining to unlock is an answer", async () => {
  const { user } = await show(App, {}, { locked: true });
  const answer = session.needKeys();
  await user.click(await screen.findByText("Not now"));
  expect(await answer).toBe(false);
});

test("the search offers what it found, and the keys choose", async () => {
  const { user } = await show(App, {});
  await screen.findByTestId("overview-title");
  await user.keyboard("/");
  const field = screen.getByTestId("search");
  expect(document.activeElement).toBe(field);
  await user.keyboard("grafana");
  const results = await screen.findByRole("listbox");
  await waitFor(() => expect(within(results).getAllByRole("option").length).toBeGreaterThan(3));
  await user.keyboard("{Enter}");
  expect(location.path).toMatch(/^\/certificates\/0190/);
});

test("a search that names an authority leads to it", async () => {
  const { user } = await show(App, {});
  await user.type(await screen.findByTestId("search"), "vpn ca");
  await waitFor(() => expect(screen.getAllByRole("option")[0]?.textContent).toContain("VPN CA"));
  await user.keyboard("{Enter}");
  expect(location.path).toBe("/authorities/01900000-0000-7000-8000-000000000002");
});

test("Control K opens the commands", async () => {
  const { user } = await show(App, {});
  await screen.findByTestId("overview-title");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByTestId("palette-input"), "activity");
  await user.keyboard("{Enter}");
  await waitFor(() => expect(location.path).toBe("/activity"));
});

test("what is typed right after Control K belongs to the commands, before the next frame is drawn", async () => {
  const { user } = await show(App, {});
  await screen.findByTestId("overview-title");
  const frames = vi.spyOn(window, "requestAnimationFrame").mockReturnValue(0);
  try {
    await user.keyboard("{Control>}k{/Control}");
    await user.keyboard("Go to Revocation & CRLs");
    expect(screen.getByTestId<HTMLInputElement>("palette-input").value).toBe("Go to Revocation & CRLs");
    await user.keyboard("{Enter}");
    expect(location.path).toBe("/revocation");
  } finally {
    frames.mockRestore();
  }
});

test("a read-only registry says so on every screen, and offers nothing that would be refused", async () => {
  const { user } = await show(App, {}, { readOnly: true });
  expect((await screen.findByTestId("read-only")).textContent).toContain("Check the permissions of the file");
  await user.click(screen.getByTestId("nav-revocation"));
  for (const button of await screen.findAllByTestId<HTMLButtonElement>("crl-build")) expect(button.disabled).toBe(true);
  await user.click(screen.getByTestId("new-certificate"));
  expect(await screen.findByTestId("read-only-instead")).toBeDefined();
  expect(screen.queryByTestId("issue-form")).toBeNull();
});

test("a registry on a network share is only looked at until somebody agrees to more", async () => {
  const { user, backend } = await show(App, {}, { share: true });
  expect((await screen.findByTestId("read-only")).textContent).toContain("network share");
  await user.click(screen.getByTestId("share-agree"));
  await waitFor(() => expect(screen.queryByTestId("read-only")).toBeNull());
  expect(backend.calls.find((one) => one.name === "registry_open")?.request).toEqual({ path: "recent-1", onShare: true });
});

test("a task that runs can be stopped", async () => {
  const { user, backend } = await show(App, {});
  backend.world.tasks.unshift({ id: "t-1", kind: "import", state: "running", progress: { done: 3, total: 10 }, message: "", about: "/home/admin/old.p12", here: true, resumable: false, startedAt: new Date().toISOString(), endedAt: null });
  await user.click(await screen.findByTestId("tasks"));
  const box = await screen.findByTestId("tasks-list");
  await user.click(await within(box).findByText("Cancel"));
  await waitFor(() => expect(backend.world.tasks[0]?.state).toBe("cancelled"));
});

test("Ctrl Z says what undoing would do, and does it when that is confirmed", async () => {
  const { backend, user } = await show(App, {});
  await screen.findByTestId("overview-title");
  await backend.call("settings_set", { changes: [{ key: "backup.keep", value: "20", path: null }] });
  await user.keyboard("{Control>}z{/Control}");
  await user.click(await screen.findByRole("button", { name: "Undo" }));
  await waitFor(() => expect(backend.calls.some((one) => one.name === "registry_undo")).toBe(true));
  expect(await screen.findByText("Undone")).toBeTruthy();
});

test("what came to no end says why and is taken up again", async () => {
  const { user, backend } = await show(App, {});
  const at = new Date().toISOString();
  backend.world.tasks.unshift({ id: "t-2", kind: "backup", state: "abandoned", progress: { done: 0, total: 0 }, message: "The program that ran this ended before it was done.", about: "/mnt/usb/acme.backup", here: false, resumable: true, startedAt: at, endedAt: at });
  await user.click(await screen.findByTestId("tasks"));
  const box = await screen.findByTestId("tasks-list");
  expect(await within(box).findByText(/ended before it was done/u)).toBeDefined();
  expect(within(box).getByText("acme.backup")).toBeDefined();
  backend.failNext("task_resume", new Failure("disk-full", {}));
  await user.click(within(box).getByTestId("task-resume"));
  expect((await within(box).findByTestId("failure")).dataset["code"]).toBe("disk-full");
  await user.click(within(box).getByTestId("task-resume"));
  await waitFor(() => expect(within(box).queryByTestId("task-resume")).toBeNull());
  expect(within(box).getAllByTestId("task")[0]?.dataset["state"]).toBe("done");
});

test("a task of another program is said to be one", async () => {
  const { user, backend } = await show(App, {});
  backend.world.tasks.unshift({ id: "t-3", kind: "import", state: "running", progress: { done: 0, total: 0 }, message: "", about: "", here: false, resumable: false, startedAt: new Date().toISOString(), endedAt: null });
  await user.click(await screen.findByTestId("tasks"));
  expect(await screen.findByText("in another program")).toBeDefined();
});
