import { afterEach } from "vitest";
import { session } from "../ipc/session.svelte";
import { toasts } from "../components/toasts.svelte";
import { location } from "../lib/route.svelte";

afterEach(() => {
  session.settle(false);
  session.status = null;
  session.started = false;
  session.failure = null;
  toasts.items = [];
  location.go("/", {}, true);
});
