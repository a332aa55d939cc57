// What two people made of the same cell, or of the same words about the notebook, in words.
import { type Json, valueText } from "../base/json";
import { type Cell, titleOf } from "./document";
import type { Clash } from "./merge";
import { writeCell } from "./read_document";

export interface Difference {
  readonly what: string;
  readonly mine: string;
  readonly theirs: string;
}

const NOTHING = "–";

/** What a clash is about. */
export function headOf(clash: Clash): string {
  if ("field" in clash) return `the ${clash.field} of the notebook`;
  const cell = clash.mine ?? clash.theirs;
  return cell === null ? "" : titleOf(cell);
}

/** Field by field, those alone that differ. */
export function differences(clash: Clash): readonly Difference[] {
  if ("field" in clash) {
    const { field, mine, theirs } = clash;
    return [{ what: field, mine: text(mine[field] as Json), theirs: text(theirs[field] as Json) }];
  }
  const { mine, theirs } = clash;
  if (mine === null || theirs === null) return [{ what: "cell", mine: stateOf(mine), theirs: stateOf(theirs) }];
  const [own, other] = [writeCell(mine), writeCell(theirs)];
  const fields = [...new Set([...Object.keys(own), ...Object.keys(other)])];
  const told = fields.map((field) => ({ what: field.replaceAll("_", " "), mine: fieldText(field, own), theirs: fieldText(field, other) }));
  return told.filter((_, at) => JSON.stringify(own[fields[at] ?? ""]) !== JSON.stringify(other[fields[at] ?? ""]));
}

function stateOf(cell: Cell | null): string {
  return cell === null ? "removed" : "changed";
}

/** A pinned answer is no text for readers. */
function fieldText(field: string, fields: { readonly [key: string]: Json }): string {
  const value = fields[field];
  if (value === undefined) return NOTHING;
  return field === "pin" ? `pinned at ${valueText((value as { readonly at: Json }).at)}` : text(value);
}

function text(value: Json): string {
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : value.map((item) => valueText(item as Json)).join(", ");
  if (value !== null && typeof value === "object") return Object.entries(value).map(([key, own]) => `${key} ${valueText(own)}`).join(", ");
  return value === "" ? NOTHING : valueText(value);
}
