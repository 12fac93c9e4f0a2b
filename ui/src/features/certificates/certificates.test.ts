import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { Failure } from "../../ipc/errors";
import { session } from "../../ipc/session.svelte";
import { location } from "../../lib/route.svelte";
import { revoking } from "../../pki/revoking.svelte";
import { show } from "../../testing/render";
import Certificates from "./Certificates.svelte";

const REVOKED = "01900002-0000-7000-8000-000000000028";
const LEAF = "01900002-0000-7000-8000-000000000000";

async function list(scenario = {}, params: Record<string, string> = {}) {
  const shown = await show(Certificates, { params }, scenario);
  const grid = await screen.findByTestId<HTMLElement>("certificate-list");
  await waitFor(() => expect(within(grid).getAllByRole("gridcell").length).toBeGreaterThan(20));
  return { ...shown, grid };
}

const active = (grid: HTMLElement): string => grid.getAttribute("aria-activedescendant") ?? "";

test("a screenful is drawn of a million", async () => {
  const { grid } = await list({ leaves: 1_000_000 });
  expect(screen.getByTestId("certificate-count").textContent).toBe("1,000,003 of 1,000,003");
  expect(grid.getAttribute("aria-rowcount")).toBe("1000004");
  expect(screen.getAllByTestId("certificate-row").length).toBeLessThan(80);
});

test("the keys move, select, extend and open", async () => {
  const { grid, user } = await list();
  grid.focus();
  await user.keyboard("{ArrowDown}{ArrowDown}");
  expect(active(grid)).toBe("row-2");
  await user.keyboard(" ");
  expect(within(screen.getByTestId("selection-bar")).getByRole("status").textContent).toBe("1 selected");
  await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");
  await waitFor(() => expect(within(screen.getByTestId("selection-bar")).getByRole("status").textContent).toBe("3 selected"));
  await user.keyboard("{Escape}");
  expect(screen.queryByTestId("selection-bar")).toBeNull();
  await user.keyboard("{Home}{Enter}");
  expect(location.path).toBe(`/certificates/${LEAF}`);
});

test("End reaches the last row", async () => {
  const { grid, user } = await list();
  grid.focus();
  await user.keyboard("{End}");
  expect(grid.scrollTop).toBe(1287 * 34 + 32 - 680);
  await fireEvent.scroll(grid);
  await waitFor(() => expect(active(grid)).toBe("row-1286"));
});

test("what is selected can be revoked together", async () => {
  const { grid, user } = await list();
  grid.focus();
  await user.keyboard(" {ArrowDown} ");
  await user.click(screen.getByTestId("selection-revoke"));
  expect(revoking.revoke?.certificates).toHaveLength(2);
  revoking.close();
});

test("a filter goes into the address and narrows the list", async () => {
  const { backend } = await list();
  location.go("/certificates", { status: "revoked", sort: "ends" });
  await waitFor(() => expect(backend.calls.at(-1)?.request).toMatchObject({ status: ["revoked"], sort: "ends" }));
  await waitFor(() => expect(screen.getByTestId("certificate-count").textContent).toMatch(/^\d\d of 1,287$/));
});

test("a name that would deceive is shown with what is hidden in it", async () => {
  await list();
  location.go("/certificates", { search: "proxy", sort: "name" });
  await show(Certificates, { params: { id: "01900002-0000-7000-8000-000000000015" } });
  const panel = await screen.findByTestId("certificate-detail");
  await waitFor(() => expect(within(panel).getAllByText("U+202E").length).toBeGreaterThan(0));
  expect(panel.textContent).not.toContain("\u202E");
});

test("an empty registry says what certificates are for and offers the first step", async () => {
  await show(Certificates, { params: {} }, { empty: true });
  expect(await screen.findByText("No certificates yet")).toBeDefined();
  expect(screen.getByText("Create an authority").getAttribute("href")).toBe("#/authorities");
});

