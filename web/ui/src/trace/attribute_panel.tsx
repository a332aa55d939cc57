// Everything a span says: attributes, events, links, resource and its own fields, each a step to a filter or a grouping.
import type { Attribute, Span, SpanEvent, SpanLink, Trace } from "../api/trace";
import type { ComponentChildren, Ref } from "preact";
import { formatDuration, formatInstant } from "../base/format";
import { visibleName } from "../base/foreign_text";
import { valueText } from "../base/json";
import { type AttributeScope, attributeName, literal, quoteString } from "../base/traceql";
import { ForeignText } from "../widgets/foreign_text";
import { LinkIcon } from "../widgets/icons";
import { type AttributeActions, AttributeRow } from "./attribute_row";
import { Place } from "./place";
import { skewOf } from "./skew";

export interface AttributePanelProps {
  readonly trace: Trace;
  /** From the start of the opened trace to that of this one. */
  readonly shiftNs?: number;
  readonly span: Span;
  /** What there is to say of the critical path, or "". */
  readonly pathNote: string;
  readonly actions: AttributeActions;
  readonly onOpenLink: (link: SpanLink) => void;
  /** How it stands among spans of its kind, where that is known. */
  readonly rank?: ComponentChildren;
  readonly panelRef?: Ref<HTMLElement>;
}

export function AttributePanel({ trace, shiftNs = 0, span, pathNote, actions, onOpenLink, rank, panelRef }: AttributePanelProps) {
  const resource = trace.resources[span.resource]?.attributes ?? [];
  const skew = skewOf(span);
  return (
    <section ref={panelRef ?? null} class="attribute-panel" aria-label={`Attributes of ${visibleName(span.name)}`} tabIndex={0}>
      <h3 class="attribute-title">
        <ForeignText text={span.name} />
      </h3>
      <p class="muted">
        <bdi>{visibleName(span.service)}</bdi> · {span.kind} · {formatDuration(span.durationNs)} · at {formatDuration(span.offsetNs)}
      </p>
      <p class="muted">
        {formatDuration(span.selfNs)} of its own, outside its children{pathNote === "" ? "" : ` · ${pathNote}`}
      </p>
      {rank}
      {skew !== null && <p class="warning-text">{skew.sentence}</p>}
      {span.status === "error" && <p class="error-text">error{span.statusMessage !== "" && <>: <ForeignText text={span.statusMessage} /></>}</p>}
      <Section title="span" count={span.attributes.length} dropped={span.dropped.attributes}>
        <Attributes scope="span" attributes={span.attributes} actions={actions} />
      </Section>
      <Section title="events" count={span.events.length} dropped={span.dropped.events}>
        {span.events.map((event, index) => (
          <Event key={index} event={event} afterNs={event.offsetNs + shiftNs - span.offsetNs} actions={actions} />
        ))}
      </Section>
      <Section title="links" count={span.links.length} dropped={span.dropped.links}>
        {span.links.map((link, index) => (
          <Link key={index} link={link} actions={actions} onOpen={onOpenLink} />
        ))}
      </Section>
      <Section title="resource" count={resource.length} dropped={0}>
        <Attributes scope="resource" attributes={resource} actions={actions} />
      </Section>
      <Section title="Place" count={null} dropped={0}>
        <Place span={span} resource={resource} actions={actions} />
      </Section>
      <Section title="fields" count={null} dropped={0}>
        <Intrinsics trace={trace} span={span} actions={actions} />
      </Section>
    </section>
  );
}

interface SectionProps {
  readonly title: string;
  readonly count: number | null;
  readonly dropped: number;
  readonly children: ComponentChildren;
}

function Section({ title, count, dropped, children }: SectionProps) {
  if (count === 0 && dropped === 0) return null;
  return (
    <section>
      <h4>
        {title} {count !== null && <span class="muted">{count}</span>}
        {dropped > 0 && <span class="badge">{dropped} dropped by the sender</span>}
      </h4>
      {children}
    </section>
  );
}

interface AttributesProps {
  readonly scope: AttributeScope;
  readonly attributes: readonly Attribute[];
  readonly actions: AttributeActions;
}

function formatAfter(afterNs: number): string {
  return afterNs < 0 ? formatDuration(afterNs) : `+${formatDuration(afterNs)}`;
}

function Attributes({ scope, attributes, actions }: AttributesProps) {
  if (attributes.length === 0) return null;
  return (
    <dl>
      {attributes.map(({ key, value, type }, index) => (
        <AttributeRow
          key={index}
          label={key}
          name={attributeName(scope, key)}
          text={valueText(value)}
          literal={literal(value, type)}
          actions={actions}
        />
      ))}
    </dl>
  );
}

interface EventProps {
  readonly event: SpanEvent;
  /** After the span's start; before it, where a clock was set. */
  readonly afterNs: number;
  readonly actions: AttributeActions;
}

function Event({ event, afterNs, actions }: EventProps) {
  return (
    <div class="event">
      <p>
        <span class="muted number">{formatAfter(afterNs)}</span> <ForeignText text={event.name} />
      </p>
      <Attributes scope="event" attributes={event.attributes} actions={actions} />
    </div>
  );
}

interface LinkProps {
  readonly link: SpanLink;
  readonly actions: AttributeActions;
  readonly onOpen: (link: SpanLink) => void;
}

function Link({ link, actions, onOpen }: LinkProps) {
  return (
    <div class="event">
      <button type="button" class="link-button" onClick={() => onOpen(link)}>
        <LinkIcon /> open linked trace <code>{link.traceId}</code> alone
      </button>
      <Attributes scope="link" attributes={link.attributes} actions={actions} />
    </div>
  );
}

function Intrinsics({ trace, span, actions }: { readonly trace: Trace; readonly span: Span; readonly actions: AttributeActions }) {
  const rows: readonly (readonly [label: string, name: string | null, text: string, literal: string | null])[] = [
    ["name", "name", span.name, quoteString(span.name)],
    ["kind", "kind", span.kind, span.kind],
    ["status", "status", span.status, span.status],
    ["status message", "statusMessage", span.statusMessage, quoteString(span.statusMessage)],
    ["scope", "instrumentation:name", `${span.scope.name} ${span.scope.version}`.trim(), quoteString(span.scope.name)],
    ["trace id", "trace:id", trace.traceId, quoteString(trace.traceId)],
    ["span id", "span:id", span.spanId, quoteString(span.spanId)],
    ["parent span id", null, span.parentSpanId ?? "", null],
    ["start", null, formatInstant(span.start), null],
  ];
  return (
    <dl>
      <AttributeRow
        label="duration"
        name="duration"
        text={formatDuration(span.durationNs)}
        literal={`${Math.round(span.durationNs)}ns`}
        ordered
        actions={actions}
      />
      {rows
        .filter(([, , text]) => text !== "")
        .map(([label, name, text, value]) => (
          <AttributeRow key={label} label={label} name={name} text={text} literal={value} actions={actions} />
        ))}
    </dl>
  );
}
