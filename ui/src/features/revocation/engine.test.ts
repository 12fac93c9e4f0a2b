import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Failure } from "../../ipc/errors";
import { fakeBackend } from "../../ipc/fake";
import { dropped } from "../../ipc/dropped";
import { useBackend } from "../../ipc/commands";
import { session } from "../../ipc/session.svelte";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import CrlFile from "./CrlFile.svelte";
import { DifferenceState } from "./difference.svelte";
import Revocation from "./Revocation.svelte";

const issuing = (await fakeBackend().call("authority_list", {})).items[1];
if (issuing === undefined) throw new Error("the invented registry has three authorities");
const { id } = issuing;
const changes = () => screen.getAllByTestId("crl-change").map((row) => row.dataset["change"]);

describe("what changes", () => {
  it("is seen before the next is signed, with why each is gone", async () => {
    location.go(`/revocation/${id}`);
    await show(Revocation, { params: { id } }, { lists: true });
    await waitFor(() => expect(changes()).toEqual(["added", "added", "changed", "removed", "removed", "removed"]));
    const card = screen.getByTestId("crl-difference");
    expect(card.textContent).toContain("What CRL 413 will say");
    expect(card.textContent).toContain("RFC 5280 3.3");
    expect(card.textContent).toContain("Its hold was lifted");
    expect(card.textContent).toContain("was On hold");
    expect(screen.getByTestId("crl-diff-counts").textContent).toMatch(/2 added.*3 removed.*1 changed/u);
  });

  it("came with the newest, or with any before, and has an address", async () => {
    location.go(`/revocation/${id}`);
    const { user, backend } = await show(Revocation, { params: { id } });
    await user.click(await screen.findByTestId("crl-diff-412"));
    await waitFor(() => expect(backend.calls.filter((one) => one.name === "crl_diff").at(-1)?.request).toMatchObject({ authority: id, from: null, to: "412", after: null }));
    expect(location.query.get("changes")).toBe("412");
    const row = within(screen.getByTestId("crl-history")).getAllByTestId("crl-history-changes")[3];
    await user.click(row as HTMLElement);
    await waitFor(() => expect(screen.getByTestId("crl-difference").textContent).toContain("What CRL 409 says that CRL 408 did not"));
    expect(screen.getByTestId("crl-diff-409").getAttribute("aria-selected")).toBe("true");
  });

  it("follows what is revoked meanwhile", async () => {
    location.go(`/revocation/${id}`);
    const { backend } = await show(Revocation, { params: { id } });
    await waitFor(() => expect(screen.getByTestId("crl-difference").textContent).toContain("lists the same"));
    await backend.call("certificate_revoke", { certificates: [], serials: ["5a91"], issuer: id, reason: "superseded", invalidityDate: null, note: null, confirmation: "revoke 1" });
    session.touch();
    await waitFor(() => expect(changes()).toEqual(["added"]));
    expect((await screen.findByTestId("crl-pending")).textContent).toContain("1 certificate is revoked");
  });
});

describe("lists beside the whole one", () => {
  it("stand with their own times, and leave together", async () => {
    location.go(`/revocation/${id}`);
    const { user, backend } = await show(Revocation, { params: { id } }, { lists: true });
    const rows = await screen.findAllByTestId("crl-list");
    expect(rows.map((row) => row.querySelector("td")?.firstChild?.textContent)).toEqual(["Delta to CRL 412", "Authorities only", "Authorities only, delta to CRL 412", ...[1, 2, 3, 4].flatMap((nth) => [`Partition ${nth}`, `Partition ${nth}, delta to CRL 412`])]);
    expect(rows[0]?.dataset["state"]).toBe("expired");
    expect(rows[1]?.dataset["state"]).toBe("fresh");
    await user.click(screen.getByTestId("crl-export-deltas"));
    await waitFor(() => expect(backend.calls.find((one) => one.name === "crl_export")?.request).toMatchObject({ delta: true, number: null, out: "issuing-ca-1-delta.crl" }));
    await user.click(screen.getByTestId("crl-build-delta"));
    await waitFor(() => expect(backend.calls.find((one) => one.name === "crl_build")?.request).toMatchObject({ authority: id, delta: true }));
  });

  it("are not mentioned where there are none", async () => {
    location.go(`/revocation/${id}`);
    await show(Revocation, { params: { id } });
    await screen.findByTestId("crl-entries");
    expect(screen.queryByTestId("crl-lists")).toBeNull();
  });
});

describe("entries", () => {
  it("come page by page, say why they stay, and are found by their serial", async () => {
    location.go(`/revocation/${id}`);
    const { user, backend } = await show(Revocation, { params: { id } }, { largeCrl: true });
    const entries = await screen.findByTestId("crl-entries");
    expect(entries.textContent).toContain("100 of 128,402");
    expect(within(entries).getByTestId("entries-kept-why").textContent).toContain("RFC 5280 3.3");
    await user.click(screen.getByTestId("crl-more"));
    await waitFor(() => expect(entries.textContent).toContain("200 of 128,402"));
    expect(backend.calls.filter((one) => one.name === "crl_show").at(-1)?.request).toMatchObject({ after: "100", limit: 100 });
    await user.type(screen.getByTestId("crl-find-serial"), "00:00{Enter}");
    expect((await screen.findByTestId("crl-not-listed")).textContent).toContain("not on the current CRL");
    await user.clear(screen.getByTestId("crl-find-serial"));
    await waitFor(() => expect(entries.textContent).toContain("200 of 128,402"));
  });
});

