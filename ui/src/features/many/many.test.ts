import { screen, waitFor } from "@testing-library/svelte";
import type { UserEvent } from "@testing-library/user-event";
import { beforeEach, expect, test } from "vitest";
import { Failure } from "../../ipc/errors";
import type { FakeBackend } from "../../ipc/fake";
import type { TaskView } from "../../ipc/generated/TaskView";
import { tasks } from "../../ipc/tasks.svelte";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Many from "./Many.svelte";
import { sourceOf } from "./many.svelte";

beforeEach(() => location.go("/many"));

const task = (more: Partial<TaskView> = {}): TaskView => ({
  id: "task-1", kind: "issue-many", state: "running", progress: { done: 1, total: 3 }, message: "", about: "/home/admin/out", here: true, resumable: false, startedAt: new Date().toISOString(), endedAt: null, ...more,
});

async function choose(backend: FakeBackend, user: UserEvent, name: string): Promise<void> {
  backend.picks.push({ handle: name, name });
  await user.click(await screen.findByTestId("many-csv"));
  await screen.findByTestId("many-rows");
}

/** Where the results go, and keys in the open. */
async function place(backend: FakeBackend, user: UserEvent): Promise<void> {
  await user.click(screen.getByTestId("many-plain-key"));
  backend.picks.push({ handle: "out:1", name: "out" });
  await user.click(screen.getByTestId("many-out"));
}

const standings = (): (string | undefined)[] => screen.getAllByTestId("many-row").map((row) => row.dataset["standing"]);

test("every row is checked first, the bad ones shown with their reasons", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "hosts.csv");
  expect(standings()).toEqual(["refused"]);
  const [bad] = screen.getAllByTestId("many-row");
  if (bad) await user.click(bad);
  expect(screen.getByTestId("many-row-detail").textContent).toContain("is no number of days");
  await user.click(screen.getByTestId("many-filter-all"));
  expect(standings()).toEqual(["ready", "ready", "refused", "warned"]);
  expect(screen.getByTestId<HTMLButtonElement>("many-run").disabled).toBe(true);
  expect(screen.getByText(/leave the refused rows out/u)).toBeDefined();
  expect(backend.calls.some((call) => call.name === "issue_many_run")).toBe(false);
});

test("the rest is issued once the refused rows are left out, and each row says what became of it", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "hosts.csv");
  await place(backend, user);
  await user.click(screen.getByTestId("many-without-bad"));
  await user.click(screen.getByTestId("many-run"));
  expect((await screen.findByTestId("many-outcome")).textContent).toContain("3 certificates issued");
  expect(backend.calls.find((call) => call.name === "issue_many_run")?.request).toMatchObject({ draft: { csv: "hosts.csv", csrFolder: null }, out: "out:1", format: "pem", password: null, plainKey: true, withoutBad: true });
  expect(standings()).toEqual(["issued", "issued", "leftOut", "issued"]);
  const [first] = screen.getAllByTestId("many-row");
  if (first) await user.click(first);
  expect(screen.getByTestId("many-show").getAttribute("href")).toMatch(/^#\/certificates\//u);
  await user.click(screen.getByTestId("many-open-folder"));
  expect(backend.shown).toEqual(["out:1"]);
  await user.click(screen.getByTestId("many-again"));
  expect(await screen.findByTestId("many-drop")).toBeDefined();
});

test("another authority or profile checks anew; nothing else of a table is edited", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "good.csv");
  await user.selectOptions(screen.getByTestId("many-profile"), "mtls");
  await waitFor(() => expect(backend.calls.findLast((call) => call.name === "issue_many_check")?.request).toMatchObject({ profile: "mtls" }));
  expect(standings()).toEqual(["ready", "ready", "warned"]);
});

