import { tOr } from "../i18n/words";

/** An extension's name in words: `Subject alternative names` for `subjectAltName`. One without a name keeps its OID. */
export function extensionTitle({ name }: { readonly name: string }): string {
  return tOr(`extension.${name}`, name);
}
