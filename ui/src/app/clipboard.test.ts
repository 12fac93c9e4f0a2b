import { screen, waitFor } from "@testing-library/svelte";
import { afterEach, expect, test } from "vitest";
import { toasts } from "../components/toasts.svelte";
import { secretCopied } from "../ipc/clipboard.svelte";
import { PASSPHRASE } from "../ipc/fake";
import { KeyExportState } from "../pki/export.svelte";
import { show } from "../testing/render";
import App from "./App.svelte";

const CA = "01900000-0000-7000-8000-000000000001";

afterEach(() => {
  secretCopied.view = null;
});

async function copied() {
  const shown = await show(App, {}, { vault: true });
  await screen.findByTestId("overview-title");
  const draft = new KeyExportState(CA, "Issuing CA 1", true);
  draft.choose("pem");
  draft.reason = "new host";
  draft.password = draft.passwordAgain = "for the file";
  draft.passphrase = PASSPHRASE;
  expect(await draft.copy()).toBe(true);
  return shown;
}

test("a copied key is told of with the seconds that are left, and taken off by hand", async () => {
  const { user, backend } = await copied();
  expect(backend.calls.findLast((one) => one.name === "key_copy")?.request).toEqual({ certificate: CA, password: "for the file", reason: "new host", passphrase: PASSPHRASE, confirmation: null });
  const notice = await screen.findByTestId("clipboard-notice");
  expect(notice.textContent).toMatch(/private key is on the clipboard.*cleared in (30|29) s/u);
  await user.click(screen.getByTestId("clipboard-clear"));
  await waitFor(() => expect(screen.queryByTestId("clipboard-notice")).toBeNull());
  expect(toasts.items.at(-1)?.title).toBe("The clipboard was cleared");
});

test("when the core has taken it off, the window says so", async () => {
  const { backend } = await copied();
  await screen.findByTestId("clipboard-notice");
  backend.world.copied = null;
  backend.clipboardChanged();
  await waitFor(() => expect(screen.queryByTestId("clipboard-notice")).toBeNull());
  expect(toasts.items.at(-1)?.title).toBe("The clipboard was cleared");
});

test("a lock takes it off, and the notice goes with it", async () => {
  const { user, backend } = await copied();
  await screen.findByTestId("clipboard-notice");
  await user.keyboard("{Control>}l{/Control}");
  await screen.findByTestId("lock-bar");
  await waitFor(() => expect(screen.queryByTestId("clipboard-notice")).toBeNull());
  expect(backend.world.copied).toBeNull();
});

test("PKCS#12 is a file and no text", () => {
  const draft = new KeyExportState(CA, "Issuing CA 1", true);
  expect(draft.mayCopy).toBe(false);
  draft.choose("pem");
  expect([draft.mayCopy, draft.said]).toEqual([true, false]);
});
