// GET /api/v1/setup/kubernetes: how a cluster is attached, and what may be chosen.
import { getJson } from "../base/client";
import { type Reader, readJson } from "../base/json";
import type { Result } from "../base/result";

export interface SetupRequest {
  readonly version: string;
  readonly distribution: string;
  /** Host and port of OTLP/gRPC, as the cluster's machines reach it. */
  readonly endpoint: string;
  /** In percent; an empty text leaves it to the server. */
  readonly sampling: string;
  /** Names, parted by commas; empty stands for everything that the distribution lets send. */
  readonly components: string;
  readonly cluster: string;
  readonly tls: boolean;
  readonly token: boolean;
}

export interface SetupOptions {
  /** The newest last. */
  readonly versions: readonly string[];
  readonly distributions: readonly Distribution[];
}

export interface Distribution {
  readonly name: string;
  /** Somebody else runs its control plane. */
  readonly isManaged: boolean;
  /** What it lets send. */
  readonly components: readonly string[];
}

export interface Setup {
  readonly samplingPercent: string;
  readonly warnings: readonly string[];
  readonly advice: string;
  readonly estimates: readonly Estimate[];
  readonly steps: readonly SetupStep[];
}

/** What a cluster of so many nodes sends. */
export interface Estimate {
  readonly nodes: number;
  readonly spansPerSecond: number;
  readonly megabytesPerDay: number;
  readonly beginWithPercent: number;
}

export interface SetupStep {
  readonly title: string;
  readonly why: string;
  /** On which machines. */
  readonly machine: string;
  readonly files: readonly SetupFile[];
  readonly commands: readonly string[];
  /** How to see that it worked. */
  readonly check: readonly string[];
  readonly rollBack: readonly string[];
}

export interface SetupFile {
  /** Where it lies; null for a part of another file. */
  readonly path: string | null;
  /** What a part is merged into. */
  readonly mergeInto: string | null;
  /** In octal. */
  readonly mode: string | null;
  readonly content: string;
}

const PATH = "api/v1/setup/kubernetes";

export async function fetchSetupOptions(_: null, signal: AbortSignal): Promise<Result<SetupOptions>> {
  return readJson(await getJson(PATH, {}, signal), (reader) => ({
    versions: reader.at("options").at("versions").list(text),
    distributions: reader.at("options").at("distributions").list((one) => ({
      name: one.at("name").text(),
      isManaged: one.at("is_managed").flag(),
      components: one.at("components").list(text),
    })),
  }));
}

export async function fetchSetup(request: SetupRequest, signal: AbortSignal): Promise<Result<Setup>> {
  const given = (value: string) => (value.trim() === "" ? undefined : value.trim());
  const { version, distribution, endpoint, tls, token } = request;
  const parameters = {
    version,
    distribution,
    endpoint,
    sampling: given(request.sampling),
    components: given(request.components),
    cluster: given(request.cluster),
    tls: tls ? "true" : undefined,
    token: token ? "true" : undefined,
  };
  return readJson(await getJson(PATH, parameters, signal), (reader) => readSetup(reader.at("setup")));
}

const text = (reader: Reader) => reader.text();

function readSetup(reader: Reader): Setup {
  const advice = reader.at("advice");
  return {
    samplingPercent: reader.at("sampling_percent").text(),
    warnings: reader.at("warnings").list(text),
    advice: advice.at("text").text(),
    estimates: advice.at("estimates").list((one) => ({
      nodes: one.at("nodes").number(),
      spansPerSecond: one.at("spans_per_second").number(),
      megabytesPerDay: one.at("megabytes_per_day").number(),
      beginWithPercent: one.at("begin_with_percent").number(),
    })),
    steps: reader.at("steps").list((step) => ({
      title: step.at("title").text(),
      why: step.at("why").text(),
      machine: step.at("machine").text(),
      files: step.at("files").list(readFile),
      commands: step.at("commands").list(text),
      check: step.at("check").list(text),
      rollBack: step.at("roll_back").list(text),
    })),
  };
}

function readFile(reader: Reader): SetupFile {
  return {
    path: reader.at("path").optional(text),
    mergeInto: reader.at("merge_into").optional(text),
    mode: reader.at("mode").optional(text),
    content: reader.at("content").text(),
  };
}
