import { screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { session } from "../../ipc/session.svelte";
import { show } from "../../testing/render";
import Certificates from "./Certificates.svelte";
import Detail from "./Detail.svelte";
import { archive } from "./filing";

const LEAF = "01900002-0000-7000-8000-000000000000";
const last = () => toasts.items.at(-1);

afterEach(() => toasts.items.forEach((toast) => toasts.dismiss(toast.id)));

test("tags are put on and taken off in the panel, and the toast takes that back", async () => {
  const { user, backend } = await show(Detail, { id: LEAF, onclose: () => undefined });
  const tags = async () => [...(await screen.findByTestId("tags")).querySelectorAll("li")].map((one) => one.textContent);
  expect(await tags()).toEqual(["main office", "vpn"]);
  await user.click(screen.getByTestId("certificate-more"));
  await user.click(await screen.findByTestId("certificate-tags"));
  const save = await screen.findByTestId("tags-save");
  expect(save).toHaveProperty("disabled", true);
  await user.type(screen.getByTestId("tags-add"), "second floor{Enter}");
  await user.click(within(screen.getByTestId("tag-dialog")).getByText("vpn"));
  await user.click(save);
  await waitFor(async () => expect(await tags()).toEqual(["main office", "second floor"]));
  expect(backend.calls.find((one) => one.name === "certificate_tag")?.request).toEqual({ certificates: [LEAF], add: ["second floor"], remove: ["vpn"] });
  expect(last()?.title).toMatch(/: \+second floor −vpn$/u);
  last()?.action?.run();
  await waitFor(async () => expect(await tags()).toEqual(["main office", "vpn"]));
  expect(last()?.title).toBe("Undone");
});

test("an archived certificate says so and is brought back where it was put away", async () => {
  const { user } = await show(Detail, { id: LEAF, onclose: () => undefined });
  await user.click(await screen.findByTestId("certificate-more"));
  await user.click(await screen.findByTestId("certificate-archive"));
  await screen.findByTestId("certificate-archived");
  await user.click(screen.getByTestId("certificate-more"));
  expect((await screen.findByTestId("certificate-archive")).textContent).toBe("Bring back from the archive");
  await user.click(screen.getByTestId("certificate-archive"));
  await waitFor(() => expect(screen.queryByTestId("certificate-archived")).toBeNull());
});

test("several are put away in one act, leave the list, and one Undo brings all back", async () => {
  const { user, backend } = await show(Certificates, { params: {} });
  const grid = await screen.findByTestId("certificate-list");
  await waitFor(() => expect(within(grid).getAllByRole("gridcell").length).toBeGreaterThan(20));
  grid.focus();
  await user.keyboard(" {ArrowDown} ");
  await user.click(screen.getByTestId("selection-archive"));
  await waitFor(() => expect(screen.getByTestId("certificate-count").textContent).toMatch(/^1,285 /u));
  expect(screen.queryByTestId("selection-bar")).toBeNull();
  expect(backend.calls.filter((one) => one.name === "certificate_archive")).toHaveLength(1);
  last()?.action?.run();
  await waitFor(() => expect(screen.getByTestId("certificate-count").textContent).toMatch(/^1,287 /u));
});

test("the list shows those that have a tag, and the chip goes with the last of them", async () => {
  const { user, backend } = await show(Certificates, { params: {} });
  await screen.findByTestId("certificate-list");
  await user.click(await screen.findByTestId("filter-tag"));
  expect((await screen.findAllByRole("menuitemcheckbox")).map((one) => one.textContent)).toEqual(["main office", "vpn"]);
  await user.click(screen.getByTestId("filter-tag-main office"));
  await waitFor(() => expect(screen.getByTestId("certificate-count").textContent).toMatch(/^1 /u));
  expect(backend.calls.filter((one) => one.name === "certificate_list").at(-1)?.request).toMatchObject({ tag: "main office" });
  await user.click(screen.getByRole("button", { name: "Clear: Tag" }));
  await waitFor(() => expect(screen.getByTestId("certificate-count").textContent).toMatch(/^1,287 /u));
  await backend.call("certificate_tag", { certificates: [LEAF], add: [], remove: ["main office", "vpn"] });
  session.touch();
  await waitFor(() => expect(screen.queryByTestId("filter-tag")).toBeNull());
});

test("when somebody else did something since, their act is not offered for undoing", async () => {
  const { backend } = await show(Detail, { id: LEAF, onclose: () => undefined });
  const work = archive([{ id: LEAF, name: "one" }], true);
  await backend.call("certificate_tag", { certificates: [LEAF], add: ["theirs"], remove: [] });
  expect(await work).toBe(true);
  expect(last()?.action).toBeUndefined();
});

test("a registry that can only be looked at offers neither", async () => {
  const { user } = await show(Detail, { id: LEAF, onclose: () => undefined }, { readOnly: true });
  expect(session.readOnly).toBe(true);
  await user.click(await screen.findByTestId("certificate-more"));
  for (const act of ["certificate-tags", "certificate-archive"]) expect((await screen.findByTestId(act)).getAttribute("aria-disabled")).toBe("true");
});
