// The only way for outside text to reach a terminal: what could move the cursor, forge a line or hide is shown escaped.

/** Printable ASCII without a command sign, as most text is: nothing of it is replaced. */
const harmless = /^(?!.*(?:::|##))[ -~]*$/;

/**
 * Controls, format characters (bidirectional, tags), line separators, lone surrogates, all that a font shows as nothing,
 * and combining marks beyond the fourth in a row, which would run over other lines. No literal: to read the file alone
 * would build the classes, which takes a millisecond of every start.
 */
export const unprintable = () =>
  // biome-ignore lint/complexity/useRegexLiterals: see above
  new RegExp(
    String.raw`[\p{Control}\p{Format}\p{Surrogate}\p{Line_Separator}\p{Paragraph_Separator}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]|(?<=\p{Mark}{4})\p{Mark}`,
    "gu",
  );

/** `::` (GitHub) and `##` (Azure, TeamCity): at the start of a line a CI runner would take them for a command of its own. */
export const commandSign = /([:#])(?=\1)/g;

/** One line of printable text of at most so many characters (UTF-16 code units); what is longer ends in `…`. */
export function sanitise(text: string, maxLength = 300): string {
  if (text.length <= maxLength && harmless.test(text)) return text;
  const visible = text
    .slice(0, maxLength + 1)
    .replace(unprintable(), escapeCharacter)
    .replace(commandSign, "$1\u2009");
  if (visible.length <= maxLength) return visible;
  return `${visible.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Many lines for a terminal: what could move its cursor is shown escaped, the rest is as it was. */
export function escapeLines(text: string): string {
  return text.replace(unprintable(), (character) =>
    character === "\n" || character === "\t" ? character : escapeCharacter(character),
  );
}

function escapeCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
