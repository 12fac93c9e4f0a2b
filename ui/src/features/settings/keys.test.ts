import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Failure } from "../../ipc/errors";
import { PASSPHRASE } from "../../ipc/fake";
import { session } from "../../ipc/session.svelte";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Settings from "./Settings.svelte";

/** The row of a key, by the name of its authority. */
async function row(name: string): Promise<HTMLElement> {
  const rows = await screen.findAllByTestId("key-row");
  const found = rows.find((one) => one.textContent.includes(name));
  if (!found) throw new Error(`no row of ${name}`);
  return found;
}

const state = async (name: string): Promise<string | undefined> => (await row(name)).dataset["state"];

describe("keys that do not stand as they should", () => {
  it("each have their own words and their own next step", async () => {
    await show(Settings, {}, { keyTroubles: true });
    const expected: [string, string, RegExp, string][] = [
      ["Acme Root CA", "elsewhere", /Not held here/, "Import a key"],
      ["Issuing CA 1", "missing", /not made anew/, "Restore from the recovery file…"],
      ["VPN CA", "wrong-key", /not overwritten/, "Set aside…"],
      ["A key that no authority has yet", "staged", /Being made/, "Forget it…"],
    ];
    for (const [name, wanted, words, step] of expected) {
      const shown = await row(name);
      expect(shown.dataset["state"], name).toBe(wanted);
      expect(shown.textContent, name).toMatch(words);
      expect(within(shown).getByText(step), name).toBeTruthy();
    }
    expect(within(await row("Issuing CA 1")).getByTestId("key-restore").getAttribute("href")).toBe("#/settings?section=recovery&do=restore");
  });

  it("wait for the keyring, or for its passphrase, without a word of loss", async () => {
    const { backend } = await show(Settings, {}, { unreachable: true });
    const shown = await row("VPN CA");
    expect(shown.dataset["state"]).toBe("unreachable");
    expect(shown.textContent).toMatch(/still in it/);
    expect(within(shown).getByText("Run the doctor").getAttribute("href")).toBe("#/settings?doctor=1");
    const before = backend.calls.length;
    within(shown).getByTestId("key-again").click();
    await waitFor(() => expect(backend.calls.slice(before).map((one) => one.name)).toContain("key_list"));
  });

  it("that are locked offer to unlock", async () => {
    const { user } = await show(Settings, {}, { locked: true });
    expect(await state("VPN CA")).toBe("locked");
    await user.click(within(await row("VPN CA")).getByTestId("key-unlock"));
    expect(session.unlockWanted).toBe(true);
    await session.unlock(null);
    await waitFor(async () => expect(await state("VPN CA")).toBe("ready"));
  });

  it("that are missing come back from a stray entry that fits", async () => {
    const { user } = await show(Settings, {}, { keyTroubles: true });
    const strays = await screen.findAllByTestId("stray-row");
    expect(strays.map((one) => one.dataset["fits"])).toEqual(["true", "false"]);
    expect(within(strays[1] as HTMLElement).queryByTestId("stray-adopt")).toBeNull();
    await user.click(within(await row("Issuing CA 1")).getByTestId("key-adopt"));
    await waitFor(async () => expect(await state("Issuing CA 1")).toBe("ready"));
    expect(await screen.findAllByTestId("stray-row")).toHaveLength(1);
  });

  it("that are others are set aside after a question, and are then missing", async () => {
    const { user, backend } = await show(Settings, {}, { keyTroubles: true });
    await user.click(within(await row("VPN CA")).getByTestId("key-set-aside"));
    expect(backend.calls.some((one) => one.name === "key_repair")).toBe(false);
    expect((await screen.findByTestId("key-set-aside-confirm")).textContent).toContain("nothing is deleted");
    await user.click(screen.getByTestId("key-set-aside-confirm-go"));
    await waitFor(async () => expect(await state("VPN CA")).toBe("missing"));
    expect(within(await row("VPN CA")).getByTestId("key-restore")).toBeTruthy();
  });

  it("that were never finished are forgotten", async () => {
    const { user } = await show(Settings, {}, { keyTroubles: true });
    await user.click(await screen.findByTestId("key-forget"));
    await user.click(await screen.findByTestId("key-forget-confirm-go"));
    await waitFor(() => expect(screen.getAllByTestId("key-row")).toHaveLength(3));
  });

  it("keep a refusal beside the key that it is about", async () => {
    const { user, backend } = await show(Settings, {});
    await row("VPN CA");
    backend.failNext("key_repair", new Failure("keyring-timed-out"));
    await user.click(within(await row("VPN CA")).getByTestId("key-prove"));
    await waitFor(async () => expect(within(await row("VPN CA")).getByTestId("failure").dataset["code"]).toBe("keyring-timed-out"));
    expect(within(await row("Issuing CA 1")).queryByTestId("failure")).toBeNull();
  });

  it("are counted when all are proven", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("keys-prove-all"));
    expect((await screen.findByTestId("keys-proved")).textContent).toContain("2 keys are proven");
    backend.failNext("key_repair", new Failure("key-missing", { name: "VPN CA" }));
    await user.click(screen.getByTestId("keys-prove-all"));
    await waitFor(() => expect(screen.getByTestId("keys-proved").textContent).toContain("1 of 2 keys"));
  });
});

