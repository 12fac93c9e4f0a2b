import type { Route } from "../../lib/route.svelte";
import Revocation from "./Revocation.svelte";

export const routes: readonly Route[] = [{ path: "/revocation/:id?", title: "nav.revocation", view: Revocation }];

export { default as RevokeDialog } from "./RevokeDialog.svelte";
