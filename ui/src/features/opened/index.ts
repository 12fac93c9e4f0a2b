import type { Route } from "../../lib/route.svelte";
import Opened from "./Opened.svelte";

export const routes: readonly Route[] = [{ path: "/opened/:file?", title: "opened.title", view: Opened, anywhere: true }];

export { openedFiles } from "./files.svelte";
