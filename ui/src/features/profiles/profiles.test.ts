import { screen, waitFor, within as inside } from "@testing-library/svelte";
import { afterEach, describe, expect, it } from "vitest";
import { toasts } from "../../components/toasts.svelte";
import { Failure } from "../../ipc/errors";
import type { ProfileSet } from "../../ipc/generated/ProfileSet";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Copy from "./Copy.svelte";
import { drafts } from "./drafts.svelte";
import Edit from "./Edit.svelte";
import { places, said } from "./fields";
import Profile from "./Profile.svelte";
import Profiles from "./Profiles.svelte";

const OWN = { params: { name: "intranet-server" } };

afterEach(() => drafts.clear());

async function edit() {
  location.go("/profiles/intranet-server/edit");
  const shown = await show(Edit, OWN);
  await screen.findByTestId("profile-name");
  return shown;
}

async function sound(): Promise<void> {
  await waitFor(() => expect(screen.getByTestId("profile-status").textContent).toBe("Checked: nothing is wrong."));
}

/** The toast's button, which stands at the edge of the window. */
function undo(): void {
  const toast = toasts.items.at(-1);
  if (toast?.action === undefined) throw new Error("nothing offers to undo");
  toast.action.run();
}

const lastSet = (calls: readonly { name: string; request: unknown }[]) => calls.filter((one) => one.name === "profile_set").at(-1)?.request as ProfileSet | undefined;

describe("the fields of problems", () => {
  const problem = (field: string) => ({ field, code: "missing", message: field, given: "" });

  it("hold what lies inside them, and not what only begins alike", () => {
    expect(said([problem("extensions.keyUsageOfRsa[0]")], "extensions.keyUsage")).toBeNull();
    expect(said([problem("extensions.keyUsage[0]")], "extensions.keyUsage")).toBe("extensions.keyUsage[0]");
    expect(said([problem("extensions.raw[1].oid")], "extensions.raw[1]")).toBe("extensions.raw[1].oid");
    expect(said([problem("extensions.raw[11].oid")], "extensions.raw[1]")).toBeNull();
  });

  it("are looked for from the inside out", () => {
    expect(places("extensions.raw[0].oid")).toEqual(["extensions.raw[0].oid", "extensions.raw[0]", "extensions.raw", "extensions"]);
  });
});

describe("the list", () => {
  it("puts own profiles first and tells them from built-in ones", async () => {
    await show(Profiles, {});
    const rows = await screen.findAllByTestId("profile-row");
    expect(rows[0]?.textContent).toContain("intranet-server");
    expect(rows[0]?.textContent).toContain("your own");
    expect(rows[0]?.textContent).toContain("Servers of the intranet");
    expect(rows[1]?.textContent).toContain("built in");
  });

  it("says what own ones are for where there are none", async () => {
    await show(Profiles, {}, { empty: true });
    expect((await screen.findByTestId("profiles-first-copy")).getAttribute("href")).toBe("#/profiles/tls-server/copy");
  });

  it("offers no copies where the registry can be looked at only", async () => {
    await show(Profiles, {}, { readOnly: true });
    await screen.findAllByTestId("profile-row");
    expect(screen.queryByTestId("profile-row-copy")).toBeNull();
  });
});

describe("a profile", () => {
  it("says everything in plain words", async () => {
    await show(Profile, OWN);
    const words = (await screen.findByTestId("profile-words")).textContent;
    for (const part of ["/C=DE/O=Acme", "OU looks like Team *", "dns:*.acme.example", "at most 20", "EC P-256, EC P-384, RSA 3072", "10 minutes before it is issued", "identify a server (serverAuth)", "practice statement at https://pki.acme.example/cps", "tlsfeature"]) expect(words).toContain(part);
  });

  it("can be copied but not changed when it is built in", async () => {
    await show(Profile, { params: { name: "mtls" } });
    expect(await screen.findByTestId("profile-copy")).toBeTruthy();
    expect(screen.queryByTestId("profile-edit")).toBeNull();
    expect(screen.queryByTestId("profile-remove")).toBeNull();
  });

  it("says so when there is none of this name", async () => {
    await show(Profile, { params: { name: "nobody" } });
    expect((await screen.findByTestId("failure")).dataset.code).toBe("profile-not-found");
  });

  it("is removed, and brought back as it was", async () => {
    const { user, backend } = await show(Profile, OWN);
    await user.click(await screen.findByTestId("profile-remove"));
    await waitFor(() => expect(backend.world.profiles.has("intranet-server")).toBe(false));
    expect(location.path).toBe("/profiles");
    undo();
    await waitFor(() => expect(backend.world.profiles.get("intranet-server")?.document.names.patterns).toEqual(["dns:*.acme.example", "ip:10.0.0.0/8"]));
    expect(toasts.items.at(-1)?.title).toContain("is back");
  });

  it("stays where removing fails", async () => {
    const { user, backend } = await show(Profile, OWN);
    backend.failNext("profile_remove", new Failure("registry-busy"));
    await user.click(await screen.findByTestId("profile-remove"));
    expect((await screen.findByTestId("failure")).dataset.code).toBe("registry-busy");
    expect(backend.world.profiles.has("intranet-server")).toBe(true);
  });
});

