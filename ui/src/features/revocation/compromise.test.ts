import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { dropped } from "../../ipc/dropped";
import { Failure } from "../../ipc/errors";
import { fakeBackend } from "../../ipc/fake";
import { location } from "../../lib/route.svelte";
import { pasted, sha256 } from "../../lib/pem";
import { show } from "../../testing/render";
import Compromise from "./Compromise.svelte";

const LEAF = "01900002-0000-7000-8000-000000000000";
const leaf = await fakeBackend().call("certificate_show", { certificate: LEAF });
const authorities = (await fakeBackend().call("authority_list", {})).items;
const asks = (backend: Awaited<ReturnType<typeof show>>["backend"]) => backend.calls.filter((one) => one.name === "key_compromised").map((one) => one.request);

describe("a pasted text", () => {
  it("is a certificate, a key that should not be here, or neither", async () => {
    expect(pasted(leaf.key.fingerprint)).toBeNull();
    expect(pasted("-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----")).toBe("key");
    expect(pasted("-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----")).toBe("unreadable");
    const found = pasted("Bag attributes\n-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n");
    if (found === null || typeof found === "string") throw new Error("it is a certificate");
    expect(await sha256(found.certificate)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("a compromised key", () => {
  it("is named by its fingerprint, looked at, and put out of use in one act", async () => {
    location.go("/revocation/compromised");
    const { user, backend } = await show(Compromise, {});
    await user.type(await screen.findByTestId("compromise-key"), leaf.key.fingerprint.toUpperCase().replaceAll(/(..)(?!$)/gu, "$1:"));
    await user.click(screen.getByTestId("compromise-look"));
    await screen.findByTestId("compromise-found");
    expect(location.query.get("key")).toBe(leaf.key.fingerprint);
    expect(asks(backend)).toEqual([{ key: leaf.key.fingerprint, path: null, dryRun: true, invalidityDate: null, note: null, confirmation: "" }]);
    expect(screen.getAllByTestId("compromised").map((row) => row.dataset["outcome"])).toEqual(["revoked", "revoked", "sharpened", "known", "not-ours"]);
    const go = screen.getByTestId<HTMLButtonElement>("compromise-go");
    expect(go.disabled).toBe(true);
    await user.type(screen.getByTestId("compromise-note"), "Found on a laptop that was sold");
    await user.type(screen.getByTestId("compromise-typed"), "revoke 3");
    await user.click(go);
    await screen.findByTestId("compromise-done");
    expect(asks(backend).at(-1)).toMatchObject({ dryRun: false, note: "Found on a laptop that was sold", confirmation: "revoke 3" });
    expect(screen.getAllByTestId("revoke-build").length).toBe(2);
  });

  it("that was in other hands since a day says more of what is revoked for it already", async () => {
    location.go("/revocation/compromised", { key: LEAF });
    const { user } = await show(Compromise, {});
    await screen.findByTestId("compromise-found");
    await user.type(screen.getByTestId("compromise-since"), "2026-10-01");
    await user.tab();
    await waitFor(() => expect(screen.getAllByTestId("compromised").map((row) => row.dataset["outcome"])).toEqual(["revoked", "revoked", "sharpened", "sharpened", "not-ours"]));
    expect(screen.getByTestId("compromise-go").textContent).toContain("Revoke 4");
  });

  it("is never pasted", async () => {
    location.go("/revocation/compromised");
    const { user, backend } = await show(Compromise, {});
    const field = await screen.findByTestId<HTMLTextAreaElement>("compromise-key");
    await user.click(field);
    await user.paste("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----");
    await user.click(screen.getByTestId("compromise-look"));
    expect(field.value).toBe("");
    expect(screen.getByTestId("compromise").textContent).toContain("Do not paste a private key");
    expect(asks(backend)).toEqual([]);
  });

  it("in a file is dropped here, or brought from where it was dropped", async () => {
    location.go("/revocation/compromised");
    dropped.keep([{ handle: "/tmp/stolen.key", name: "stolen.key" }]);
    const { backend } = await show(Compromise, {});
    await screen.findByTestId("compromise-found");
    backend.drop([{ handle: "/tmp/other.key", name: "other.key" }]);
    await waitFor(() => expect(asks(backend)).toMatchObject([{ key: null, path: "/tmp/stolen.key" }, { key: null, path: "/tmp/other.key" }]));
  });

  it("that nobody knows is said so, and keeps what was typed", async () => {
    location.go("/revocation/compromised", { key: LEAF });
    const { user, backend } = await show(Compromise, {});
    await screen.findByTestId("compromise-found");
    await user.type(screen.getByTestId("compromise-typed"), "revoke 3");
    backend.failNext("key_compromised", new Failure("registry-busy"));
    await user.click(screen.getByTestId("compromise-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("registry-busy");
    expect(screen.getByTestId<HTMLInputElement>("compromise-typed").value).toBe("revoke 3");
  });

  it("of an authority shows what stops working with it", async () => {
    location.go("/revocation/compromised", { key: authorities[1]?.certificate.id ?? "" });
    await show(Compromise, {});
    expect((await screen.findByTestId("impact")).dataset["total"]).toBe("842");
  });
});
