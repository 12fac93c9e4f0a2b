import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { fakeBackend } from "../../ipc/fake";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Revocation from "./Revocation.svelte";
import RevokeForm from "./RevokeForm.svelte";

const issuing = (await fakeBackend({ rekeyed: true }).call("authority_list", {})).items[1];
if (issuing === undefined) throw new Error("the invented registry has three authorities");
const { id } = issuing;

describe("CRLs by key", () => {
  it("are shown one at a time, and exported one at a time", async () => {
    location.go(`/revocation/${id}`);
    const { user, backend } = await show(Revocation, { params: { id } }, { rekeyed: true });
    await screen.findByTestId("crl-entries");
    expect(screen.getByTestId("crl-detail").textContent).toContain("CRL 12");
    await user.click(screen.getByTestId("crl-key-1"));
    await waitFor(() => expect(screen.getByTestId("crl-earlier").textContent).toContain("issues no more"));
    expect(location.query.get("key")).toBe("1");
    await waitFor(() => expect(screen.getByTestId("crl-detail").textContent).toContain("CRL 412"));
    await user.click(await screen.findByTestId("crl-export"));
    await user.click(await screen.findByTestId("crl-export-der"));
    await waitFor(() => expect(backend.calls.find((one) => one.name === "crl_export")?.request).toMatchObject({ authority: id, generation: 1, out: "issuing-ca-1.crl" }));
  });

  it("stand in the list of authorities too", async () => {
    location.go("/revocation");
    await show(Revocation, { params: {} }, { rekeyed: true });
    const earlier = await screen.findByTestId("crl-row-earlier");
    expect([earlier.textContent, earlier.dataset["state"]]).toEqual([expect.stringContaining("Key 1: CRL 412"), "due"]);
  });
});

describe("revoking an authority's certificate", () => {
  it("shows first what stops working", async () => {
    await show(RevokeForm, { certificates: [issuing.certificate], onclose: () => {} }, { rekeyed: true });
    expect((await screen.findByTestId("impact")).dataset["total"]).toBe("842");
    expect(screen.getByTestId("revoke-impact").textContent).toContain("is trusted through this certificate");
  });

  it("says when another certificate of the same key stands beside it", async () => {
    const first = issuing.generations[1]?.certificates[1] ?? "";
    const certificate = await fakeBackend({ rekeyed: true }).call("certificate_show", { certificate: first });
    await show(RevokeForm, { certificates: [certificate], onclose: () => {} }, { rekeyed: true });
    await waitFor(() => expect(screen.getByTestId("revoke-impact").textContent).toContain("another certificate of the same key"));
  });

  it("of a leaf asks nothing of the kind", async () => {
    const { backend } = await show(RevokeForm, { certificates: [{ ...issuing.certificate, kind: "leaf" }], onclose: () => {} });
    await screen.findByTestId("revoke");
    expect(backend.calls.some((one) => one.name === "authority_impact")).toBe(false);
  });
});
