import { toasts } from "../../components/toasts.svelte";
import { t } from "../../i18n/words";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import { session } from "../../ipc/session.svelte";
import { visible } from "../../lib/hostile";
import type { CrlDetailState, RevocationState } from "./revocation.svelte";

/** Builds an authority's next CRL, asking for the keys first when they are locked. */
export async function build(crls: RevocationState, authority: AuthorityView): Promise<boolean> {
  if (!(await session.needKeys())) return false;
  const crl = await crls.build(authority.id);
  if (crl === null) return false;
  toasts.show({ tone: "ok", title: t("revocation.built", { number: crl.number ?? "", authority: visible(authority.name) }) });
  session.touch();
  return true;
}

/** Issues what has changed since an authority's newest base. */
export async function buildDelta(detail: CrlDetailState, authority: AuthorityView): Promise<void> {
  if (!(await session.needKeys())) return;
  const crl = await detail.buildDelta();
  if (crl === null) return;
  toasts.show({ tone: "ok", title: t("crlLists.deltaBuilt", { number: crl.number ?? "", authority: visible(authority.name) }) });
  session.touch();
}
