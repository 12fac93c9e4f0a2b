import type { Route } from "../../lib/route.svelte";
import Certificates from "./Certificates.svelte";

export const routes: readonly Route[] = [{ path: "/certificates/:id?", title: "nav.certificates", view: Certificates }];
