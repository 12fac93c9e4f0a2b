import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { PolicyRules } from "../../ipc/generated/PolicyRules";
import type { ProfileView } from "../../ipc/generated/ProfileView";
import { session } from "../../ipc/session.svelte";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import { differences } from "./difference";
import Issue from "./Issue.svelte";
import { keysFor, longest } from "./limits";
import { looksLikeRequest, split } from "./names.svelte";
import { quoted, snippets } from "./snippets";

async function page(scenario = {}) {
  const shown = await show(Issue, {}, scenario);
  return shown;
}

async function type(user: Awaited<ReturnType<typeof page>>["user"], text: string) {
  const field = await screen.findByTestId("issue-names");
  await user.type(field, `${text}{Enter}`);
}

const VPN = "01900000-0000-7000-8000-000000000002";
const REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n";

describe("the account", () => {
  it("is asked for where a certificate logs on, and sent only then", async () => {
    location.go("/new", { profile: "ad-logon" });
    const { user, backend } = await page();
    await user.type(await screen.findByTestId("issue-sid"), "S-1-5-21-1-2-3-1013");
    await type(user, "upn:ann@corp.test");
    await waitFor(() => expect(backend.calls.filter((call) => call.name === "certificate_preview").at(-1)?.request).toMatchObject({ profile: "ad-logon", sid: "S-1-5-21-1-2-3-1013" }));
  });

  it("is not asked for elsewhere", async () => {
    location.go("/new", { profile: "tls-server" });
    await page();
    await screen.findByTestId("issue-names");
    expect(screen.queryByTestId("issue-sid")).toBeNull();
  });
});

describe("names", () => {
  it("are parted by blanks, commas, semicolons and line ends", () => {
    expect(split(" a.example, b.example;c.example\n10.0.0.1\t")).toEqual(["a.example", "b.example", "c.example", "10.0.0.1"]);
  });

  it("are told from a pasted request", () => {
    expect(looksLikeRequest(REQUEST)).toBe(true);
    expect(looksLikeRequest("git.acme.example")).toBe(false);
  });

  it("become tokens of their kind, each once", async () => {
    const { user } = await page();
    await type(user, "git.acme.example");
    await type(user, "10.0.4.12");
    await type(user, "git.acme.example");
    await waitFor(() => expect(screen.getAllByTestId("issue-name-token").map((one) => one.textContent.trim())).toEqual(["DNS git.acme.example", "IP 10.0.4.12"]));
  });

  it("say at the field what is wrong, and hold the button back", async () => {
    const { user } = await page();
    await type(user, "foo..bar");
    expect(await screen.findByText(/neither a host name nor an address/)).toBeTruthy();
    expect(screen.getByTestId("issue-names").getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByTestId<HTMLButtonElement>("issue-submit").disabled).toBe(true);
  });

  it("of a kind that the profile does not take are explained", async () => {
    const { user } = await page();
    await type(user, "alice@acme.example");
    expect(await screen.findByText(/which this profile does not take/)).toBeTruthy();
  });

  it("go back into the field with Backspace", async () => {
    const { user } = await page();
    await type(user, "git.acme.example");
    await screen.findByTestId("issue-name-token");
    await user.type(screen.getByTestId("issue-names"), "{Backspace}");
    await waitFor(() => expect(screen.getByTestId<HTMLInputElement>("issue-names").value).toBe("git.acme.example"));
    expect(screen.queryByTestId("issue-name-token")).toBeNull();
  });
});

