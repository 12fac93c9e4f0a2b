import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { call } from "../ipc/commands";
import { show } from "../testing/render";
import App from "./App.svelte";

test("a call that waits for the keyring is named, and the wait can be ended", async () => {
  const { backend, user } = await show(App, {});
  await screen.findByTestId("overview-title");
  const answer = backend.hold("key_repair");
  backend.world.keyringWaits = 2;
  const proof = call("key_repair", { key: backend.world.authorities[0]?.id ?? "", action: "prove" }).catch(() => null);
  const notice = await screen.findByTestId("keyring-wait");
  expect(notice.textContent).toContain("Proving or mending a key");
  await user.click(screen.getByTestId("keyring-wait-cancel"));
  expect(backend.calls.map((one) => one.name)).toContain("keyring_cancel");
  answer();
  await proof;
  await waitFor(() => expect(screen.queryByTestId("keyring-wait")).toBeNull());
});

test("a call that takes long for another reason is no wait for the keyring", async () => {
  const { backend } = await show(App, {});
  await screen.findByTestId("overview-title");
  const before = backend.calls.filter((one) => one.name === "lock_show").length;
  const answer = backend.hold("audit_verify");
  const verified = call("audit_verify", {});
  // It was asked, and nobody waits.
  await waitFor(() => expect(backend.calls.filter((one) => one.name === "lock_show").length).toBeGreaterThan(before + 1));
  expect(screen.queryByTestId("keyring-wait")).toBeNull();
  answer();
  await verified;
});
