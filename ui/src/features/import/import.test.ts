import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import App from "../../app/App.svelte";
import { Failure } from "../../ipc/errors";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { ImportItem } from "../../ipc/generated/ImportItem";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { continued } from "./continuing.svelte";
import Import from "./Import.svelte";
import { importing, total } from "./import.svelte";
import { countOf, placeOf } from "./objects.svelte";
import { asText } from "./report";

const none = { certificates: 0, keys: 0, requests: 0, revocations: 0, crls: 0, profiles: 0 };
const item = (object: string, outcome: string, kind = "certificate", id: string | null = null): ImportItem => ({ path: "a.pem", object, kind, outcome, detail: "", code: "", id, source: 0 });
const report: ImportReport = {
  report: "1",
  dryRun: true,
  taken: { ...none, certificates: 2, crls: 1 },
  known: none,
  outcomes: { new: 3, known: 1, conflicting: 2, refused: 1, skipped: 1, leftOut: 4 },
  sources: [],
  refused: [{ path: "a.pem", object: "third", code: "file-damaged", message: "Damaged." }],
  skipped: [{ path: "notes.txt" }],
  items: [item("first", "new"), item("second", "known"), item("third", "refused")],
  passwordsWanted: 0,
  lockedPaths: [],
  whole: true,
  locked: [],
  keysMissing: [],
  profiles: [],
  notCarried: [],
  revocationsWithoutCertificate: 0,
};

beforeEach(() => {
  importing.reset();
  location.go("/import");
});

describe("a report", () => {
  it("is counted by outcome", () => {
    expect(total(report.taken)).toBe(3);
    expect([countOf(report, "all"), countOf(report, "left-out"), countOf(report, "conflicting")]).toEqual([12, 4, 2]);
  });

  it("can be kept as text, with what cannot be seen made visible", () => {
    const text = asText(report, [item("evil\u202e\tname", "taken")]);
    expect(text).toContain("evil⟨U+202E⟩⟨U+0009⟩name");
    expect(text).toContain("notes.txt");
  });

  it("leads to what came, where that has a screen", () => {
    expect(placeOf(item("a", "taken", "certificate", "1"))).toBe("/certificates/1");
    expect(placeOf(item("a", "taken", "request", "2"))).toBe("/requests/2");
    expect([placeOf(item("a", "new")), placeOf(item("a", "taken", "crl", "3"))]).toEqual([null, null]);
  });

  it("says which authorities go on here", () => {
    const authority = (id: string, keyLocation: string, certificates: string[]): AuthorityView => ({ id, keyLocation, generations: [{ certificates }] }) as unknown as AuthorityView;
    const came: ImportItem = { ...item("CA", "taken", "certificate", "c1"), code: "authority-with-key" };
    const all = [authority("a", "os", ["c0", "c1"]), authority("b", "elsewhere", ["c1"]), authority("c", "os", ["c2"])];
    expect(continued([came, { ...came, id: "c2", code: "authority-without-key" }], all).map((one) => one.id)).toEqual(["a"]);
    expect(continued([{ ...came, outcome: "known" }], all)).toEqual([]);
  });
});

