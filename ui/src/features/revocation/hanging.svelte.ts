import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { CertificateView } from "../../ipc/generated/CertificateView";

/** An authority of which a certificate is to be revoked. */
export interface HangingOn {
  readonly authority: AuthorityView;
  /** Whether its key has another certificate that is not to be revoked: what it has issued goes on to verify by that. */
  readonly beside: boolean;
}

/** The authorities whose certificates are among those to be revoked. */
export class Hanging {
  items = $state.raw<readonly HangingOn[]>([]);
  failure = $state.raw<Failure | null>(null);

  constructor(readonly certificates: readonly CertificateView[]) {}

  async load(): Promise<void> {
    const wanted = new Set(this.certificates.filter((one) => one.kind === "authority").map((one) => one.id));
    if (wanted.size === 0) return;
    try {
      const { items } = await call("authority_list", {});
      const found = items.flatMap((authority) => {
        const generation = authority.generations.find((one) => one.certificates.some((id) => wanted.has(id)));
        return generation === undefined ? [] : [{ authority, generation }];
      });
      this.items = await Promise.all(found.map(async ({ authority, generation }) => ({ authority, beside: await stands(generation.certificates.filter((id) => !wanted.has(id))) })));
      this.failure = null;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }
}

/** Whether one of these certificates still holds. */
async function stands(others: readonly string[]): Promise<boolean> {
  const found = await Promise.all(others.map((certificate) => call("certificate_show", { certificate })));
  return found.some((one) => one.status === "valid" || one.status === "superseded");
}
