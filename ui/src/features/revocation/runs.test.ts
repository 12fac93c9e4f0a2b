import { screen, within } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { fakeBackend } from "../../ipc/fake";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Revocation from "./Revocation.svelte";

const issuing = (await fakeBackend().call("authority_list", {})).items[1];
if (issuing === undefined) throw new Error("the invented registry has three authorities");
const { id } = issuing;

it("the history of runs says what was built, what failed and when the next is due", async () => {
  location.go(`/revocation/${id}`);
  await show(Revocation, { params: { id } });
  const runs = await screen.findByTestId("crl-runs");
  const [, newest, before] = within(runs).getAllByRole("row");
  expect(newest?.textContent).toContain(`CRL ${String(issuing.crl.number)} built`);
  expect(before?.textContent).toContain("The keyring did not answer in time");
  expect(screen.getByTestId("crl-next-run").textContent).toContain("next due");
});