describe("a key that leaves its place", () => {
  it("goes into a vault under a passphrase given twice, and back", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("keys-move"));
    await user.type(await screen.findByTestId("move-passphrase"), "a vault of our own");
    expect(screen.getByTestId<HTMLButtonElement>("move-go").disabled).toBe(true);
    await user.type(screen.getByTestId("move-passphrase-again"), "a vault of our own");
    await user.click(screen.getByTestId("move-go"));
    expect((await screen.findByTestId("move-done")).textContent).toContain("2 keys moved and proven");
    expect(session.status?.keys).toBe("passphrase");
    await user.click(screen.getByTestId("move-close"));
    await user.click(await screen.findByText("Move into the system keyring…"));
    await user.click(await screen.findByTestId("move-go"));
    expect((await screen.findByTestId("move-done")).textContent).toContain("Make a recovery file next");
    expect(backend.calls.filter((one) => one.name === "registry_move_keys").map((one) => one.request)).toEqual([
      { to: "passphrase", passphrase: null, newPassphrase: "a vault of our own" },
      { to: "os", passphrase: null, newPassphrase: null },
    ]);
  });

  it("stays where it is when the keyring says no", async () => {
    const { user, backend } = await show(Settings, {}, { vault: true });
    await user.click(await screen.findByTestId("keys-move"));
    backend.failNext("registry_move_keys", new Failure("keyring-unreachable", { problem: "no bus" }));
    await user.click(await screen.findByTestId("move-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("keyring-unreachable");
    expect(session.status?.keys).toBe("passphrase");
  });
});

