// The table of providers' errors. The first row that fits counts, so the special ones stand before the general ones.
import { githubRows } from "./github.ts";
import { googleRows } from "./google.ts";
import { redirectRows } from "./redirect.ts";
import type { ErrorRow } from "./row.ts";
import { standardRows } from "./standard.ts";

/** Every row, in the order in which they are tried. */
export const errorRows: readonly ErrorRow[] = [
  ...redirectRows,
  ...googleRows,
  ...githubRows,
  ...standardRows,
];
