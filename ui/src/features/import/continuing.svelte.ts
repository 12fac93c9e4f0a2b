import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import type { ImportItem } from "../../ipc/generated/ImportItem";
import type { ImportReport } from "../../ipc/generated/ImportReport";
import { session } from "../../ipc/session.svelte";

/** Certificates of authorities whose key came are among so many. */
const LOOKED = 500;

/** The authorities that came with their keys and go on here. */
export class Continuing {
  authorities = $state.raw<readonly AuthorityView[]>([]);
  failure = $state.raw<Failure | null>(null);
  /** The authority whose CRL is being built. */
  building = $state<string | null>(null);
  /** Numbers of the CRLs that were built here, by authority. */
  built = $state.raw<ReadonlyMap<string, string>>(new Map());

  /** Finds them: the certificates say that their key came, and the list of authorities whose they are. */
  async find(report: ImportReport): Promise<void> {
    this.failure = null;
    if (report.taken.keys === 0) {
      this.authorities = [];
      return;
    }
    try {
      const page = await call("import_items", { report: report.report, outcome: "new", kind: "certificate", source: null, limit: LOOKED, after: null });
      const { items } = await call("authority_list", {});
      this.authorities = continued([...page.items, ...report.items], items);
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  async build(authority: AuthorityView): Promise<void> {
    if (!(await session.needKeys())) return;
    this.building = authority.id;
    this.failure = null;
    try {
      const crl = await call("crl_build", { authority: authority.id, nextUpdate: null });
      this.built = new Map([...this.built, [authority.id, String(crl.number ?? "")]]);
      session.touch();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.building = null;
    }
  }
}

/** Those authorities that a certificate which came says to have its key. */
export function continued(items: readonly ImportItem[], authorities: readonly AuthorityView[]): readonly AuthorityView[] {
  const came = new Set(items.filter((one) => one.code === "authority-with-key" && one.id !== null && one.outcome === "taken").map((one) => one.id));
  return authorities.filter((one) => one.keyLocation !== "elsewhere" && one.generations.some((generation) => generation.certificates.some((certificate) => came.has(certificate))));
}