describe("the passphrase of a vault", () => {
  it("is changed by whoever knows it", async () => {
    const { user, backend } = await show(Settings, {}, { vault: true });
    await user.click(await screen.findByTestId("passphrase-change"));
    await user.type(await screen.findByTestId("passphrase-current"), "not this one");
    await user.type(screen.getByTestId("passphrase-new"), "seven words are better than one");
    await user.type(screen.getByTestId("passphrase-new-again"), "seven words are better than one");
    await user.click(screen.getByTestId("passphrase-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("passphrase-wrong");
    expect(screen.getByTestId<HTMLInputElement>("passphrase-current").value).toBe("");
    await user.type(screen.getByTestId("passphrase-current"), PASSPHRASE);
    await user.click(screen.getByTestId("passphrase-go"));
    await waitFor(() => expect(screen.queryByTestId("passphrase-dialog")).toBeNull());
    expect(backend.calls.at(-1)?.name).not.toBe("registry_unlock");
    await user.click(screen.getByTestId("passphrase-change"));
    expect((await screen.findByTestId<HTMLInputElement>("passphrase-new")).value).toBe("");
  });

  it("can be made of six words, which are written down and typed once more", async () => {
    const { user } = await show(Settings, {}, { vault: true });
    await user.click(await screen.findByTestId("passphrase-change"));
    await user.click(await screen.findByTestId("passphrase-new-strength-generate"));
    const words = (await screen.findByTestId("passphrase-new-strength-words")).textContent;
    expect(words.split("-")).toHaveLength(6);
    expect(screen.getByTestId<HTMLInputElement>("passphrase-new").value).toBe(words);
    expect(screen.getByTestId<HTMLInputElement>("passphrase-new-again").value).toBe("");
    await waitFor(() => expect(Number(screen.getByTestId("passphrase-new-strength").dataset["level"])).toBeGreaterThan(2));
    await user.type(screen.getByTestId("passphrase-new"), "x");
    expect(screen.queryByTestId("passphrase-new-strength-words")).toBeNull();
  });

  it("is told to be weak while it is", async () => {
    const { user } = await show(Settings, {}, { vault: true });
    await user.click(await screen.findByTestId("passphrase-change"));
    await user.type(await screen.findByTestId("passphrase-new"), "abc");
    const meter = screen.getByTestId("passphrase-new-strength");
    await waitFor(() => expect(meter.textContent).toContain("Far too weak"));
  });
});

describe("locking", () => {
  it("is set in minutes within bounds, and goes back to what it was", async () => {
    const { user, backend } = await show(Settings, {});
    const field = await screen.findByTestId("setting-lock.idle-minutes-input");
    await user.clear(field);
    await user.type(field, "9999");
    expect(screen.getByTestId("setting-lock.idle-minutes").textContent).toContain("from 0 to 1440");
    expect(screen.getByTestId<HTMLButtonElement>("setting-lock.idle-minutes-save").disabled).toBe(true);
    await user.clear(field);
    await user.type(field, "5{Enter}");
    await waitFor(() => expect(backend.world.settings.get("lock.idle-minutes")).toBe("5"));
    await waitFor(() => expect(session.lock?.idleMinutes).toBe(5));
    await user.click(await screen.findByText("Back to 15 minutes"));
    await waitFor(() => expect(backend.world.settings.has("lock.idle-minutes")).toBe(false));
  });

  it("goes with sleep and screen where that is wanted", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("setting-lock.on-suspend-input"));
    await waitFor(() => expect(backend.world.settings.get("lock.on-suspend")).toBe("off"));
  });
});

