//! Pipelines, and queries as a whole.

use super::item::{Item, staged};
use super::{Expected, Parser, Token};
use crate::traceql::hints::{HINTS, Hints};
use crate::traceql::metrics::{MetricsExpression, SecondStage, SeriesExpression};
use crate::traceql::pipeline::{Pipeline, Scalar, SpansetExpression, Stage};
use crate::traceql::query::{Query, QueryBody};
use crate::traceql::{MAX_PARTS, ParseError, SpanFilter, check, words};

impl Parser<'_> {
    /// The whole text as a query.
    pub(in crate::traceql) fn query(&mut self) -> Result<Query, ParseError> {
        let start = self.next.position;
        let body = match self.pipe(0)? {
            Item::Spans(spans) => QueryBody::Spans(pipeline(spans, Vec::new())),
            Item::Series(series) => QueryBody::Metrics(MetricsExpression::Series(series)),
            Item::Compare(comparison) => QueryBody::Metrics(MetricsExpression::Compare(comparison)),
            figure @ (Item::Figure(_) | Item::Having(_)) => {
                let message = format!("{} alone is no query: compare it, count() > 1", figure.noun());
                return Err(ParseError::new(message, start.to(self.next.position)));
            }
        };
        let hints = if self.next_word() == Some("with") { self.hints()? } else { Hints::default() };
        if self.next.token == Token::End {
            return Ok(Query { body, hints });
        }
        Err(self.unexpected_after_stage())
    }

    /// Stages with `|` between them: what the last one yields.
    pub(super) fn pipe(&mut self, nesting: usize) -> Result<Item, ParseError> {
        let begins_with_stage = matches!(self.next_word(), Some("by" | "select"));
        let mut all = if begins_with_stage {
            let mut all = self.everything()?;
            let stage = self.simple_stage()?;
            all.stages.extend(stage);
            all
        } else {
            self.check_first()?;
            match self.item(0, nesting)? {
                Item::Spans(spans) => pipeline(spans, Vec::new()),
                Item::Having(filter) => {
                    let stages = vec![Stage::Having(filter)];
                    Pipeline { stages, ..self.everything()? }
                }
                Item::Series(series) => return self.second_stages(series),
                other => return Ok(other),
            }
        };
        while self.accept("|")? {
            self.count_part()?;
            if let Some(stage) = self.simple_stage()? {
                all.stages.push(stage);
                continue;
            }
            if let Some(word) = self.next_word().filter(|word| words::is_metrics(word)) {
                return self.metrics(all, word);
            }
            match self.item(0, nesting)? {
                Item::Spans(spans) => all.stages.push(Stage::Spans(spans)),
                Item::Having(filter) => all.stages.push(Stage::Having(filter)),
                Item::Figure(Scalar::Aggregate(aggregate)) if self.next.token == Token::Symbol(")") => {
                    return Ok(Item::Figure(Scalar::Pipeline { pipeline: Box::new(all), aggregate }));
                }
                other => return Err(self.no_stage(&other)),
            }
        }
        Ok(Item::Spans(spans(all)))
    }

    /// The beginning of a pipeline whose text begins with a later stage: `{}`. Counts both.
    fn everything(&mut self) -> Result<Pipeline, ParseError> {
        self.count_part()?;
        self.count_part()?;
        Ok(Pipeline::of_filter(SpanFilter::default()))
    }

    /// Refuses what can only follow something.
    fn check_first(&self) -> Result<(), ParseError> {
        let message = match self.next.token {
            Token::Word(word @ "coalesce") => {
                format!("'{word}' joins what by(…) has split: it cannot come first")
            }
            Token::Word(word) if words::is_metrics(word) => {
                format!("'{word}' comes after the spans that it counts: {{ … }} | {word}(…)")
            }
            Token::Word(word @ ("topk" | "bottomk")) => words::needs_series(word),
            Token::Word(word) if words::is_aggregate(word) => return Ok(()),
            Token::Symbol("{" | "(" | "-") | Token::Int(_) | Token::Float(_) | Token::Duration(_) => {
                return Ok(());
            }
            _ => return Err(self.no_filter()),
        };
        Err(ParseError::new(message, self.next.position))
    }

    /// `by(…)`, `select(…)` or `coalesce()`, if one is next.
    fn simple_stage(&mut self) -> Result<Option<Stage>, ParseError> {
        let Some(word @ ("by" | "select" | "coalesce")) = self.next_word() else { return Ok(None) };
        self.advance()?;
        self.expect("(", &format!("'(' after '{word}'"))?;
        let stage = match word {
            "coalesce" => Stage::Coalesce,
            "by" => {
                let parsed = self.condition(Expected { what: "an attribute", after: "by(" }, 0)?;
                let position = parsed.position;
                let operand = check::value(parsed.term).ok_or_else(|| {
                    ParseError::new("nil is no value to group by: write an attribute", position)
                })?;
                Stage::By(operand)
            }
            _ => Stage::Select(self.attributes()?),
        };
        self.expect(")", &format!("')' to end {word}(…)"))?;
        Ok(Some(stage))
    }

    /// `topk(n)`, `bottomk(n)` and comparisons, after series.
    pub(super) fn second_stages(&mut self, series: SeriesExpression) -> Result<Item, ParseError> {
        let mut series = series;
        loop {
            let stage = if self.accept("|")? {
                match self.next_word() {
                    Some("topk") => SecondStage::Top(self.rank_count()?),
                    Some("bottomk") => SecondStage::Bottom(self.rank_count()?),
                    _ => {
                        let message = format!(
                            "expected topk(…) or bottomk(…) after a metrics function, found {}",
                            self.found(&self.next)
                        );
                        return Err(ParseError::new(message, self.next.position));
                    }
                }
            } else if let Some(op) = self.next_symbol().and_then(super::item::compare_op) {
                self.advance()?;
                SecondStage::Compare(op, self.literal("a number")?)
            } else {
                return Ok(Item::Series(series));
            };
            self.count_part()?;
            let Item::Series(next) = staged(series, stage) else { return Err(self.unexpected_after_stage()) };
            series = next;
        }
    }

    /// `with(key=value, …)`.
    fn hints(&mut self) -> Result<Hints, ParseError> {
        self.advance()?;
        self.expect("(", "'(' after 'with'")?;
        let mut hints = Hints::default();
        loop {
            let position = self.next.position;
            let key = self.lexer.written(position);
            let Some((name, of_type)) = HINTS.into_iter().find(|(name, _)| *name == key) else {
                let known = HINTS.map(|(name, _)| name).join(", ");
                let message = format!("unknown hint '{}': there are {known}", words::excerpt(key));
                return Err(ParseError::new(message, position));
            };
            if hints.get(name).is_some() {
                return Err(ParseError::new(format!("the hint {name} is given twice"), position));
            }
            self.advance()?;
            self.expect("=", &format!("'=' after the hint {name}"))?;
            let parsed = self.sum(Expected { what: "a value", after: "=" }, 0)?;
            match check::value(parsed.term) {
                Some(crate::traceql::Operand::Static(value)) if of_type.takes(&value) => {
                    hints.entries.push((name, value));
                }
                _ => {
                    let message = format!("the hint {name} takes {}", of_type.example());
                    return Err(ParseError::new(message, parsed.position));
                }
            }
            if !self.accept(",")? {
                break;
            }
        }
        self.expect(")", "')' to end with(…)")?;
        Ok(hints)
    }

    /// Counts one more part of the query.
    pub(super) fn count_part(&mut self) -> Result<(), ParseError> {
        self.stages += 1;
        if self.stages <= MAX_PARTS {
            return Ok(());
        }
        let message = format!("more than {MAX_PARTS} span filters, stages and aggregates in one query");
        Err(ParseError::new(message, self.next.position))
    }

    fn no_stage(&self, item: &Item) -> ParseError {
        let message = match item {
            Item::Figure(_) => format!("{} is no stage: compare it, count() > 1", item.noun()),
            _ => format!("{} is no stage of a pipeline", item.noun()),
        };
        ParseError::new(message, self.next.position)
    }

    fn unexpected_after_stage(&self) -> ParseError {
        let found = self.found(&self.next);
        let message = match self.next.token {
            Token::Symbol("+" | "-" | "*" | "/") => {
                format!("{found} goes between queries in parentheses: ({{ … }} | rate()) * 60")
            }
            _ => format!("expected an operator, '|' or the end, found {found}"),
        };
        ParseError::new(message, self.next.position)
    }
}

/// The pipeline of `spans` and `stages`; one that is in parentheses becomes its beginning.
pub(super) fn pipeline(spans: SpansetExpression, stages: Vec<Stage>) -> Pipeline {
    match spans {
        SpansetExpression::Pipeline(mut inner) => {
            inner.stages.extend(stages);
            *inner
        }
        spans => Pipeline { spans, stages },
    }
}

/// The pipeline as an expression.
fn spans(pipeline: Pipeline) -> SpansetExpression {
    if pipeline.stages.is_empty() { pipeline.spans } else { SpansetExpression::Pipeline(Box::new(pipeline)) }
}
