import { routes as activity } from "../features/activity";
import { routes as authorities } from "../features/authorities";
import { routes as certificates } from "../features/certificates";
import { routes as importing } from "../features/import";
import { routes as issue } from "../features/issue";
import { routes as many } from "../features/many";
import { routes as opened } from "../features/opened";
import { routes as overview } from "../features/overview";
import { routes as profiles } from "../features/profiles";
import { routes as requests } from "../features/requests";
import { routes as revocation } from "../features/revocation";
import { routes as settings } from "../features/settings";
import { routes as sources } from "../features/sources";
import { routes as verify } from "../features/verify";
import { routes as welcome } from "../features/welcome";
import type { Route } from "../lib/route.svelte";

/** Every screen. Each feature lists its own. */
export const ROUTES: readonly Route[] = [...overview, ...certificates, ...authorities, ...requests, ...revocation, ...importing, ...opened, ...issue, ...many, ...activity, ...profiles, ...settings, ...sources, ...verify, ...welcome];
