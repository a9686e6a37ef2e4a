// Lines of an .env file that read back as what was meant, whatever characters a secret has. What was there stays as it is.
import { OAuthLabError } from "../errors.ts";

/** What is to be written, in this order. */
export type Entries = readonly (readonly [key: string, value: string])[];

/** The file's text with these lines at its end. Throws `bug` where it would not read back. */
export async function appendEntries(
  before: string,
  { title, entries }: { readonly title: string; readonly entries: Entries },
): Promise<string> {
  const { default: dotenv } = await import("dotenv"); // bundled, a CommonJS package has no other export
  const gap = before === "" ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const lines = entries.map(([key, value]) => `${key}=${quote(value)}\n`);
  const after = `${before}${gap}# ${title}\n${lines.join("")}`;
  const expected = { ...dotenv.parse(before), ...Object.fromEntries(entries) };
  const read = dotenv.parse(after);
  const same = Object.keys(expected).every((key) => read[key] === expected[key]);
  if (same && Object.keys(read).length === Object.keys(expected).length) return after;
  throw new OAuthLabError({
    kind: "usage",
    code: "env_value_unwritable",
    message: "The value cannot be written into an .env file so that it reads back the same.",
    hint: "Set it in the environment instead.",
  });
}

/** The first quotes that the value does not have; none where it needs none. */
function quote(value: string): string {
  if (/^[\w.~:/@%+=,-]+$/.test(value)) return value;
  const mark = ["'", "`", '"'].find((candidate) => !value.includes(candidate)) ?? "'";
  return mark + value + mark;
}
