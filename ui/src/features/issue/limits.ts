// What the chosen authority's policy leaves of what the profile allows. The core judges; this tells beforehand.
import type { PolicyRules } from "../../ipc/generated/PolicyRules";
import type { ProfileView } from "../../ipc/generated/ProfileView";

const rsaBits = (spec: string): number => (/^rsa-\d+$/u.test(spec) ? Number(spec.slice("rsa-".length)) : 0);

/** Whether a policy lets a profile be used. */
export const allowsProfile = (rules: PolicyRules | null, profile: string): boolean => rules === null || rules.profiles.length === 0 || rules.profiles.includes(profile);

/** Whether a policy lets a kind of key be certified: an RSA length allows the longer ones as well. */
export function allowsKey(rules: PolicyRules | null, spec: string): boolean {
  if (rules === null || rules.keys.length === 0 || rules.keys.includes(spec)) return true;
  const bits = rsaBits(spec);
  return bits > 0 && rules.keys.some((allowed) => rsaBits(allowed) > 0 && rsaBits(allowed) <= bits);
}

/** The keys that can be made. */
export const keysFor = (rules: PolicyRules | null, profile: ProfileView | null): string[] => (profile?.keys ?? []).filter((spec) => allowsKey(rules, spec));

export interface Longest {
  readonly days: number;
  readonly by: "policy" | "profile";
}

/** The longest life, and who says so; null where only the issuer's own end counts. */
export function longest(rules: PolicyRules | null, profile: ProfileView | null): Longest | null {
  const policy = rules?.longestDays ?? null;
  const own = profile?.longestDays ?? null;
  if (policy !== null && (own === null || policy <= own)) return { days: policy, by: "policy" };
  return own === null ? null : { days: own, by: "profile" };
}
