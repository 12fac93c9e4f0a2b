import { configure } from "@testing-library/svelte";
import { afterEach } from "vitest";
import { toasts } from "../components/toasts.svelte";
import { session } from "../ipc/session.svelte";
import { location } from "../lib/route.svelte";

// Nothing is laid out here: a screen's worth of height makes the virtual list draw a screen's worth of rows.
Object.defineProperty(HTMLElement.prototype, "offsetHeight", { configurable: true, get: () => 680 });
Object.defineProperty(HTMLElement.prototype, "offsetWidth", { configurable: true, get: () => 1000 });
Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => 680 });

afterEach(() => {
  session.settle(false);
  session.status = null;
  session.started = false;
  session.failure = null;
  toasts.items = [];
  window.localStorage.clear();
  location.go("/", {}, true);
});

// Two busy cores are slow; a test that waits in vain still ends.
configure({ asyncUtilTimeout: 15_000 });
