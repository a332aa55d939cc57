// Answers as files for other tools: the rows of SQL; latency, with a row for each series and slot.
import { getForBlob, postForBlob } from "../base/client";
import type { Result } from "../base/result";
import { LATENCY_PATH, type LatencyRequest, latencyParameters } from "./latency";

export interface FileKind {
  readonly name: string;
  readonly mediaType: string;
  /** Of the file's name. */
  readonly ending: string;
}

export const FILE_KINDS: readonly FileKind[] = [
  { name: "Arrow", mediaType: "application/vnd.apache.arrow.stream", ending: "arrows" },
  { name: "Parquet", mediaType: "application/vnd.apache.parquet", ending: "parquet" },
];

export async function sqlFile(text: string, { mediaType }: FileKind, signal: AbortSignal): Promise<Result<Blob>> {
  return postForBlob("api/v1/query", { lang: "sql", text }, mediaType, signal);
}

export async function latencyFile(request: LatencyRequest, { mediaType }: FileKind, signal: AbortSignal): Promise<Result<Blob>> {
  return getForBlob(LATENCY_PATH, latencyParameters(request), mediaType, signal);
}
