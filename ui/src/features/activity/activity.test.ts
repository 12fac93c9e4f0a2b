import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Activity from "./Activity.svelte";

test("the newest entry stands first and opens with its particulars", async () => {
  const { user } = await show(Activity, { params: {} });
  const [first] = await screen.findAllByTestId("activity-entry");
  expect(first?.textContent).toContain("CRL issued: Issuing CA 1");
  if (first) await user.click(first);
  expect(first?.getAttribute("aria-expanded")).toBe("true");
  expect(screen.getByText("crl.issued")).toBeDefined();
});

test("an area narrows the log", async () => {
  const { backend } = await show(Activity, { params: {} });
  await screen.findAllByTestId("activity-entry");
  location.go("/activity", { area: "registry" });
  await waitFor(() => expect(screen.getAllByTestId("activity-entry")).toHaveLength(2));
  expect(backend.calls.at(-1)?.request).toMatchObject({ action: "registry." });
});

test("verifying says what was compared", async () => {
  const { user } = await show(Activity, { params: {} }, { locked: true });
  await user.click(await screen.findByTestId("activity-verify"));
  expect((await screen.findByTestId("activity-verdict")).textContent).toContain("The keys are locked");
});

test("the log is read on where it goes on", async () => {
  const { user, backend } = await show(Activity, { params: {} }, { leaves: 1284 });
  backend.world.audit.push(...Array.from({ length: 300 }, (_, at) => backend.world.audit.slice(0, 1).map((entry) => ({ ...entry, sequence: 1000 + at }))).flat());
  location.go("/activity", { area: "registry" });
  await waitFor(() => expect(screen.getAllByTestId("activity-entry")).toHaveLength(200));
  await user.click(screen.getByText("Show more"));
  await waitFor(() => expect(screen.getAllByTestId("activity-entry")).toHaveLength(302));
});
