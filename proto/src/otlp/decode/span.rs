//! Spans, events and links: one span whose lists keep their memory from span to span.

use std::borrow::Cow;
use std::fmt;

use super::Context;
use crate::otlp::wire::{Fault, Reader};
use crate::otlp::{Event, Link, Span};
use crate::{SpanId, TraceId};

/// How much of a rejected span's name its fault shows, in characters.
const FAULT_NAME_CHARS_MAX: usize = 80;

/// The span being read, and events and links that were read before, for their memory.
#[derive(Debug, Default)]
pub(super) struct SpanDecoder<'a> {
    span: Span<'a>,
    spare_events: Vec<Event<'a>>,
    spare_links: Vec<Link<'a>>,
    /// Links of the span so far, with those whose ids are faulty.
    links_read: usize,
}

/// A list with these ids cannot be kept.
struct IdFault {
    field: &'static str,
    found: usize,
    needed: usize,
}

impl fmt::Display for IdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, found, needed } = self;
        if found == needed {
            write!(f, "{field} is all zero")
        } else {
            write!(f, "{field} has {found} bytes, {needed} are needed")
        }
    }
}

impl<'a> SpanDecoder<'a> {
    /// Reads a span; `None` when its ids are faulty.
    pub(super) fn read(
        &mut self,
        mut reader: Reader<'a>,
        context: &mut Context<'_>,
    ) -> Result<Option<&Span<'a>>, Fault> {
        self.clear();
        context.begin_attributes();
        let (mut trace_id, mut span_id, mut parent_span_id): (&[u8], &[u8], &[u8]) = (&[], &[], &[]);
        let (mut trace_state, mut name): (&[u8], &[u8]) = (&[], &[]);
        let (mut attributes_cut, mut events_cut, mut links_cut) = (0, 0, 0);
        while let Some(field) = reader.field()? {
            let span = &mut self.span;
            match field.number() {
                1 => trace_id = reader.bytes(field)?,
                2 => span_id = reader.bytes(field)?,
                3 => trace_state = reader.bytes(field)?,
                4 => parent_span_id = reader.bytes(field)?,
                5 => name = reader.bytes(field)?,
                6 => span.kind = reader.int32(field)?,
                7 => span.start = reader.fixed64(field)?,
                8 => span.end = reader.fixed64(field)?,
                9 => attributes_cut += context.attribute(reader.message(field)?, &mut span.attributes)?,
                10 => span.dropped_attributes_count = reader.uint32(field)?,
                11 => events_cut += self.event(reader.message(field)?, context)?,
                12 => span.dropped_events_count = reader.uint32(field)?,
                13 => links_cut += self.link(reader.message(field)?, context)?,
                14 => span.dropped_links_count = reader.uint32(field)?,
                15 => context.status(reader.message(field)?, span.status.get_or_insert_default())?,
                16 => span.flags = reader.fixed32(field)?,
                _ => reader.skip(field)?,
            }
        }
        let span = &mut self.span;
        span.trace_state = context.name(trace_state);
        span.name = context.name(name);
        span.dropped_attributes_count = span.dropped_attributes_count.saturating_add(attributes_cut);
        span.dropped_events_count = span.dropped_events_count.saturating_add(events_cut);
        span.dropped_links_count = span.dropped_links_count.saturating_add(links_cut);
        span.parent_span_id = parent(parent_span_id, context);
        match ids(trace_id, span_id) {
            Ok(ids) => (span.trace_id, span.span_id) = ids,
            Err(fault) => {
                reject(&span.name, &fault, context);
                return Ok(None);
            }
        }
        context.summary.spans += 1;
        context.summary.ended_before_start += u64::from(span.end < span.start);
        Ok(Some(span))
    }

    /// Resets what [`SpanDecoder::read`] does not always set; the lists keep their memory.
    fn clear(&mut self) {
        let span = &mut self.span;
        (span.flags, span.kind, span.start, span.end) = (0, 0, 0, 0);
        (span.dropped_attributes_count, span.dropped_events_count, span.dropped_links_count) = (0, 0, 0);
        span.attributes.clear();
        self.spare_events.append(&mut span.events);
        self.spare_links.append(&mut span.links);
        span.status = None;
        self.links_read = 0;
    }

    /// Reads an event; gives 1 if it was left out because of the limit.
    fn event(&mut self, mut reader: Reader<'a>, context: &mut Context<'_>) -> Result<u32, Fault> {
        if self.span.events.len() >= context.limits.events_per_span_max {
            context.summary.truncated_events += 1;
            return Ok(1);
        }
        let mut event = self.spare_events.pop().unwrap_or_default();
        event.attributes.clear();
        (event.time, event.dropped_attributes_count) = (0, 0);
        let mut name: &[u8] = &[];
        let mut attributes_cut = 0;
        while let Some(field) = reader.field()? {
            match field.number() {
                1 => event.time = reader.fixed64(field)?,
                2 => name = reader.bytes(field)?,
                3 => attributes_cut += context.attribute(reader.message(field)?, &mut event.attributes)?,
                4 => event.dropped_attributes_count = reader.uint32(field)?,
                _ => reader.skip(field)?,
            }
        }
        event.name = context.name(name);
        event.dropped_attributes_count = event.dropped_attributes_count.saturating_add(attributes_cut);
        self.span.events.push(event);
        Ok(0)
    }

    /// Reads a link; gives 1 if it was left out because of the limit.
    fn link(&mut self, mut reader: Reader<'a>, context: &mut Context<'_>) -> Result<u32, Fault> {
        if self.links_read >= context.limits.links_per_span_max {
            context.summary.truncated_links += 1;
            return Ok(1);
        }
        self.links_read += 1;
        let mut link = self.spare_links.pop().unwrap_or_default();
        link.attributes.clear();
        (link.dropped_attributes_count, link.flags) = (0, 0);
        let (mut trace_id, mut span_id, mut trace_state): (&[u8], &[u8], &[u8]) = (&[], &[], &[]);
        let mut attributes_cut = 0;
        while let Some(field) = reader.field()? {
            match field.number() {
                1 => trace_id = reader.bytes(field)?,
                2 => span_id = reader.bytes(field)?,
                3 => trace_state = reader.bytes(field)?,
                4 => attributes_cut += context.attribute(reader.message(field)?, &mut link.attributes)?,
                5 => link.dropped_attributes_count = reader.uint32(field)?,
                6 => link.flags = reader.fixed32(field)?,
                _ => reader.skip(field)?,
            }
        }
        link.trace_state = context.name(trace_state);
        link.dropped_attributes_count = link.dropped_attributes_count.saturating_add(attributes_cut);
        let Ok(ids) = ids(trace_id, span_id) else {
            self.spare_links.push(link);
            context.summary.dropped_links += 1;
            return Ok(0);
        };
        (link.trace_id, link.span_id) = ids;
        self.span.links.push(link);
        Ok(0)
    }
}

