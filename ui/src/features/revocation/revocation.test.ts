import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Failure } from "../../ipc/errors";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import { certificateList } from "../../ipc/commands";
import { fakeBackend } from "../../ipc/fake";
import { show } from "../../testing/render";
import { revoking } from "../../pki/revoking.svelte";
import { freshness } from "./freshness";
import { AUTHORITY_REASONS, changes, confirmationFor, reasonsFor, REASONS, type Asked } from "./reasons";
import Revocation from "./Revocation.svelte";
import RevokeForm from "./RevokeForm.svelte";

const backend = fakeBackend();
const leaves = (await backend.call("certificate_list", certificateList({ kind: "leaf", status: ["valid"], limit: 3 }))).items;
const authorities = (await backend.call("authority_list", {})).items;

const asked = (patch: Partial<Asked>): Asked => ({ kind: "leaf", name: "a", status: "valid", revocation: null, ...patch });
const standing = (reason: string, invalidityDate: string | null = null) => ({ reason, at: "2026-10-01T00:00:00Z", invalidityDate, note: null });

describe("what has to be typed", () => {
  it("is the name of one, and the number of several", () => {
    expect(confirmationFor([{ name: "git.acme.example" }])).toBe("git.acme.example");
    expect(confirmationFor([{ name: "a" }, { name: "b" }])).toBe("revoke 2");
  });

  it("offers an authority its own reasons", () => {
    expect(reasonsFor([asked({ kind: "authority" })])).toBe(AUTHORITY_REASONS);
    expect(reasonsFor([asked({ kind: "authority" }), asked({})])).toBe(REASONS);
  });
});

describe("what a reason says of one that is revoked or held already", () => {
  const held = asked({ status: "held", revocation: standing("certificateHold") });
  const superseded = asked({ status: "revoked", revocation: standing("superseded") });
  const lost = asked({ status: "revoked", revocation: standing("cACompromise", "2026-09-01T00:00:00Z") });

  it("is only what the core takes", () => {
    expect(reasonsFor([held])).not.toContain("certificateHold");
    expect(reasonsFor([superseded])).toEqual(["keyCompromise"]);
    expect(reasonsFor([{ ...superseded, kind: "authority" }])).toEqual(["caCompromise"]);
    expect(reasonsFor([lost])).toEqual(["caCompromise"]);
  });

  it("is new, or the certificate is left out", () => {
    expect([changes(held, "certificateHold", ""), changes(held, "superseded", "")]).toEqual([false, true]);
    expect([changes(superseded, "affiliationChanged", ""), changes(superseded, "keyCompromise", "")]).toEqual([false, true]);
    expect([changes(lost, "caCompromise", ""), changes(lost, "caCompromise", "2026-09-01"), changes(lost, "caCompromise", "2026-08-30")]).toEqual([false, false, true]);
  });
});

describe("asking", () => {
  it("leaves out what is revoked already", () => {
    const revoked = leaves.map((one, at): CertificateView => (at === 0 ? { ...one, status: "revoked" } : one));
    revoking.ask(revoked);
    expect(revoking.revoke?.certificates.map((one) => one.id)).toEqual(revoked.slice(1).map((one) => one.id));
    expect(revoking.revoke?.leftOut).toBe(1);
    revoking.close();
    expect(revoking.revoke).toBeNull();
  });

  it("keeps them where nothing else was chosen: their reasons can be sharpened", () => {
    revoking.ask(leaves.slice(0, 1).map((one): CertificateView => ({ ...one, status: "revoked" })));
    expect(revoking.revoke).toMatchObject({ certificates: [{ id: leaves[0]?.id }], leftOut: 0 });
    revoking.close();
  });
});

