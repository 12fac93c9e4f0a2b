import type { Route } from "../../lib/route.svelte";
import Many from "./Many.svelte";

export const routes: readonly Route[] = [{ path: "/many", title: "many.title", view: Many, writes: true }];
