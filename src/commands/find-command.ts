// From what was typed to its row. `token` finds its own without the other rooms of the table, which are loaded for the rest.
import type { CommandRow } from "./row.ts";
import { commands } from "./table.ts";
import { tokenRows } from "./token-rows.ts";

/** The command of this name. */
export function findCommand(name: string | undefined): CommandRow | undefined {
  const isMeant = (row: CommandRow): boolean => row.name === name;
  return tokenRows.find(isMeant) ?? commands.find(isMeant);
}
