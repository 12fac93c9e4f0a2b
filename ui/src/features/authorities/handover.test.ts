import { screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { fakeBackend, PASSPHRASE } from "../../ipc/fake";
import { show } from "../../testing/render";
import { HandOverState } from "./handover.svelte";
import HandOverDialog from "./HandOverDialog.svelte";

const [, issuing] = (await fakeBackend().call("authority_list", {})).items;
if (issuing === undefined) throw new Error("the invented registry has three authorities");
const go = (): HTMLButtonElement => screen.getByTestId("hand-over-go");

test("keys go along sealed, with a reason and the passphrase again, and the result says what follows", async () => {
  const { user, backend } = await show(HandOverDialog, { open: true, authority: issuing }, { vault: true });
  await user.click(await screen.findByTestId("hand-over-easy-rsa"));
  await user.click(screen.getByTestId("hand-over-choose"));
  expect(go().disabled).toBe(true);
  await user.type(screen.getByTestId("hand-over-reason"), "moving");
  await user.type(screen.getByTestId("hand-over-password"), "for the keys");
  await user.type(screen.getByTestId("hand-over-password-again"), "for the keys");
  await user.type(screen.getByTestId("hand-over-passphrase"), PASSPHRASE);
  await user.click(go());
  const done = await screen.findByTestId("hand-over-done");
  expect(done.textContent).toContain("two places");
  expect(screen.getByTestId("hand-over-notes").textContent).toContain("privilegeWithdrawn");
  expect(backend.calls.findLast((one) => one.name === "authority_export")?.request).toMatchObject({ authority: issuing.id, format: "easy-rsa", withoutKeys: false, reason: "moving", password: "for the keys" });
});

test("without keys nothing is asked for, and a folder's name says no more than its name", async () => {
  const { user, backend } = await show(HandOverDialog, { open: true, authority: issuing });
  await user.click(await screen.findByTestId("hand-over-keys"));
  await user.click(screen.getByTestId("hand-over-choose"));
  await user.click(go());
  await screen.findByTestId("hand-over-done");
  expect(backend.calls.findLast((one) => one.name === "authority_export")?.request).toMatchObject({ withoutKeys: true, password: null, passphrase: null });
  const draft = new HandOverState(issuing);
  expect(draft.commands("/srv/it's $x")).toBe("openssl ca -config '/srv/it'\\''s $x'/openssl.cnf -gencrl -out '/srv/it'\\''s $x'/crl.pem\n");
});
