import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { fakeBackend } from "../../ipc/fake";
import { Failure } from "../../ipc/errors";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Authorities from "./Authorities.svelte";
import { standing } from "./generations.svelte";
import { troubles } from "./health";

const [root, issuing, vpn] = (await fakeBackend({ rekeyed: true }).call("authority_list", {})).items;
if (root === undefined || issuing === undefined || vpn === undefined) throw new Error("the invented registry has three authorities");
const [second, first] = issuing.generations;
if (second === undefined || first === undefined) throw new Error("the issuing authority has two keys");

/** The authority's page with one of its dialogs open, as the address says. */
async function open(authority: { id: string }, what: string | null, scenario: Parameters<typeof show>[2] = { ownRoot: true }): ReturnType<typeof show> {
  location.go(`/authorities/${authority.id}`, what === null ? {} : { do: what });
  return show(Authorities, { params: { id: authority.id } }, scenario);
}

describe("generations", () => {
  it("stand for what a key does", () => {
    expect(standing(second, issuing)).toBe("current");
    expect(standing(first, issuing)).toBe("answers");
    expect(standing({ ...first, answers: false }, issuing)).toBe("over");
    expect(standing(second, { ...issuing, status: "retired" })).toBe("retired");
  });

  it("each show their certificates and their CRL", async () => {
    await open(issuing, null, { rekeyed: true });
    const rows = await screen.findAllByTestId("generation");
    expect(rows.map((row) => [row.dataset["number"], row.dataset["standing"]])).toEqual([["2", "current"], ["1", "answers"]]);
    await waitFor(() => expect(screen.getAllByTestId("generation-certificate")).toHaveLength(3));
    expect(within(rows[1] as HTMLElement).getAllByTestId("generation-certificate").map((one) => one.textContent)).toEqual([expect.stringContaining("Superseded"), expect.stringContaining("Superseded")]);
    expect(within(rows[0] as HTMLElement).getByTestId("generation-crl").textContent).toContain("CRL 12");
    expect(within(rows[1] as HTMLElement).getByTestId("generation-crl").getAttribute("href")).toBe(`#/revocation/${issuing.id}?key=1`);
    expect(within(rows[1] as HTMLElement).queryByTestId("key-export")).toBeNull();
  });

  it("trouble the authority when an earlier CRL does", () => {
    const now = Date.now();
    const at = (days: number): string => new Date(now + days * 86_400_000).toISOString();
    const well = { ...issuing.crl, nextUpdate: at(3), dueAt: at(1), stale: false };
    const earlier = (crl: Partial<typeof well>): typeof issuing => ({ ...issuing, crl: well, generations: [{ ...second, crl: well }, { ...first, crl: { ...well, ...crl } }] });
    expect(troubles(earlier({}), now)).toEqual([]);
    expect(troubles(earlier({ dueAt: at(-1) }), now)).toEqual(["earlier-crl-due"]);
    expect(troubles(earlier({ stale: true }), now)).toEqual(["earlier-crl-stale"]);
    expect(troubles(earlier({ nextUpdate: at(-1) }), now)).toEqual(["earlier-crl-expired"]);
    expect(troubles({ ...earlier({ nextUpdate: at(-1) }), generations: [second, { ...first, answers: false }] }, now)).toEqual([]);
  });

  it("trouble a retired authority as long as its CRL goes on", () => {
    const now = Date.now();
    const at = (days: number): string => new Date(now + days * 86_400_000).toISOString();
    const retired = { ...issuing, status: "retired", crl: { ...issuing.crl, nextUpdate: at(-1) }, generations: [{ ...second, endsAt: at(10) }] };
    expect(troubles(retired, now)).toEqual(["crl-expired", "retired"]);
    expect(troubles({ ...retired, generations: [{ ...second, endsAt: at(-1) }] }, now)).toEqual(["retired"]);
  });
});

