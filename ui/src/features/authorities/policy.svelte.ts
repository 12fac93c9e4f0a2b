import { call } from "../../ipc/commands";
import { t } from "../../i18n/words";
import { asFailure, type Failure } from "../../ipc/errors";
import type { PolicyRules } from "../../ipc/generated/PolicyRules";
import type { PolicyView } from "../../ipc/generated/PolicyView";
import type { ProfileView } from "../../ipc/generated/ProfileView";

export type PolicyField = keyof PolicyRules;

const FIELD = /(?:^|\s)(profiles|keys|longestDays|names)(?:\[(\d+)\])?: /gu;

export interface PolicyProblem {
  readonly field: PolicyField;
  /** The place in a list. */
  readonly at: number | null;
  readonly message: string;
}

/** What a refusal says of each field: `longestDays: … names[0]: …`. Nothing where it does not speak of fields. */
export function problemsOf(failure: Failure | null): PolicyProblem[] {
  if (failure === null) return [];
  if (failure.code === "profile-not-found") return [{ field: "profiles", at: null, message: t("authorities.policy.profileGone", { profile: failure.fields["profile"] ?? "" }) }];
  if (failure.code !== "profile-unsound") return [];
  const text = failure.fields["problems"] ?? "";
  const heads = [...text.matchAll(FIELD)];
  return heads.map((head, number) => ({
    field: head[1] as PolicyField,
    at: head[2] === undefined ? null : Number(head[2]),
    message: text.slice(head.index + head[0].length, heads[number + 1]?.index ?? text.length).trim(),
  }));
}

/** Whether nothing is refused. */
export const allowsEverything = ({ profiles, keys, longestDays, names }: PolicyRules): boolean => profiles.length === 0 && keys.length === 0 && longestDays === null && names.length === 0;

/** The policy of one authority: in force, and as it is being changed. */
export class PolicyState {
  view = $state.raw<PolicyView | null>(null);
  profiles = $state.raw<readonly ProfileView[]>([]);
  loadFailure = $state.raw<Failure | null>(null);
  rules = $state.raw<PolicyRules>({ profiles: [], keys: [], longestDays: null, names: [] });
  saving = $state.raw(false);
  failure = $state.raw<Failure | null>(null);
  #turn = 0;

  readonly problems = $derived.by(() => problemsOf(this.failure));
  readonly changed = $derived.by(() => this.view !== null && JSON.stringify(this.rules) !== JSON.stringify(this.view.rules));

  async load(authority: string): Promise<void> {
    const turn = ++this.#turn;
    try {
      const [view, profiles] = await Promise.all([call("policy_show", { authority }), call("profile_list", {})]);
      if (turn !== this.#turn) return;
      this.view = view;
      this.profiles = profiles.items;
      this.loadFailure = null;
    } catch (thrown) {
      if (turn === this.#turn) this.loadFailure = asFailure(thrown);
    }
  }

  /** Starts from what is in force. */
  begin(): void {
    if (this.view !== null) this.rules = this.view.rules;
    this.failure = null;
  }

  change(patch: Partial<PolicyRules>): void {
    this.rules = { ...this.rules, ...patch };
    this.failure = null;
  }

  said(field: PolicyField): string | null {
    const found = this.problems.filter((problem) => problem.field === field);
    return found.length === 0 ? null : [...new Set(found.map((problem) => problem.message))].join(" ");
  }

  badAt(field: PolicyField): number[] {
    return this.problems.flatMap((problem) => (problem.field === field && problem.at !== null ? [problem.at] : []));
  }

  /** Puts it into force; null when it was refused, and what was chosen stays. */
  async save(): Promise<PolicyView | null> {
    if (this.view === null || this.saving) return null;
    this.saving = true;
    this.failure = null;
    try {
      this.view = await call("policy_set", { authority: this.view.authority.id, rules: this.rules });
      return this.view;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return null;
    } finally {
      this.saving = false;
    }
  }
}
