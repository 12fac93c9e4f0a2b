import type { Route } from "../../lib/route.svelte";
import Compromise from "./Compromise.svelte";
import CrlFile from "./CrlFile.svelte";
import Revocation from "./Revocation.svelte";

// The first that fits is shown: no authority is called `file` or `compromised`.
export const routes: readonly Route[] = [
  { path: "/revocation/compromised", title: "compromise.title", view: Compromise },
  { path: "/revocation/file", title: "crlFile.title", view: CrlFile },
  { path: "/revocation/:id?", title: "nav.revocation", view: Revocation },
];

export { default as RevokeDialog } from "./RevokeDialog.svelte";
