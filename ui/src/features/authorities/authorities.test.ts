import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { fakeBackend } from "../../ipc/fake";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Authorities from "./Authorities.svelte";
import { CreateAuthorityState } from "./create.svelte";
import CreateAuthority from "./CreateAuthority.svelte";
import { troubles } from "./health";
import { tree } from "./tree";

const authorities = (await fakeBackend().call("authority_list", {})).items;
const issuing = authorities[1];
if (issuing === undefined) throw new Error("the invented registry has three authorities");

const now = Date.now();
const at = (days: number): string => new Date(now + days * 86_400_000).toISOString();
const changed = (change: Partial<AuthorityView>): AuthorityView => ({ ...issuing, ...change });
const crl = (change: Partial<AuthorityView["crl"]>): AuthorityView => changed({ crl: { ...issuing.crl, nextUpdate: at(3), dueAt: at(1), stale: false, ...change } });

describe("health", () => {
  it("names what is wrong, worst first", () => {
    expect(troubles(crl({}), now)).toEqual([]);
    expect(troubles(crl({ dueAt: at(-1) }), now)).toEqual(["crl-due"]);
    expect(troubles(crl({ stale: true }), now)).toEqual(["crl-stale"]);
    expect(troubles(crl({ nextUpdate: at(-1) }), now)).toEqual(["crl-expired"]);
    expect(troubles({ ...crl({ nextUpdate: at(-1) }), keyState: "missing" }, now)).toEqual(["key-missing", "crl-expired"]);
    expect(troubles(crl({ nextUpdate: null }), now)).toEqual(["crl-missing"]);
    expect(troubles({ ...crl({}), certificate: { ...issuing.certificate, notAfter: at(90) } }, now)).toEqual(["ends-soon"]);
  });

  it("does not ask for a CRL where the key is elsewhere", () => {
    expect(troubles({ ...crl({ nextUpdate: at(-1) }), keyState: "elsewhere" }, now)).toEqual([]);
  });
});

describe("the tree", () => {
  it("puts children below their parents, and orphans at the top", () => {
    const orphan = changed({ id: "x", name: "Orphan", parent: "nobody" });
    expect(tree([...authorities].reverse().concat(orphan)).map((node) => [node.authority.name, node.depth])).toEqual([
      ["Acme Root CA", 0],
      ["VPN CA", 1],
      ["Issuing CA 1", 1],
      ["Orphan", 0],
    ]);
    expect(tree([orphan])[0]?.foreign).toBe(true);
  });

  it("survives authorities that name each other as parent", () => {
    const ring = [changed({ id: "a", parent: "b" }), changed({ id: "b", parent: "a" }), changed({ id: "c", parent: null })];
    expect(tree(ring).map((node) => node.authority.id)).toContain("c");
  });

  it("moves with the arrow keys", async () => {
    const { user } = await show(Authorities, { params: {} });
    const rows = await screen.findAllByTestId("authority-row");
    rows[0]?.focus();
    await user.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(rows[1]);
    await user.keyboard("{End}");
    expect(document.activeElement).toBe(rows[2]);
    await user.keyboard("{Home}");
    expect(document.activeElement).toBe(rows[0]);
  });

  it("opens the detail by its address, and closes it with Esc", async () => {
    location.go(`/authorities/${issuing.id}`);
    const { user } = await show(Authorities, { params: { id: issuing.id } });
    expect((await screen.findByTestId("authority-detail")).textContent).toContain("CN=Issuing CA 1");
    await user.keyboard("{Escape}");
    expect(location.path).toBe("/authorities");
  });

  it("offers an empty registry its first one", async () => {
    await show(Authorities, { params: {} }, { empty: true });
    expect(await screen.findByTestId("authorities-first")).toBeTruthy();
  });
});

describe("creating one", () => {
  it("suggests a subject from the name and the issuer's", () => {
    const form = new CreateAuthorityState(authorities, issuing.id);
    form.name = "Wi-Fi, CA";
    expect(form.subjectNow).toBe("CN=Wi-Fi\\, CA,O=Acme,C=DE");
    form.subjectTouched = true;
    form.subject = "CN=Own";
    expect(form.subjectNow).toBe("CN=Own");
  });

  it("refuses a name that is taken", () => {
    const form = new CreateAuthorityState(authorities, null);
    form.name = "vpn ca";
    expect(form.nameTaken).toBe(true);
    expect(form.ready).toBe(false);
  });

  it("sends lists line by line", async () => {
    const { user, backend } = await show(CreateAuthority, {});
    await user.type(await screen.findByTestId("authority-name"), "Wi-Fi CA");
    await user.type(screen.getByTestId("authority-crl-urls"), "http://a/1.crl{Enter}http://b/1.crl");
    await user.type(screen.getByTestId("authority-permit"), "dns:acme.example");
    await user.click(screen.getByTestId("authority-create"));
    await waitFor(() => expect(backend.world.authorities).toHaveLength(4));
    expect(backend.calls.find((one) => one.name === "authority_create")?.request).toMatchObject({ name: "Wi-Fi CA", subject: "CN=Wi-Fi CA", parent: null, key: "ec-p384", days: 7305, pathLength: null, crlUrls: ["http://a/1.crl", "http://b/1.crl"], permit: ["dns:acme.example"], exclude: [] });
    await waitFor(() => expect(location.path).toBe(`/authorities/${backend.world.authorities[3]?.id ?? ""}`));
  });
});
