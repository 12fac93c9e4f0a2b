import { screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { fakeBackend } from "../../ipc/fake";
import type { CertificateDetail } from "../../ipc/generated/CertificateDetail";
import { show } from "../../testing/render";
import Key from "./Key.svelte";

const LEAF = "01900002-0000-7000-8000-000000000000";

async function part(change: Partial<CertificateDetail> = {}) {
  const detail = { ...(await fakeBackend().call("certificate_show", { certificate: LEAF })), ...change };
  const shown = await show(Key, { detail }, { vault: true });
  return { ...shown, detail, said: screen.getByTestId("certificate-key") };
}

test("a key that was kept is recovered with a reason", async () => {
  const { said, user } = await part();
  expect([said.dataset["state"], said.textContent]).toEqual(["kept", expect.stringContaining("kept, sealed")]);
  await user.click(screen.getByTestId("certificate-key-recover"));
  expect(await screen.findByTestId("key-export-reason")).toBeTruthy();
  expect(screen.getByTestId("key-export-passphrase")).toBeTruthy();
});

test.each([
  ["handed-over", "where it was handed to"],
  ["request", "Whoever made the request has it"],
  ["as-before", "the certificate that this one renews"],
  [null, "brought over without it"],
])("a key that is not here: %s", async (keyOrigin, words) => {
  const key = { kind: "ec-p256", bits: 256, fingerprint: "00", held: false };
  const { said } = await part({ key, keyOrigin });
  expect([said.dataset["state"], said.textContent]).toEqual([keyOrigin ?? "never", expect.stringContaining(words)]);
  expect(screen.queryByTestId("certificate-key-recover")).toBeNull();
});
