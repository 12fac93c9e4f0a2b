import type { Route } from "../../lib/route.svelte";
import Authorities from "./Authorities.svelte";

export const routes: readonly Route[] = [{ path: "/authorities/:id?", title: "nav.authorities", view: Authorities }];
