// An invented authority whose CRL has grown: deltas, partitions, authorities and all others apart.
import { put } from "./changes";
import { beside } from "./crls";
import type { World } from "./world";

const LARGE = 128_402;

/** Gives the issuing authority what a large one has. */
export function withLists(world: World): void {
  const view = world.authorities[1];
  if (view === undefined) return;
  const entries = world.scenario.largeCrl ? LARGE : view.crl.entries;
  const crl = { ...view.crl, entries, stale: world.scenario.lists === true };
  const changed = put(world, { ...view, crl, delta: true, partitions: 4, split: true, generations: view.generations.map((one) => (one.current ? { ...one, crl } : one)) });
  const [newest, ...older] = world.crls.get(view.id) ?? [];
  if (newest === undefined) return;
  const whole = { ...newest, entries, size: 420 + 39 * entries };
  world.crls.set(view.id, [whole, ...beside(changed, whole), ...older]);
}
