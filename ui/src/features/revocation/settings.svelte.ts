import { errorWords, t } from "../../i18n/words";
import { call } from "../../ipc/commands";
import { asFailure, type Failure } from "../../ipc/errors";
import type { AuthoritySet } from "../../ipc/generated/AuthoritySet";
import type { AuthorityView } from "../../ipc/generated/AuthorityView";
import { isAddress, isShared, listsOf } from "./lists";

/** The bounds of the core, which judges again. */
export const MOST_CRL_DAYS = 366;
export const MOST_PARTITIONS = 256;

export interface CrlSettings {
  readonly crlDays: number | null;
  readonly crlUrls: readonly string[];
  readonly delta: boolean;
  readonly partitions: number | null;
  readonly split: boolean;
}

export type Problems = Readonly<Partial<Record<keyof CrlSettings, string>>>;

const of = ({ crlDays, crlUrls, delta, partitions, split }: AuthorityView): CrlSettings => ({ crlDays, crlUrls, delta, partitions, split });

/** What is wrong with each field, before the core is asked. */
export function problemsOf({ crlDays, crlUrls, delta, partitions, split }: CrlSettings): Problems {
  const found: Partial<Record<keyof CrlSettings, string>> = {};
  if (crlDays === null || crlDays < 1 || crlDays > MOST_CRL_DAYS) found.crlDays = t("crlSettings.daysBad", { most: MOST_CRL_DAYS });
  if (partitions === null || partitions > MOST_PARTITIONS) found.partitions = t("crlSettings.partitionsBad", { most: MOST_PARTITIONS });
  const wrong = crlUrls.find((url) => !isAddress(url));
  if (wrong !== undefined) found.crlUrls = t("crlSettings.urlBad", { text: wrong });
  else if ((delta || split || (partitions ?? 0) > 0) && crlUrls.every(isShared)) found.crlUrls = t("crlSettings.needsAddress");
  return found;
}

/** The CRL settings of one authority, as they are being changed. */
export class SettingsState {
  draft: CrlSettings = $state.raw({ crlDays: null, crlUrls: [], delta: false, partitions: 0, split: false });
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  #before: CrlSettings = $state.raw({ crlDays: null, crlUrls: [], delta: false, partitions: 0, split: false });

  /** Where the refusal of the core belongs; null: to none of the fields. */
  readonly refused = $derived.by((): Problems | null => {
    const { failure } = this;
    if (failure === null || (failure.code !== "bad-url" && failure.code !== "crl-url-taken")) return null;
    const words = errorWords(failure.code, failure.fields);
    return { crlUrls: `${words.title}. ${words.next}` };
  });
  readonly problems = $derived.by((): Problems => ({ ...problemsOf(this.draft), ...this.refused }));
  readonly changed = $derived.by(() => JSON.stringify(this.draft) !== JSON.stringify(this.#before));
  readonly ready = $derived.by(() => this.changed && Object.keys(problemsOf(this.draft)).length === 0 && !this.busy);
  readonly badUrls = $derived.by(() => this.draft.crlUrls.flatMap((url, at) => (isAddress(url) && !(this.failure?.code === "bad-url" && this.failure.fields["text"] === url) ? [] : [at])));

  /** The lists of a run, as the draft has them. */
  readonly lists = $derived.by(() => listsOf({ delta: this.draft.delta, partitions: Math.min(this.draft.partitions ?? 0, MOST_PARTITIONS), split: this.draft.split }, this.draft.crlUrls));
  /** Addresses that certificates issued already name, and new ones will not. */
  readonly left = $derived.by(() => this.#before.crlUrls.filter((url) => !this.draft.crlUrls.includes(url)));
  /** Lists are taken away that certificates issued already may name. */
  readonly fewer = $derived.by(() => (this.draft.partitions ?? 0) < (this.#before.partitions ?? 0) || (this.#before.split && !this.draft.split));
  /** What is issued names places where there is nothing before the next CRL. */
  readonly behind = $derived.by(() => (this.draft.delta && !this.#before.delta) || (this.draft.split && !this.#before.split) || (this.draft.partitions ?? 0) > (this.#before.partitions ?? 0));

  begin(authority: AuthorityView): void {
    const before = of(authority);
    this.#before = before;
    this.draft = before;
    this.failure = null;
  }

  change(patch: Partial<CrlSettings>): void {
    this.draft = { ...this.draft, ...patch };
    this.failure = null;
  }

  /** Sends what was changed. Rejects as the core refuses it, with what it says kept for the fields. */
  async save(authority: string): Promise<void> {
    const { draft } = this;
    const before = this.#before;
    const sameUrls = JSON.stringify(draft.crlUrls) === JSON.stringify(before.crlUrls);
    const wanted: AuthoritySet = {
      authority,
      name: null,
      crlUrls: sameUrls ? null : [...draft.crlUrls],
      issuerUrls: null,
      ocspUrls: null,
      crlDays: draft.crlDays === before.crlDays ? null : draft.crlDays,
      ...(draft.delta === before.delta ? {} : { delta: draft.delta }),
      ...(draft.partitions === before.partitions || draft.partitions === null ? {} : { partitions: draft.partitions }),
      ...(draft.split === before.split ? {} : { split: draft.split }),
    };
    this.busy = true;
    this.failure = null;
    try {
      await call("authority_set", wanted);
    } catch (thrown) {
      this.failure = asFailure(thrown);
      throw this.failure;
    } finally {
      this.busy = false;
    }
  }
}
