import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import { certificateList } from "../../ipc/commands";
import { fakeBackend } from "../../ipc/fake";
import { Failure } from "../../ipc/errors";
import { show } from "../../testing/render";
import ReleaseForm from "./ReleaseForm.svelte";
import RevokeForm from "./RevokeForm.svelte";
import { serialsIn } from "./serials.svelte";
import SerialsDialog from "./SerialsDialog.svelte";

const backend = fakeBackend();
const listed = async (status: string, limit: number) => (await backend.call("certificate_list", certificateList({ kind: "leaf", status: [status], limit }))).items;
const valid = await listed("valid", 2);
const held = await listed("held", 2);
const revoked = await listed("revoked", 20);
const superseded = revoked.find((one) => one.revocation?.reason === "superseded");
const compromised = revoked.find((one) => one.revocation?.reason === "keyCompromise");
const issuing = (await backend.call("authority_list", {})).items[1];
if (issuing === undefined || superseded === undefined || compromised === undefined) throw new Error("the invented registry has three authorities and revocations");

const open = async (certificates: readonly CertificateView[], leftOut = 0) => show(RevokeForm, { certificates, leftOut, onclose: () => undefined });

describe("a revocation that stands", () => {
  it("is sharpened to a compromise, from the day it began", async () => {
    const { user, backend: host } = await open([superseded]);
    expect((await screen.findByTestId("revoke-standing")).textContent).toContain("Superseded");
    expect(screen.getByTestId("revoke").querySelectorAll("[name=revoke-reason]")).toHaveLength(1);
    await user.type(screen.getByTestId("revoke-typed"), superseded.name);
    await user.click(screen.getByTestId("revoke-go"));
    expect((await screen.findByTestId("revoke-done")).textContent).toContain("is sharpened");
    expect(host.calls.find((call) => call.name === "certificate_revoke")?.request).toMatchObject({ certificates: [superseded.id], reason: "keyCompromise" });
  });

  it("for a compromise takes a day, and nothing without one", async () => {
    const { user } = await open([compromised]);
    await user.type(await screen.findByTestId("revoke-typed"), compromised.name);
    expect(screen.getByTestId<HTMLButtonElement>("revoke-go").disabled).toBe(true);
    await user.type(screen.getByTestId("revoke-invalidity"), "2026-10-01");
    expect(screen.getByTestId<HTMLButtonElement>("revoke-go").disabled).toBe(false);
  });
});

describe("some on hold among those to be revoked", () => {
  it("are left out of a hold, and revoked for good by anything else", async () => {
    const { user, backend: host } = await open([...valid, ...held], 1);
    expect((await screen.findByTestId("revoke-standing")).textContent).toContain("1 more is revoked already");
    await user.click(screen.getByTestId("revoke-reason-certificateHold"));
    expect(screen.getByTestId("revoke-standing").textContent).toContain("2 are on hold already");
    await user.type(screen.getByTestId("revoke-typed"), "revoke 2");
    expect(screen.getByTestId<HTMLButtonElement>("revoke-go").disabled).toBe(false);
    await user.click(screen.getByTestId("revoke-reason-superseded"));
    expect(screen.getByTestId<HTMLButtonElement>("revoke-go").disabled).toBe(true);
    await user.clear(screen.getByTestId("revoke-typed"));
    await user.type(screen.getByTestId("revoke-typed"), "revoke 4");
    await user.click(screen.getByTestId("revoke-go"));
    await screen.findByTestId("revoke-done");
    expect(host.calls.find((call) => call.name === "certificate_revoke")?.request).toMatchObject({ certificates: [...valid, ...held].map((one) => one.id), confirmation: "revoke 4" });
  });
});

describe("lifting holds", () => {
  it("takes a note, and offers the CRLs that tell of it", async () => {
    const { user, backend: host } = await show(ReleaseForm, { certificates: held, leftOut: 3, onclose: () => undefined });
    expect((await screen.findByTestId("release-left-out")).textContent).toContain("3 more are not on hold");
    await user.type(screen.getByTestId("release-note"), "Found in the other bag");
    await user.click(screen.getByTestId("release-go"));
    expect((await screen.findByTestId("release-done")).textContent).toContain("2 holds are lifted");
    expect(host.calls.find((call) => call.name === "certificate_release")?.request).toEqual({ certificates: held.map((one) => one.id), note: "Found in the other bag" });
    expect(screen.getAllByTestId("revoke-build").length).toBeGreaterThan(0);
  });

  it("keeps the note when it is refused", async () => {
    const { user, backend: host } = await show(ReleaseForm, { certificates: held, onclose: () => undefined });
    await user.type(await screen.findByTestId("release-note"), "Found");
    host.failNext("certificate_release", new Failure("registry-busy"));
    await user.click(screen.getByTestId("release-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("registry-busy");
    expect(screen.getByTestId<HTMLInputElement>("release-note").value).toBe("Found");
  });
});

describe("serial numbers that nobody knows", () => {
  it("are read however they are written, each once", () => {
    expect(serialsIn("5A:91:0C, 0x5a910c\n77")).toEqual({ good: ["5a910c", "77"], bad: [] });
    expect(serialsIn("5a hello")).toEqual({ good: ["5a"], bad: ["hello"] });
  });

  it("are revoked for ever, without a hold", async () => {
    const { user, backend: host } = await show(SerialsDialog, { open: true, authority: issuing });
    await user.type(await screen.findByTestId("serials-text"), "5A:91 zz");
    expect(screen.getByTestId("serials").textContent).toContain("“zz” is no serial number");
    expect(screen.queryByTestId("serials-reason-certificateHold")).toBeNull();
    await user.clear(screen.getByTestId("serials-text"));
    await user.type(screen.getByTestId("serials-text"), "5A:91 0077");
    await user.click(screen.getByTestId("serials-reason-keyCompromise"));
    await user.type(screen.getByTestId("serials-typed"), "revoke 2");
    await user.click(screen.getByTestId("serials-go"));
    expect((await screen.findByTestId("serials-done")).textContent).toContain("2 serial numbers are revoked");
    expect(host.calls.find((call) => call.name === "certificate_revoke")?.request).toEqual({ certificates: [], serials: ["5a91", "0077"], issuer: issuing.id, reason: "keyCompromise", invalidityDate: null, note: null, confirmation: "revoke 2" });
    await user.click(screen.getByTestId("revoke-build"));
    await waitFor(() => expect(host.calls.some((call) => call.name === "crl_build")).toBe(true));
  });
});
