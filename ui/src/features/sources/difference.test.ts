import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { Failure } from "../../ipc/errors";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { STEP } from "./difference.svelte";
import Sources from "./Sources.svelte";

const MASTER = "01900046-0000-7000-8000-000000000001";
const SWISS = "01900046-0000-7000-8000-000000000005";
const params = { id: MASTER, part: "difference" };

const changes = (): (string | undefined)[] => screen.getAllByTestId("source-change").map((row) => row.dataset["change"]);

test("what would change is seen before it is replaced", async () => {
  location.go(`/sources/${MASTER}/difference`);
  const { user, backend } = await show(Sources, { params });
  await screen.findByTestId("source-changes");
  expect(screen.getByTestId("source-diff-counts").textContent).toContain("3 added");
  expect(changes()).toEqual(["added", "added", "added"]);
  await user.click(screen.getByTestId("source-diff-changed"));
  expect(changes()).toEqual(["changed"]);
  expect(screen.getByTestId("source-change").textContent).toContain("in place of");
  expect(backend.calls.some((call) => call.name === "source_refresh")).toBe(false);
  await user.click(screen.getByTestId("source-replace"));
  await waitFor(() => expect(location.path).toBe(`/sources/${MASTER}`));
  expect(backend.calls.findLast((call) => call.name === "source_refresh")?.request).toEqual({ source: MASTER });
  expect(toasts.items.at(-1)?.text).toBe("3 added, 2 removed, 1 changed");
});

test("where nothing has changed there is only the freshness to note", async () => {
  location.go(`/sources/${MASTER}/difference`);
  const { user } = await show(Sources, { params }, { sources: "same" });
  expect(await screen.findByText("Nothing has changed")).toBeDefined();
  await user.click(screen.getByTestId("source-replace"));
  await waitFor(() => expect(toasts.items.at(-1)?.title).toBe("The source was fresh already"));
});

test("a list that shrinks is replaced only when its name was typed; what goes is shown first, page by page", async () => {
  location.go(`/sources/${MASTER}/difference`);
  const { user, backend } = await show(Sources, { params }, { sources: "shrunken" });
  expect((await screen.findByTestId("source-shrinks")).textContent).toContain("from 542 to 197");
  expect(new Set(changes())).toEqual(new Set(["removed"]));
  expect(changes()).toHaveLength(STEP);
  await user.click(screen.getByTestId("source-diff-more"));
  expect(changes()).toHaveLength(2 * STEP);
  await user.click(screen.getByTestId("source-replace"));
  await user.type(await screen.findByTestId("source-shrink-typed"), "German master list");
  expect(backend.calls.some((call) => call.name === "source_refresh")).toBe(false);
  await user.click(screen.getByTestId("source-shrink-go"));
  await waitFor(() => expect(location.path).toBe(`/sources/${MASTER}`));
  expect(backend.calls.findLast((call) => call.name === "source_refresh")?.request).toEqual({ source: MASTER, acceptShrink: true });
});

test("an empty list, and one of a stranger, are refused with the reason, and there is nothing to press", async () => {
  location.go(`/sources/${MASTER}/difference`);
  await show(Sources, { params }, { sources: "refused" });
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("source-empty");
  expect(screen.queryByTestId("source-replace")).toBeNull();
  document.body.replaceChildren();
  await show(Sources, { params: { id: SWISS, part: "difference" } });
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("source-signer-unknown");
});

test("a replacement that fails says so where it was asked for, and the difference stays", async () => {
  location.go(`/sources/${MASTER}/difference`);
  const { user, backend } = await show(Sources, { params });
  await screen.findByTestId("source-changes");
  backend.failNext("source_refresh", new Failure("source-overtaken", { source: "German master list" }));
  await user.click(screen.getByTestId("source-replace"));
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("source-overtaken");
  expect(screen.getByTestId("source-changes")).toBeDefined();
  expect(location.path).toBe(`/sources/${MASTER}/difference`);
});

test("a file is compared with and never replaces anything", async () => {
  location.go(`/sources/${MASTER}/difference`, { file: "1" });
  const { backend } = await show(Sources, { params });
  await screen.findByTestId("source-changes");
  expect(backend.calls.findLast((call) => call.name === "source_diff")?.request).toMatchObject({ source: MASTER, path: "source.pem" });
  expect(screen.queryByTestId("source-replace")).toBeNull();
  expect(screen.getByTestId("source-diff-place")).toBeDefined();
});

test("who chooses no file keeps what was looked at", async () => {
  location.go(`/sources/${MASTER}/difference`);
  const { user, backend } = await show(Sources, { params });
  await screen.findByTestId("source-changes");
  backend.picks.push(null);
  await user.click(screen.getByTestId("source-diff-file"));
  expect(backend.calls.filter((call) => call.name === "source_diff")).toHaveLength(1);
  expect(screen.getByTestId("source-changes")).toBeDefined();
  expect(location.path).toBe(`/sources/${MASTER}/difference`);
});
