import Activity from "@lucide/svelte/icons/activity";
import Ban from "@lucide/svelte/icons/ban";
import Database from "@lucide/svelte/icons/database";
import Download from "@lucide/svelte/icons/download";
import House from "@lucide/svelte/icons/house";
import Inbox from "@lucide/svelte/icons/inbox";
import Network from "@lucide/svelte/icons/network";
import ScrollText from "@lucide/svelte/icons/scroll-text";
import Settings from "@lucide/svelte/icons/settings";
import SlidersHorizontal from "@lucide/svelte/icons/sliders-horizontal";
import type { Component } from "svelte";
import type { WordKey } from "../i18n/words";

export interface Place {
  readonly path: string;
  readonly label: WordKey;
  readonly icon: Component<{ size?: number; "aria-hidden"?: "true" }>;
  readonly testid: string;
}

/** The screens of the sidebar, from top to bottom. */
export const PLACES: readonly Place[] = [
  { path: "/", label: "nav.overview", icon: House, testid: "nav-overview" },
  { path: "/certificates", label: "nav.certificates", icon: ScrollText, testid: "nav-certificates" },
  { path: "/authorities", label: "nav.authorities", icon: Network, testid: "nav-authorities" },
  { path: "/requests", label: "nav.requests", icon: Inbox, testid: "nav-requests" },
  { path: "/revocation", label: "nav.revocation", icon: Ban, testid: "nav-revocation" },
  { path: "/sources", label: "nav.sources", icon: Database, testid: "nav-sources" },
  { path: "/import", label: "nav.import", icon: Download, testid: "nav-import" },
  { path: "/profiles", label: "profiles.title", icon: SlidersHorizontal, testid: "nav-profiles" },
  { path: "/activity", label: "nav.activity", icon: Activity, testid: "nav-activity" },
  { path: "/settings", label: "nav.settings", icon: Settings, testid: "nav-settings" },
];

/** Whether an address belongs to a place: `/certificates/ID` to `/certificates`. */
export function belongs(path: string, place: string): boolean {
  return place === "/" ? path === "/" : path === place || path.startsWith(`${place}/`);
}
