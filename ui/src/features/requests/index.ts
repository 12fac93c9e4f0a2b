import type { Route } from "../../lib/route.svelte";
import Requests from "./Requests.svelte";

export const routes: readonly Route[] = [{ path: "/requests/:id?", title: "requests.title", view: Requests }];
