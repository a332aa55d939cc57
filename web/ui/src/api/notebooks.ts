// The notebooks that the server keeps: list, read, keep the next revision, remove. A document is plain JSON here.
import { deleteJson, getJson, sendJson } from "../base/client";
import { type Json, type Reader, readGiven, readJson } from "../base/json";
import type { Failure, Result } from "../base/result";
import { type Nanos, parseTime } from "../base/time";

export interface NotebookEntry {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly tags: readonly string[];
  /** Null for a built-in one. */
  readonly revision: number | null;
  /** Null for a built-in one. */
  readonly updatedAt: Nanos | null;
  readonly isBuiltIn: boolean;
}

export interface KeptNotebook {
  readonly id: string;
  /** Null for a built-in one. */
  readonly revision: number | null;
  readonly updatedAt: Nanos | null;
  readonly isBuiltIn: boolean;
  readonly notebook: Json;
}

export interface Revision {
  readonly revision: number;
  readonly updatedAt: Nanos | null;
}

const ROOT = "api/v1/notebooks";
const pathOf = (id: string) => `${ROOT}/${encodeURIComponent(id)}`;

export async function fetchNotebooks(signal: AbortSignal): Promise<Result<readonly NotebookEntry[]>> {
  return readJson(await getJson(ROOT, {}, signal), (reader) => reader.at("notebooks").list(readEntry));
}

export interface NotebookRequest {
  readonly id: string;
  /** Null is the latest. */
  readonly revision: number | null;
}

export async function fetchNotebook({ id, revision }: NotebookRequest, signal: AbortSignal): Promise<Result<KeptNotebook>> {
  return readJson(await getJson(pathOf(id), { revision: revision?.toString() }, signal), readKept);
}

/** Keeps a new one. */
export async function createNotebook(notebook: Json, signal: AbortSignal): Promise<Result<KeptNotebook>> {
  return readJson(await sendJson("POST", ROOT, notebook, null, signal), readKept);
}

/** Keeps the revision after `revision`; a failure of kind "conflict" where that is not the latest any more. */
export async function updateNotebook(id: string, revision: number, notebook: Json, signal: AbortSignal): Promise<Result<KeptNotebook>> {
  return readJson(await sendJson("PUT", pathOf(id), notebook, revision, signal), readKept);
}

export async function removeNotebook(id: string, signal: AbortSignal): Promise<Result<unknown>> {
  return deleteJson(pathOf(id), signal);
}

export async function fetchRevisions(id: string, signal: AbortSignal): Promise<Result<readonly Revision[]>> {
  return readJson(await getJson(`${pathOf(id)}/revisions`, {}, signal), (reader) => reader.at("revisions").list(readRevision));
}

/** The latest revision, out of the answer to a change that came too late; null where it is not in it. */
export function latestOf({ answer }: Failure): KeptNotebook | null {
  const latest = readGiven(answer, "answer", (reader) => readKept(reader.at("latest")));
  return latest.ok ? latest.value : null;
}

function readEntry(reader: Reader): NotebookEntry {
  return {
    id: reader.at("id").text(),
    title: reader.at("title").text(),
    about: reader.at("about").optional((about) => about.text()) ?? "",
    tags: reader.at("tags").listOrEmpty((tag) => tag.text()),
    revision: readGivenRevision(reader),
    updatedAt: readUpdatedAt(reader),
    isBuiltIn: reader.at("is_built_in").flag(),
  };
}

function readKept(reader: Reader): KeptNotebook {
  return {
    id: reader.at("id").text(),
    revision: readGivenRevision(reader),
    updatedAt: readUpdatedAt(reader),
    isBuiltIn: reader.at("is_built_in").flag(),
    notebook: reader.at("notebook").json(),
  };
}

function readGivenRevision(reader: Reader): number | null {
  return reader.at("revision").optional((revision) => revision.number());
}

function readRevision(reader: Reader): Revision {
  return { revision: reader.at("revision").number(), updatedAt: readUpdatedAt(reader) };
}

/** As nanoseconds or RFC 3339; a built-in one has none. */
function readUpdatedAt(reader: Reader): Nanos | null {
  return reader.at("updated_at").optional((time) => parseTime(time.text(), 0n));
}
