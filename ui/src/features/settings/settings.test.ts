import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { Failure } from "../../ipc/errors";
import { session } from "../../ipc/session.svelte";
import { location } from "../../lib/route.svelte";
import { show } from "../../testing/render";
import Settings from "./Settings.svelte";

describe("settings", () => {
  it("lock the keys, and say so", async () => {
    const { user } = await show(Settings, {});
    await user.click(await screen.findByTestId("settings-lock"));
    await waitFor(() => expect(session.unlocked).toBe(false));
    expect(await screen.findByTestId("settings-unlock")).toBeTruthy();
  });

  it("make a recovery file under a passphrase given twice", async () => {
    const { user, backend } = await show(Settings, {}, { noRecovery: true });
    await user.click(await screen.findByTestId("recovery-create"));
    await user.click(screen.getByTestId("recovery-choose"));
    await user.type(screen.getByTestId("recovery-passphrase"), "in the safe");
    expect(screen.getByTestId<HTMLButtonElement>("recovery-go").disabled).toBe(true);
    await user.type(screen.getByTestId("recovery-again"), "in the safe");
    await user.click(screen.getByTestId("recovery-go"));
    expect((await screen.findByTestId("recovery-outcome")).textContent).toContain("2 keys are sealed to it");
    expect(backend.calls.find((one) => one.name === "recovery_file_create")?.request).toEqual({ path: "chancery.recovery", passphrase: "in the safe", replace: false });
  });

  it("test a recovery file of another registry, and say what is wrong", async () => {
    const { user } = await show(Settings, {});
    await user.click(await screen.findByTestId("recovery-test"));
    await user.click(screen.getByTestId("recovery-choose"));
    await user.type(screen.getByTestId("recovery-passphrase"), "wrong");
    await user.click(screen.getByTestId("recovery-go"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("recovery-file-wrong");
    expect(screen.getByTestId<HTMLInputElement>("recovery-passphrase").value).toBe("");
  });

  it("need no recovery file where a vault is one", async () => {
    await show(Settings, {}, { vault: true });
    expect(await screen.findByTestId("settings-recovery")).toBeTruthy();
    expect(screen.queryByTestId("recovery-create")).toBeNull();
  });

  it("back up into a file that the user chooses, and nowhere without one", async () => {
    const { user, backend } = await show(Settings, {});
    backend.picks.push(null);
    await user.click(await screen.findByTestId("backup-now"));
    expect(backend.calls.some((one) => one.name === "registry_backup")).toBe(false);
    await user.click(screen.getByTestId("backup-now"));
    expect((await screen.findByTestId("backup-done")).textContent).toContain("4.8 MB");
  });

  it("say what is wrong, what to do, and what a repair has made anew", async () => {
    const { user, backend } = await show(Settings, {});
    const finding = { where: "certificate 7", code: "certificate_columns_differ", message: "What lists show is not what the certificate says: names.", fix: "A repair makes it anew from the certificate." };
    backend.world.damage = [finding, finding];
    await user.click(await screen.findByTestId("check-run"));
    const outcome = await screen.findByTestId("check-outcome");
    for (const text of ["2 things are wrong", finding.message, "certificate 7", finding.fix, "chancery registry salvage"]) expect(outcome.textContent).toContain(text);
    expect(outcome.textContent.split(finding.fix).length, "once for all that it mends").toBe(2);
    await user.click(screen.getByTestId("check-repair"));
    await waitFor(() => expect(screen.getByTestId("check-outcome").textContent).toContain("Made anew: what lists show of 1 certificates; totals"));
    expect(screen.getByTestId("check-outcome").textContent).toContain("Nothing is wrong.");
  });

  it("prove the newest backup, and say what was found", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("backup-drill"));
    expect((await screen.findByTestId("drill-done")).textContent).toContain("It opens and lacks nothing");
    expect(backend.calls.find((one) => one.name === "registry_drill")?.request).toEqual({ path: null, name: null, passphrase: null });
  });

  it("prove the backup that was just made, wherever it was put", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("backup-now"));
    await screen.findByTestId("backup-done");
    await user.click(screen.getByTestId("backup-drill"));
    await screen.findByTestId("drill-done");
    const asked = (name: string) => backend.calls.find((one) => one.name === name)?.request as Record<string, unknown>;
    expect(asked("registry_drill")["path"]).toBe(asked("registry_backup")["out"]);
  });

  it("ask for the passphrase of the vault that is in the backup", async () => {
    const { user } = await show(Settings, {}, { vault: true });
    await user.click(await screen.findByTestId("backup-drill"));
    await user.type(await screen.findByTestId("drill-passphrase"), "wrong");
    await user.click(screen.getByTestId("backup-drill"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("passphrase-wrong");
  });

  it("turn the daily backup off, and choose its folder", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("backup-daily-on"));
    await user.click(screen.getByTestId("backup-folder"));
    await waitFor(() => expect(backend.world.settings.get("backup.folder")).toBe("backup"));
    expect(backend.world.settings.get("backup.daily")).toBe("off");
    await user.click(await screen.findByTestId("backup-folder-default"));
    await waitFor(() => expect(backend.world.settings.has("backup.folder")).toBe(false));
  });

  it("bring something back from the trash", async () => {
    const { user } = await show(Settings, {});
    await user.click(await screen.findByTestId("trash-restore"));
    expect(await screen.findByTestId("trash-empty")).toBeTruthy();
  });

  it("keep saying why something did not come back, and try it again", async () => {
    const { user, backend } = await show(Settings, {});
    backend.failNext("trash_restore", new Failure("registry-busy", {}));
    await user.click(await screen.findByTestId("trash-restore"));
    const trash = screen.getByTestId("settings-trash");
    const said = await within(trash).findByRole("alert");
    session.touch();
    await waitFor(() => expect(backend.calls.filter((one) => one.name === "trash_list").length).toBeGreaterThan(1));
    expect(said.isConnected).toBe(true);
    await user.click(within(said).getByRole("button", { name: /try again/iu }));
    expect(await screen.findByTestId("trash-empty")).toBeTruthy();
  });

  it("offer to rebuild only when a check found something", async () => {
    const { user, backend } = await show(Settings, {});
    await user.click(await screen.findByTestId("check-run"));
    expect((await screen.findByTestId("check-outcome")).textContent).toContain("Nothing is wrong.");
    expect(screen.queryByTestId("check-repair")).toBeNull();
    backend.failNext("registry_check", new Failure("registry-damaged", { path: "x" }));
    await user.click(screen.getByTestId("check-run"));
    expect((await screen.findByTestId("failure")).dataset["code"]).toBe("registry-damaged");
  });

  it("run the doctor when sent there for it, and put what is wrong first", async () => {
    location.go("/settings", { doctor: "1" });
    await show(Settings, {});
    const outcome = await screen.findByTestId("doctor-outcome");
    expect(outcome.querySelector("li")?.textContent).toContain("Others on this computer");
  });

  it("confirm a clock that is right", async () => {
    const { backend, user } = await show(Settings, {});
    backend.world.clockBehind = true;
    await user.click(await screen.findByTestId("doctor-run"));
    await user.click(await screen.findByTestId("clock-confirm"));
    await waitFor(() => expect(screen.queryByTestId("clock-confirm")).toBeNull());
    expect(backend.calls.map((one) => one.name)).toContain("clock_confirm");
  });

  it("change the theme", async () => {
    const { user } = await show(Settings, {});
    await user.click(await screen.findByTestId("theme-dark"));
    expect(document.documentElement.dataset["theme"]).toBe("dark");
    await user.click(screen.getByTestId("theme-system"));
    expect(document.documentElement.dataset["theme"]).toBeUndefined();
  });

  it("close the registry", async () => {
    const { user } = await show(Settings, {});
    await user.click(await screen.findByTestId("settings-close"));
    await waitFor(() => expect(location.path).toBe("/welcome"));
    expect(session.status).toBeNull();
  });
});
