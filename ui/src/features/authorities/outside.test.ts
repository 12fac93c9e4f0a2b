import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import App from "../../app/App.svelte";
import { fakeBackend } from "../../ipc/fake";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Authorities from "./Authorities.svelte";
import CreateAuthority from "./CreateAuthority.svelte";

const { items, waiting } = await fakeBackend({ waiting: true }).call("authority_list", {});
const [root, issuing] = items;
const [wifi] = waiting;
if (root === undefined || issuing === undefined || wifi === undefined) throw new Error("the invented registry has three authorities, and one that waits");

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";

async function open(authority: { id: string }, what: string | null, scenario: Parameters<typeof show>[2]): ReturnType<typeof show> {
  location.go(`/authorities/${authority.id}`, what === null ? {} : { do: what });
  return show(Authorities, { params: { id: authority.id } }, scenario);
}

describe("an authority signed outside", () => {
  it("is begun with a key and a request, and no life of its own choice", async () => {
    location.go("/authorities/new", { parent: "outside" });
    const { user, backend } = await show(CreateAuthority, {});
    await user.type(await screen.findByTestId("authority-name"), "Wi-Fi CA");
    expect(screen.queryByTestId("authority-years")).toBeNull();
    await user.type(screen.getByTestId("authority-path-length"), "0");
    await user.type(screen.getByTestId("authority-permit"), "dns:acme.example");
    await user.click(screen.getByTestId("authority-create"));
    await waitFor(() => expect(backend.world.waiting).toHaveLength(1));
    expect(backend.calls.find((one) => one.name === "authority_request")?.request).toEqual({ name: "Wi-Fi CA", subject: "CN=Wi-Fi CA", key: "ec-p384", pathLength: 0, crlUrls: [], issuerUrls: [], ocspUrls: [], permit: ["dns:acme.example"], exclude: [] });
    expect(backend.calls.some((one) => one.name === "authority_create")).toBe(false);
    await waitFor(() => expect(location.path).toBe(`/authorities/${backend.world.waiting[0]?.id ?? ""}`));
  });

  it("stands in the tree while it waits, with its request to copy and to save", async () => {
    const { user, backend } = await open(wifi, null, { waiting: true });
    expect((await screen.findAllByTestId("authority-row")).map((row) => row.dataset["state"])).toEqual([undefined, undefined, undefined, "waiting"]);
    expect(screen.getByTestId("csr-pem").textContent).toBe(wifi.csr.pem);
    await user.click(screen.getByTestId("csr-save"));
    expect((await screen.findByTestId("csr-saved")).textContent).toContain("wi-fi-ca.csr");
    expect(backend.calls.find((one) => one.name === "authority_csr")?.request).toEqual({ authority: wifi.id, newKey: false, out: "wi-fi-ca.csr", overwrite: true });
  });

  it("refuses an answer to another request in words, and installs the right one", async () => {
    const { user, backend } = await open(wifi, "install", { waiting: true });
    await user.click(await screen.findByTestId("install-text"));
    await user.paste(PEM.replace("MIIB", "OTHER KEY"));
    await user.click(screen.getByTestId("install-go"));
    const refusal = await screen.findByTestId("failure");
    expect(refusal.dataset["code"]).toBe("answer-of-another-key");
    expect(refusal.textContent).toContain("The certificate is for another key than that of Wi-Fi CA");
    expect(backend.world.waiting).toHaveLength(1);
    await user.clear(screen.getByTestId("install-text"));
    await user.click(screen.getByTestId("install-text"));
    await user.paste(PEM);
    await user.click(screen.getByTestId("install-go"));
    expect((await screen.findByTestId("install-done")).dataset["verified"]).toBe("true");
    expect(backend.calls.findLast((one) => one.name === "authority_install")?.request).toEqual({ authority: wifi.id, text: PEM });
    // What stands behind the dialog has become an authority; what was taken is still said.
    await screen.findByTestId("authority-issue");
    expect(screen.queryByTestId("waiting-detail")).toBeNull();
    expect(screen.getByTestId("install-done")).toBeTruthy();
    await user.click(screen.getByTestId("install-close"));
    await waitFor(() => expect(screen.queryByTestId("install-dialog")).toBeNull());
  });

  it("takes its answer from a file that is dropped, which then is no import", async () => {
    location.go(`/authorities/${wifi.id}`, { do: "install" });
    const { backend } = await show(App, {}, { waiting: true });
    await screen.findByTestId("install-dialog");
    backend.drop([{ handle: "drop:1", name: "wifi.p7b" }]);
    await screen.findByTestId("install-done");
    expect(backend.calls.find((one) => one.name === "authority_install")?.request).toEqual({ authority: wifi.id, path: "drop:1" });
    expect(location.path).toBe(`/authorities/${wifi.id}`);
  });

  it("is renewed outside too: a new key waits beside the present one until its certificate is installed", async () => {
    const { user, backend } = await open(issuing, null, {});
    await user.click(await screen.findByTestId("authority-csr"));
    await user.click(await screen.findByTestId("csr-new"));
    await user.click(screen.getByTestId("csr-make"));
    await within(await screen.findByTestId("csr-dialog")).findByTestId("csr-pem");
    expect(backend.calls.find((one) => one.name === "authority_csr")?.request).toEqual({ authority: issuing.id, newKey: true, overwrite: false });
    await user.click(screen.getByTestId("csr-install"));
    await waitFor(() => expect(location.query.get("do")).toBe("install"));
    await waitFor(() => expect(screen.getAllByTestId("generation").map((row) => [row.dataset["number"], row.dataset["standing"]])).toEqual([["2", "waits"], ["1", "current"]]));
    await user.click(await screen.findByTestId("install-choose"));
    expect((await screen.findByTestId("install-done")).dataset["verified"]).toBe("false");
    await user.click(screen.getByTestId("install-close"));
    await waitFor(() => expect(screen.getAllByTestId("generation").map((row) => row.dataset["standing"])).toEqual(["current", "answers"]));
  });
});

