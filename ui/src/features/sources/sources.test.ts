import { screen, waitFor, within } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { Failure } from "../../ipc/errors";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Sources from "./Sources.svelte";

const MASTER = "01900046-0000-7000-8000-000000000001";
const DIRECTORY = "01900046-0000-7000-8000-000000000004";
const SWISS = "01900046-0000-7000-8000-000000000005";
const MACHINE = "01900046-0000-7000-8000-000000000003";

test("sources are listed with what they hold and how they stand, and a refresh that failed says why and what to do", async () => {
  await show(Sources, { params: {} });
  const rows = await screen.findAllByTestId("source-row");
  expect(rows.map((row) => row.dataset["state"])).toEqual(["fresh", "expired", "retrying", "failed", "fresh"]);
  expect(rows[1]?.textContent).toContain("3,418 document signers");
  expect(within(rows[3] ?? document.body).getByTestId("source-row-failure").textContent).toContain("for whom nothing vouches here");
});

test("the list is walked by keys, and Enter opens", async () => {
  const { user } = await show(Sources, { params: {} });
  (await screen.findByTestId("source-list")).focus();
  await user.keyboard("{End}{ArrowUp}{Enter}");
  expect(location.path).toBe(`/sources/${SWISS}`);
  location.go("/sources");
  await user.keyboard("{Home}i{Enter}");
  expect(location.path).toBe(`/sources/${DIRECTORY}`);
});

test("without sources the page says what they are for and has the one button", async () => {
  location.go("/sources");
  const { user } = await show(Sources, { params: {} }, { empty: true });
  expect(await screen.findByText("Nobody else is trusted yet")).toBeDefined();
  await user.click(screen.getByTestId("source-add"));
  expect(await screen.findByTestId("source-create")).toBeDefined();
  expect(location.query.get("do")).toBe("add");
});

test("nothing is added to a registry that can only be read", async () => {
  location.go("/sources", { do: "add" });
  await show(Sources, { params: {} }, { readOnly: true });
  await screen.findAllByTestId("source-row");
  expect(screen.queryByTestId("source-add")).toBeNull();
  expect(screen.queryByTestId("source-create")).toBeNull();
});

test("what is missing is said at its field; the list's own signer is wanted", async () => {
  location.go("/sources", { do: "add" });
  const { user, backend } = await show(Sources, { params: {} });
  await screen.findByTestId("source-create");
  await user.selectOptions(screen.getByTestId("source-kind"), "icao-master-list");
  expect(screen.queryByTestId("source-place-system")).toBeNull();
  await user.click(screen.getByTestId("source-go"));
  expect(screen.getAllByRole("alert").map((alert) => alert.textContent)).toEqual(["Choose the file.", "A master list needs at least one certificate to verify its signature with.", "Give it a name."]);
  expect(backend.calls.some((call) => call.name === "source_create")).toBe(false);
});

test("a source is made from an address with its signers, and shown", async () => {
  location.go("/sources", { do: "add" });
  const { user, backend } = await show(Sources, { params: {} });
  await screen.findByTestId("source-create");
  await user.selectOptions(screen.getByTestId("source-kind"), "icao-master-list");
  await user.click(screen.getByTestId("source-place-url"));
  await user.type(screen.getByTestId("source-url"), "https://download.example/FR_ML.ml");
  await user.click(screen.getByTestId("source-signers"));
  expect(await screen.findAllByTestId("source-signer")).toHaveLength(1);
  await user.type(screen.getByTestId("source-name"), "German master list");
  await user.selectOptions(screen.getByTestId("source-every"), "0");
  await user.click(screen.getByTestId("source-go"));
  // A name that is taken is said at the name.
  expect((await screen.findByText(/already/u)).closest(".field")?.querySelector("[data-testid=source-name]")).not.toBeNull();
  await user.clear(screen.getByTestId("source-name"));
  await user.type(screen.getByTestId("source-name"), "French master list");
  await user.click(screen.getByTestId("source-go"));
  await waitFor(() => expect(location.path).toMatch(/^\/sources\/01900048-/u));
  expect(backend.calls.findLast((call) => call.name === "source_create")?.request).toEqual({ name: "French master list", kind: "icao-master-list", path: null, url: "https://download.example/FR_ML.ml", signers: ["source-signer.pem"], refreshHours: 0 });
  expect(toasts.items.at(-1)?.title).toBe("The source was added");
});

