import type { Route } from "../../lib/route.svelte";
import Welcome from "./Welcome.svelte";

export const routes: readonly Route[] = [{ path: "/welcome", title: "app.name", view: Welcome, bare: true }];