test("a table that is none says so, and another can be chosen", async () => {
  const { backend, user } = await show(Many, {});
  backend.picks.push({ handle: "empty.csv", name: "empty.csv" });
  await user.click(await screen.findByTestId("many-csv"));
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("not-a-table");
  expect(screen.queryByTestId("many-run")).toBeNull();
  backend.picks.push({ handle: "good.csv", name: "good.csv" });
  await user.click(screen.getByTestId("many-other"));
  await waitFor(() => expect(standings()).toHaveLength(3));
  expect(screen.queryByTestId("failure")).toBeNull();
});

test("a folder of requests makes no keys, and asks for no password", async () => {
  const { backend, user } = await show(Many, {});
  backend.drop([{ handle: "folder:1", name: "incoming" }]);
  await screen.findByTestId("many-rows");
  expect(backend.calls.find((call) => call.name === "issue_many_check")?.request).toMatchObject({ csv: null, csrFolder: "folder:1" });
  expect(screen.queryByTestId("many-format-pem")).toBeNull();
  await user.click(screen.getByTestId("many-without-bad"));
  backend.picks.push({ handle: "out:1", name: "out" });
  await user.click(screen.getByTestId("many-out"));
  await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("many-run").disabled).toBe(false));
});

test("keys are sealed under a password typed twice, or left open on purpose", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "good.csv");
  backend.picks.push({ handle: "out:1", name: "out" });
  await user.click(screen.getByTestId("many-out"));
  const run = screen.getByTestId<HTMLButtonElement>("many-run");
  expect(run.disabled).toBe(true);
  await user.click(screen.getByTestId("many-format-pkcs12"));
  await user.type(screen.getByTestId("many-password"), "secret one");
  await user.type(screen.getByTestId("many-password-again"), "secret two");
  expect(run.disabled).toBe(true);
  await user.clear(screen.getByTestId("many-password-again"));
  await user.type(screen.getByTestId("many-password-again"), "secret one");
  await user.click(run);
  await screen.findByTestId("many-outcome");
  expect(backend.calls.find((call) => call.name === "issue_many_run")?.request).toMatchObject({ format: "pkcs12", password: "secret one", plainKey: false });
});

test("a run shows how far it is, stops when asked, and goes on where it was", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "good.csv");
  await place(backend, user);
  const release = backend.hold("issue_many_run");
  backend.world.tasks = [task()];
  await user.click(screen.getByTestId("many-run"));
  expect((await screen.findByTestId("many-progress")).textContent).toBe("1 of 3");
  await user.click(screen.getByTestId("many-cancel"));
  await waitFor(() => expect(backend.world.tasks[0]?.state).toBe("cancelled"));
  release();
  const outcome = await screen.findByTestId("many-outcome");
  expect(outcome.dataset["state"]).toBe("cancelled");
  expect(outcome.textContent).toContain("Stopped: 1 of 3 issued");
  expect(standings()).toEqual(["issued", "notIssued", "notIssued"]);
  await user.click(screen.getByTestId("many-resume"));
  await waitFor(() => expect(screen.getByTestId("many-outcome").dataset["state"]).toBe("done"));
  expect(screen.getByTestId("many-outcome").textContent).toContain("3 certificates issued");
  expect(backend.calls.find((call) => call.name === "issue_many_resume")?.request).toEqual({ task: "task-1", password: null });
});

test("an earlier run is resumed from here; a sealed one asks for its password", async () => {
  const { backend, user } = await show(Many, {});
  backend.world.tasks = [task({ state: "cancelled", here: false, resumable: true, about: "sealed" })];
  await tasks.load();
  await user.click(await screen.findByTestId("many-task-resume"));
  await user.type(await screen.findByTestId("many-task-password"), "the password");
  await user.click(screen.getByTestId("many-task-go"));
  const outcome = await screen.findByTestId("many-outcome");
  expect(outcome.textContent).toContain("1 of them by an earlier run.");
  expect(standings()).toEqual(["issued", "issued"]);
  expect(backend.calls.findLast((call) => call.name === "issue_many_resume")?.request).toEqual({ task: "task-1", password: "the password" });
});