describe("a copy", () => {
  it("is made under a free name, which may not be one that is taken", async () => {
    location.go("/profiles/tls-server/copy");
    const { user, backend } = await show(Copy, { params: { name: "tls-server" } });
    const name = await screen.findByTestId<HTMLInputElement>("profile-name");
    expect(name.value).toBe("tls-server-2");
    await user.clear(name);
    await user.type(name, "intranet-server");
    expect(inside(name.parentElement ?? document.body).getByRole("alert").textContent).toContain("of this name already");
    expect(screen.getByTestId<HTMLButtonElement>("profile-save").disabled).toBe(true);
    await user.clear(name);
    await user.type(name, "lab-server");
    await sound();
    await user.click(screen.getByTestId("profile-save"));
    await waitFor(() => expect(location.path).toBe("/profiles/lab-server"));
    expect(backend.world.profiles.get("lab-server")?.document.extensions.extendedKeyUsage).toEqual(["serverAuth"]);
  });

  it("takes the place of changing what is built in", async () => {
    location.go("/profiles/mtls/edit");
    await show(Edit, { params: { name: "mtls" } });
    await waitFor(() => expect(location.path).toBe("/profiles/mtls/copy"));
  });
});

describe("the form", () => {
  it("shows problems beside their fields and in sum, and saves nothing until they are mended", async () => {
    const { user, backend } = await edit();
    const days = screen.getByTestId<HTMLInputElement>("profile-default-days");
    await user.clear(days);
    await user.type(days, "365");
    await user.type(screen.getByTestId("profile-names-patterns"), "web{Enter}");
    const summary = await screen.findByTestId("profile-problems");
    await waitFor(() => expect(inside(summary).getAllByTestId("profile-problem").map((one) => one.textContent)).toEqual(["names.patterns[2]", "validity.defaultDays"]));
    expect(days.getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByTestId("profile-names-patterns").getAttribute("aria-invalid")).toBe("true");
    await user.keyboard("{Control>}s{/Control}");
    expect(lastSet(backend.calls)).toBeUndefined();
    await user.click(inside(summary).getByText("validity.defaultDays"));
    await waitFor(() => expect(document.activeElement).toBe(days));
  });

  it("saves a new version with the keyboard", async () => {
    const { user, backend } = await edit();
    await user.click(screen.getByTestId("profile-must-staple"));
    await user.type(screen.getByTestId("profile-subject-required"), "CN,OU{Enter}");
    await sound();
    await user.keyboard("{Control>}s{/Control}");
    await waitFor(() => expect(location.path).toBe("/profiles/intranet-server"));
    expect(backend.world.profiles.get("intranet-server")?.profile.version).toBe(4);
    expect(lastSet(backend.calls)?.document).toMatchObject({ subject: { required: ["CN", "OU"] }, extensions: { mustStaple: true, raw: [] } });
  });

  it("takes extensions as bytes, pasted with colons", async () => {
    const { user, backend } = await edit();
    await user.click(screen.getByTestId("profile-raw-add"));
    expect(document.activeElement).toBe(screen.getByTestId("profile-raw-oid"));
    await user.type(screen.getByTestId("profile-raw-oid"), "1.2.3.4");
    await user.type(screen.getByTestId("profile-raw-der"), "05:00");
    await sound();
    await user.click(screen.getByTestId("profile-save"));
    await waitFor(() => expect(lastSet(backend.calls)?.document?.extensions.raw).toEqual([{ oid: "1.2.3.4", critical: false, der: "0500" }]));
  });

  it("keeps what was typed when saving fails", async () => {
    const { user, backend } = await edit();
    await user.type(screen.getByTestId("profile-description"), " and more");
    await sound();
    backend.failNext("profile_set", new Failure("registry-busy"));
    await user.click(screen.getByTestId("profile-save"));
    expect((await screen.findByTestId("failure")).dataset.code).toBe("registry-busy");
    expect(screen.getByTestId<HTMLInputElement>("profile-description").value).toContain("and more");
    await user.click(screen.getByTestId("profile-save"));
    await waitFor(() => expect(location.path).toBe("/profiles/intranet-server"));
  });

  it("discards, and brings back what was discarded", async () => {
    const { user } = await edit();
    await user.type(screen.getByTestId("profile-description"), " and more");
    await user.click(screen.getByTestId("profile-discard"));
    expect(location.path).toBe("/profiles/intranet-server");
    undo();
    expect(location.path).toBe("/profiles/intranet-server/edit");
    await show(Edit, OWN);
    await waitFor(() => expect(screen.getAllByTestId<HTMLInputElement>("profile-description").at(-1)?.value).toContain("and more"));
  });

  it("finds its changes again after the page was left", async () => {
    const { user } = await edit();
    await user.type(screen.getByTestId("profile-description"), " and more");
    await show(Profiles, {});
    expect(await screen.findByText("unsaved changes")).toBeTruthy();
  });
});

