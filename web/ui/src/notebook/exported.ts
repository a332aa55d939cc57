// A notebook as a file has it: its cells with what they asked, and the answers as tables.
import type { Json } from "../base/json";
import type { Cell } from "./document";
import type { Table } from "./tables";

/** More rows make a file that nobody reads. */
export const ROWS_MAX = 500;

export interface ExportedNotebook {
  readonly title: string;
  readonly about: string;
  /** Its time and filter, in words. */
  readonly time: string;
  readonly cells: readonly ExportedCell[];
}

export interface ExportedCell {
  readonly cell: Cell;
  readonly title: string;
  /** What it asked, in words. */
  readonly question: string;
  /** As the API gave it; null for a text, or where there was none. */
  readonly answer: Json | null;
  /** Null for a text, or where there was no answer. */
  readonly table: Table | null;
  /** Why there is none. */
  readonly problem: string | null;
}