describe("an import", () => {
  it("looks first, asks for each password by the name of what it opens, and takes nothing before that", async () => {
    const { user, backend } = await show(Import, {});
    await user.click(await screen.findByTestId("import-files"));
    const run = await screen.findByTestId<HTMLButtonElement>("import-run");
    expect(run.disabled).toBe(true);
    expect(screen.getByLabelText(/Password of.*Old Root CA/u)).toBeTruthy();
    await user.type(screen.getByTestId("import-password"), "no such password");
    await user.click(screen.getByTestId("import-try"));
    expect((await screen.findByTestId("import-wrong")).textContent).toContain("Try another");
    await user.click(screen.getByTestId("import-other"));
    expect(screen.queryByTestId("import-wrong")).toBeNull();
    expect(screen.getByLabelText(/Password of.*host-1\.old\.example/u)).toBeTruthy();
    await user.type(screen.getByTestId("import-password"), "old password");
    await user.click(screen.getByTestId("import-try"));
    await waitFor(() => expect(screen.getByTestId("import-locked").textContent).toContain("1 locked object"));
    await user.type(screen.getByTestId("import-password"), "another password");
    await user.click(screen.getByTestId("import-try"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("import-run").disabled).toBe(false));
    expect(backend.calls.some((one) => one.name === "import_run")).toBe(false);
    await user.click(screen.getByTestId("import-run"));
    expect(await screen.findByTestId("import-done")).toBeTruthy();
    expect(backend.calls.find((one) => one.name === "import_run")?.request).toEqual({ paths: ["import.pem"], text: null, passwords: ["no such password", "old password", "another password"], withoutKeys: false, whole: false });
    expect(importing.passwords).toEqual([]);
  });

  it("goes on without keys when the user leaves them out", async () => {
    const { user, backend } = await show(Import, {});
    backend.drop([{ handle: "h1", name: "pki" }]);
    await user.click(await screen.findByTestId("import-without-keys"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("import-run").disabled).toBe(false));
  });

  it("says what was recognised, and what a person should know", async () => {
    const { user, backend } = await show(Import, {});
    backend.drop([{ handle: "h1", name: "pki" }]);
    expect((await screen.findAllByTestId("import-source")).map((one) => one.dataset["kind"])).toEqual(["easy-rsa", "xca"]);
    expect(screen.getByTestId("import-know-keysMissing").textContent).toContain("Old Issuing CA");
    expect(screen.getByTestId("import-know-notCarried").textContent).toContain("OpenVPN");
    expect(screen.getByTestId("import-know-profiles").textContent).toContain("nsComment");
    expect(screen.getByTestId("import-know-serials")).toBeTruthy();
    await user.click(within(screen.getByTestId("import-know-conflicting")).getByRole("button"));
    await waitFor(() => expect(screen.getAllByTestId("import-object").map((one) => one.dataset["outcome"])).toEqual(["conflicting"]));
  });

  it("takes what is typed into its field", async () => {
    const { user, backend } = await show(Import, {});
    await user.click(await screen.findByTestId("import-paste"));
    await user.type(screen.getByTestId("import-text"), "PEM");
    await user.click(screen.getByTestId("import-look"));
    await screen.findByTestId("import-run");
    expect(backend.calls.find((one) => one.name === "import_plan")?.request).toMatchObject({ paths: [], text: "PEM" });
  });

  it("says what is wrong with a file", async () => {
    const { backend } = await show(Import, {});
    await screen.findByTestId("import-drop");
    backend.failNext("import_plan", new Failure("file-truncated", { path: "a.p12" }));
    backend.drop([{ handle: "h1", name: "a.p12" }]);
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("file-truncated");
  });

  it("shows a hundred of a hundred thousand objects, and the others page by page", async () => {
    const { user, backend } = await show(Import, {}, { importing: "large" });
    backend.drop([{ handle: "h1", name: "all.pem" }]);
    await waitFor(() => expect(screen.getAllByTestId("import-object")).toHaveLength(100));
    expect(screen.getByTestId("import-page").textContent).toContain("1–100 of 100,000");
    await user.click(screen.getByTestId("import-next"));
    await waitFor(() => expect(screen.getByTestId("import-page").textContent).toContain("101–200"));
    await user.click(screen.getByTestId("import-previous"));
    await waitFor(() => expect(screen.getByTestId("import-page").textContent).toContain("1–100"));
    await user.click(screen.getByTestId("import-filter-refused"));
    await waitFor(() => expect(screen.getAllByTestId("import-object")).toHaveLength(20));
    expect(screen.queryByTestId("import-next")).toBeNull();
  });

  it("says when there is nothing new, and when there is nothing", async () => {
    const { backend } = await show(Import, {}, { importing: "known" });
    backend.drop([{ handle: "h1", name: "again.pem" }]);
    expect((await screen.findByTestId("import-nothing")).dataset["why"]).toBe("known");
    expect(screen.queryByTestId("import-run")).toBeNull();
  });

  it("goes on with the authorities whose keys came, and keeps its report", async () => {
    const { user, backend } = await show(Import, {});
    await importing.add([{ handle: "h1", name: "pki" }]);
    await importing.unlock("old password");
    await importing.unlock("another password");
    await user.click(await screen.findByTestId("import-run"));
    const [build] = await screen.findAllByTestId("import-build-crl");
    if (build) await user.click(build);
    await waitFor(() => expect(backend.calls.some((one) => one.name === "crl_build")).toBe(true));
    expect((await screen.findByTestId("import-continues")).textContent).toMatch(/CRL \d+ built/u);
    await user.click(screen.getByTestId("import-save-report"));
    await waitFor(() => expect(backend.calls.find((one) => one.name === "import_keep")?.request).toMatchObject({ out: "import-report.txt", format: null }));
  });

  it("shows how far a long look is, and stops it", async () => {
    const { user, backend } = await show(Import, {}, { importing: "looking" });
    backend.drop([{ handle: "h1", name: "all.pem" }]);
    expect((await screen.findByTestId("import-looking")).textContent).toContain("41 %");
    await user.click(screen.getByTestId("import-cancel"));
    expect((await screen.findByTestId("import-look-stopped")).textContent).toContain("Nothing was changed");
    expect([screen.queryByTestId("failure"), screen.queryByTestId("import-run"), screen.queryByTestId("import-looking")]).toEqual([null, null, null]);
    await user.click(screen.getByTestId("import-look-again"));
    await waitFor(() => expect(backend.calls.filter((one) => one.name === "import_plan")).toHaveLength(2));
    expect(screen.queryByTestId("import-look-stopped")).toBeNull();
  });

  it("stops a look that nobody waits for", async () => {
    const { backend } = await show(Import, {}, { importing: "looking" });
    backend.drop([{ handle: "h1", name: "all.pem" }]);
    await waitFor(() => expect(importing.planning).toBe(true));
    importing.reset();
    expect(importing.planning).toBe(false);
    expect(backend.calls.map((one) => one.name)).toContain("import_stop");
  });

  it("that is stopped by hand says that nothing of it was kept", async () => {
    const { user, backend } = await show(Import, {});
    await importing.add([{ handle: "h1", name: "pki" }]);
    await importing.leaveKeysOut(true);
    backend.failNext("import_run", new Failure("cancelled"));
    await user.click(await screen.findByTestId("import-run"));
    expect(await screen.findByTestId("import-cancelled")).toBeTruthy();
    expect(screen.queryByTestId("failure")).toBeNull();
    expect(screen.getByTestId("import-run")).toBeTruthy();
  });
});

