import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { Failure } from "../../ipc/errors";
import { fakeBackend } from "../../ipc/fake";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { coversOf, listsOf, withSuffix } from "./lists";
import Revocation from "./Revocation.svelte";
import { problemsOf } from "./settings.svelte";

const issuing = (await fakeBackend().call("authority_list", {})).items[1];
if (issuing === undefined) throw new Error("the invented registry has three authorities");
const { id } = issuing;

describe("the lists of a run", () => {
  it("stand where the core puts them", () => {
    for (const [url, suffix, expected] of [
      ["http://pki.test/issuing.crl", "delta", "http://pki.test/issuing-delta.crl"],
      ["http://pki.test/crl", "part3", "http://pki.test/crl-part3"],
      ["http://pki.test/", "users", "http://pki.test/users"],
      ["http://pki.test", "users", "http://pki.test/users.crl"],
      ["http://pki.test/a.crl?x=1", "delta", "http://pki.test/a-delta.crl?x=1"],
    ] as const) expect(withSuffix(url, suffix)).toBe(expected);
  });

  it("are the whole one, and the parts that are wanted, each with its delta", () => {
    const at = (delta: boolean, partitions: number, split: boolean, urls = ["ldap://dir/cn=ca", "http://pki.test/ca.crl"]) => listsOf({ delta, partitions, split }, urls).map((one) => one.url?.split("/").at(-1));
    expect(at(false, 0, false)).toEqual(["ca.crl"]);
    expect(at(true, 0, true)).toEqual(["ca.crl", "ca-delta.crl", "ca-authorities.crl", "ca-authorities-delta.crl", "ca-users.crl", "ca-users-delta.crl"]);
    expect(at(false, 2, true)).toEqual(["ca.crl", "ca-authorities.crl", "ca-part1.crl", "ca-part2.crl"]);
    expect(at(true, 3, false, ["ldap://dir/cn=ca"])).toEqual(["cn=ca"]);
  });

  it("are known again by their addresses", () => {
    expect(coversOf("http://pki.test/ca-part12.crl")).toEqual({ covers: "part", nth: 12 });
    expect(coversOf("http://pki.test/ca-users")).toEqual({ covers: "users", nth: null });
    expect(coversOf("http://pki.test/party.crl")).toBeNull();
  });
});

describe("what is wrong", () => {
  const draft = { crlDays: 7, crlUrls: ["http://pki.test/ca.crl"], delta: false, partitions: 0, split: false };
  it("is said at its field", () => {
    expect(problemsOf(draft)).toEqual({});
    expect(Object.keys(problemsOf({ ...draft, crlDays: 0 }))).toEqual(["crlDays"]);
    expect(Object.keys(problemsOf({ ...draft, crlDays: 367, partitions: 257 }))).toEqual(["crlDays", "partitions"]);
    expect(problemsOf({ ...draft, crlUrls: ["pki.test/ca.crl"] }).crlUrls).toContain("pki.test/ca.crl");
    expect(problemsOf({ ...draft, delta: true, crlUrls: ["ldap://dir/cn=ca"] }).crlUrls).toContain("http address");
  });
});

describe("the CRL settings", () => {
  const open = async () => {
    location.go(`/revocation/${id}`, { do: "settings" });
    const shown = await show(Revocation, { params: { id } });
    await screen.findByTestId("crl-settings");
    return shown;
  };

  it("send only what was changed, say what each run will sign, and can be put back", async () => {
    const { user, backend } = await open();
    expect(screen.getByTestId("crl-settings-save")).toHaveProperty("disabled", true);
    expect(screen.getByTestId("crl-settings-already").textContent).toContain("the whole CRL goes on");
    await user.click(screen.getByTestId("crl-settings-delta"));
    await user.clear(screen.getByTestId("crl-settings-partitions"));
    await user.type(screen.getByTestId("crl-settings-partitions"), "3");
    expect(screen.getByTestId("crl-settings-lists").dataset["count"]).toBe("8");
    expect(screen.getByTestId("crl-settings-behind")).toBeTruthy();
    await user.click(screen.getByTestId("crl-settings-save"));
    await waitFor(() => expect(screen.queryByTestId("crl-settings")).toBeNull());
    expect(backend.calls.find((one) => one.name === "authority_set")?.request).toEqual({ authority: id, name: null, crlUrls: null, issuerUrls: null, ocspUrls: null, crlDays: null, delta: true, partitions: 3 });
    expect(location.query.get("do")).toBeNull();
    toasts.items.at(-1)?.action?.run();
    await waitFor(() => expect(backend.world.authorities[1]).toMatchObject({ delta: false, partitions: 0 }));
  });

  it("say that certificates go on looking at an address that is taken away", async () => {
    const { user } = await open();
    await user.click(screen.getByRole("button", { name: /^Remove http:/u }));
    expect(screen.getByTestId("crl-settings-already").textContent).toContain(issuing.crlUrls[0]);
  });

  it("show the core's refusal at the field it is about", async () => {
    const { user, backend } = await open();
    await user.click(screen.getByTestId("crl-settings-split"));
    backend.failNext("authority_set", new Failure("bad-url", { text: issuing.crlUrls[0] ?? "" }));
    await user.click(screen.getByTestId("crl-settings-save"));
    await waitFor(() => expect(screen.getByTestId("authority-crlUrls").getAttribute("aria-invalid")).toBe("true"));
    expect(screen.queryByTestId("failure")).toBeNull();
    expect(toasts.items).toEqual([]);
  });
});
