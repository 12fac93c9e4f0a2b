import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { call } from "../ipc/commands";
import { session } from "../ipc/session.svelte";
import { location } from "../lib/route.svelte";
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

test("the first wait for a keyring can be ended before there is a registry", async () => {
  const { backend, user } = await show(App, {}, { closed: true });
  const answer = backend.hold("registry_create");
  backend.world.keyringWaits = 3;
  const made = call("registry_create", { path: "a", name: "Acme", keys: "os", passphrase: null, recoveryFile: null, recoveryPassphrase: null, withoutRecoveryFile: true }).catch(() => null);
  expect((await screen.findByTestId("keyring-wait")).textContent).toContain("Making the registry");
  await user.click(screen.getByTestId("keyring-wait-cancel"));
  expect(backend.calls.map((one) => one.name)).toContain("keyring_cancel");
  answer();
  await made;
  await waitFor(() => expect(screen.queryByTestId("keyring-wait")).toBeNull());
});

test("whoever has lost the passphrase is led to the recovery file", async () => {
  const { user } = await show(App, {}, { vault: true, recoveryOfVault: true, locked: true });
  await screen.findByTestId("overview-title");
  const wanted = session.needKeys();
  await user.type(await screen.findByTestId("unlock-passphrase"), "not this one");
  await user.click(screen.getByTestId("unlock-go"));
  await user.click(await screen.findByTestId("unlock-restore"));
  expect(await wanted).toBe(false);
  expect(location.path).toBe("/settings");
  expect(location.query.get("do")).toBe("restore");
});

test("a vault that is gone is no keyring that does not answer", async () => {
  await show(App, {}, { vault: true, recoveryOfVault: true, unreachable: true });
  const bar = await screen.findByTestId("lock-bar");
  expect(bar.textContent).toContain("The vault cannot be read.");
  expect(screen.getByTestId("lock-bar-restore").getAttribute("href")).toBe("#/settings?section=recovery&do=restore");
  expect(screen.getByTestId("registry-menu").textContent).toContain("vault not readable");
});

test("a vault that is gone leads there too, and asks for nothing more", async () => {
  const { user } = await show(App, {}, { vault: true, recoveryOfVault: true, unreachable: true });
  await screen.findByTestId("overview-title");
  const wanted = session.needKeys();
  await user.type(await screen.findByTestId("unlock-passphrase"), "correct horse");
  await user.click(screen.getByTestId("unlock-go"));
  await user.click(await screen.findByTestId("failure-restore"));
  expect(await wanted).toBe(false);
  await waitFor(() => expect(screen.queryByTestId("unlock-passphrase")).toBeNull());
  expect(location.query.get("section")).toBe("recovery");
});
