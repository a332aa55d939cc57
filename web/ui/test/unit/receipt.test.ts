import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Ledger } from "../../src/api/ledger";
import { parameterList } from "../../src/base/client";
import type { RowsOf } from "../../src/base/rows";
import { shellCommand, shellWord } from "../../src/base/shell";
import { chooseZone } from "../../src/base/zone";
import { copiesOf } from "../../src/receipt/copies";
import { duckDbSql } from "../../src/receipt/duckdb";
import { ledgerSentences } from "../../src/receipt/receipt_words";
import type { Subject } from "../../src/receipt/subject";
import { auditGrep } from "../../src/trace/audit_grep";

const SECOND = 1_000_000_000n;
const BASE = "https://traces.example/under/";
const REQUEST = { filter: '{ kind = server && name = "it\'s" }', start: "now-1h", end: "now", quantiles: ["0.5", "0.99"], by: ["k8s:verb"], exemplars: 3, limit: 8 };
const ANSWER = { start: 1000n * SECOND, end: 1600n * SECOND, stepNs: 10e9, notByRollup: null };

const latency = (more: Partial<typeof REQUEST> & { readonly slots?: "start"; readonly of?: RowsOf } = {}): Subject => ({ kind: "latency", request: { ...REQUEST, ...more }, answer: ANSWER });
const copyOf = (subject: Subject, label: string) => copiesOf(subject, BASE).find((copy) => copy.label === label);

