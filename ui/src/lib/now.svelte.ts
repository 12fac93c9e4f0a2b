/** The present moment, as a screen shows it: moves on twice a minute while something looks at it. */
import { createSubscriber } from "svelte/reactivity";

const STEP = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, STEP);
  return () => clearInterval(timer);
});

/** Milliseconds since the epoch. Read inside a component, it makes the component follow time. */
export function now(): number {
  subscribe();
  return Date.now();
}

const everySecond = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

/** As `now`, moving on every second: for countdowns. */
export function nowBySeconds(): number {
  everySecond();
  return Date.now();
}