test("the refused rows are saved to where the dialog says; a run that fails says why", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "hosts.csv");
  backend.picks.push(null, { handle: "file:9", name: "refused.csv" });
  await user.click(screen.getByTestId("many-failures"));
  expect(backend.calls.some((call) => call.name === "issue_many_failures")).toBe(false);
  await user.click(screen.getByTestId("many-failures"));
  expect(await screen.findByText("refused.csv")).toBeDefined();
  expect(backend.calls.find((call) => call.name === "issue_many_failures")?.request).toMatchObject({ out: "file:9", overwrite: true, draft: { csv: "hosts.csv" } });
  await place(backend, user);
  await user.click(screen.getByTestId("many-without-bad"));
  backend.failNext("issue_many_run", new Failure("disk-full", {}));
  await user.click(screen.getByTestId("many-run"));
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("disk-full");
  expect(screen.getByTestId("many-run")).toBeDefined();
});

test("ten thousand rows are drawn where they are looked at", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "large.csv");
  expect(screen.getByTestId("many-filter-refused").textContent).toContain("10");
  await user.click(screen.getByTestId("many-filter-all"));
  expect(screen.getByTestId("many-rows").getAttribute("aria-rowcount")).toBe("10001");
  expect(screen.getAllByTestId("many-row").length).toBeLessThan(100);
});

test("what is dropped is taken for a table by its name, else for a folder", () => {
  const kind = (name: string): string => sourceOf({ handle: name, name }).kind;
  expect([kind("a.csv"), kind("A.CSV"), kind("incoming"), kind("csv.d")]).toEqual(["csv", "csv", "folder", "folder"]);
});

test("a warning is accepted for all rows, recorded with what is issued, and taken back", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "hosts.csv");
  const LINT = "common_name_not_among_names";
  expect(screen.getByTestId("many-warning").textContent).toContain("in 1 row");
  await user.click(screen.getByTestId("many-filter-warned"));
  await user.click(screen.getAllByTestId("many-row")[0] as HTMLElement);
  await user.click(await screen.findByTestId(`many-row-accept-${LINT}`));
  await waitFor(() => expect(screen.getByTestId("many-warning").dataset["accepted"]).toBe("true"));
  // The filter shows nothing any more, and gives way.
  expect(standings()).toEqual(["ready", "ready", "refused", "ready"]);
  await place(backend, user);
  await user.click(screen.getByTestId("many-without-bad"));
  await user.click(screen.getByTestId(`many-take-back-${LINT}`));
  await waitFor(() => expect(screen.getByTestId("many-warning").dataset["accepted"]).toBe("false"));
  // What was chosen stays when the same table is checked again.
  expect(screen.getByTestId<HTMLInputElement>("many-without-bad").checked).toBe(true);
  await user.click(screen.getByTestId(`many-accept-${LINT}`));
  await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("many-run").disabled).toBe(false));
  await user.click(screen.getByTestId("many-run"));
  await screen.findByTestId("many-outcome");
  expect(backend.calls.find((call) => call.name === "issue_many_run")?.request).toMatchObject({ draft: { accept: [LINT] } });
  expect(screen.queryByTestId("many-warnings")).toBeNull();
});

test("what the task centre takes up again is shown to its end", async () => {
  const { backend, user } = await show(Many, {});
  await choose(backend, user, "good.csv");
  await place(backend, user);
  backend.world.tasks = [task({ state: "cancelled", resumable: true })];
  await user.click(screen.getByTestId("many-run"));
  expect((await screen.findByTestId("many-outcome")).dataset["state"]).toBe("cancelled");
  backend.world.tasks = [task({ progress: { done: 2, total: 3 } })];
  await tasks.load();
  expect((await screen.findByTestId("many-going")).textContent).toBe("2 of 3");
  expect(screen.queryByTestId("many-resume")).toBeNull();
  backend.world.tasks = [task({ state: "done", progress: { done: 3, total: 3 } })];
  await tasks.load();
  await waitFor(() => expect(screen.getByTestId("many-outcome").dataset["state"]).toBe("done"));
  expect(standings()).toEqual(["issued", "before", "before"]);
});