test("the file's name is offered as the source's, and what cannot be read is said at the file", async () => {
  location.go("/sources", { do: "add" });
  const { user, backend } = await show(Sources, { params: {} }, { sources: "refused" });
  await screen.findByTestId("source-create");
  backend.picks.push({ handle: "h1", name: "partner-roots.pem" });
  await user.click(screen.getByTestId("source-file"));
  await waitFor(() => expect(screen.getByTestId<HTMLInputElement>("source-name").value).toBe("partner-roots"));
  await user.click(screen.getByTestId("source-go"));
  const alert = await screen.findByRole("alert");
  expect(alert.closest("fieldset")?.querySelector("[data-testid=source-file]")).not.toBeNull();
  expect(alert.textContent).toContain("not what was expected");
  expect(screen.getByTestId("source-create")).toBeDefined();
});

test("a source says where it comes from, what it holds of each country, and its latest refreshes", async () => {
  await show(Sources, { params: { id: DIRECTORY } });
  expect((await screen.findByTestId("source-place")).textContent).toBe("/srv/icao/icaopkd-001-complete.ldif");
  expect(screen.getByTestId("source-holds-document-signer").textContent).toBe("3,418 document signers");
  const countries = screen.getAllByTestId("source-country");
  expect(countries[0]?.textContent).toContain("Austria");
  expect(countries[0]?.querySelector("a")?.getAttribute("href")).toBe(`#/sources/${DIRECTORY}/certificates?country=AT`);
  expect(screen.getAllByTestId("source-event")).toHaveLength(4);
});

test("a signer that is unknown wants a new source, and the old content is said to stay", async () => {
  await show(Sources, { params: { id: SWISS } });
  const failure = await screen.findByTestId("source-failure");
  expect(failure.textContent).toContain("still in use");
  expect(within(failure).getByTestId("source-failure-add").getAttribute("href")).toBe("#/sources?do=add");
});

test("a source that is not there is no error", async () => {
  await show(Sources, { params: { id: "nobody" } });
  expect(await screen.findByText("There is no such source")).toBeDefined();
});

test("its certificates are narrowed by type and country, and each has an address", async () => {
  location.go(`/sources/${DIRECTORY}/certificates`, { kind: "document-signer", country: "AT" });
  const { user, backend } = await show(Sources, { params: { id: DIRECTORY, part: "certificates" } });
  const rows = await screen.findAllByTestId("source-certificate-row");
  expect(backend.calls.findLast((call) => call.name === "source_certificates")?.request).toEqual({ source: DIRECTORY, kind: "document-signer", country: "AT", limit: 100, after: null });
  expect(rows[0]?.textContent).toContain("Austria");
  if (rows[1]) await user.click(rows[1]);
  expect(location.path).toMatch(new RegExp(`^/sources/${DIRECTORY}/certificates/\\d+$`, "u"));
  expect(location.query.get("country")).toBe("AT");
});

test("a certificate is shown by its address alone, wherever in the list it is", async () => {
  location.go(`/sources/${DIRECTORY}/certificates/2514`, { at: "2500" });
  const { user, backend } = await show(Sources, { params: { id: DIRECTORY, part: "certificates", item: "2514" } });
  const panel = await screen.findByTestId("source-certificate");
  await waitFor(() => expect(within(panel).getByRole("heading", { level: 2 }).textContent).toMatch(/Document Signer .. 2514/u));
  expect(panel.textContent).toContain("Subject key identifier");
  expect(backend.calls.findLast((call) => call.name === "source_certificates")?.request).toMatchObject({ after: "2500" });
  await user.click(within(panel).getByTestId("source-certificate-close"));
  expect(location.path).toBe(`/sources/${DIRECTORY}/certificates`);
});

