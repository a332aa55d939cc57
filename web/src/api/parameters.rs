//! The query parameters of a request: each at most once, none unknown, every fault named.

mod list;

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path, Query};
use http::request::Parts;
use proto::{TimeRange, UnixNanos};
use query::traceql::{Attribute, SpanFilter, parse_attribute, parse_filter};

use super::Failure;
use super::times::{parse_time, range_of};

/// The query parameters, decoded, in the order they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let Query(pairs) = Query::try_from_uri(&parts.uri)?;
        Ok(Self(pairs))
    }
}

/// The one variable part of a path, decoded.
#[derive(Debug)]
pub(super) struct PathText(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::from_request_parts(parts, state).await?;
        Ok(Self(text))
    }
}

impl Parameters {
    /// Refuses parameters that are not `known`, and those given twice.
    pub(super) fn only(self, known: &[&str]) -> Result<Self, Failure> {
        for (index, (name, _)) in self.0.iter().enumerate() {
            let shown = || name.chars().take(80).collect::<String>();
            if !known.contains(&name.as_str()) {
                let message = match known {
                    [] => format!("there is no parameter {:?}: this path takes none", shown()),
                    known => {
                        format!("there is no parameter {:?}: this path takes {}", shown(), known.join(", "))
                    }
                };
                return Err(Failure::invalid(message));
            }
            if self.0[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(Failure::invalid(format!("{name} is given twice")));
            }
        }
        Ok(self)
    }

    /// The value of a parameter; one that is empty counts as not given.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (!value.trim().is_empty()).then_some(value)
    }

    /// A whole number.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, Failure> {
        let read = |text: &str| {
            usize::from_str(text)
                .map_err(|_| Failure::invalid(format!("{name} is {text:?}: give a whole number, such as 10")))
        };
        self.text(name).map(read).transpose()
    }

    /// `true` or `false`; false when it is not given.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Failure> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(text) => Err(Failure::invalid(format!("{name} is {text:?}: write true or false"))),
        }
    }

    /// `q`; every span when it is not given. Positions in errors count bytes of it.
    pub(super) fn filter(&self) -> Result<SpanFilter, Failure> {
        parse_filter(self.text("q").unwrap_or("{}")).map_err(|error| query::Error::from(error).into())
    }

    /// An instant.
    pub(super) fn time(&self, name: &str, now: UnixNanos) -> Result<Option<UnixNanos>, Failure> {
        self.text(name).map(|text| parse_time(name, text, now)).transpose()
    }

    /// From `start` to `end`; the last hour when neither is given.
    pub(super) fn range(&self, now: UnixNanos) -> Result<TimeRange, Failure> {
        range_of(self.time("start", now)?, self.time("end", now)?, now)
    }

    /// `quantiles`, at most `most`.
    pub(super) fn quantiles(&self, most: usize) -> Result<Option<Vec<f64>>, Failure> {
        let Some(text) = self.text("quantiles") else { return Ok(None) };
        let mut quantiles = Vec::new();
        for piece in text.split(',').map(str::trim) {
            let quantile = f64::from_str(piece).ok().filter(|quantile| (0.0..=1.0).contains(quantile));
            let Some(quantile) = quantile else {
                return Err(Failure::invalid(format!(
                    "quantiles has {piece:?}: give numbers from 0 to 1 with commas between them, such as 0.5,0.99"
                )));
            };
            // Minus zero would be another key for the same quantile.
            quantiles.push(quantile.abs());
        }
        at_most("quantiles", quantiles.len(), most, "web.quantiles_max")?;
        match first_repeated(&quantiles) {
            Some(quantile) => Err(Failure::invalid(format!("quantiles has {quantile} twice"))),
            None => Ok(Some(quantiles)),
        }
    }

    /// `by`, at most `most`: each attribute with its text as given.
    pub(super) fn by(&self, most: usize) -> Result<Vec<(String, Attribute)>, Failure> {
        let Some(text) = self.text("by") else { return Ok(Vec::new()) };
        let pieces = list::split(text);
        at_most("by", pieces.len(), most, "web.by_max")?;
        let by = pieces
            .into_iter()
            .map(|piece| Ok((piece.to_owned(), attribute("by", piece)?)))
            .collect::<Result<Vec<_>, Failure>>()?;
        let attributes: Vec<&Attribute> = by.iter().map(|(_, attribute)| attribute).collect();
        match first_repeated(&attributes) {
            Some(attribute) => Err(Failure::invalid(format!("by has {attribute} twice"))),
            None => Ok(by),
        }
    }
}

/// One attribute; positions are told in the message, as the error's own position is one in `q`.
pub(super) fn attribute(name: &str, text: &str) -> Result<Attribute, Failure> {
    parse_attribute(text).map_err(|error| {
        let text: String = text.chars().take(200).collect();
        Failure::invalid(format!("{name} has {text:?}, which is not an attribute: {error}"))
    })
}

fn at_most(name: &str, count: usize, most: usize, key: &str) -> Result<(), Failure> {
    if count <= most {
        return Ok(());
    }
    Err(Failure::invalid(format!("{name} has {count} entries, more than the {most} of {key}")))
}

fn first_repeated<T: PartialEq>(items: &[T]) -> Option<&T> {
    items.iter().enumerate().find(|(index, item)| items[..*index].contains(item)).map(|(_, item)| item)
}

#[cfg(test)]
mod tests;
