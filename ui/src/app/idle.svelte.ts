// When the keys lock by themselves, as the window counts it. The core decides; this only shows it.
import { session } from "../ipc/session.svelte";
import { nowBySeconds } from "../lib/now.svelte";

/** From here on the window warns, in seconds. */
export const SOON = 60;

/** Seconds until the keys lock; null while they are locked or never do. Read inside a component, it makes the component follow time. */
export function secondsLeft(): number | null {
  const { lock, lockAt } = session;
  if (lock === null || lock.idleLeft === null || !session.unlocked) return null;
  return Math.ceil(lock.idleLeft - (nowBySeconds() - lockAt) / 1000);
}