describe("renewing", () => {
  it("goes on with a warning, which may be accepted by name", async () => {
    const { user, backend } = await show(Authorities, { params: { id: issuing.id } }, { ownRoot: true });
    await backend.call("authority_set", { authority: root.id, name: null, crlUrls: ["https://crl.acme.example/root.crl"], issuerUrls: null, ocspUrls: null, crlDays: null });
    location.go(`/authorities/${issuing.id}`, { do: "renew" });
    const accept = await screen.findByTestId("renew-accept-crl_address_over_https");
    expect(within(screen.getByTestId("renew-findings")).getByText(/fetched over TLS/u)).toBeTruthy();
    await user.click(accept);
    expect(accept.textContent).toContain("Take back");
    await user.click(accept);
    expect(accept.textContent).toContain("Accept");
    await user.click(accept);
    await user.click(screen.getByTestId("renew-go"));
    await screen.findByTestId("renewed");
    expect(backend.calls.find((one) => one.name === "authority_renew")?.request).toEqual({ renewal: { authority: issuing.id, newKey: false, accept: ["crl_address_over_https"] } });
  });

  it("shows what would be signed, and signs with the same key", async () => {
    const { user, backend } = await open(issuing, "renew");
    const go = await screen.findByTestId<HTMLButtonElement>("renew-go");
    await waitFor(() => expect(go.disabled).toBe(false));
    expect(within(screen.getByTestId("renew-preview")).getByText("Valid until")).toBeTruthy();
    expect(screen.queryByTestId("renew-crl-urls")).toBeNull();
    expect(screen.queryByTestId("renew-typed")).toBeNull();
    await user.type(screen.getByTestId("renew-days"), "700");
    await waitFor(() => expect(backend.calls.filter((one) => one.name === "authority_renewal").at(-1)?.request).toEqual({ authority: issuing.id, newKey: false, days: 700 }));
    await waitFor(() => expect(go.disabled).toBe(false));
    await user.click(go);
    await screen.findByTestId("renewed");
    expect(screen.queryByTestId("renewed-build")).toBeNull();
    expect(backend.calls.find((one) => one.name === "authority_renew")?.request).toEqual({ renewal: { authority: issuing.id, newKey: false, days: 700 } });
    await user.click(screen.getByTestId("renewed-close"));
    await waitFor(() => expect(location.query.get("do")).toBeNull());
    await waitFor(() => expect(screen.getAllByTestId("generation-certificate")).toHaveLength(2));
    expect(screen.getAllByTestId("generation")).toHaveLength(1);
  });

  it("begins a generation with a new key, and builds its CRL", async () => {
    const { user, backend } = await open(issuing, "renew");
    await user.click(await screen.findByTestId("renew-new"));
    await waitFor(() => expect(screen.getByTestId("renew-dialog").textContent).toContain("http://crl.acme.example/issuing-ca-1-2.crl"));
    await user.selectOptions(screen.getByTestId("renew-kind"), "ec-p256");
    const go = screen.getByTestId<HTMLButtonElement>("renew-go");
    await waitFor(() => expect(backend.calls.filter((one) => one.name === "authority_renewal").at(-1)?.request).toEqual({ authority: issuing.id, newKey: true, key: "ec-p256" }));
    await waitFor(() => expect(go.disabled).toBe(false));
    await user.click(go);
    await user.click(await screen.findByTestId("renewed-build"));
    expect((await screen.findByTestId("renewed-crl")).textContent).toContain("CRL 1");
    await user.click(screen.getByTestId("renewed-close"));
    await waitFor(() => expect(screen.getAllByTestId("generation").map((row) => [row.dataset["number"], row.dataset["standing"]])).toEqual([["2", "current"], ["1", "answers"]]));
  });

  it("of a root wants its name typed", async () => {
    const { user, backend } = await open(root, "renew");
    const typed = await screen.findByTestId("renew-typed");
    const go = screen.getByTestId<HTMLButtonElement>("renew-go");
    await user.type(typed, "Acme Root");
    expect(go.disabled).toBe(true);
    await user.type(typed, " CA");
    await waitFor(() => expect(go.disabled).toBe(false));
    await user.click(go);
    await screen.findByTestId("renewed");
    expect(backend.calls.find((one) => one.name === "authority_renew")?.request).toMatchObject({ confirmation: "Acme Root CA" });
  });

  it("keeps what was chosen when it is refused, and signs nothing then", async () => {
    const { user, backend } = await open(issuing, "renew");
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("renew-go").disabled).toBe(false));
    await user.type(screen.getByTestId("renew-days"), "20000");
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("outlives-issuer");
    expect(screen.getByTestId<HTMLButtonElement>("renew-go").disabled).toBe(true);
    await user.clear(screen.getByTestId("renew-days"));
    await waitFor(() => expect(screen.queryByTestId("failure")).toBeNull());
    backend.failNext("authority_renew", new Failure("key-missing", { key: "x" }));
    await user.click(screen.getByTestId("renew-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("key-missing");
    expect(screen.getByTestId("renew-preview")).toBeTruthy();
  });

  it("is not offered where somebody outside signs, where it is retired, or where nothing may be written", async () => {
    await open(issuing, null, {});
    await screen.findByTestId("authority-detail");
    expect(screen.queryByTestId("authority-renew")).toBeNull();
    document.body.innerHTML = "";
    await open(issuing, "renew", { ownRoot: true, readOnly: true });
    await screen.findByTestId("authority-detail");
    expect(screen.queryByTestId("renew-dialog")).toBeNull();
    expect(screen.queryByTestId("authority-renew")).toBeNull();
  });
});

describe("retiring", () => {
  it("shows what still works and which CRLs go on, wants the name typed, and is undone by the toast", async () => {
    const { user, backend } = await open(issuing, "retire", { rekeyed: true });
    expect((await screen.findByTestId("impact")).dataset["total"]).toBe("842");
    const stays = screen.getByTestId("retire-stays").textContent;
    for (const text of ["The CRL of key 2", "The CRL of key 1", "issuing-ca-1-2.crl"]) expect(stays).toContain(text);
    const go = screen.getByTestId<HTMLButtonElement>("retire-go");
    await user.type(screen.getByTestId("retire-typed"), "Issuing CA");
    expect(go.disabled).toBe(true);
    await user.type(screen.getByTestId("retire-typed"), " 1");
    await user.click(go);
    await waitFor(() => expect(backend.world.authorities[1]?.status).toBe("retired"));
    await waitFor(() => expect(screen.queryByTestId("retire")).toBeNull());
    await waitFor(() => expect(screen.queryByTestId("authority-issue")).toBeNull());
    expect(screen.queryByTestId("authority-renew")).toBeNull();
    toasts.items.at(-1)?.action?.run();
    await screen.findByTestId("authority-issue");
    expect(backend.world.authorities[1]?.status).toBe("valid");
  });

  it("says when nothing hangs on it", async () => {
    await open(vpn, "retire", { ownRoot: true, unused: true });
    expect((await screen.findByTestId("impact")).dataset["total"]).toBe("0");
    expect(screen.getByTestId("retire-stays").textContent).toContain("No CRL has to go on");
  });

  it("names the authorities below, which go on", async () => {
    await open(root, "retire");
    await screen.findByTestId("impact");
    expect(screen.getByTestId("retire-stays").textContent).toContain("2 authorities below are not retired with it, and go on to issue: Issuing CA 1, VPN CA.");
  });
});