test("a list that cannot be read says so, and is read again", async () => {
  const { backend, user } = await list();
  backend.failNext("certificate_list", new Failure("registry-busy"));
  location.go("/certificates", { search: "git" });
  const notice = await screen.findByTestId("failure");
  expect(notice.dataset["code"]).toBe("registry-busy");
  await user.click(within(notice).getByRole("button"));
  await waitFor(() => expect(screen.queryByTestId("failure")).toBeNull());
  expect(await screen.findByTestId("certificate-list")).toBeDefined();
});

test("details: verify explains the verdict, export writes where the user says", async () => {
  const { user, backend } = await list({}, { id: LEAF });
  await user.click(await screen.findByTestId("certificate-verify"));
  expect((await screen.findByTestId("verdict")).textContent).toContain("Trusted");
  backend.picks.push({ handle: "h-7", name: "vpn.crt" });
  await user.click(screen.getByTestId("certificate-export"));
  await user.click(await screen.findByTestId("export-go"));
  await waitFor(() => expect(backend.calls.find((call) => call.name === "certificate_export")?.request).toEqual({ certificate: LEAF, format: "pem", out: "h-7", password: null, overwrite: true }));
});

test("a certificate that another program revoked shows so", async () => {
  const { backend } = await list({}, { id: LEAF });
  const panel = await screen.findByTestId("certificate-detail");
  await waitFor(() => expect(within(panel).getByText("Ending", { selector: ".shape" })).toBeDefined());
  await backend.call("certificate_revoke", { certificates: [LEAF], reason: "superseded", invalidityDate: null, note: null, confirmation: "vpn-gw.acme.example" });
  session.touch();
  await waitFor(() => expect(within(panel).getByText("Revoked", { selector: ".shape" })).toBeDefined());
});

test("a hold is lifted where it is shown", async () => {
  const { user, backend } = await list({}, { id: LEAF });
  await screen.findByTestId("certificate-detail");
  expect(screen.queryByTestId("certificate-release")).toBeNull();
  await backend.call("certificate_revoke", { certificates: [LEAF], reason: "certificateHold", invalidityDate: null, note: null, confirmation: "vpn-gw.acme.example" });
  session.touch();
  await user.click(await screen.findByTestId("certificate-release"));
  expect(revoking.release?.certificates.map((one) => one.id)).toEqual([LEAF]);
  revoking.close();
});

test("of several, those on hold can be let go, and what is revoked already can only be said more sharply", async () => {
  const { grid, user } = await list();
  location.go("/certificates", { status: "held" });
  await waitFor(() => expect(screen.getByTestId("certificate-count").textContent).toMatch(/^\d of /));
  grid.focus();
  await user.keyboard(" {ArrowDown} ");
  await user.click(screen.getByTestId("selection-release"));
  expect(revoking.release?.certificates).toHaveLength(2);
  revoking.close();
});

test("a revoked certificate offers a sharper reason, and any its key", async () => {
  const { user } = await list({}, { id: REVOKED });
  await user.click(await screen.findByTestId("certificate-sharpen"));
  expect(revoking.revoke?.certificates.map((one) => one.id)).toEqual([REVOKED]);
  revoking.close();
  await user.click(screen.getByTestId("certificate-more"));
  await user.click(await screen.findByTestId("certificate-compromised"));
  expect([location.path, location.query.get("key")]).toEqual(["/revocation/compromised", REVOKED]);
});

test("every extension is said in words, with its identifier, and its bytes to copy", async () => {
  const { user } = await list({}, { id: LEAF });
  const shown = await screen.findByTestId("extensions");
  const usage = within(shown).getAllByTestId("extension").find((one) => one.dataset["oid"] === "2.5.29.15");
  if (usage === undefined) throw new Error("no key usage");
  expect(usage.textContent).toContain("Key usage");
  expect(usage.textContent).toContain("critical");
  expect(usage.textContent).toContain("signs data and handshakes (digitalSignature)");
  expect(usage.textContent).toContain("keyUsage · 2.5.29.15");
  expect(shown.textContent).toContain("Unknown extension");
  await user.click(within(usage).getByRole("button", { name: "Copy the DER of Key usage, hexadecimal" }));
  expect(await navigator.clipboard.readText()).toBe("03020780");
});
