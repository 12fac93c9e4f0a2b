import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Failure } from "../../ipc/errors";
import { PASSPHRASE } from "../../ipc/fake";
import { session } from "../../ipc/session.svelte";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { fileName } from "./create.svelte";
import CreateRegistry from "./CreateRegistry.svelte";
import { escapeValue, subjectOf } from "./first.svelte";
import FirstAuthority from "./FirstAuthority.svelte";
import Restore from "./Restore.svelte";
import RestoreKeys from "./RestoreKeys.svelte";
import Welcome from "./Welcome.svelte";

describe("names", () => {
  it("make file names without surprises", () => {
    expect(fileName("Acme PKI")).toBe("acme-pki");
    expect(fileName("Büro / Köln")).toBe("buro-koln");
    expect(fileName("../..")).toBe("registry");
  });

  it("are escaped in subjects (RFC 4514 2.4)", () => {
    expect(escapeValue("Acme, Inc.")).toBe("Acme\\, Inc.");
    expect(escapeValue("#1 ")).toBe("\\#1\\ ");
    expect(subjectOf("Root CA", "Acme + Co", "de")).toBe("CN=Root CA,O=Acme \\+ Co,C=DE");
    expect(subjectOf("Root CA", "", "")).toBe("CN=Root CA");
  });
});

