import type { Route } from "../../lib/route.svelte";
import Authorities from "./Authorities.svelte";
import CreateAuthority from "./CreateAuthority.svelte";

export const routes: readonly Route[] = [
  { path: "/authorities/new", title: "authorities.new", view: CreateAuthority, writes: true },
  { path: "/authorities/:id?", title: "nav.authorities", view: Authorities },
];