describe("cross-signing", () => {
  it("shows what would be signed, and signs once the other's name was typed and a place chosen", async () => {
    const { user, backend } = await open(root, "cross-sign", { ownRoot: true });
    expect(screen.queryByTestId("cross-preview")).toBeNull();
    backend.picks.push({ handle: "partner:1", name: "partner.pem" });
    await user.click(await screen.findByTestId("cross-choose"));
    await screen.findByTestId("cross-preview");
    expect(screen.getByTestId("cross-other").textContent).toContain("CN=Partner Root CA");
    expect(screen.getByTestId("cross-unlimited")).toBeTruthy();
    await user.type(screen.getByTestId("cross-permit"), "dns:partner.example{Enter}");
    await waitFor(() => expect(screen.queryByTestId("cross-unlimited")).toBeNull());
    await user.type(screen.getByTestId("cross-path"), "0");
    const go = screen.getByTestId<HTMLButtonElement>("cross-go");
    await user.type(screen.getByTestId("cross-typed"), "Partner Root CA");
    expect(go.disabled).toBe(true);
    await user.click(screen.getByTestId("cross-place"));
    await waitFor(() => expect(go.disabled).toBe(false));
    await user.click(go);
    expect((await screen.findByTestId("cross-file")).textContent).toBe("partner-root-ca-cross.pem");
    expect(backend.calls.find((one) => one.name === "authority_cross_sign")?.request).toEqual({ signing: { authority: root.id, path: "partner:1", pathLength: 0, permit: ["dns:partner.example"], exclude: [] }, confirmation: "Partner Root CA", out: "partner-root-ca-cross.pem", overwrite: true });
  });

  it("refuses what is no authority's, and takes another file", async () => {
    const { user, backend } = await open(root, "cross-sign", { ownRoot: true });
    backend.picks.push({ handle: "leaf:1", name: "leaf.pem" }, { handle: "partner:1", name: "partner.pem" });
    await user.click(await screen.findByTestId("cross-choose"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("not-an-authority");
    expect(screen.getByTestId<HTMLButtonElement>("cross-go").disabled).toBe(true);
    await user.click(screen.getByTestId("cross-choose-other"));
    await screen.findByTestId("cross-preview");
    expect(screen.queryByTestId("failure")).toBeNull();
  });
});
