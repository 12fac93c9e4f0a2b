import "@fontsource-variable/inter/wght.css";
import { mount } from "svelte";
import "./styles/tokens.css";
import "./styles/base.css";
import App from "./app/App.svelte";
import { useBackend } from "./ipc/commands";
import { applyTheme } from "./lib/theme";

/** The shell where it is there; without it, in development and for pictures, the invented host. */
async function chooseHost(): Promise<void> {
  if (import.meta.env.DEV || import.meta.env.MODE === "fake") {
    if (!("__TAURI_INTERNALS__" in window)) {
      const { fakeBackend, scenarioOf } = await import("./ipc/fake");
      useBackend(fakeBackend(scenarioOf(window.location.search), 40));
      return;
    }
  }
  const { tauriBackend } = await import("./ipc/tauri");
  useBackend(tauriBackend());
}

const target = document.getElementById("app");
if (target) {
  applyTheme();
  await chooseHost();
  // What stood there meanwhile.
  target.replaceChildren();
  mount(App, { target });
}
