import type { Tone } from "../../components/Shape.svelte";

const TONES: Readonly<Record<string, Tone>> = { ahead: "warn", valid: "ok", ended: "gone" };

/** How a certificate of a source stands by its times alone. */
export function standingTone(standing: string): Tone {
  return TONES[standing] ?? "gone";
}
