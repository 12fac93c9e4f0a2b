import type { Route } from "../../lib/route.svelte";
import Issue from "./Issue.svelte";

export const routes: readonly Route[] = [{ path: "/new", title: "top.new", view: Issue, writes: true }];
