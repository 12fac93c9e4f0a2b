import type { AuthorityView } from "../../ipc/generated/AuthorityView";

/** An authority in its place: how deep it stands, whether its issuer is in the registry. */
export interface Node {
  authority: AuthorityView;
  depth: number;
  foreign: boolean;
}

/** Parents before children, as deep as they stand. One whose issuer is not listed stands at the top. */
export function tree(items: readonly AuthorityView[]): Node[] {
  const known = new Set(items.map((one) => one.id));
  const above = (one: AuthorityView): string | null => (one.parent !== null && known.has(one.parent) ? one.parent : null);
  const nodes: Node[] = [];
  const seen = new Set<string>();
  const walk = (parent: string | null, depth: number): void => {
    for (const authority of items) {
      if (above(authority) !== parent || seen.has(authority.id)) continue;
      seen.add(authority.id);
      const foreign = depth === 0 && authority.certificate.subject.rfc4514 !== authority.certificate.issuer.rfc4514;
      nodes.push({ authority, depth, foreign });
      walk(authority.id, depth + 1);
    }
  };
  walk(null, 0);
  return nodes;
}
