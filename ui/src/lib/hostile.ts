// Text from certificates may hold anything. What cannot be seen, or turns the reading direction round, is made visible.

/** A stretch of plain text, or one character that must be shown by its number. */
export type Piece = { readonly plain: string } | { readonly hidden: string };

const HIDDEN =
  // C0, C1, soft hyphen, Arabic letter mark, Hangul fillers, zero-width, bidi controls and isolates, separators, invisible operators, variation selectors, BOM, tags.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffc\u{e0000}-\u{e0fff}]/u;

/** The text in pieces; `U+202E` and its like come out as `hidden`. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let plain = "";
  for (const character of text) {
    if (!HIDDEN.test(character)) {
      plain += character;
      continue;
    }
    if (plain !== "") out.push({ plain });
    plain = "";
    out.push({ hidden: `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}` });
  }
  if (plain !== "") out.push({ plain });
  return out;
}

/** The same as one line of text, for titles and accessible names. */
export function visible(text: string): string {
  return pieces(text)
    .map((piece) => ("plain" in piece ? piece.plain : `⟨${piece.hidden}⟩`))
    .join("");
}