describe("the window", () => {
  const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

  function paste(target: Element | Document, text: string): void {
    const event = new Event("paste", { bubbles: true, cancelable: true });
    Object.assign(event, { clipboardData: { getData: () => text } });
    target.dispatchEvent(event);
  }

  it("takes files that are dropped anywhere", async () => {
    location.go("/");
    const { backend } = await show(App, {});
    await screen.findByTestId("nav-import");
    backend.over(2);
    expect((await screen.findByTestId("drop-overlay")).textContent).toContain("2 files and folders");
    backend.over(0);
    backend.drop([{ handle: "h1", name: "old.pem" }]);
    await waitFor(() => expect(location.path).toBe("/import"));
    await screen.findByTestId("import-run");
    expect(screen.queryByTestId("drop-overlay")).toBeNull();
  });

  it("takes a pasted text anywhere but in a field, and only PEM", async () => {
    location.go("/certificates");
    const { backend } = await show(App, {});
    const search = await screen.findByTestId("search");
    paste(search, pem);
    paste(document.body, "hello");
    expect(location.path).toBe("/certificates");
    paste(document.body, pem);
    await waitFor(() => expect(location.path).toBe("/import"));
    await waitFor(() => expect(backend.calls.find((one) => one.name === "import_plan")?.request).toMatchObject({ text: pem, paths: [] }));
    paste(document.body, pem.replace("MIIB", "MIIC"));
    await waitFor(() => expect(backend.calls.filter((one) => one.name === "import_plan").at(-1)?.request).toMatchObject({ text: `${pem}${pem.replace("MIIB", "MIIC")}` }));
  });
});