describe("the revoke dialog", () => {
  const open = async (certificates: readonly CertificateView[]) => show(RevokeForm, { certificates, onclose: () => undefined });

  it("wants a reason and the name, then offers the CRL that tells of it", async () => {
    const one = leaves.slice(0, 1);
    const { user, backend: host } = await open(one);
    const go = await screen.findByTestId<HTMLButtonElement>("revoke-go");
    expect(go.disabled).toBe(true);
    await user.click(screen.getByTestId("revoke-reason-superseded"));
    expect(go.disabled).toBe(true);
    await user.type(screen.getByTestId("revoke-typed"), one[0]?.name ?? "");
    expect(go.disabled).toBe(false);
    await user.click(go);
    const build = await screen.findByTestId("revoke-build");
    expect(host.calls.find((call) => call.name === "certificate_revoke")?.request).toEqual({ certificates: [one[0]?.id], reason: "superseded", invalidityDate: null, note: null, confirmation: one[0]?.name });
    await user.click(build);
    expect(await screen.findByText(/is built\. Export or publish it/)).toBeTruthy();
  });

  it("counts several, and previews their entries", async () => {
    const { user } = await open(leaves);
    await user.click(await screen.findByTestId("revoke-reason-keyCompromise"));
    await user.type(screen.getByTestId("revoke-typed"), "revoke 3");
    expect(screen.getByTestId<HTMLButtonElement>("revoke-go").disabled).toBe(false);
    expect(screen.getAllByText(/keyCompromise/)).toHaveLength(3);
  });

  it("shows a refusal and keeps what was typed", async () => {
    const one = leaves.slice(0, 1);
    const { user, backend: host } = await open(one);
    await user.click(await screen.findByTestId("revoke-reason-unspecified"));
    await user.type(screen.getByTestId("revoke-typed"), one[0]?.name ?? "");
    host.failNext("certificate_revoke", new Failure("registry-busy"));
    await user.click(screen.getByTestId("revoke-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("registry-busy");
    expect(screen.getByTestId<HTMLInputElement>("revoke-typed").value).toBe(one[0]?.name);
  });
});

describe("a CRL", () => {
  const issuing = authorities[1];
  if (issuing === undefined) throw new Error("the invented registry has three authorities");
  const now = Date.now();
  const at = (hours: number): string => new Date(now + hours * 3_600_000).toISOString();
  const crl = (changed: Partial<AuthorityView["crl"]>, keyState = "ready"): AuthorityView => ({ ...issuing, keyState, crl: { ...issuing.crl, nextUpdate: at(48), dueAt: at(24), stale: false, ...changed } });

  it("is expired before anything else, then behind, then due", () => {
    expect(freshness(crl({}), now)).toBe("fresh");
    expect(freshness(crl({ dueAt: at(-1) }), now)).toBe("due");
    expect(freshness(crl({ dueAt: at(-1), stale: true }), now)).toBe("stale");
    expect(freshness(crl({ nextUpdate: at(-1), stale: true }), now)).toBe("expired");
    expect(freshness(crl({ nextUpdate: null }), now)).toBe("none");
    expect(freshness(crl({ nextUpdate: null }, "elsewhere"), now)).toBe("elsewhere");
  });
});

describe("the list", () => {
  it("builds the next CRL where the key is here", async () => {
    const { user, backend: host } = await show(Revocation, { params: {} });
    const rows = await screen.findAllByTestId("crl-row");
    expect(rows).toHaveLength(3);
    expect(rows[0] && within(rows[0]).queryByTestId("crl-build")).toBeNull();
    await user.click(within(rows[1] as HTMLElement).getByTestId("crl-build"));
    await waitFor(() => expect(screen.getAllByTestId("crl-row")[1]?.textContent).toContain("CRL 413"));
    expect(host.calls.find((call) => call.name === "crl_build")?.request).toEqual({ authority: authorities[1]?.id, nextUpdate: null });
  });

  it("keeps the CRL and says why when building fails", async () => {
    const { user, backend: host } = await show(Revocation, { params: {} });
    const rows = await screen.findAllByTestId("crl-row");
    host.failNext("crl_build", new Failure("keyring-timed-out"));
    await user.click(within(rows[1] as HTMLElement).getByTestId("crl-build"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("keyring-timed-out");
    expect(screen.getAllByTestId("crl-row")[1]?.textContent).toContain("CRL 412");
  });

  it("opens one authority with entries and history, and looks a serial up", async () => {
    const { user, backend: host } = await show(Revocation, { params: { id: authorities[1]?.id ?? "" } });
    expect(await screen.findByTestId("crl-entries")).toBeTruthy();
    expect(screen.getByTestId("crl-history")).toBeTruthy();
    await user.type(screen.getByTestId("crl-find-serial"), "5A:91{Enter}");
    await waitFor(() => expect(host.calls.some((call) => call.name === "crl_show" && (call.request as { serial: string | null }).serial === "5a91")).toBe(true));
  });
});
