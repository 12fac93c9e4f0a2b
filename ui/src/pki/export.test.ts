import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { PASSPHRASE } from "../ipc/fake";
import { show } from "../testing/render";
import { KeyExportState } from "./export.svelte";
import KeyExport from "./KeyExport.svelte";

const CA = "01900000-0000-7000-8000-000000000001";
const props = { open: true, certificate: CA, name: "Issuing CA 1", isAuthority: true };
const go = (): HTMLButtonElement => screen.getByTestId("key-export-go");

test("a key leaves with a reason, a password for the file, and the passphrase again", async () => {
  const { user, backend } = await show(KeyExport, props, { vault: true });
  await user.type(await screen.findByTestId("key-export-reason"), "new host");
  await user.type(screen.getByTestId("key-export-password"), "for the file");
  await user.type(screen.getByTestId("key-export-password-again"), "for the file");
  await user.click(screen.getByTestId("key-export-choose"));
  expect(go().disabled).toBe(true);
  await user.type(screen.getByTestId("key-export-passphrase"), "wrong");
  await user.click(go());
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("passphrase-wrong");
  expect(screen.getByTestId<HTMLInputElement>("key-export-passphrase").value).toBe("");
  await user.type(screen.getByTestId("key-export-passphrase"), PASSPHRASE);
  await user.click(go());
  expect((await screen.findByTestId("key-export-done")).textContent).toContain("Issuing-CA-1.p12");
  expect(backend.calls.findLast((one) => one.name === "key_export")?.request).toMatchObject({ certificate: CA, format: "pkcs12", plainKey: false, reason: "new host", confirmation: null });
  expect(backend.world.audit.at(-1)).toMatchObject({ why: "new host" });
});

test("an authority's key without a password wants its name typed as well", async () => {
  const { backend } = await show(KeyExport, props, { vault: true });
  const draft = new KeyExportState(CA, "Issuing CA 1", true);
  draft.choose("pem");
  draft.plain = true;
  draft.reason = "hardware module";
  draft.passphrase = PASSPHRASE;
  await draft.choosePlace();
  expect([draft.wantsTyped, draft.ready]).toEqual([true, false]);
  draft.typed = "Issuing CA 1";
  await draft.run();
  expect(draft.written).toBe("Issuing-CA-1.key");
  expect(backend.calls.findLast((one) => one.name === "key_export")?.request).toMatchObject({ plainKey: true, password: null, confirmation: "Issuing CA 1" });
  // PKCS#12 always has a password: what was said of PEM does not count for it.
  draft.choose("pkcs12");
  expect([draft.leavesPlain, draft.place]).toEqual([false, null]);
});

test("where nothing can be asked for, the name is typed", async () => {
  const { user } = await show(KeyExport, { ...props, isAuthority: false }, { noRecovery: true });
  await user.type(await screen.findByTestId("key-export-reason"), "lost by its host");
  await user.type(screen.getByTestId("key-export-password"), "p");
  await user.type(screen.getByTestId("key-export-password-again"), "p");
  await user.click(screen.getByTestId("key-export-choose"));
  expect(screen.queryByTestId("key-export-passphrase")).toBeNull();
  expect(go().disabled).toBe(true);
  await user.type(screen.getByTestId("key-export-typed"), "Issuing CA 1");
  await waitFor(() => expect(go().disabled).toBe(false));
});

test("a reason of blanks is none", async () => {
  const { user } = await show(KeyExport, props, { vault: true });
  await user.type(await screen.findByTestId("key-export-reason"), "   ");
  await user.type(screen.getByTestId("key-export-password"), "p");
  await user.type(screen.getByTestId("key-export-password-again"), "p");
  await user.click(screen.getByTestId("key-export-choose"));
  await user.type(screen.getByTestId("key-export-passphrase"), PASSPHRASE);
  expect(go().disabled).toBe(true);
});
