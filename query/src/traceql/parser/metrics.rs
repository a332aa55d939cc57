//! Metrics functions and `compare`.

use super::item::Item;
use super::{Parser, Token};
use crate::traceql::metrics::{Comparison, MetricsFunction, MetricsQuery, SeriesExpression};
use crate::traceql::pipeline::{AggregateFunction, Pipeline};
use crate::traceql::{MAX_LABELS, ParseError, Position, Static, words};

impl Parser<'_> {
    /// The function that `word`, which is next, begins, and what follows it.
    pub(super) fn metrics(&mut self, pipeline: Pipeline, word: &str) -> Result<Item, ParseError> {
        self.advance()?;
        self.expect("(", &format!("'(' after '{word}'"))?;
        if word == "compare" {
            return self.comparison_of(pipeline).map(Item::Compare);
        }
        let over_time = AggregateFunction::ALL
            .into_iter()
            .find(|function| word.strip_suffix("_over_time") == Some(function.word()));
        let function = match (word, over_time) {
            ("rate", _) => MetricsFunction::Rate,
            ("quantile_over_time", _) => {
                let operand = self.numeric(word)?;
                MetricsFunction::QuantileOverTime(operand, self.quantiles()?)
            }
            ("histogram_over_time", _) => MetricsFunction::HistogramOverTime(self.numeric(word)?),
            (_, Some(function)) => MetricsFunction::OverTime(function, self.numeric(word)?),
            _ => MetricsFunction::CountOverTime,
        };
        self.expect(")", &format!("')' to end {word}(…)"))?;
        let mut by = Vec::new();
        if self.next_word() == Some("by") {
            let position = self.advance()?.position;
            self.expect("(", "'(' after 'by'")?;
            by = self.attributes()?;
            self.expect(")", "')' to end by(…)")?;
            if let Some(place) = (1..by.len()).find(|place| by[..*place].contains(&by[*place])) {
                return Err(ParseError::new(format!("{} is given twice", by[place]), position));
            }
            self.check_labels(by.len() + function.own_labels(), position)?;
        }
        self.second_stages(SeriesExpression::Aggregate(MetricsQuery { pipeline, function, by }))
    }

    fn check_labels(&self, count: usize, position: Position) -> Result<(), ParseError> {
        if count <= MAX_LABELS {
            return Ok(());
        }
        let message = format!(
            "a series has at most {MAX_LABELS} labels, one of which avg_, quantile_ and histogram_over_time take \
             themselves: group by fewer attributes"
        );
        Err(ParseError::new(message, position))
    }

    /// `, 0.5, 0.99`.
    fn quantiles(&mut self) -> Result<Vec<f64>, ParseError> {
        let mut quantiles = Vec::new();
        self.expect(",", "',' and a quantile such as 0.99")?;
        loop {
            let position = self.next.position;
            let quantile = match self.literal("a quantile such as 0.99")? {
                Static::Float(number) => Some(number),
                Static::Int(number) => Some(number as f64),
                _ => None,
            };
            // Minus zero would be another label for the same quantile.
            match quantile.filter(|quantile| (0.0..=1.0).contains(quantile)).map(f64::abs) {
                Some(quantile) if quantiles.contains(&quantile) => {
                    return Err(ParseError::new(format!("the quantile {quantile} is given twice"), position));
                }
                Some(quantile) => quantiles.push(quantile),
                None => {
                    let message = "a quantile is a number from 0 to 1, such as 0.99";
                    return Err(ParseError::new(message, position));
                }
            }
            self.count_part()?;
            if !self.accept(",")? {
                return Ok(quantiles);
            }
        }
    }

    /// `{…}, n, start, end)`.
    fn comparison_of(&mut self, pipeline: Pipeline) -> Result<Comparison, ParseError> {
        let selection = self.braces()?;
        let mut numbers = Vec::new();
        while self.accept(",")? {
            let position = self.next.position;
            let Token::Int(number) = self.next.token else {
                let message = format!(
                    "expected a whole number in compare({{…}}, values, start, end), found {}",
                    self.found(&self.next)
                );
                return Err(ParseError::new(message, position));
            };
            self.advance()?;
            numbers.push((number, position));
        }
        let end = self.expect(")", "',' or ')' in compare(…)")?;
        let values_max = match numbers.first() {
            None => Comparison::VALUES_DEFAULT,
            Some((number, position)) => {
                let count = u16::try_from(*number).ok();
                count.filter(|count| (1..=Comparison::VALUES_LIMIT).contains(count)).ok_or_else(|| {
                    let message = format!(
                        "compare(…) tells from 1 to {} values, not {number}",
                        Comparison::VALUES_LIMIT
                    );
                    ParseError::new(message, *position)
                })?
            }
        };
        let range = match numbers.get(1..).unwrap_or_default() {
            [] => None,
            [(start, _), (end, _)] if start < end => Some((*start, *end)),
            [(_, at), (_, _)] => {
                return Err(ParseError::new("the range of compare(…) ends before it starts", *at));
            }
            _ => {
                let message = "compare(…) takes a filter, then perhaps a number of values, then perhaps start and end \
                               in Unix ns";
                return Err(ParseError::new(message, end));
            }
        };
        if let Some(symbol) = self.next_symbol().filter(|symbol| *symbol == "|" || words::is_math(symbol)) {
            let message = format!("compare(…) is the end of a query: '{symbol}' cannot follow it");
            return Err(ParseError::new(message, self.next.position));
        }
        Ok(Comparison { pipeline, selection, values_max, range })
    }
}