fn ids(trace_id: &[u8], span_id: &[u8]) -> Result<(TraceId, SpanId), IdFault> {
    let trace_id = TraceId::from_slice(trace_id).filter(|id| !id.is_zero()).ok_or(IdFault {
        field: "trace_id",
        found: trace_id.len(),
        needed: TraceId::BYTES,
    })?;
    let span_id = SpanId::from_slice(span_id).filter(|id| !id.is_zero()).ok_or(IdFault {
        field: "span_id",
        found: span_id.len(),
        needed: SpanId::BYTES,
    })?;
    Ok((trace_id, span_id))
}

fn parent(id: &[u8], context: &mut Context<'_>) -> Option<SpanId> {
    let parent = SpanId::from_slice(id).filter(|id| !id.is_zero());
    context.summary.faulty_parents += u64::from(parent.is_none() && !id.is_empty());
    parent
}

#[cold]
fn reject(name: &str, fault: &IdFault, context: &mut Context<'_>) {
    let summary = &mut context.summary;
    summary.rejected += 1;
    if summary.first_fault.is_none() {
        let shown: Cow<'_, str> = match name.char_indices().nth(FAULT_NAME_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &name[..end]).into(),
            None => name.into(),
        };
        summary.first_fault = Some(format!("span {} {shown:?}: {fault}", summary.spans + summary.rejected));
    }
}
