// The one way to the core: `call("certificate_list", …)`, typed by the generated table of commands.
import type { Backend, CommandName, RequestOf, ResponseOf } from "./backend";
import { asFailure } from "./errors";
import type { CertificateList } from "./generated/CertificateList";
import { waiting } from "./waiting.svelte";

let chosen: Backend | null = null;

/** Chooses the host; done once by main.ts, and by each test. */
export function useBackend(backend: Backend): void {
  chosen = backend;
}

/** The host. */
export function host(): Backend {
  if (!chosen) throw new Error("no host was chosen");
  return chosen;
}

/** Runs a command of the core. Rejects with a `Failure`, whatever went wrong. */
export async function call<K extends CommandName>(name: K, request: RequestOf<K>): Promise<ResponseOf<K>> {
  const done = waiting.begin(host(), name);
  try {
    return await host().call(name, request);
  } catch (thrown) {
    throw asFailure(thrown);
  } finally {
    done();
  }
}

/** A page of certificates with everything unsaid left open. */
export function certificateList(wanted: Partial<CertificateList>): CertificateList {
  return {
    status: [],
    archived: false,
    kind: null,
    authority: null,
    profile: null,
    name: null,
    tag: null,
    expiresWithinDays: null,
    search: null,
    sort: null,
    limit: null,
    after: null,
    position: null,
    ...wanted,
  };
}