describe("the start page", () => {
  it("opens one of the registries opened lately", async () => {
    const { user, backend } = await show(Welcome, {}, { closed: true });
    await user.click(await screen.findByTestId("welcome-recent"));
    await waitFor(() => expect(session.status?.name).toBe("Acme PKI"));
    expect(location.path).toBe("/");
    expect(backend.calls.find((one) => one.name === "registry_open")?.request).toEqual({ path: "recent-1" });
  });

  it("says why a file cannot be opened", async () => {
    const { user, backend } = await show(Welcome, {}, { closed: true });
    backend.failNext("registry_open", new Failure("not-a-registry", { path: "x" }));
    await user.click(await screen.findByTestId("welcome-open"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("not-a-registry");
    expect(session.status).toBeNull();
  });
});

describe("creating a registry", () => {
  const create = () => screen.getByTestId<HTMLButtonElement>("registry-create");

  it("with the keyring wants a recovery file or a typed refusal", async () => {
    const { user, backend } = await show(CreateRegistry, {}, { closed: true });
    await user.type(await screen.findByTestId("registry-name"), "Acme PKI");
    await user.click(screen.getByTestId("registry-place"));
    expect(create().disabled).toBe(true);
    await user.click(screen.getByTestId("registry-recovery-refuse"));
    expect(create().disabled).toBe(true);
    await user.type(await screen.findByTestId("registry-refusal"), "without recovery file");
    await waitFor(() => expect(create().disabled).toBe(false));
    await user.click(create());
    await waitFor(() => expect(location.path).toBe("/welcome/authority"));
    expect(backend.calls.find((one) => one.name === "registry_create")?.request).toEqual({ path: "acme-pki.chancery", name: "Acme PKI", keys: "os", passphrase: null, recoveryFile: null, recoveryPassphrase: null, withoutRecoveryFile: true });
  });

  it("seals the recovery file under a passphrase given twice", async () => {
    const { user, backend } = await show(CreateRegistry, {}, { closed: true });
    await user.type(await screen.findByTestId("registry-name"), "Acme");
    await user.click(screen.getByTestId("registry-place"));
    await user.click(screen.getByTestId("registry-recovery-place"));
    await user.type(screen.getByTestId("registry-recovery-passphrase"), "in the safe");
    await user.type(screen.getByTestId("registry-recovery-again"), "in the safe");
    await user.click(create());
    await waitFor(() => expect(session.status?.name).toBe("Acme"));
    expect(backend.calls.find((one) => one.name === "registry_create")?.request).toMatchObject({ recoveryFile: "acme.recovery", recoveryPassphrase: "in the safe", withoutRecoveryFile: false });
  });

  it("with a passphrase sends no recovery file, and compares the two", async () => {
    const { user, backend } = await show(CreateRegistry, {}, { closed: true });
    await user.type(await screen.findByTestId("registry-name"), "Acme");
    await user.click(screen.getByTestId("registry-place"));
    await user.click(screen.getByTestId("registry-keys-passphrase"));
    await user.type(await screen.findByTestId("registry-passphrase"), "five odd words");
    await user.type(screen.getByTestId("registry-passphrase-again"), "five odd word");
    expect(create().disabled).toBe(true);
    expect(screen.getByText("The two are not the same.")).toBeTruthy();
    await user.type(screen.getByTestId("registry-passphrase-again"), "s");
    await user.click(create());
    await waitFor(() => expect(session.status?.keys).toBe("passphrase"));
    expect(backend.calls.find((one) => one.name === "registry_create")?.request).toMatchObject({ passphrase: "five odd words", recoveryFile: null, withoutRecoveryFile: false });
  });
});

describe("the first authority", () => {
  it("makes a root and an issuing CA below it", async () => {
    const { user, backend } = await show(FirstAuthority, {}, { empty: true });
    await user.type(await screen.findByTestId("first-organisation"), "Acme");
    await user.type(screen.getByTestId("first-country"), "de");
    await user.type(screen.getByTestId("first-crl-url"), "http://crl.acme.example/1.crl");
    await user.click(screen.getByTestId("first-create"));
    await waitFor(() => expect(backend.world.authorities).toHaveLength(2));
    const asked = backend.calls.filter((one) => one.name === "authority_create").map((one) => one.request);
    expect(asked[0]).toMatchObject({ name: "Acme Root CA", subject: "CN=Acme Root CA,O=Acme,C=DE", parent: null, pathLength: 1, days: 7305, crlUrls: [] });
    expect(asked[1]).toMatchObject({ name: "Acme Issuing CA 1", subject: "CN=Acme Issuing CA 1,O=Acme,C=DE", parent: backend.world.authorities[0]?.id, pathLength: 0, days: 3653, crlUrls: ["http://crl.acme.example/1.crl"] });
  });

  it("goes on from the root when the second one fails", async () => {
    const { user, backend } = await show(FirstAuthority, {}, { empty: true });
    await screen.findByTestId("first-create");
    const real = backend.call.bind(backend);
    let fail = true;
    backend.call = (async (name: never, request: { parent?: string | null }) => {
      if (name === "authority_create" && request.parent !== null && fail) {
        fail = false;
        throw new Failure("keyring-timed-out");
      }
      return real(name, request as never);
    });
    await user.click(screen.getByTestId("first-create"));
    await screen.findByTestId("failure");
    await user.click(screen.getByTestId("first-create"));
    await waitFor(() => expect(backend.world.authorities.map((one) => one.name)).toEqual(["Root CA", "Issuing CA 1"]));
  });

  it("does not let the issuing CA outlive the root", async () => {
    const { user } = await show(FirstAuthority, {}, { empty: true });
    const years = await screen.findByTestId("first-issuing-years");
    await user.clear(years);
    await user.type(years, "30");
    expect(await screen.findByText("The issuing CA cannot outlive the root.")).toBeTruthy();
    expect(screen.getByTestId<HTMLButtonElement>("first-create").disabled).toBe(true);
  });
});

describe("a backup", () => {
  it("is restored to a place, and the CRLs that are awaited are named", async () => {
    const { user, backend } = await show(Restore, {}, { closed: true });
    expect(screen.getByTestId<HTMLButtonElement>("restore-run").disabled).toBe(true);
    await user.click(screen.getByTestId("restore-backup"));
    await user.click(screen.getByTestId("restore-place"));
    await user.click(screen.getByTestId("restore-crls"));
    await user.click(screen.getByTestId("restore-run"));
    const done = await screen.findByTestId("restore-done");
    expect(done.textContent).toContain(backend.world.status?.awaitedCrls[0]?.authority.name);
    expect(backend.calls.find((one) => one.name === "registry_restore")?.request).toEqual({ path: "backup.pem", to: "restored.chancery", crls: ["crl.pem"], acceptLostCrls: false });
    expect(screen.queryByTestId("restore-keys")).toBeNull();
    await user.click(screen.getByTestId("restore-go"));
    expect(location.path).toBe("/");
  });

  it("of another computer: its keys come back from the recovery file at once", async () => {
    const { user, backend } = await show(RestoreKeys, {}, { keyTroubles: true });
    const missing = (): string[] => [...backend.world.keyTroubles.values()].filter((state) => state === "missing");
    const count = missing().length;
    expect(count).toBeGreaterThan(0);
    await user.click(await screen.findByTestId("restore-keys-file"));
    expect(screen.getByTestId<HTMLButtonElement>("restore-keys-go").disabled).toBe(true);
    await user.type(screen.getByTestId("restore-keys-passphrase"), "wrong");
    await user.click(screen.getByTestId("restore-keys-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("recovery-file-wrong");
    expect(screen.getByTestId<HTMLInputElement>("restore-keys-passphrase").value).toBe("");
    await user.type(screen.getByTestId("restore-keys-passphrase"), PASSPHRASE);
    await user.click(screen.getByTestId("restore-keys-go"));
    expect((await screen.findByTestId("restore-keys-done")).textContent).toContain(`${String(count)} key`);
    expect(missing()).toEqual([]);
    // One of them has another key in its place: it is named, with what to do.
    const failed = await screen.findByTestId("not-recovered");
    expect([...failed.querySelectorAll("li")].map((item) => item.dataset["state"])).toEqual(["wrong-key"]);
    expect(failed.textContent).toContain("Set the other key aside first");
  });
});
