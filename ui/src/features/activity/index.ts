import type { Route } from "../../lib/route.svelte";
import Activity from "./Activity.svelte";

export const routes: readonly Route[] = [{ path: "/activity/:sequence?", title: "nav.activity", view: Activity }];
