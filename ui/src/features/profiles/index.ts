import type { Route } from "../../lib/route.svelte";
import Copy from "./Copy.svelte";
import Edit from "./Edit.svelte";
import Profile from "./Profile.svelte";
import Profiles from "./Profiles.svelte";

export const routes: readonly Route[] = [
  { path: "/profiles", title: "profiles.title", view: Profiles },
  { path: "/profiles/:name", title: "profiles.title", view: Profile },
  { path: "/profiles/:name/edit", title: "profiles.title", view: Edit, writes: true },
  { path: "/profiles/:name/copy", title: "profiles.title", view: Copy, writes: true },
];
