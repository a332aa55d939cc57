//! Arguments of aggregates and of the functions that take attributes.

use super::{Expected, Parser, Token};
use crate::traceql::pipeline::{Aggregate, AggregateFunction};
use crate::traceql::{Attribute, Operand, ParseError, check, words};

impl Parser<'_> {
    /// `count()`, `avg(…)` and the like, of which `word` is next.
    pub(super) fn aggregate(&mut self, word: &str) -> Result<Aggregate, ParseError> {
        let function = AggregateFunction::ALL.into_iter().find(|function| function.word() == word);
        let position = self.next.position;
        if function.is_none() && word != "count" {
            return Err(ParseError::new(words::unknown_stage(word), position));
        }
        self.advance()?;
        self.expect("(", &format!("'(' after '{word}'"))?;
        let aggregate = match function {
            None => Aggregate::Count,
            Some(function) => Aggregate::Of(function, self.numeric(function.word())?),
        };
        let end = if function.is_none() { "')': count() takes nothing" } else { "')'" };
        self.expect(")", end)?;
        Ok(aggregate)
    }

    /// A number or duration, as the argument of `function`.
    pub(super) fn numeric(&mut self, function: &str) -> Result<Operand, ParseError> {
        let parsed = self.sum(Expected { what: "an attribute", after: "(" }, 0)?;
        check::number(parsed, function)
    }

    /// Attributes with commas between them.
    pub(super) fn attributes(&mut self) -> Result<Vec<Attribute>, ParseError> {
        let mut attributes = vec![self.one_attribute()?];
        while self.accept(",")? {
            self.count_operand()?;
            attributes.push(self.one_attribute()?);
        }
        Ok(attributes)
    }

    /// The number of `topk(n)`.
    pub(super) fn rank_count(&mut self) -> Result<u32, ParseError> {
        let word = self.next_word().unwrap_or_default();
        self.advance()?;
        self.expect("(", &format!("'(' after '{word}'"))?;
        let position = self.next.position;
        let count = match self.next.token {
            Token::Int(count) => u32::try_from(count).ok().filter(|count| *count > 0),
            _ => None,
        };
        let count = count.ok_or_else(|| {
            let message = format!("{word}(…) takes a whole number of series from 1 on, such as {word}(10)");
            ParseError::new(message, position)
        })?;
        self.advance()?;
        self.expect(")", &format!("')' to end {word}(…)"))?;
        Ok(count)
    }
}
