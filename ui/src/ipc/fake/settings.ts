// What can be set, invented: the core's own list, with values that stay in memory.
import { Failure } from "../errors";
import type { SettingList } from "../generated/SettingList";
import type { SettingsSet } from "../generated/SettingsSet";
import type { SettingView } from "../generated/SettingView";
import { note, type World } from "./world";

const number = (key: string, title: string, about: string, unit: string, fallback: number, least: number, most: number): SettingView => ({
  key, title, about, kind: "number", value: String(fallback), default: String(fallback), changed: false, unit, least, most,
  takes: `a whole number of ${unit} from ${String(least)} to ${String(most)}`,
});

const KNOWN: readonly SettingView[] = [
  {
    key: "backup.daily", title: "Daily backup", about: "On each day that the registry is changed, a copy is made, opened and counted.", kind: "switch",
    value: "on", default: "on", changed: false, unit: null, least: null, most: null, takes: "on or off",
  },
  {
    key: "backup.folder", title: "Folder for daily backups", about: "Where the daily copies go. A folder on another disk survives this one. Without a choice it is a folder beside the registry.",
    kind: "folder", value: "", default: "", changed: false, unit: null, least: null, most: null, takes: "a folder that exists, by its full path",
  },
  number("backup.keep", "Daily backups kept", "How many daily copies are kept. The oldest goes only after a new one was opened and counted; backups made by hand are never removed.", "files", 14, 1, 3650),
  number("backup.old-after", "Backup is old after", "From this age of the newest backup on, the overview asks for a new one.", "days", 7, 1, 365),
  number("crl.issuing-days", "CRL life of issuing authorities", "How long the CRLs of an issuing authority made from now on are valid. Each authority can be changed later.", "days", 7, 1, 366),
  number("crl.root-days", "CRL life of roots", "How long the CRLs of a root made from now on are valid. A root's key is seldom at hand, so its CRLs live long.", "days", 180, 1, 366),
  number("crl.hold-off-minutes", "Revocations wait for others", "After a revocation the window, while it is open and unlocked, builds the CRL that lists it once so many minutes are over, so that several revocations go onto one CRL. 0 means at once.", "minutes", 5, 0, 1440),
  number("lock.idle-minutes", "Lock when idle", "After so many minutes without a key press or mouse move in the window the keys are forgotten. 0 means never.", "minutes", 15, 0, 1440),
  {
    key: "lock.on-suspend", title: "Lock when the computer sleeps", about: "The keys are forgotten before the computer goes to sleep, so that none is in its memory or on its disk meanwhile.",
    kind: "switch", value: "on", default: "on", changed: false, unit: null, least: null, most: null, takes: "on or off",
  },
  {
    key: "lock.on-session-lock", title: "Lock with the screen", about: "The keys are forgotten when the desktop's session or screen is locked.", kind: "switch",
    value: "on", default: "on", changed: false, unit: null, least: null, most: null, takes: "on or off",
  },
];

export function list(world: World): SettingList {
  return {
    items: KNOWN.map((one) => {
      const value = world.settings.get(one.key);
      return value === undefined ? one : { ...one, value, changed: true };
    }),
  };
}

export function set(world: World, request: SettingsSet): SettingList {
  for (const { key, value, path } of request.changes) {
    const known = KNOWN.find((one) => one.key === key);
    if (known === undefined) throw new Failure("setting-not-found", { setting: key });
    const to = path ?? value ?? "";
    const wrong = known.kind === "number" && !(/^\d+$/u.test(to) && Number(to) >= (known.least ?? 0) && Number(to) <= (known.most ?? 0));
    if (to !== "" && wrong) throw new Failure("bad-setting", { setting: key, text: to, takes: known.takes });
    if (to === "" || to === known.default) world.settings.delete(key);
    else world.settings.set(key, to);
    note(world, "setting.changed", key, known.title, { to });
  }
  return list(world);
}
