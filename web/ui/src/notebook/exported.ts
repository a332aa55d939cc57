// A cell as a file has it: what it asked, and the answer as a table.
import type { Cell } from "./document";
import type { Table } from "./tables";

/** More rows make a file that nobody reads. */
export const ROWS_MAX = 500;

export interface ExportedCell {
  readonly cell: Cell;
  readonly title: string;
  /** What it asked, in words. */
  readonly question: string;
  /** Null for a text, or where there was no answer. */
  readonly table: Table | null;
  /** Why there is none. */
  readonly problem: string | null;
}