test("a certificate is written alone, and judged by what all sources know", async () => {
  location.go(`/sources/${DIRECTORY}/certificates/7`);
  const { user, backend } = await show(Sources, { params: { id: DIRECTORY, part: "certificates", item: "7" } });
  await user.click(await screen.findByTestId("source-certificate-export"));
  await user.click(await screen.findByTestId("source-certificate-export-der"));
  await waitFor(() => expect(backend.calls.findLast((call) => call.name === "source_export")?.request).toMatchObject({ source: DIRECTORY, certificate: "7", format: "der", overwrite: true }));
  await user.click(screen.getByTestId("certificate-verify"));
  expect((await screen.findByTestId("verdict")).textContent).toContain("Trusted");
  expect(backend.calls.findLast((call) => call.name === "certificate_verify")?.request).toMatchObject({ certificate: null, sourceCertificate: "7", path: null });
});

test("a certificate that a refresh took away is said to be gone", async () => {
  location.go(`/sources/${MASTER}/certificates/99999`);
  await show(Sources, { params: { id: MASTER, part: "certificates", item: "99999" } });
  expect(await screen.findByText("It is not here any more")).toBeDefined();
});

test("a CRL shows whom it lists, and looks for one", async () => {
  const crl = `${DIRECTORY}.3`;
  location.go(`/sources/${DIRECTORY}/crls/${crl}`);
  const { user, backend } = await show(Sources, { params: { id: DIRECTORY, part: "crls", item: crl } });
  const entries = await screen.findAllByTestId("source-revoked");
  const serial = entries[0]?.querySelector("td")?.getAttribute("title") ?? "";
  await user.type(screen.getByTestId("source-crl-serial"), serial.toUpperCase());
  await user.click(screen.getByTestId("source-crl-find"));
  await waitFor(() => expect(screen.getAllByTestId("source-revoked")).toHaveLength(1));
  expect(backend.calls.findLast((call) => call.name === "source_revoked")?.request).toMatchObject({ crl, serial: serial.replaceAll(":", "") });
  await user.clear(screen.getByTestId("source-crl-serial"));
  await user.type(screen.getByTestId("source-crl-serial"), "0badc0de");
  await user.click(screen.getByTestId("source-crl-find"));
  expect(await screen.findByTestId("source-crl-not-listed")).toBeDefined();
});

test("what is in quarantine says why, and its bytes are saved as they came", async () => {
  location.go(`/sources/${DIRECTORY}/quarantine/1`);
  const { user, backend } = await show(Sources, { params: { id: DIRECTORY, part: "quarantine", item: "1" } });
  expect((await screen.findByTestId("source-quarantine-bytes")).textContent).toMatch(/^30 82 03 28 /u);
  await user.click(screen.getByTestId("source-quarantine-save"));
  await waitFor(() => expect(toasts.items.at(-1)?.title).toBe("Written to ICAO-directory-1.bin"));
  expect(backend.calls.findLast((call) => call.name === "source_export")?.request).toEqual({ source: DIRECTORY, quarantined: "1", out: "ICAO-directory-1.bin", overwrite: true });
});

test("nothing in quarantine is good news", async () => {
  await show(Sources, { params: { id: MACHINE, part: "quarantine" } });
  expect(await screen.findByText("Nothing is in quarantine")).toBeDefined();
});

test("the history goes on for as long as there is one", async () => {
  const { user } = await show(Sources, { params: { id: SWISS, part: "history" } }, { sources: "many" });
  expect(await screen.findAllByTestId("source-event")).toHaveLength(100);
  await user.click(screen.getByTestId("source-history-more"));
  await waitFor(() => expect(screen.getAllByTestId("source-event")).toHaveLength(200));
});

test("a source goes when its name was typed, and only then", async () => {
  location.go(`/sources/${MACHINE}`, { do: "remove" });
  const { user, backend } = await show(Sources, { params: { id: MACHINE } });
  const typed = await screen.findByTestId("source-removing-typed");
  await user.type(typed, "This mach");
  expect(screen.getByTestId<HTMLButtonElement>("source-removing-go").disabled).toBe(true);
  await user.type(typed, "ine");
  backend.failNext("source_remove", new Failure("registry-busy"));
  await user.click(screen.getByTestId("source-removing-go"));
  expect((await screen.findByTestId("failure")).dataset["code"]).toBe("registry-busy");
  await user.click(screen.getByTestId("source-removing-go"));
  await waitFor(() => expect(location.path).toBe("/sources"));
  expect(backend.calls.findLast((call) => call.name === "source_remove")?.request).toEqual({ source: MACHINE, confirmation: "This machine" });
});