describe("the page", () => {
  it("offers an empty registry its first authority", async () => {
    await page({ empty: true });
    expect(await screen.findByTestId("issue-create-authority")).toBeTruthy();
  });

  it("chooses the issuing authority rather than the root", async () => {
    await page();
    const select = await screen.findByTestId<HTMLSelectElement>("issue-authority");
    await waitFor(() => expect(select.selectedOptions[0]?.textContent).toBe("Issuing CA 1"));
  });

  it("shows what will be signed, and asks for a warning to be accepted", async () => {
    const { user, backend } = await page();
    await type(user, "*.git.acme.example");
    await user.click(await screen.findByTestId("issue-accept-wildcard-one-level"));
    await waitFor(() => {
      const last = backend.calls.filter((one) => one.name === "certificate_preview").at(-1)?.request as { accept: string[] };
      expect(last.accept).toEqual(["wildcard-one-level"]);
    });
    expect(screen.getByTestId("issue-preview").textContent).toContain("*.git.acme.example");
  });

  it("issues to a PKCS#12 file under a password given twice", async () => {
    const { user, backend } = await page();
    await type(user, "git.acme.example");
    await user.type(screen.getByTestId("issue-password"), "secret words");
    await user.type(screen.getByTestId("issue-password-again"), "secret word");
    expect(await screen.findByText("The two are not the same.")).toBeTruthy();
    await user.type(screen.getByTestId("issue-password-again"), "s");
    await user.click(screen.getByTestId("issue-choose-place"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("issue-submit").disabled).toBe(false));
    await user.click(screen.getByTestId("issue-submit"));
    expect(await screen.findByTestId("issue-result")).toBeTruthy();
    const asked = backend.calls.find((one) => one.name === "certificate_issue")?.request as { handOver: { format: string; password: string; plainKey: boolean }; draft: { names: string[] } };
    expect(asked.draft.names).toEqual(["dns:git.acme.example"]);
    expect(asked.handOver).toMatchObject({ format: "pkcs12", password: "secret words", plainKey: false, overwrite: false });
  });

  it("never sends a password with a key that is left plain on purpose", async () => {
    const { user, backend } = await page();
    await type(user, "git.acme.example");
    await user.type(screen.getByTestId("issue-password"), "x");
    await user.click(screen.getByTestId("issue-format-pem"));
    await user.click(await screen.findByTestId("issue-plain-key"));
    await user.click(screen.getByTestId("issue-choose-place"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("issue-submit").disabled).toBe(false));
    await user.click(screen.getByTestId("issue-submit"));
    await screen.findByTestId("issue-result");
    const asked = backend.calls.find((one) => one.name === "certificate_issue")?.request as { handOver: { password: string | null; plainKey: boolean } };
    expect(asked.handOver).toMatchObject({ format: "pem", password: null, plainKey: true });
  });

  it("asks for the keys when they are locked, and signs nothing without them", async () => {
    const { user, backend } = await page({ locked: true });
    await type(user, "git.acme.example");
    await user.type(screen.getByTestId("issue-password"), "x");
    await user.type(screen.getByTestId("issue-password-again"), "x");
    await user.click(screen.getByTestId("issue-choose-place"));
    await waitFor(() => expect(screen.getByTestId<HTMLButtonElement>("issue-submit").disabled).toBe(false));
    await user.click(screen.getByTestId("issue-submit"));
    await waitFor(() => expect(session.unlockWanted).toBe(true));
    session.settle(false);
    expect(backend.calls.some((one) => one.name === "certificate_issue")).toBe(false);
  });

  it("takes a dropped request, with its names, and makes no key", async () => {
    const { backend } = await page();
    await screen.findByTestId("issue-names");
    backend.drop([{ handle: "h1", name: "git.csr" }]);
    expect(await screen.findByTestId("issue-request")).toBeTruthy();
    await waitFor(() => {
      const last = backend.calls.filter((one) => one.name === "certificate_preview").at(-1)?.request as { request: string | null; key: string | null; names: string[] };
      expect(last).toMatchObject({ key: null, names: ["dns:git.acme.example", "dns:code.acme.example"] });
      expect(last.request).toContain("CERTIFICATE REQUEST");
    });
    expect(screen.queryByTestId("issue-format-pem")).toBeNull();
  });
});

