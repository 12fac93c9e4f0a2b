import { screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import { PASSPHRASE } from "../../ipc/fake";
import { show } from "../../testing/render";
import { CertificateExportState, FORMATS, KINDS } from "./export.svelte";
import ExportDialog from "./ExportDialog.svelte";
import ListExportDialog from "./ListExportDialog.svelte";

const LEAF = "01900002-0000-7000-8000-000000000000";
const leaf = (held: boolean): CertificateView => ({
  id: LEAF, name: "vpn-gw.acme.example", status: "valid", archived: false, kind: "leaf", authority: null, profile: null, policyVersion: null,
  subject: { rfc4514: "CN=vpn-gw.acme.example", openssl: "/CN=vpn-gw.acme.example" }, issuer: { rfc4514: "CN=CA", openssl: "/CN=CA" },
  serial: "01", fingerprint: "ab", names: [], notBefore: "2026-01-01T00:00:00Z", notAfter: "2027-01-01T00:00:00Z",
  key: { kind: "ec-p256", bits: 256, fingerprint: "cd", held }, revocation: null, tags: [], pem: "",
});
const go = (): HTMLButtonElement => screen.getByTestId("export-go");

test("for a program the key goes along when somebody says so and why, and the lines to paste come back", async () => {
  const { user, backend } = await show(ExportDialog, { open: true, certificate: leaf(true) }, { vault: true });
  await user.selectOptions(await screen.findByTestId("export-format"), "nginx");
  expect(go().disabled).toBe(false);
  await user.click(screen.getByTestId("export-with-key"));
  expect(go().disabled).toBe(true);
  await user.type(screen.getByTestId("export-key-reason"), "new host");
  await user.click(screen.getByTestId("export-key-plain"));
  await user.type(screen.getByTestId("export-key-passphrase"), PASSPHRASE);
  await user.click(go());
  expect((await screen.findByTestId("export-configuration")).textContent).toContain("ssl_certificate_key");
  expect(backend.calls.findLast((one) => one.name === "key_export")?.request).toMatchObject({ certificate: LEAF, format: "nginx", plainKey: true, password: null, reason: "new host" });
});

test("where the key is not here only certificates can be written, and a store is sealed with something all the same", async () => {
  const { user, backend } = await show(ExportDialog, { open: true, certificate: leaf(false) });
  await user.selectOptions(await screen.findByTestId("export-format"), "pkcs12");
  expect([go().disabled, screen.getByTestId("export-key-elsewhere").textContent.length > 0]).toEqual([true, true]);
  await user.selectOptions(screen.getByTestId("export-format"), "jks");
  expect(go().disabled).toBe(true);
  await user.type(screen.getByTestId("export-store-password"), "changeit");
  await user.click(go());
  await screen.findByTestId("export-done");
  expect(backend.calls.findLast((one) => one.name === "certificate_export")?.request).toMatchObject({ format: "jks", password: "changeit" });
});

test("each format says what it can hold, and the old one is warned about", async () => {
  const { user } = await show(ExportDialog, { open: true, certificate: leaf(true) });
  await user.selectOptions(await screen.findByTestId("export-format"), "pkcs12-legacy");
  expect(screen.getByTestId("export-weak").textContent).toContain("weak");
  const draft = new CertificateExportState(leaf(true));
  for (const format of FORMATS) {
    draft.choose(format);
    draft.plain = true;
    expect(draft.leavesPlain, format).toBe(KINDS[format].sealing !== "sealed");
  }
});

test("a list goes out as what was chosen: those that are selected, else all that the filters let through", async () => {
  const { user, backend } = await show(ListExportDialog, { open: true, certificates: [LEAF] });
  await user.click(await screen.findByTestId("list-export-zip"));
  await user.selectOptions(screen.getByTestId("list-export-file"), "chain");
  await user.click(screen.getByTestId("list-export-go"));
  await waitFor(() => expect(backend.calls.findLast((one) => one.name === "certificates_export")?.request).toMatchObject({ certificates: [LEAF], filter: null, form: "zip", format: "chain", overwrite: true }));
  const again = await show(ListExportDialog, { open: true, filter: { status: ["valid"] }, shown: "12" });
  await again.user.click((await screen.findAllByTestId("list-export-folder")).at(-1) as HTMLElement);
  await again.user.click(screen.getAllByTestId("list-export-go").at(-1) as HTMLElement);
  await waitFor(() => expect(again.backend.calls.findLast((one) => one.name === "certificates_export")?.request).toMatchObject({ certificates: [], filter: { status: ["valid"] }, form: "folder", overwrite: false }));
});
