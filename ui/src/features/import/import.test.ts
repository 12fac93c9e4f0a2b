import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import App from "../../app/App.svelte";
import { Failure } from "../../ipc/errors";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Import from "./Import.svelte";
import { passes, rows, total } from "./import.svelte";
import { asText } from "./report";

const none = { certificates: 0, keys: 0, requests: 0, revocations: 0, crls: 0, profiles: 0 };
const item = (object: string, outcome: string, kind = "certificate") => ({ path: "a.pem", object, kind, outcome, detail: "", code: "", id: null, source: 0 });
const report: ImportReport = {
  report: "1",
  dryRun: true,
  taken: { ...none, certificates: 2, crls: 1 },
  known: none,
  outcomes: { new: 1, known: 1, conflicting: 0, refused: 1, skipped: 1, leftOut: 0 },
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

describe("the rows of a report", () => {
  it("account for everything once, refused ones first", () => {
    expect(rows(report).map((row) => [row.outcome, row.object || row.path])).toEqual([["refused", "third"], ["new", "first"], ["known", "second"], ["skipped", "notes.txt"]]);
    expect(total(report.taken)).toBe(3);
  });

  it("count what was taken as new", () => {
    const [taken] = rows({ ...report, refused: [], skipped: [], items: [item("first", "taken")] });
    expect(taken && passes(taken, "new")).toBe(true);
    expect(taken && passes(taken, "known")).toBe(false);
  });

  it("can be kept as text, with what cannot be seen made visible", () => {
    expect(asText({ ...report, items: [item("evil\u202e\tname", "new")] })).toContain("evil⟨U+202E⟩⟨U+0009⟩name");
  });
});

describe("an import", () => {
  it("looks first, asks for the password, and takes nothing before that", async () => {
    const { user, backend } = await show(Import, {});
    await user.click(await screen.findByTestId("import-files"));
    const run = await screen.findByTestId<HTMLButtonElement>("import-run");
    expect(run.disabled).toBe(true);
    await user.type(screen.getByTestId("import-password"), "old password");
    await user.click(screen.getByTestId("import-try"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("import-run").disabled).toBe(false));
    expect(backend.calls.some((one) => one.name === "import_run")).toBe(false);
    await user.click(screen.getByTestId("import-run"));
    expect(await screen.findByTestId("import-done")).toBeTruthy();
    expect(backend.calls.find((one) => one.name === "import_run")?.request).toEqual({ paths: ["import.pem"], text: null, passwords: ["old password"], withoutKeys: false, whole: false });
  });

  it("goes on without keys when the user leaves them out", async () => {
    const { user, backend } = await show(Import, {});
    backend.drop([{ handle: "h1", name: "pki" }]);
    await user.click(await screen.findByTestId("import-without-keys"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("import-run").disabled).toBe(false));
  });

  it("says what is wrong with a file", async () => {
    const { backend } = await show(Import, {});
    await screen.findByTestId("import-drop");
    backend.failNext("import_plan", new Failure("file-truncated", { path: "a.p12" }));
    backend.drop([{ handle: "h1", name: "a.p12" }]);
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("file-truncated");
  });

  it("takes up files that were dropped on another screen", async () => {
    const { backend } = await show(App, {});
    await screen.findByTestId("overview-title");
    backend.drop([{ handle: "h1", name: "pki" }]);
    await screen.findByTestId("import-run");
    expect(location.path).toBe("/import");
    expect(backend.calls.find((one) => one.name === "import_plan")?.request).toMatchObject({ paths: ["h1"] });
  });

  it("takes pasted text", async () => {
    const { user, backend } = await show(Import, {});
    await user.click(await screen.findByTestId("import-paste"));
    await user.type(screen.getByTestId("import-text"), "PEM");
    await user.click(screen.getByTestId("import-look"));
    await screen.findByTestId("import-run");
    expect(backend.calls.find((one) => one.name === "import_plan")?.request).toMatchObject({ paths: [], text: "PEM" });
  });
});
