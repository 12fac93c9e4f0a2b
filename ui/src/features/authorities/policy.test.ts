import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { Failure } from "../../ipc/errors";
import { fakeBackend } from "../../ipc/fake";
import { show } from "../../testing/render";
import { problemsOf } from "./policy.svelte";
import PolicyPart from "./PolicyPart.svelte";

const authorities = (await fakeBackend().call("authority_list", {})).items;
const [, issuing, vpn] = authorities;
if (issuing === undefined || vpn === undefined) throw new Error("the invented registry has three authorities");

describe("what a refusal says", () => {
  it("is put beside the fields it speaks of", () => {
    const failure = new Failure("profile-unsound", { problems: "longestDays: 0 is outside what is allowed here. names[0]: “web” is no pattern. names[2]: “x” stands here twice." });
    expect(problemsOf(failure)).toEqual([
      { field: "longestDays", at: null, message: "0 is outside what is allowed here." },
      { field: "names", at: 0, message: "“web” is no pattern." },
      { field: "names", at: 2, message: "“x” stands here twice." },
    ]);
    expect(problemsOf(new Failure("profile-not-found", { profile: "gone" }))[0]).toMatchObject({ field: "profiles", message: expect.stringContaining("gone") as string });
    expect(problemsOf(new Failure("registry-busy"))).toEqual([]);
  });
});

describe("the policy of an authority", () => {
  it("says that everything is allowed where none was set", async () => {
    await show(PolicyPart, { authority: issuing });
    expect(await screen.findByText(/No policy was set/)).toBeTruthy();
  });

  it("says what is allowed", async () => {
    await show(PolicyPart, { authority: vpn });
    await screen.findByText("Policy version 2");
    const part = screen.getByTestId("authority-policy").textContent;
    for (const text of ["VPN server", "VPN client", "EC P-256, RSA 3072", "at most 200 days", "*.vpn.acme.example"]) expect(part).toContain(text);
  });

  it("is changed in a dialog, and put back", async () => {
    const { user, backend } = await show(PolicyPart, { authority: issuing });
    await user.click(await screen.findByTestId("policy-edit"));
    const dialog = await screen.findByTestId("policy-dialog");
    expect(within(dialog).getByTestId<HTMLButtonElement>("policy-save").disabled).toBe(true);
    await user.click(within(dialog).getByTestId("policy-profile-intranet-server"));
    await user.click(within(dialog).getByTestId("policy-key-ec-p256"));
    await user.type(within(dialog).getByTestId("policy-longest"), "90");
    await user.type(within(dialog).getByTestId("policy-names"), "dns:*.acme.example{Enter}");
    await user.click(within(dialog).getByTestId("policy-save"));
    await waitFor(() => expect(backend.world.policies.get(issuing.id)).toMatchObject({ version: 1, rules: { profiles: ["intranet-server"], keys: ["ec-p256"], longestDays: 90, names: ["dns:*.acme.example"] } }));
    expect(await screen.findByText("at most 90 days")).toBeTruthy();
    toasts.items.at(-1)?.action?.run();
    await waitFor(() => expect(backend.world.policies.get(issuing.id)).toMatchObject({ version: 2, rules: { profiles: [], keys: [], longestDays: null, names: [] } }));
    expect(await screen.findByText("Everything that its profiles allow.")).toBeTruthy();
  });

  it("keeps what was chosen when it is refused, with the reason at its field", async () => {
    const { user, backend } = await show(PolicyPart, { authority: issuing });
    await user.click(await screen.findByTestId("policy-edit"));
    await user.type(await screen.findByTestId("policy-names"), "web{Enter}");
    await user.type(screen.getByTestId("policy-longest"), "99999");
    await user.click(screen.getByTestId("policy-save"));
    expect(await screen.findByText(/“web” is no pattern/)).toBeTruthy();
    expect(screen.getByText(/99999 is outside/)).toBeTruthy();
    expect(screen.getByTestId("policy-names").getAttribute("aria-invalid")).toBe("true");
    expect(backend.world.policies.has(issuing.id)).toBe(false);
    backend.failNext("policy_set", new Failure("registry-busy"));
    await user.click(screen.getByTestId("policy-save"));
    expect((await screen.findByTestId("failure")).dataset.code).toBe("registry-busy");
    expect(screen.getByTestId<HTMLInputElement>("policy-longest").value).toBe("99999");
  });

  it("is only looked at where the registry is read-only", async () => {
    await show(PolicyPart, { authority: vpn }, { readOnly: true });
    await screen.findByText("Policy version 2");
    expect(screen.queryByTestId("policy-edit")).toBeNull();
  });
});
