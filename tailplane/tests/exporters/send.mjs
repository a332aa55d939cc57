// Sends spans with one of JavaScript's OTLP exporters and prints what was acknowledged.
//
//   node send.mjs grpc|http|proto URL SERVICE SPANS
//
// The last line is {"acknowledged": spans, "failed": spans, "traces": [ids]}.

import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const [kind, url, service, count] = process.argv.slice(2);
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${kind}`);

/** Counts what the server acknowledged. */
class Counting {
  acknowledged = 0;
  failed = 0;

  constructor(exporter) {
    this.exporter = exporter;
  }

  export(spans, done) {
    this.exporter.export(spans, (result) => {
      if (result.code === 0) this.acknowledged += spans.length;
      else this.failed += spans.length;
      done(result);
    });
  }

  forceFlush() {
    return this.exporter.forceFlush?.() ?? Promise.resolve();
  }

  shutdown() {
    return this.exporter.shutdown();
  }
}

const exporter = new Counting(new OTLPTraceExporter({ url }));
const provider = new TracerProvider({
  resource: resourceFromAttributes({ "service.name": service }),
  spanProcessors: [new BatchSpanProcessor({ exporter, maxExportBatchSize: 16, maxQueueSize: 4096 })],
});
const tracer = provider.getTracer("exporters");
const traces = [];
for (let number = 0; number < Number(count); number++) {
  const span = tracer.startSpan(`span ${number}`, {
    attributes: { number, flag: true, ratio: 0.5, list: ["a", "b"] },
  });
  span.addEvent("an event", { of: service });
  span.end();
  traces.push(span.spanContext().traceId);
}
await provider.forceFlush();
await provider.shutdown();
console.log(JSON.stringify({ acknowledged: exporter.acknowledged, failed: exporter.failed, traces }));
