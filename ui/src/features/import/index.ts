import type { Route } from "../../lib/route.svelte";
import Import from "./Import.svelte";

export const routes: readonly Route[] = [{ path: "/import", title: "nav.import", view: Import, writes: true }];
