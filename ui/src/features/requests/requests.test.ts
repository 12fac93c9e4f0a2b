import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { Failure } from "../../ipc/errors";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { Inbox, PAGE, read, write } from "./inbox.svelte";
import Requests from "./Requests.svelte";

beforeEach(() => {
  location.go("/requests");
  for (const toast of toasts.items) toasts.dismiss(toast.id);
});

const names = (): string[] => screen.getAllByTestId("request-row").map((row) => row.textContent.trim());

test("what waits is shown first, newest on top, and each request has its own address", async () => {
  const { user } = await show(Requests, { params: {} });
  const rows = await screen.findAllByTestId("request-row");
  expect(rows.map((row) => row.dataset["state"])).toEqual(["open", "open", "open"]);
  expect(rows[0]?.textContent).toContain("git.acme.example");
  expect(screen.getByTestId("requests-count").textContent).toContain("3");
  if (rows[1]) await user.click(rows[1]);
  expect(location.path).toMatch(/^\/requests\/[0-9a-f-]{36}$/u);
});

test("states and words narrow the list, in the address", async () => {
  const { user, backend } = await show(Requests, { params: {} });
  await screen.findAllByTestId("request-row");
  await user.click(screen.getByTestId("requests-state-rejected"));
  expect(location.query.get("state")).toBe("rejected");
  await waitFor(() => expect(names()).toHaveLength(1));
  await user.click(screen.getByTestId("requests-state-all"));
  await waitFor(() => expect(names()).toHaveLength(5));
  await user.type(screen.getByTestId("requests-search"), "vpn");
  await waitFor(() => expect(names()).toHaveLength(1));
  expect(backend.calls.findLast((call) => call.name === "request_list")?.request).toEqual({ state: null, search: "vpn", limit: PAGE, after: null });
  await user.type(screen.getByTestId("requests-search"), "x");
  expect(await screen.findByText("No request fits")).toBeDefined();
  await user.click(screen.getByTestId("requests-clear"));
  await waitFor(() => expect(names()).toHaveLength(5));
});

test("an empty inbox says what it is for and has the button that fills it", async () => {
  const { user } = await show(Requests, { params: {} }, { empty: true });
  expect(await screen.findByText("Nothing waits for you")).toBeDefined();
  await user.click(screen.getByTestId("requests-show-all"));
  expect(await screen.findByText("No request has come in")).toBeDefined();
  await user.click(screen.getByTestId("requests-empty-add"));
  expect(await screen.findByTestId("requests-dialog")).toBeDefined();
});

test("a list that cannot be read says why, and is asked for again", async () => {
  const { backend, user } = await show(Requests, { params: {} });
  await screen.findAllByTestId("request-row");
  backend.failNext("request_list", new Failure("registry-busy"));
  await user.click(screen.getByTestId("requests-state-all"));
  const notice = await screen.findByTestId("failure");
  expect(notice.dataset["code"]).toBe("registry-busy");
  await user.click(within(notice).getByRole("button"));
  await waitFor(() => expect(names()).toHaveLength(5));
});

test("a request says what it asks for, what a profile makes of it and what speaks against it", async () => {
  const { backend, user } = await show(Requests, { params: {} });
  const vpn = backend.world.requests[2];
  if (vpn === undefined) throw new Error("three wait");
  const rows = await screen.findAllByTestId("request-row");
  if (rows[2]) await user.click(rows[2]);
  await show(Requests, { params: { id: vpn.id } });
  const panel = await screen.findByTestId("request-detail");
  expect((await within(panel).findByTestId("request-concerns")).textContent).toContain("has the same key");
  expect(within(panel).getByTestId("request-difference").textContent).toContain("gets serverAuth");
});

test("a weak one says why, by which clause, and that nothing would be issued", async () => {
  await show(Requests, { params: { id: "01900006-0000-7000-8000-000000000001" } });
  const panel = await screen.findByTestId("request-detail");
  const concerns = await within(panel).findByTestId("request-concerns");
  expect(concerns.textContent).toContain("too short");
  expect(concerns.textContent).toContain("NIST SP 800-131A 3");
  expect(within(panel).getByTestId("request-refusal").dataset["code"]).toBe("refused-by-profile");
});

test("another profile judges anew, and issuing takes request, authority and profile along", async () => {
  const { backend, user } = await show(Requests, { params: { id: "01900006-0000-7000-8000-000000000000" } });
  const chosen = await screen.findByTestId<HTMLSelectElement>("request-profile");
  await waitFor(() => expect(chosen.options.length).toBeGreaterThan(3));
  await user.selectOptions(chosen, "mtls");
  await waitFor(() => expect(backend.calls.findLast((call) => call.name === "request_show")?.request).toMatchObject({ profile: "mtls" }));
  await waitFor(() => expect(screen.getByTestId<HTMLSelectElement>("request-profile").value).toBe("mtls"));
  await user.click(screen.getByTestId("request-issue"));
  expect(location.path).toBe("/new");
  expect(location.query.get("request")).toBe("01900006-0000-7000-8000-000000000000");
  expect(location.query.get("profile")).toBe("mtls");
});

test("an authority whose key is elsewhere is offered, a root is not", async () => {
  const { user } = await show(Requests, { params: { id: "01900006-0000-7000-8000-000000000000" } });
  const chosen = await screen.findByTestId<HTMLSelectElement>("request-profile");
  await waitFor(() => expect(chosen.options.length).toBeGreaterThan(3));
  const offered = [...chosen.options].map((option) => option.value);
  expect([offered.includes("intermediate"), offered.includes("root")]).toEqual([true, false]);
  await user.selectOptions(chosen, "intermediate");
  await waitFor(() => expect(screen.getByTestId<HTMLSelectElement>("request-profile").value).toBe("intermediate"));
  await user.click(screen.getByTestId("request-issue"));
  expect(location.query.get("profile")).toBe("intermediate");
});

