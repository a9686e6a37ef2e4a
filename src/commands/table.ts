// The command table: what can be typed, what it means, and what it runs. Help, errors and completion are made from it.
import { integrationRows } from "./integration-rows.ts";
import { knowledgeRows } from "./knowledge-rows.ts";
import { labRows } from "./lab-rows.ts";
import { loginRows } from "./login-rows.ts";
import type { CommandRow } from "./row.ts";
import { tokenRows } from "./token-rows.ts";

/** Every command, in the order of the help. */
export const commands: readonly CommandRow[] = [
  ...loginRows,
  ...tokenRows,
  ...integrationRows,
  ...knowledgeRows,
  ...labRows,
];