describe("the recovery file", () => {
  it("is asked for where a key is missing, and brings it back", async () => {
    location.go("/settings", { section: "recovery", do: "restore" });
    const { user } = await show(Settings, {}, { keyTroubles: true });
    await user.click(await screen.findByTestId("recovery-choose"));
    await user.type(screen.getByTestId("recovery-passphrase"), "in the safe");
    await user.click(screen.getByTestId("recovery-go"));
    expect((await screen.findByTestId("recovery-outcome")).textContent).toContain("1 key is back");
    await waitFor(async () => expect(await state("Issuing CA 1")).toBe("ready"));
  });

  it("names the keys that it could not bring back, with the reason and the next step", async () => {
    location.go("/settings", { section: "recovery", do: "restore" });
    const { user } = await show(Settings, {}, { keyTroubles: true });
    await user.click(await screen.findByTestId("recovery-choose"));
    await user.type(screen.getByTestId("recovery-passphrase"), "in the safe");
    await user.click(screen.getByTestId("recovery-go"));
    const failed = await screen.findByTestId("not-recovered");
    expect(failed.textContent).toContain("1 key could not be brought back");
    const items = [...failed.querySelectorAll("li")];
    expect(items.map((item) => item.dataset["state"])).toEqual(["wrong-key"]);
    expect(items[0]?.textContent).toContain("Another key stands under this key's name");
    expect(items[0]?.textContent).toContain("Set the other key aside first; then restore this one");
    // What is not whole is not shown as if it were.
    expect(screen.getByTestId("recovery-outcome").querySelector(".shape.warn")).toBeTruthy();
  });

  it("brings the keys into a new vault where there is no keyring", async () => {
    location.go("/settings", { section: "recovery", do: "restore" });
    const { user, backend } = await show(Settings, {}, { unreachable: true });
    await user.click(await screen.findByTestId("recovery-choose"));
    // The place that is gone is not offered first.
    expect(screen.getByTestId<HTMLInputElement>("recovery-place-new").checked).toBe(true);
    await user.type(screen.getByTestId("recovery-passphrase"), "in the safe");
    const go = screen.getByTestId<HTMLButtonElement>("recovery-go");
    expect(go.disabled).toBe(true);
    await user.type(screen.getByTestId("recovery-place-passphrase"), "a vault of our own");
    await user.type(screen.getByTestId("recovery-place-passphrase-again"), "a vault of our owm");
    expect(go.disabled).toBe(true);
    await user.type(screen.getByTestId("recovery-place-passphrase-again"), "{Backspace}n");
    await user.click(go);
    expect((await screen.findByTestId("recovery-outcome")).textContent).toContain("2 keys are back");
    expect(backend.calls.find((one) => one.name === "recovery_file_restore")?.request).toMatchObject({ passphrase: "in the safe", newVaultPassphrase: "a vault of our own" });
    // Nobody was asked to unlock what cannot be reached.
    expect(backend.calls.some((one) => one.name === "registry_unlock")).toBe(false);
    await waitFor(() => expect(session.status?.keys).toBe("passphrase"));
    await waitFor(async () => expect(await state("VPN CA")).toBe("ready"));
  });

  it("takes the place of a vault whose passphrase is lost, which is kept", async () => {
    location.go("/settings", { section: "recovery", do: "restore" });
    const { user, backend } = await show(Settings, {}, { vault: true, recoveryOfVault: true, locked: true });
    await user.click(await screen.findByTestId("recovery-choose"));
    expect(screen.getByTestId<HTMLInputElement>("recovery-place-there").checked).toBe(true);
    await user.click(screen.getByTestId("recovery-place-new"));
    await user.type(screen.getByTestId("recovery-passphrase"), "in the safe");
    await user.type(screen.getByTestId("recovery-place-passphrase"), "noted this time");
    await user.type(screen.getByTestId("recovery-place-passphrase-again"), "noted this time");
    await user.click(screen.getByTestId("recovery-go"));
    expect((await screen.findByTestId("recovery-outcome")).textContent).toContain("kept as acme.old-1.vault");
    expect(backend.world.passphrase).toBe("noted this time");
  });

  it("is offered where a vault is gone, and where its passphrase may be", async () => {
    await show(Settings, {}, { vault: true, recoveryOfVault: true, unreachable: true });
    const gone = await row("VPN CA");
    expect(gone.textContent).toMatch(/Vault not readable.*missing or damaged/s);
    expect(within(gone).getByTestId("key-restore").getAttribute("href")).toBe("#/settings?section=recovery&do=restore");
    expect(screen.getByTestId("recovery-restore")).toBeTruthy();
  });

  it("is replaced where it is lost, and says what becomes of the old one", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("recovery-replace"));
    expect(screen.getByTestId("recovery-form").textContent).toContain("opening older backups");
    await user.click(screen.getByTestId("recovery-choose"));
    await user.type(screen.getByTestId("recovery-passphrase"), "in the safe");
    await user.type(screen.getByTestId("recovery-again"), "in the safe");
    await user.click(screen.getByTestId("recovery-go"));
    expect(await screen.findByTestId("recovery-next")).toBeTruthy();
    expect(backend.calls.find((one) => one.name === "recovery_file_create")?.request).toMatchObject({ replace: true });
  });

  it("is made once, and says what to do with it", async () => {
    const { user } = await show(Settings, {}, { noRecovery: true });
    await user.click(await screen.findByTestId("recovery-create"));
    expect(screen.getByTestId("recovery-form").textContent).toContain("in another building");
    await user.click(screen.getByTestId("recovery-choose"));
    await user.type(screen.getByTestId("recovery-passphrase"), "in the safe");
    await user.type(screen.getByTestId("recovery-again"), "in the safe");
    await user.click(screen.getByTestId("recovery-go"));
    expect((await screen.findByTestId("recovery-next")).textContent).toContain("Copy chancery.recovery to where it belongs");
    await waitFor(() => expect(screen.queryByTestId("recovery-create")).toBeNull());
    await user.click(screen.getByTestId("recovery-drill"));
    expect(screen.getByTestId("recovery-drill-steps").querySelectorAll("li")).toHaveLength(4);
  });
});
