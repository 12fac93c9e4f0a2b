// When the keys lock by themselves, as the window counts it. The core decides; this only shows it.
import { createSubscriber } from "svelte/reactivity";
import { session } from "../ipc/session.svelte";

/** From here on the window warns, in seconds. */
export const SOON = 60;

const everySecond = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** Seconds until the keys lock; null while they are locked or never do. Read inside a component, it makes the component follow time. */
export function secondsLeft(): number | null {
  const { lock, lockAt } = session;
  if (lock === null || lock.idleLeft === null || !session.unlocked) return null;
  everySecond();
  return Math.ceil(lock.idleLeft - (Date.now() - lockAt) / 1000);
}
