//! How many spans a request holds, without decoding any: so that columns can be made as long as they will be.

use super::wire::{Fault, Reader};

/// The spans of `body`, an `ExportTraceServiceRequest`: of a malformed one, those before the fault.
#[must_use]
pub fn count_spans(body: &[u8]) -> usize {
    let mut spans = 0;
    // A fault ends the counting; decoding is what reports it.
    let _counted = in_request(Reader::new(body), &mut spans);
    spans
}

fn in_request(mut request: Reader<'_>, spans: &mut usize) -> Result<(), Fault> {
    while let Some(field) = request.field()? {
        if field.number() != 1 {
            request.skip(field)?;
            continue;
        }
        let mut resource_spans = request.message(field)?;
        while let Some(field) = resource_spans.field()? {
            if field.number() == 2 {
                in_scope(resource_spans.message(field)?, spans)?;
            } else {
                resource_spans.skip(field)?;
            }
        }
    }
    Ok(())
}

fn in_scope(mut scope_spans: Reader<'_>, spans: &mut usize) -> Result<(), Fault> {
    while let Some(field) = scope_spans.field()? {
        *spans += usize::from(field.number() == 2);
        scope_spans.skip(field)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
