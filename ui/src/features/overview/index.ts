import type { Route } from "../../lib/route.svelte";
import Overview from "./Overview.svelte";

export const routes: readonly Route[] = [{ path: "/", title: "nav.overview", view: Overview }];