describe("copies of a question", () => {
  it("ask the command line for the same series, where it has them", () => {
    expect(copyOf(latency(), "tailplane")?.text).toBe(
      `tailplane query '{ kind = server && name = "it'\\''s" } | quantile_over_time(duration, 0.5, 0.99) by(k8s:verb) with(slots="end")' ` +
        "--start 1970-01-01T00:16:40Z --end 1970-01-01T00:26:40Z --step 10000000000ns --server https://traces.example/under",
    );
    expect(copyOf(latency({ by: [] }), "tailplane")?.text).toContain("0.99) with(slots=");
    const grouped = copyOf(latency({ by: ["k8s:verb", "k8s:resource"] }), "tailplane");
    expect(grouped?.text).toMatch(/^tailplane query '\{ kind = server && name = "it'\\''s" \}' --start/);
    expect(grouped?.note).toMatch(/^A line for each span name/);
  });

  it("ask curl for the same answer, at the same times", () => {
    const text = copyOf(latency(), "curl")?.text ?? "";
    expect(text).toMatch(/^curl -sS -G https:\/\/traces.example\/under\/api\/v1\/latency --data-urlencode 'q=\{ kind/);
    expect(text).toContain("--data-urlencode start=1970-01-01T00:16:40Z");
    const compare: Subject = { kind: "compare", request: { of: "spans", filter: "{ }", selection: "{ duration > 1s }", start: "now-1h", end: "now", baseline: null } };
    expect(copyOf(compare, "curl")?.text).toBe(
      `curl -sS https://traces.example/under/api/v1/compare -H 'content-type: application/json' -d '{"of":"spans","q":"{ }","selection":"{ duration > 1s }","start":"now-1h","end":"now","limit":20}'`,
    );
    expect(copyOf(compare, "tailplane")?.text).toBeNull();
  });

  it("of requests ask for requests, where that can be said", () => {
    const requests = latency({ of: "requests" });
    expect(copyOf(requests, "curl")?.text).toContain(" --data-urlencode of=requests ");
    expect(copyOf(requests, "tailplane")).toMatchObject({ text: null, note: "The command line has no such question; curl asks the same." });
    expect(copyOf(requests, "TraceQL")?.note).toMatch(/^The condition on the requests counted/);
    expect(copyOf(latency(), "TraceQL")?.note).toBeNull();
  });

  it("take SQL and TraceQL of a notebook as they are", () => {
    const sql: Subject = { kind: "query", body: { lang: "sql", text: "SELECT 1" } };
    expect(copiesOf(sql, BASE).map(({ label }) => label)).toEqual(["SQL", "tailplane", "curl"]);
    expect(copyOf(sql, "tailplane")?.text).toBe("tailplane query 'SELECT 1' --server https://traces.example/under");
  });
});

describe("DuckDB", () => {
  const sqlOf = (subject: Subject) => {
    const said = duckDbSql(subject);
    return said === null ? null : said.ok ? said.sql : `-- ${said.why}`;
  };

  it("gives the figures of each slot and group", () => {
    expect(sqlOf(latency())).toBe(
      `SELECT make_timestamp((t - (t - 1000000000000) % 10000000000) // 1000) AS slot,
  k8s_verb AS "k8s:verb",
  count(*) AS spans,
  count(*) FILTER (WHERE status_code = 2) AS errors,
  quantile_disc(duration_ns, 0.5) AS "p50_ns",
  quantile_disc(duration_ns, 0.99) AS "p99_ns"
FROM (SELECT *, epoch_us(start_time) * 1000 + start_nanos + duration_ns AS t FROM delta_scan('tailplane-data/spans'))
WHERE t >= 1000000000000
  AND t < 1600000000000
  AND kind = 2
  AND name = 'it''s'
GROUP BY ALL ORDER BY ALL;`,
    );
    expect(sqlOf(latency({ slots: "start" }))).toContain("epoch_us(start_time) * 1000 + start_nanos AS t");
  });

  it("reads the rows that are made of spans from the files of their table", () => {
    const filter = '{ kind = server && status = error && resource.service.instance.id = "a" && k8s:namespace = "prod" }';
    expect(sqlOf(latency({ of: "requests", filter, by: ["k8s:namespace"], quantiles: ["0.99"] }))).toBe(
      `SELECT make_timestamp((t - (t - 1000000000000) % 10000000000) // 1000) AS slot,
  k8s_namespace AS "k8s:namespace",
  count(*) AS requests,
  count(*) FILTER (WHERE status_code = 2) AS errors,
  quantile_disc(duration_ns, 0.99) AS "p99_ns"
FROM (SELECT *, CASE WHEN is_error THEN 2 ELSE 0 END AS status_code, 2 AS kind, instance AS resource_service_instance_id, epoch_us(start_time) * 1000 + start_nanos + duration_ns AS t FROM delta_scan('tailplane-data/derived/requests'))
WHERE t >= 1000000000000
  AND t < 1600000000000
  AND kind = 2
  AND coalesce(status_code, 0) = 2
  AND resource_service_instance_id = 'a'
  AND k8s_namespace = 'prod'
GROUP BY ALL ORDER BY ALL;`,
    );
    const starts = sqlOf(latency({ of: "pod_starts", filter: '{ resource.host.name = "node-1" }', by: ["resource.host.name"] }));
    expect(starts).toMatch(/resource_host_name AS "resource.host.name",\n {2}count\(\*\) AS pod_starts,.*node AS resource_host_name.*'tailplane-data\/derived\/pod_starts'.*resource_host_name = 'node-1'/s);
  });

  it("counts the sides of a comparison", () => {
    const compare = (start: string): Subject => ({ kind: "compare", request: { of: "spans", filter: "{ }", selection: "{ duration > 1s }", start, end: "1600000000", baseline: null } });
    expect(sqlOf(compare("1500000000"))).toContain("count(*) FILTER (WHERE NOT coalesce(duration_ns > 1000000000, false)) AS rest");
    expect(sqlOf(compare("now-1h"))).toMatch(/^-- The time is told relative to now/);
  });

  it("says what it cannot", () => {
    expect(sqlOf(latency({ by: ["event.name"] }))).toBe("-- No column holds event.name, by which the figures are grouped.");
    expect(sqlOf(latency({ filter: "{ .x = 1 }" }))).toBe("-- .x = 1 has no plain form in SQL: no column holds .x.");
    expect(sqlOf({ kind: "query", body: { lang: "sql", text: "SELECT 1" } })).toBeNull();
  });
});

describe("the ledger in words", () => {
  const ledger: Ledger = { start: 960n * SECOND, end: 1620n * SECOND, receivedSpans: 168_757, acknowledgedSpans: 168_204, rejectedSpans: 0, duplicateSpans: 0, lateSpans: 0, refused: [] };

  it("says what is in no figure, and that there is nothing", () => {
    chooseZone("utc");
    expect(ledgerSentences(ledger)).toEqual(["168,757 spans arrived from 00:16:00 to 00:27:00, 168,204 were taken in.", "None was refused, none came late."]);
    const lossy = { ...ledger, lateSpans: 1, duplicateSpans: 2, rejectedSpans: 3, refused: [{ reason: "rate_limited", requests: 1, spans: 553 }] };
    expect(ledgerSentences(lossy).slice(1)).toEqual([
      "553 spans refused (1 request: rate limited).",
      "3 spans rejected, because their ids are no ids.",
      "2 spans had come before, and count once.",
      "1 span came late: they count in the slot in which they ended, and may do so after it was drawn.",
    ]);
  });
});

describe("words for a shell", () => {
  it.each(["plain-word/1.2", "it's", '$(rm -rf "$HOME") `x` \\ ! *', "two\nlines", "", "-x", "~", "é"])("are read back as they were: %j", (word) => {
    expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" })).toBe(word);
  });

  it("find a request in the audit log, and nothing else", () => {
    expect(auditGrep("audit-id", "7f1c")).toBe(`grep -F '"auditID":"7f1c"' /var/log/kubernetes/audit/audit.log`);
    expect(auditGrep("audit-id", `'; rm -rf / #`)).toBe(shellCommand(["grep", "-F", `"auditID":"'; rm -rf / #"`, "/var/log/kubernetes/audit/audit.log"]));
    expect(auditGrep("verb", "get")).toBeNull();
    expect(auditGrep("audit-id", "")).toBeNull();
  });
});

it("gives a parameter as often as it has values", () => {
  expect(parameterList({ q: "{ }", above: ["1s", "2s"], by: undefined })).toEqual([["q", "{ }"], ["above", "1s"], ["above", "2s"]]);
});
