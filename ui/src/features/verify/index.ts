import type { Route } from "../../lib/route.svelte";
import Verify from "./Verify.svelte";

export const routes: readonly Route[] = [{ path: "/verify", title: "verify.title", view: Verify }];