describe("what the authority's policy leaves", () => {
  const rules = (change: Partial<PolicyRules>): PolicyRules => ({ profiles: [], keys: [], longestDays: null, names: [], ...change });
  const profile = { keys: ["ec-p256", "rsa-2048", "rsa-3072", "rsa-4096", "rsa-pss-3072"], longestDays: 825 } as unknown as ProfileView;

  it("is an RSA length and all longer ones", () => {
    expect(keysFor(rules({ keys: ["rsa-3072"] }), profile)).toEqual(["rsa-3072", "rsa-4096"]);
    expect(keysFor(rules({}), profile)).toEqual(profile.keys);
  });

  it("is the shorter life, and who says so", () => {
    expect(longest(rules({ longestDays: 90 }), profile)).toEqual({ days: 90, by: "policy" });
    expect(longest(rules({ longestDays: 900 }), profile)).toEqual({ days: 825, by: "profile" });
    expect(longest(rules({}), { ...profile, longestDays: null })).toBeNull();
  });

  it("is told before anything is signed", async () => {
    location.go("/new", { authority: VPN, profile: "tls-server" });
    const { user } = await page();
    const problem = await screen.findByTestId("issue-policy-profile");
    expect(problem.textContent).toContain("VPN CA may not issue Web server");
    expect(screen.getByTestId<HTMLInputElement>("issue-profile-mtls").disabled).toBe(true);
    await user.click(screen.getByTestId("issue-profile-vpn-server"));
    await waitFor(() => expect(screen.queryByTestId("issue-policy-profile")).toBeNull());
    const days = screen.getByTestId<HTMLInputElement>("issue-days");
    expect(days.value).toBe("200");
    await user.clear(days);
    await user.type(days, "397");
    expect(await screen.findByText(/397 days are more than the 200 that the policy of VPN CA allows/)).toBeTruthy();
    await user.click(screen.getByTestId("issue-use-longest"));
    expect(days.value).toBe("200");
    expect([...screen.getByTestId<HTMLSelectElement>("issue-key").options].map((one) => one.textContent)).toEqual(["New EC P-256 (default)", "New RSA 3072", "New RSA 4096"]);
  });

  it("decides which profile is suggested, where nobody chose one", async () => {
    location.go("/new", { authority: VPN });
    await page();
    await waitFor(() => expect(screen.getByTestId<HTMLInputElement>("issue-profile-vpn-server").checked).toBe(true));
    expect(screen.queryByTestId("issue-policy-profile")).toBeNull();
  });

  it("leaves own profiles in sight, with what they are for", async () => {
    await page();
    const own = (await screen.findByTestId("issue-profile-intranet-server")).closest("label");
    expect(own?.textContent).toContain("Servers of the intranet, renewed by machine");
    expect(own?.textContent).toContain("your own");
  });
});

describe("the difference to a request", () => {
  const extension = (oid: string, der: string, critical = false) => ({ oid, name: oid, critical, lines: [der], der });
  const name = (text: string) => ({ rfc4514: text, openssl: "" });

  it("tells taken, changed, left out and added apart", () => {
    const request = { subject: name("CN=a"), names: ["dns:b", "dns:a"], key: "ec-p256", keyFingerprint: "", extensions: [extension("1.1", "aa"), extension("1.2", "bb"), extension("1.3", "cc")], pem: "" };
    const preview = { mayBeIssued: true, subject: name("CN=a"), issuer: name(""), notBefore: "", notAfter: "", names: ["dns:a", "dns:b"], key: "", signatureAlgorithm: "", extensions: [extension("1.1", "aa"), extension("1.2", "bb", true), extension("1.4", "dd")], findings: [], rules: 0, differences: [] };
    expect(differences(request, preview).map((one) => [one.label || one.what, one.fate])).toEqual([
      ["subject", "taken"],
      ["names", "taken"],
      ["1.1", "taken"],
      ["1.2", "changed"],
      ["1.3", "left-out"],
      ["1.4", "added"],
    ]);
  });
});

describe("the lines for programs", () => {
  it("quote paths that a shell would take apart", () => {
    expect(quoted("/etc/ssl/git.crt")).toBe("/etc/ssl/git.crt");
    expect(quoted("/home/a b/it's.crt")).toBe("'/home/a b/it'\\''s.crt'");
  });

  it("fit what was written", () => {
    const pem = [{ path: "/c.crt", holds: "certificate" }, { path: "/c.chain.pem", holds: "chain" }, { path: "/c.key", holds: "key" }];
    expect(snippets(pem, ["serverAuth"]).map((one) => one.id)).toEqual(["nginx", "apache", "haproxy", "openvpn", "openssl"]);
    expect(snippets(pem, ["clientAuth"]).map((one) => one.id)).toEqual(["openvpn", "openssl"]);
    expect(snippets(pem, ["serverAuth"])[0]?.lines[0]).toBe("ssl_certificate     /c.chain.pem;");
    expect(snippets([{ path: "/c.p12", holds: "pkcs12" }], ["clientAuth"])[0]?.lines).toEqual(["pkcs12 /c.p12", "remote-cert-tls server"]);
    expect(snippets([], ["serverAuth"])).toEqual([]);
  });
});
