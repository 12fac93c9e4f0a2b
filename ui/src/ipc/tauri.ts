// The desktop shell as host. The only file that knows Tauri.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { dialogFor } from "./dialogs";
import type { Backend, Chosen, HostInfo, RecentRegistry, Stop } from "./backend";

/** Subscribes to an event of the shell; ending it before the shell has answered works too. */
function subscribe<T>(event: string, listener: (payload: T) => void): Stop {
  const stopping = listen<T>(event, (message) => {
    listener(message.payload);
  });
  return () => {
    void stopping.then((stop) => {
      stop();
    });
  };
}

export function tauriBackend(): Backend {
  return {
    call: (name, request) => invoke(name, { request }),
    pickFiles: ({ purpose, multiple = false }) => invoke<Chosen[]>("pick_files", { request: dialogFor(purpose, { multiple }) }),
    pickFolder: (purpose) => invoke<Chosen | null>("pick_folder", { request: dialogFor(purpose) }),
    pickSave: ({ purpose, suggested }) => invoke<Chosen | null>("pick_save", { request: dialogFor(purpose, { suggested }) }),
    showFolder: (folder) => invoke("show_folder", { request: { folder } }),
    recentRegistries: () => invoke<RecentRegistry[]>("recent_registries"),
    onFilesDropped: (listener) => subscribe<Chosen[]>("files-dropped", listener),
    onFilesOver: (listener) => subscribe<number>("files-over", listener),
    onFilesOpened: (listener) => {
      const take = (): void => void invoke<Chosen[]>("opened_files").then((files) => files.length > 0 && listener(files));
      const stop = subscribe<unknown>("files-opened", take);
      // Those of the start were there before the page.
      take();
      return stop;
    },
    onChanged: (listener) => {
      // The keys were locked by the clock, by sleep or with the screen; or another program wrote to the registry.
      const stops = ["registry-changed", "lock-changed"].map((event) => subscribe<unknown>(event, () => listener()));
      return () => stops.forEach((stop) => stop());
    },
    onClipboard: (listener) => subscribe<unknown>("clipboard-changed", () => listener()),
    hostInfo: () => invoke<HostInfo>("host_info"),
  };
}
