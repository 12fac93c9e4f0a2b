import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { fakeBackend } from "../../ipc/fake";
import { show } from "../../testing/render";
import Authorities from "./Authorities.svelte";

const issuing = (await fakeBackend().call("authority_list", {})).items[1];
if (issuing === undefined) throw new Error("the invented registry has three authorities");
const { id } = issuing;

test("only what was changed is sent, and the toast puts it back", async () => {
  const { user, backend } = await show(Authorities, { params: { id } });
  await user.click(await screen.findByTestId("authority-change"));
  const name = await screen.findByTestId("authority-name");
  expect(screen.getByTestId("authority-save")).toHaveProperty("disabled", true);
  await user.clear(name);
  expect(screen.getByTestId("authority-save")).toHaveProperty("disabled", true);
  await user.type(name, "Issuing CA Berlin");
  await user.type(screen.getByTestId("authority-ocspUrls"), "http://ocsp.acme.example/{Enter}");
  await user.click(screen.getByTestId("authority-save"));
  await waitFor(() => expect(screen.getByTestId("authority-detail").querySelector("h2")?.textContent).toBe("Issuing CA Berlin"));
  expect(backend.calls.find((one) => one.name === "authority_set")?.request).toMatchObject({ authority: id, name: "Issuing CA Berlin", crlDays: null, ocspUrls: ["http://ocsp.acme.example/"] });
  toasts.items.at(-1)?.action?.run();
  await waitFor(() => expect(screen.getByTestId("authority-detail").querySelector("h2")?.textContent).toBe(issuing.name));
});