describe("the text", () => {
  it("says what the form says, and the form what the text says", async () => {
    const { user, backend } = await edit();
    await user.click(screen.getByTestId("profile-key-kept"));
    await user.click(screen.getByTestId("profile-tab-text"));
    const text = await screen.findByTestId<HTMLTextAreaElement>("profile-text");
    expect(text.value).toContain("kept = true");
    await user.click(text);
    text.setSelectionRange(0, text.value.length);
    const changed = text.value.replace("defaultDays = 90", "defaultDays = 60");
    await user.paste(changed);
    await sound();
    await user.click(screen.getByTestId("profile-tab-form"));
    await waitFor(() => expect(screen.getByTestId<HTMLInputElement>("profile-default-days").value).toBe("60"));
    await user.click(screen.getByTestId("profile-save"));
    await waitFor(() => expect(backend.world.profiles.get("intranet-server")?.document).toMatchObject({ key: { kept: true }, validity: { defaultDays: 60 } }));
  });

  it("names the line that cannot be read, and stays until it can", async () => {
    const { user } = await edit();
    await user.click(screen.getByTestId("profile-tab-text"));
    const text = await screen.findByTestId<HTMLTextAreaElement>("profile-text");
    await user.click(text);
    text.setSelectionRange(0, 0);
    await user.paste("nonsense\n");
    expect(await screen.findByText("Line 1")).toBeTruthy();
    await user.click(screen.getByTestId("profile-tab-form"));
    expect(await screen.findByText(/once the text is without fault/)).toBeTruthy();
    expect(screen.getByTestId<HTMLTextAreaElement>("profile-text").value).toContain("nonsense");
  });

  it("is not shown while the form is not sound", async () => {
    const { user } = await edit();
    await user.clear(screen.getByTestId("profile-default-days"));
    expect(await screen.findByText("A number must stand here.")).toBeTruthy();
    await user.click(screen.getByTestId("profile-tab-text"));
    expect(await screen.findByText(/once what is wrong is mended/)).toBeTruthy();
    expect(screen.queryByTestId("profile-text")).toBeNull();
  });

  it("may not rename the profile that it changes", async () => {
    const { user } = await edit();
    await user.click(screen.getByTestId("profile-tab-text"));
    const text = await screen.findByTestId<HTMLTextAreaElement>("profile-text");
    await user.click(text);
    text.setSelectionRange(0, text.value.length);
    await user.paste(text.value.replace('name = "intranet-server"', 'name = "tls-client"'));
    expect(await screen.findByText(/The name stays intranet-server/)).toBeTruthy();
    expect(screen.getByTestId<HTMLButtonElement>("profile-save").disabled).toBe(true);
  });
});
