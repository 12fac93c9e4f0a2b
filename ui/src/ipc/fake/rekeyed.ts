// An invented authority with a past: its certificate was renewed once, and then it got a new key.
import { DAY, hex, id, iso } from "./certificates";
import { crlsOf } from "./generations";
import { put } from "./changes";
import type { World } from "./world";

const SINCE = 60 * DAY;

/** Gives the issuing authority a second key. */
export function rekey(world: World): void {
  const view = world.authorities[1];
  const [generation] = view?.generations ?? [];
  if (view === undefined || generation === undefined) return;
  const { now } = world;
  const first = { ...view.certificate, id: id(1, 41), serial: hex(141, 38), fingerprint: hex(7_141, 64), status: "superseded", notBefore: iso(now - 5 * 365 * DAY), notAfter: iso(now + 200 * DAY) };
  const renewed = { ...view.certificate, status: "superseded", notBefore: iso(now - 2 * 365 * DAY) };
  const certificate = { ...view.certificate, id: id(1, 42), serial: hex(142, 38), fingerprint: hex(7_142, 64), notBefore: iso(now - SINCE), notAfter: iso(now + 3600 * DAY), key: { ...view.certificate.key, fingerprint: hex(70_142, 64) } };
  const crlUrls = view.crlUrls.map((url) => url.replace(".crl", "-2.crl"));
  const crl = { number: 12, thisUpdate: iso(now - 1.8 * DAY), nextUpdate: iso(now + 3.2 * DAY), entries: 3, stale: false, dueAt: iso(now + 1.5 * DAY) };
  const before = { ...generation.crl, thisUpdate: iso(now - 4 * DAY), nextUpdate: iso(now + DAY), dueAt: iso(now - 0.7 * DAY) };
  world.issued.push(first, renewed);
  world.crls.set(crlsOf(view.id, 1), world.crls.get(view.id) ?? []);
  world.crls.set(view.id, Array.from({ length: crl.number }, (_, back) => ({ number: crl.number - back, thisUpdate: iso(now - (1.8 + back * 3.3) * DAY), nextUpdate: iso(now + (3.2 - back * 3.3) * DAY), entries: Math.max(0, 3 - Math.floor(back / 3)), size: 420 + 39 * Math.max(0, 3 - Math.floor(back / 3)), sha256: hex(12 - back + 905, 64), imported: false, deltaOf: null, scope: null })));
  put(world, {
    ...view,
    certificate,
    crl,
    crlUrls,
    generations: [
      { id: id(4, 42), number: 2, current: true, answers: true, endsAt: iso(now + 390 * DAY), key: certificate.key.kind, crlUrls, certificates: [certificate.id], crl },
      { ...generation, current: false, endsAt: iso(now + 330 * DAY), crlUrls: view.crlUrls, certificates: [renewed.id, first.id], crl: before },
    ],
  });
}
