// Putting certificates away and labelling them: nothing that is signed changes, and each act can be taken back.
import { plural, t } from "../../i18n/words";
import { call } from "../../ipc/commands";
import type { CertificateView } from "../../ipc/generated/CertificateView";
import { visible } from "../../lib/hostile";
import { doUndoably } from "../../pki/undoing";

type Filed = Pick<CertificateView, "id" | "name">;

const called = (rows: readonly Filed[]): string => (rows.length === 1 ? visible(rows[0]?.name ?? "") : plural("certificates.many", rows.length));

/** Puts certificates away, or back. */
export async function archive(rows: readonly Filed[], archived: boolean): Promise<boolean> {
  const title = t(archived ? "certificates.archived" : "certificates.unarchived", { what: called(rows) });
  return doUndoably(archived ? "certificate.archived" : "certificate.unarchived", title, () => call("certificate_archive", { certificates: rows.map((row) => row.id), archived }));
}

/** Puts tags on certificates and takes others off. */
export async function tag(rows: readonly Filed[], add: readonly string[], remove: readonly string[]): Promise<boolean> {
  const marks = [...add.map((one) => `+${one}`), ...remove.map((one) => `−${one}`)].join(" ");
  const title = t("certificates.tagged", { what: called(rows), tags: visible(marks) });
  return doUndoably("certificate.tagged", title, () => call("certificate_tag", { certificates: rows.map((row) => row.id), add: [...add], remove: [...remove] }));
}
