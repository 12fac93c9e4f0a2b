import type { Tone } from "../../components/Shape.svelte";

/** What waits asks for somebody; what was turned down is over. */
export const TONES: Readonly<Record<string, Tone>> = { open: "warn", issued: "ok", rejected: "gone" };
