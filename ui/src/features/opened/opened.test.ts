import { screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";
import App from "../../app/App.svelte";
import { dropped } from "../../ipc/dropped";
import { Failure } from "../../ipc/errors";
import type { OpenedObject } from "../../ipc/generated/OpenedObject";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { openedFiles } from "./files.svelte";
import Opened from "./Opened.svelte";
import { nameOf, withOthers } from "./opened.svelte";

const file = (name: string): { handle: string; name: string } => ({ handle: name, name });

beforeEach(() => {
  openedFiles.files = [];
  openedFiles.text = "";
  dropped.keep([]);
  location.go("/opened");
});

describe("an object", () => {
  const base: OpenedObject = { label: "PEM block 2", kind: "unknown", known: false, id: null, problem: null, locked: false, tried: false, certificate: null, request: null, crl: null, key: null };

  it("is called by its common name, else by its place", () => {
    const request = { subject: { rfc4514: "O=Acme\\, Inc,CN=git\\, too", openssl: "" }, names: [], key: "", keyFingerprint: "", extensions: [], pem: "" };
    expect(nameOf({ ...base, request })).toBe("git, too");
    expect(nameOf({ ...base, request: { ...request, subject: { rfc4514: "", openssl: "" }, names: ["dns:a.example"] } })).toBe("dns:a.example");
    expect(nameOf(base)).toBe("PEM block 2");
  });

  it("is verified with the other certificates behind it", () => {
    const of = (pem: string): OpenedObject => ({ ...base, certificate: { pem } as OpenedObject["certificate"] });
    expect(withOthers("two\n", [of("one\n"), of("two\n"), base, of("three\n")])).toBe("two\none\nthree\n");
  });
});

describe("a file", () => {
  it("is shown, verified as it stands, and taken along to the import", async () => {
    openedFiles.add([file("server.crt")]);
    const { user, backend } = await show(Opened, { params: { file: "server.crt" } });
    expect((await screen.findByTestId("opened-object")).dataset["kind"]).toBe("certificate");
    expect(screen.getByTestId("opened-known").dataset["known"]).toBe("false");
    await user.click(screen.getByTestId("certificate-verify"));
    await screen.findByTestId("verdict");
    expect(backend.calls.find((one) => one.name === "certificate_verify")?.request).toMatchObject({ certificate: null, path: null, text: expect.stringContaining("BEGIN CERTIFICATE") as unknown });
    expect(backend.calls.some((one) => one.name === "import_run" || one.name === "import_plan")).toBe(false);
    await user.click(screen.getByTestId("opened-import"));
    expect(location.path).toBe("/import");
    expect(dropped.take()).toEqual([file("server.crt")]);
  });

  it("that is locked opens with its password", async () => {
    openedFiles.add([file("server.p12")]);
    const { user, backend } = await show(Opened, { params: { file: "server.p12" } });
    await user.type(await screen.findByTestId("opened-password"), "wrong");
    await user.click(screen.getByTestId("opened-unlock"));
    expect(await screen.findByText("That password opens none of them.")).toBeTruthy();
    await user.type(screen.getByTestId("opened-password"), "changeit");
    await user.click(screen.getByTestId("opened-unlock"));
    await waitFor(() => expect(screen.queryByTestId("opened-locked")).toBeNull());
    expect(screen.getAllByTestId("opened-object").map((one) => one.dataset["kind"])).toEqual(["certificate", "certificate", "key"]);
    expect(backend.calls.filter((one) => one.name === "file_show").at(-1)?.request).toMatchObject({ passwords: ["changeit"] });
  });

  it("with many objects shows them page by page", async () => {
    openedFiles.add([file("many.pem")]);
    const { user } = await show(Opened, { params: { file: "many.pem" } });
    await waitFor(() => expect(screen.getAllByTestId("opened-object")).toHaveLength(50));
    await user.click(screen.getByTestId("opened-more"));
    await waitFor(() => expect(screen.getAllByTestId("opened-object")).toHaveLength(100));
  });

  it("that is something else says so", async () => {
    openedFiles.add([file("acme.xdb")]);
    await show(Opened, { params: { file: "acme.xdb" } });
    expect((await screen.findByTestId("opened-holds")).dataset["holds"]).toBe("database");
    expect(screen.getByTestId("opened-import")).toBeTruthy();
  });

  it("that cannot be read says why", async () => {
    openedFiles.add([file("empty.pem")]);
    await show(Opened, { params: { file: "empty.pem" } });
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("file-empty");
  });
});

describe("the window", () => {
  it("shows what it was started with, and several as a list", async () => {
    location.go("/");
    const { backend } = await show(App, {});
    await screen.findByTestId("nav-import");
    backend.open([file("a.crt"), file("b.csr")]);
    await waitFor(() => expect(location.path).toBe("/opened/a.crt"));
    expect((await screen.findByTestId("opened-files")).textContent).toContain("b.csr");
  });

  it("shows a file without a registry, and leads to the import through a new one", async () => {
    location.go("/welcome");
    const { user, backend } = await show(App, {}, { closed: true });
    await screen.findByTestId("welcome-create");
    backend.drop([file("server.crt")]);
    await screen.findByTestId("opened-object");
    expect(screen.queryByTestId("opened-known")).toBeNull();
    await user.click(screen.getByTestId("opened-import"));
    expect(location.path).toBe("/welcome/bring");
    expect(dropped.take()).toEqual([file("server.crt")]);
  });

  it("opens a registry that it was started with; one that will not open is named", async () => {
    location.go("/welcome");
    const { backend } = await show(App, {}, { closed: true });
    await screen.findByTestId("welcome-create");
    backend.failNext("registry_open", new Failure("registry-busy", { path: "acme.chancery" }));
    backend.open([file("acme.chancery")]);
    expect((await screen.findByTestId("opened-holds")).dataset["holds"]).toBe("registry");
    backend.open([file("acme.chancery")]);
    await waitFor(() => expect(location.path).toBe("/"));
  });
});
