import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";
import { Failure } from "../../ipc/errors";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Activity from "./Activity.svelte";
import { narrowed, read, request, write } from "./filters";
import { Log, PAGE } from "./log.svelte";
import { particulars, person, place } from "./said";

beforeEach(() => location.go("/activity"));

test("the newest entry stands first and has its own address", async () => {
  const { user } = await show(Activity, { params: {} });
  const [first] = await screen.findAllByTestId("activity-entry");
  await waitFor(() => expect(first?.textContent).toContain("CRL issued"));
  expect(first?.textContent).toContain("Issuing CA 1");
  if (first) await user.click(first);
  expect(location.path).toMatch(/^\/activity\/\d+$/u);
});

test("an entry says everything that it holds, and leads to its neighbours and its subject", async () => {
  const { user, backend } = await show(Activity, { params: { sequence: "2" } });
  const panel = await screen.findByTestId("activity-detail");
  expect(await within(panel).findByText(backend.world.audit[1]?.action ?? "")).toBeDefined();
  await user.click(within(panel).getByTestId("activity-older"));
  expect(location.path).toBe("/activity/1");
  await user.click(within(panel).getByTestId("activity-of-subject"));
  expect(location.query.get("subject")).toBe(backend.world.audit[1]?.subject);
});

test("an entry that is not there says so", async () => {
  await show(Activity, { params: { sequence: "99999" } });
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("audit-entry-not-found");
});

test("filters narrow the log by area, person, time, refusal and words", async () => {
  const { user, backend } = await show(Activity, { params: {} });
  await screen.findAllByTestId("activity-entry");
  const last = (): unknown => backend.calls.findLast((call) => call.name === "audit_list")?.request;
  location.go("/activity", { area: "registry", actor: "anna@host (chancery)", days: "7", refused: "1" });
  await waitFor(() => expect(last()).toMatchObject({ action: "registry.", actor: "anna@host (chancery)", refused: true }));
  expect((last() as { since: string }).since).toMatch(/Z$/u);
  expect(await screen.findByText("No entry fits")).toBeDefined();
  await user.click(screen.getByTestId("activity-clear"));
  expect((await screen.findAllByTestId("activity-entry")).length).toBeGreaterThan(2);
  await user.click(screen.getByTestId("filter-refused"));
  expect(location.query.get("refused")).toBe("1");
  location.go("/activity");
  await user.type(screen.getByTestId("activity-search"), "Issuing");
  await waitFor(() => expect(location.query.get("search")).toBe("Issuing"));
});

test("a search that did not look at the oldest entries says so, and goes on there", async () => {
  location.go("/activity", { search: "registry" });
  const { user, backend } = await show(Activity, { params: {} });
  await screen.findAllByTestId("activity-entry");
  expect(screen.queryByTestId("activity-searched")).toBeNull();
  const [first] = backend.world.audit;
  if (!first) throw new Error("no entry");
  for (let sequence = backend.world.audit.length + 1; sequence <= 1500; sequence += 1) backend.world.audit.push({ ...first, sequence, action: "task.done" });
  location.go("/activity", { search: "task.done" });
  const searched = await screen.findByTestId("activity-searched");
  expect(searched.textContent).toContain("entry 501");
  expect(screen.getByTestId("activity-count").textContent).toContain("1,000+");
  await user.click(screen.getByTestId("activity-further"));
  expect(location.query.get("last")).toBe("500");
  await waitFor(() => expect(screen.queryByTestId("activity-searched")).toBeNull());
  await user.click(screen.getByRole("button", { name: "Clear: Up to entry" }));
  await waitFor(() => expect(location.query.get("last")).toBeNull());
});

test("verifying says what was compared, when, and how long it took", async () => {
  const { user } = await show(Activity, { params: {} }, { locked: true });
  await user.click(await screen.findByTestId("activity-verify"));
  const verdict = await screen.findByTestId("activity-verdict");
  expect(verdict.textContent).toContain("The keys are locked");
  expect(verdict.textContent).toMatch(/Verified .* UTC, in \d+ ms/u);
});

