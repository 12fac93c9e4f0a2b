import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { fakeBackend } from "../../ipc/fake";
import { session } from "../../ipc/session.svelte";
import { show } from "../../testing/render";
import Revocation from "./Revocation.svelte";

const issuing = (await fakeBackend().call("authority_list", {})).items[1];
if (issuing === undefined) throw new Error("the invented registry has three authorities");
const { id, name } = issuing;

test("a restored authority waits for its newest CRL, and goes on without it only when its name is typed", async () => {
  const { user } = await show(Revocation, { params: { id } }, { awaited: true });
  expect((await screen.findByTestId("crl-awaited")).textContent).toContain("CRL 409");
  expect(screen.getByTestId("crl-build")).toHaveProperty("disabled", true);
  await user.click(screen.getByTestId("crl-decline"));
  const go = await screen.findByTestId("crl-decline-confirm-go");
  await user.type(screen.getByTestId("crl-decline-confirm-typed"), name.slice(0, -1));
  expect(go).toHaveProperty("disabled", true);
  await user.type(screen.getByTestId("crl-decline-confirm-typed"), name.slice(-1));
  await user.click(go);
  await waitFor(() => expect(screen.queryByTestId("crl-awaited")).toBeNull());
  expect(session.status?.awaitedCrls).toEqual([]);
  expect(screen.getByTestId("crl-build")).toHaveProperty("disabled", false);
});

test("nothing of it is shown of a registry that was not restored", async () => {
  await show(Revocation, { params: { id } });
  await screen.findByTestId("crl-detail");
  expect(screen.queryByTestId("crl-awaited")).toBeNull();
});
