import type { Route } from "../../lib/route.svelte";
import Sources from "./Sources.svelte";

export const routes: readonly Route[] = [{ path: "/sources/:id?/:part?/:item?", title: "sources.title", view: Sources }];
