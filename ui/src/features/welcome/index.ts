import type { Route } from "../../lib/route.svelte";
import BringOver from "./BringOver.svelte";
import CreateRegistry from "./CreateRegistry.svelte";
import FirstAuthority from "./FirstAuthority.svelte";
import Restore from "./Restore.svelte";
import Welcome from "./Welcome.svelte";

export const routes: readonly Route[] = [
  { path: "/welcome", title: "app.name", view: Welcome, bare: true },
  { path: "/welcome/create", title: "welcome.create.title", view: CreateRegistry, bare: true },
  { path: "/welcome/bring", title: "welcome.bring.title", view: BringOver, bare: true },
  { path: "/welcome/restore", title: "welcome.restore.title", view: Restore, bare: true },
  { path: "/welcome/authority", title: "welcome.first.title", view: FirstAuthority, bare: true },
];