test("the log is exported to where the dialog says; nothing happens when it is closed", async () => {
  const { user, backend } = await show(Activity, { params: {} });
  backend.picks.push(null, { handle: "file:7", name: "log.jsonl" });
  await user.click(await screen.findByTestId("activity-export"));
  expect(backend.calls.some((call) => call.name === "audit_export")).toBe(false);
  await user.click(screen.getByTestId("activity-export"));
  expect((await screen.findByTestId("activity-exported")).textContent).toContain("Log exported");
  expect(backend.calls.find((call) => call.name === "audit_export")?.request).toEqual({ out: "file:7", overwrite: true });
  backend.failNext("audit_export", new Failure("disk-full", {}));
  await user.click(screen.getByTestId("activity-export"));
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("disk-full");
});

test("a hundred thousand entries are read where they are looked at", async () => {
  const { backend } = await show(Activity, { params: {} });
  const [one] = backend.world.audit;
  if (one === undefined) throw new Error("the invented log has entries");
  backend.world.audit = Array.from({ length: 100_000 }, (_, at) => ({ ...one, sequence: at + 1 }));
  backend.calls.length = 0;
  const log = new Log();
  await log.begin(request(read(new URLSearchParams()), 0));
  expect(log.count).toBe(100_000);
  await log.need(70_000, 70_040);
  expect(log.row(70_000)?.sequence).toBe(30_000);
  await log.need(70_100, 70_140);
  expect(log.row(70_101)?.sequence).toBe(29_899);
  expect(log.indexOf(29_899)).toBe(70_101);
  expect(log.row(500)).toBeUndefined();
  const asked = backend.calls.filter((call) => call.name === "audit_list").map((call) => call.request as { position: number | null; after: string | null; limit: number });
  expect(asked.map(({ position }) => position)).toEqual([0, 70_000, null]);
  expect(asked[2]?.after).not.toBeNull();
  expect(asked.every(({ limit }) => limit === PAGE)).toBe(true);
  backend.world.audit.push({ ...one, sequence: 100_001 });
  await log.begin(request(read(new URLSearchParams()), 0), true);
  expect(log.row(0)?.sequence).toBe(100_001);
  expect(log.row(70_000)).toBeUndefined();
});

test("filters stand in the address", () => {
  const filters = read(new URLSearchParams("area=crl&days=30&refused=1&search=a+b&actor=x&subject=7&last=12"));
  expect(filters).toEqual({ area: "crl", days: "30", refused: true, search: "a b", actor: "x", subject: "7", last: "12" });
  expect(read(new URLSearchParams(Object.entries(write(filters)).filter((pair): pair is [string, string] => pair[1] !== null)))).toEqual(filters);
  expect(narrowed(filters)).toBe(true);
  expect(narrowed(read(new URLSearchParams("days=soon&search=+")))).toBe(false);
  expect(request(filters, Date.parse("2026-12-03T00:00:00Z")).since).toBe("2026-11-03T00:00:00.000Z");
});

test("an entry in words", () => {
  expect(person("anna@host (chancery 0.1.0)")).toBe("anna@host");
  expect(place({ action: "certificate.revoked", subject: "4711", detail: {} })).toBe("/certificates/4711");
  expect(place({ action: "certificate.revoke-refused", subject: "what was typed", detail: {} })).toBeNull();
  expect(place({ action: "certificate.issue-refused", subject: "0199c7a1-5e6d-7c3b-9d0e-3f2a1b4c5d6e", detail: {} })).toBe("/authorities/0199c7a1-5e6d-7c3b-9d0e-3f2a1b4c5d6e");
  expect(place({ action: "registry.created", subject: "x", detail: {} })).toBeNull();
  expect(particulars({ code: "bad-name", fields: { text: "a", n: "2" }, count: 3 })).toEqual([
    ["code", "bad-name"],
    ["text", "a"],
    ["n", "2"],
    ["count", "3"],
  ]);
});
