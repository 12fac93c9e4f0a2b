import { call } from "../../ipc/commands";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import type { GenerationView } from "../../ipc/generated/GenerationView";
import { SvelteMap } from "svelte/reactivity";

/** What a key of an authority does: it issues, waits for its certificate, only goes on signing its CRL, or everything that it has signed has ended. */
export type Standing = "current" | "waits" | "answers" | "over" | "retired";

export function standing(generation: GenerationView, authority: AuthorityView): Standing {
  if (generation.certificates.length === 0) return "waits";
  if (!generation.answers) return "over";
  if (!generation.current) return "answers";
  return authority.status === "retired" ? "retired" : "current";
}

/** The CA certificates of an authority's keys. The one that it issues under comes with the authority; the others are asked for. */
export class OwnCertificates {
  readonly #asked = new SvelteMap<string, CertificateView | null>();

  async load(authority: AuthorityView): Promise<void> {
    const wanted = authority.generations.flatMap((one) => one.certificates).filter((id) => id !== authority.certificate.id);
    await Promise.all(
      wanted.map(async (id) => {
        try {
          this.#asked.set(id, await call("certificate_show", { certificate: id }));
        } catch {
          // What is known of the authority stays in sight without the particulars of one of its earlier certificates.
          this.#asked.set(id, null);
        }
      }),
    );
  }

  of(generation: GenerationView, authority: AuthorityView): CertificateView[] {
    return generation.certificates.flatMap((id) => (id === authority.certificate.id ? [authority.certificate] : (this.#asked.get(id) ?? [])));
  }
}