describe("while a page is read", () => {
  it("it is never blank, and an address of nobody says so", async () => {
    location.go(`/revocation/${id}`);
    const { backend } = await show(Revocation, { params: { id } });
    expect(screen.getByTestId("skeleton").getAttribute("aria-busy")).toBe("true");
    await screen.findByTestId("crl-detail");
    backend.hold("crl_list");
    location.go("/revocation");
    await show(Revocation, { params: { id: "nobody" } });
    expect(await screen.findByText("There is no such authority")).toBeTruthy();
  });
});

describe("a CRL in a file", () => {
  const file = (name: string) => ({ handle: `/tmp/${name}`, name });

  it("is believed or not, page by page, and by serial", async () => {
    const { user, backend } = await show(CrlFile, {});
    backend.picks.push(file("forged.crl"));
    await user.click(await screen.findByTestId("crl-file-choose"));
    expect((await screen.findByTestId("crl-file-verdict")).dataset["signature"]).toBe("invalid");
    expect(screen.getByTestId("crl-file-findings").textContent).toContain("RFC 5280 5.2.3");
    backend.picks.push(file("large.crl"));
    await user.click(screen.getByTestId("crl-file-another"));
    await waitFor(() => expect(screen.getByTestId("crl-entries").textContent).toContain("100 of 1,048,576"));
    await user.click(screen.getByTestId("crl-more"));
    await waitFor(() => expect(backend.calls.at(-1)).toMatchObject({ name: "crl_show", request: { authority: null, path: "/tmp/large.crl", after: "100" } }));
    await user.type(screen.getByTestId("crl-find-serial"), "5A 91{Enter}");
    await waitFor(() => expect(backend.calls.at(-1)).toMatchObject({ request: { serial: "5a91" } }));
  });

  it("is compared with another, the earlier first whichever was opened", async () => {
    const { user, backend } = await show(CrlFile, {});
    backend.drop([file("new.crl"), file("old.crl")]);
    await waitFor(() => expect(backend.calls.at(-1)).toMatchObject({ name: "crl_diff", request: { authority: null, path: "/tmp/old.crl", otherPath: "/tmp/new.crl" } }));
    expect((await screen.findByTestId("crl-file-difference")).textContent).toMatch(/Earlier\s*old\.crl.*Later\s*new\.crl/u);
    await waitFor(() => expect(changes()).toEqual(["added", "added", "added", "added"]));
    backend.picks.push(file("foreign-old.crl"));
    await user.click(screen.getByTestId("crl-file-compare"));
    expect(await screen.findByTestId("crl-file-other-issuer")).toBeTruthy();
    await user.click(screen.getByTestId("crl-file-alone"));
    expect(screen.queryByTestId("crl-file-difference")).toBeNull();
  });

  it("differs page by page, and the answer to an earlier question is no news", async () => {
    const backend = fakeBackend();
    useBackend(backend);
    const difference = new DifferenceState();
    const of = (otherPath: string) => ({ authority: null, generation: null, from: null, to: null, path: "/tmp/old.crl", otherPath });
    const slow = backend.hold("crl_diff");
    const first = difference.load(of("/tmp/new.crl"));
    await difference.load(of("/tmp/large.crl"));
    slow();
    await first;
    expect([difference.items.length, difference.total, difference.rest]).toEqual([100, 2500, "100"]);
    await difference.more();
    expect([difference.items.length, difference.rest]).toEqual([200, "200"]);
    expect(backend.calls.at(-1)?.request).toMatchObject({ after: "100", limit: 100 });
  });

  it("that is none may be a key or something to import", async () => {
    dropped.keep([file("router.crt")]);
    const { user } = await show(CrlFile, {});
    await user.click(await screen.findByTestId("crl-file-key"));
    expect(location.path).toBe("/revocation/compromised");
    expect(dropped.take()).toEqual([file("router.crt")]);
  });

  it("dropped on the list of authorities is opened", async () => {
    location.go("/revocation");
    const { backend } = await show(Revocation, { params: {} });
    await screen.findByTestId("crl-authorities");
    backend.drop([file("new.crl")]);
    expect(location.path).toBe("/revocation/file");
    expect(dropped.take()).toEqual([file("new.crl")]);
  });

  it("that breaks off while it is compared leaves what was shown", async () => {
    const { user, backend } = await show(CrlFile, {});
    backend.drop([file("new.crl")]);
    await screen.findByTestId("crl-file-summary");
    backend.picks.push(file("broken.crl"));
    await user.click(screen.getByTestId("crl-file-compare"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("file-damaged");
    expect(screen.getByTestId("crl-file-summary")).toBeTruthy();
    backend.failNext("crl_show", new Failure("file-not-found", { path: "/tmp/new.crl" }));
    await user.click(screen.getByTestId("crl-file-another"));
    await waitFor(() => expect(screen.queryByTestId("crl-file-summary")).toBeNull());
    expect(screen.getByTestId("failure").dataset["code"]).toBe("file-not-found");
  });
});
