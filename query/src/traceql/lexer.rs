//! Text into tokens, one at a time: what follows a fault is not read.

use super::attribute::{Attribute, AttributeScope, ends_name};
use super::{ParseError, Position, TraceAttribute, duration, literal, words};

/// One token; symbols are told apart by their text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token<'t> {
    /// Punctuation or an operator, one of [`SYMBOLS`].
    Symbol(&'static str),
    String(String),
    /// Without sign, so that the smallest i64 can be written.
    Int(u64),
    Float(f64),
    /// ns, without sign.
    Duration(u64),
    /// `.name` or `scope.name`.
    Attribute(Attribute),
    /// A keyword or intrinsic, known or not, `scope:word` included.
    Word(&'t str),
    End,
}

/// A token and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Lexeme<'t> {
    pub(super) token: Token<'t>,
    pub(super) position: Position,
}

/// Every symbol; a longer one stands before its beginnings.
const SYMBOLS: [&str; 35] = [
    "!>>", "!<<", "&>>", "&<<", "&&", "||", "!=", "!~", "!>", "!<", "=~", "<=", ">=", "<<", ">>", "&>", "&<",
    "&~", "{", "}", "(", ")", ",", "=", "<", ">", "!", "~", "|", "+", "-", "*", "/", "%", "^",
];

