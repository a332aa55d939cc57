// What the set-up page was asked for, as it stands in the URL's query.
import type { SetupRequest } from "../api/setup";
import { readTheme, writeTheme } from "../base/theme";

/** The port of OTLP/gRPC. */
const OTLP_PORT = 4317;

/** What is known without asking: the page came from the server that is to receive. */
export function defaultEndpoint(hostname: string): string {
  return `${hostname === "" ? "localhost" : hostname}:${OTLP_PORT}`;
}

/** Version and distribution are empty where nothing was chosen. */
export function readChoice(search: string, hostname: string): SetupRequest {
  const parameters = new URLSearchParams(search);
  const text = (name: string) => parameters.get(name) ?? "";
  return {
    version: text("version"),
    distribution: text("distribution"),
    endpoint: parameters.get("endpoint") ?? defaultEndpoint(hostname),
    sampling: parameters.get("sampling") ?? "1",
    components: text("components"),
    cluster: text("cluster"),
    tls: parameters.get("tls") === "1",
    token: parameters.get("token") === "1",
  };
}

/** The query string that leads to a choice; the theme stays. */
export function writeChoice({ version, distribution, endpoint, sampling, components, cluster, tls, token }: SetupRequest, search: string): string {
  const parameters = new URLSearchParams({ v: "setup", version, distribution, endpoint, sampling });
  if (components !== "") parameters.set("components", components);
  if (cluster !== "") parameters.set("cluster", cluster);
  if (tls) parameters.set("tls", "1");
  if (token) parameters.set("token", "1");
  writeTheme(readTheme(new URLSearchParams(search)), parameters);
  return `?${parameters.toString()}`;
}

/** Whether other machines cannot reach an address. */
export function isLocal(endpoint: string): boolean {
  return /^(localhost(:|$)|127\.|\[?::1)/.test(endpoint.trim());
}