test("a rejection takes a note, can be undone from its toast, and a rejected request be reopened", async () => {
  const { backend, user } = await show(Requests, { params: { id: "01900006-0000-7000-8000-000000000000" } });
  await user.click(await screen.findByTestId("request-reject"));
  await user.type(await screen.findByTestId("request-note-text"), "Use the balancer.");
  await user.click(screen.getByTestId("request-reject-go"));
  expect((await screen.findByTestId("request-note")).textContent).toContain("Use the balancer.");
  expect(backend.world.requests[0]?.state).toBe("rejected");
  toasts.items[0]?.action?.run();
  await waitFor(() => expect(backend.world.requests[0]?.state).toBe("open"));
  expect(await screen.findByTestId("request-reject")).toBeDefined();
  backend.failNext("request_reject", new Failure("registry-busy"));
  await user.click(screen.getByTestId("request-reject"));
  await user.click(await screen.findByTestId("request-reject-go"));
  await waitFor(() => expect(toasts.items.at(-1)?.tone).toBe("bad"));
  expect(backend.world.requests[0]?.state).toBe("open");
});

test("requests come in by text, by dialog and by drop; what is refused is named with its reason", async () => {
  const { backend, user } = await show(Requests, { params: {} });
  await user.click(await screen.findByTestId("requests-add"));
  await user.type(await screen.findByTestId("requests-text"), "PEM");
  await user.click(screen.getByTestId("requests-go"));
  await waitFor(() => expect(screen.getByTestId("requests-added").textContent).toContain("1 request added"));
  expect(location.path).toBe(`/requests/${backend.world.requests[0]?.id ?? ""}`);
  backend.drop([{ handle: "file:1", name: "a.csr" }, { handle: "broken", name: "broken.csr" }]);
  await waitFor(() => expect(screen.getByTestId("requests-added").textContent).toContain("1 refused"));
  expect(screen.getByTestId("requests-added").textContent).toContain("not signed by its own key");
  await user.click(screen.getByTestId("requests-added-dismiss"));
  expect(screen.queryByTestId("requests-added")).toBeNull();
  backend.picks.push({ handle: "folder:9", name: "incoming" });
  await user.click(screen.getByTestId("requests-add"));
  await user.click(await screen.findByTestId("requests-folder"));
  await waitFor(() => expect(backend.calls.findLast((call) => call.name === "request_add")?.request).toEqual({ paths: ["folder:9"], text: null }));
});

test("a read-only inbox is looked at", async () => {
  const { backend } = await show(Requests, { params: { id: "01900006-0000-7000-8000-000000000000" } }, { readOnly: true });
  expect((await screen.findByTestId<HTMLButtonElement>("request-issue")).disabled).toBe(true);
  expect(screen.queryByTestId("requests-add")).toBeNull();
  backend.drop([{ handle: "file:1", name: "a.csr" }]);
  expect(backend.calls.some((call) => call.name === "request_add")).toBe(false);
});

test("the keys move, open and close", async () => {
  const { user } = await show(Requests, { params: {} });
  await screen.findAllByTestId("request-row");
  screen.getByTestId("requests-list").focus();
  await user.keyboard("{ArrowDown}");
  expect(screen.getByTestId("requests-list").getAttribute("aria-activedescendant")).toBe("request-1");
  await user.keyboard("{End}{Home}v");
  expect(screen.getByTestId("requests-list").getAttribute("aria-activedescendant")).toBe("request-2");
  await user.keyboard("{Enter}");
  expect(location.path).toBe("/requests/01900006-0000-7000-8000-000000000002");
});

test("a long inbox comes page by page, each behind the one before", async () => {
  const { backend } = await show(Requests, { params: {} });
  const [one] = backend.world.requests;
  if (one === undefined) throw new Error("the invented inbox has requests");
  backend.world.requests = Array.from({ length: 1_050 }, (_, at) => ({ ...one, id: `r${String(at)}`, name: `host-${String(at)}` }));
  const inbox = new Inbox();
  await inbox.begin({ state: "all", search: "" });
  expect([inbox.items.length, inbox.total.count, inbox.more]).toEqual([PAGE, 1_050, true]);
  backend.calls.length = 0;
  for (let turn = 0; turn < 9; turn += 1) await inbox.goOn();
  expect(inbox.items.at(-1)?.id).toBe("r999");
  await inbox.goOn();
  expect([inbox.items.length, inbox.more]).toEqual([1_050, false]);
  await inbox.goOn();
  expect(backend.calls.map((call) => (call.request as { after: string }).after)).toEqual(["r99", "r199", "r299", "r399", "r499", "r599", "r699", "r799", "r899", "r999"]);
  await inbox.begin({ state: "all", search: "host-104" });
  expect([inbox.items.length, inbox.total]).toEqual([11, { count: 11, atLeast: false }]);
});

test("filters stand in the address", () => {
  expect(read(new URLSearchParams("state=issued&search=a+b"))).toEqual({ state: "issued", search: "a b" });
  expect(read(new URLSearchParams("state=nonsense"))).toEqual({ state: "open", search: "" });
  expect(write({ state: "open", search: " " })).toEqual({ state: null, search: null });
});
