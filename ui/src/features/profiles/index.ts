import type { Route } from "../../lib/route.svelte";
import Profiles from "./Profiles.svelte";

export const routes: readonly Route[] = [{ path: "/profiles", title: "profiles.title", view: Profiles }];