#[derive(Debug)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, offset: 0 }
    }

    /// The text at a position.
    pub(super) fn written(&self, position: Position) -> &'t str {
        &self.text[position.offset..position.offset + position.length]
    }

    /// The next token; [`Token::End`] again and again once the text is used up.
    pub(super) fn lex(&mut self) -> Result<Lexeme<'t>, ParseError> {
        self.skip_blanks()?;
        let start = self.offset;
        let token = self.token()?;
        Ok(Lexeme { token, position: self.since(start) })
    }

    fn rest(&self) -> &'t str {
        &self.text[self.offset..]
    }

    fn since(&self, start: usize) -> Position {
        Position { offset: start, length: self.offset - start }
    }

    fn skip_blanks(&mut self) -> Result<(), ParseError> {
        loop {
            self.offset = self.text.len() - self.rest().trim_start().len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.offset += rest.find('\n').unwrap_or(rest.len());
            } else if let Some(comment) = rest.strip_prefix("/*") {
                let end = comment.find("*/").ok_or_else(|| {
                    let position = Position { offset: self.offset, length: rest.len() };
                    ParseError::new("this comment is not closed: write */ after it", position)
                })?;
                self.offset += end + 4;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token<'t>, ParseError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        match first {
            '"' => literal::quoted(self.text, self.offset).map(|read| self.string(read)),
            '`' => literal::raw(self.text, self.offset).map(|read| self.string(read)),
            '0'..='9' => self.number(),
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => self.fraction_or_attribute(),
            '.' => self.scoped(AttributeScope::Any, 0),
            letter if letter == '_' || letter.is_alphabetic() => self.word(),
            _ => self.symbol(first),
        }
    }

    fn string(&mut self, (value, end): (String, usize)) -> Token<'t> {
        self.offset = end;
        Token::String(value)
    }

    fn symbol(&mut self, first: char) -> Result<Token<'t>, ParseError> {
        let rest = self.rest();
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            if rest.starts_with("==") {
                let position = Position { offset: self.offset, length: 2 };
                return Err(ParseError::new("'==' is not an operator: equality is one '='", position));
            }
            self.offset += symbol.len();
            return Ok(Token::Symbol(symbol));
        }
        let message = match first {
            '&' => "'&' is not an operator: did you mean '&&'?".to_owned(),
            '\'' => "strings are written \"…\" or `…`, not '…'".to_owned(),
            other => format!("unexpected character '{}'", other.escape_debug()),
        };
        Err(ParseError::new(message, Position { offset: self.offset, length: first.len_utf8() }))
    }

    /// How far digits, letters and points reach, and the sign of an exponent.
    fn number_length(rest: &str) -> usize {
        let mut previous = [' '; 2];
        let inside = |character: char, previous: [char; 2]| {
            character.is_alphanumeric()
                || matches!(character, '.' | '_')
                || (matches!(character, '+' | '-')
                    && matches!(previous[1], 'e' | 'E')
                    && matches!(previous[0], '0'..='9' | '.'))
        };
        for (length, character) in rest.char_indices() {
            if !inside(character, previous) {
                return length;
            }
            previous = [previous[1], character];
        }
        rest.len()
    }

    fn parse_number(run: &str) -> Option<Token<'t>> {
        if run.bytes().all(|byte| byte.is_ascii_digit()) {
            return run.parse().ok().map(Token::Int);
        }
        duration::parse(run).map(Token::Duration).or_else(|| {
            let number: f64 = run.parse().ok()?;
            number.is_finite().then_some(Token::Float(number))
        })
    }

    fn number(&mut self) -> Result<Token<'t>, ParseError> {
        let start = self.offset;
        let run = &self.rest()[..Self::number_length(self.rest())];
        self.offset += run.len();
        Self::parse_number(run).ok_or_else(|| {
            let run = words::excerpt(run);
            let message = format!(
                "'{run}' is not a number or a duration within range: write 42, 1.5, 1e9, 250ms, 1.5s or 1h30m"
            );
            ParseError::new(message, self.since(start))
        })
    }

    /// `.5` and `.5s` are numbers as in Go, `.5xx` is an attribute.
    fn fraction_or_attribute(&mut self) -> Result<Token<'t>, ParseError> {
        let rest = self.rest();
        let length = Self::number_length(rest);
        let ends = rest[length..].chars().next().is_none_or(ends_name);
        if let Some(number) = ends.then(|| Self::parse_number(&rest[..length])).flatten() {
            self.offset += length;
            return Ok(number);
        }
        self.scoped(AttributeScope::Any, 0)
    }

    /// A word and, after a scope and a point, the attribute it begins.
    fn word(&mut self) -> Result<Token<'t>, ParseError> {
        let start = self.offset;
        let word = identifier(self.rest());
        let after = &self.rest()[word.len()..];
        if after.starts_with('.') {
            let scope = AttributeScope::NAMED.into_iter().find(|scope| scope.word() == word);
            if let Some(scope) = scope {
                return self.scoped(scope, word.len());
            }
            if word == "parent" {
                return self.of_parent(word.len());
            }
            let whole = self.rest().find(ends_name).unwrap_or(self.rest().len());
            self.offset += whole;
            let message = words::dotted(&self.text[start..self.offset]);
            return Err(ParseError::new(message, self.since(start)));
        }
        self.offset += word.len();
        if let Some(name) = after.strip_prefix(':') {
            self.offset += 1 + identifier(name).len();
        }
        Ok(Token::Word(&self.text[start..self.offset]))
    }

    /// The attribute whose name begins after `prefix` bytes and a point.
    fn scoped(&mut self, scope: AttributeScope, prefix: usize) -> Result<Token<'t>, ParseError> {
        let name = self.name(scope.word(), prefix)?;
        Ok(Token::Attribute(Attribute::Scoped { scope, name }))
    }

    /// An attribute of the parent span: `parent`, of `prefix` bytes, a point, and perhaps a scope.
    fn of_parent(&mut self, prefix: usize) -> Result<Token<'t>, ParseError> {
        let rest = &self.rest()[prefix + 1..];
        let scopes = [AttributeScope::Span, AttributeScope::Resource];
        let scope = scopes
            .into_iter()
            .find(|scope| rest.strip_prefix(scope.word()).is_some_and(|rest| rest.starts_with('.')));
        let (scope, prefix) = match scope {
            Some(scope) => (scope, prefix + 1 + scope.word().len()),
            None => (AttributeScope::Any, prefix),
        };
        let name = self.name("parent", prefix)?;
        Ok(Token::Attribute(Attribute::Trace(TraceAttribute::Parent { scope, name })))
    }

    /// The name after `prefix` bytes and a point; `scope` is for the message.
    fn name(&mut self, scope: &str, prefix: usize) -> Result<String, ParseError> {
        let start = self.offset;
        self.offset += prefix + 1;
        let mut name = String::new();
        while let Some(character) = self.rest().chars().next().filter(|character| !ends_name(*character)) {
            if character == '"' {
                self.quoted_piece(&mut name)?;
            } else {
                name.push(character);
                self.offset += character.len_utf8();
            }
        }
        if name.is_empty() {
            let message = format!("expected an attribute's name after '{scope}.'");
            return Err(ParseError::new(message, self.since(start)));
        }
        Ok(name)
    }

    fn quoted_piece(&mut self, name: &mut String) -> Result<(), ParseError> {
        let start = self.offset;
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.offset += index + 1;
                    return Ok(());
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => name.push(escaped),
                    Some((next, other)) => {
                        let position =
                            Position { offset: start + index, length: next - index + other.len_utf8() };
                        let message = "in a quoted name only \\\" and \\\\ are escapes";
                        return Err(ParseError::new(message, position));
                    }
                    None => break,
                },
                other => name.push(other),
            }
        }
        let position = Position { offset: start, length: self.text.len() - start };
        Err(ParseError::new("this quoted name is not closed: write a second \" after it", position))
    }
}

/// The identifier at the beginning of the text; may be empty.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}
