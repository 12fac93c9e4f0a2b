import type { Route } from "../../lib/route.svelte";
import Settings from "./Settings.svelte";

export const routes: readonly Route[] = [{ path: "/settings", title: "nav.settings", view: Settings }];
