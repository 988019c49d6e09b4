//! Splits OData text into words; white space is significant.

/// An error says what is wrong and where.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// A position in percent-decoded text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text, at: 0 }
    }

    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Skips this character if it is next.
    pub(crate) fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Skips this many bytes of what is left.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Skips spaces and tabs (`RWS`, `BWS`); returns whether there were any.
    pub(crate) fn skip_blanks(&mut self) -> bool {
        let rest = self.rest();
        let after = rest.trim_start_matches([' ', '\t']);
        self.at += rest.len() - after.len();
        rest.len() > after.len()
    }

    /// Takes an `odataIdentifier`, or one of the names with `$` that OData defines.
    pub(crate) fn take_identifier(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        if !(first.is_ascii_alphabetic() || first == '_' || first == '$') {
            return None;
        }
        let inner = |next: char| next.is_ascii_alphanumeric() || next == '_';
        let word = self.take_while(1, inner);
        (word.len() <= 128).then_some(word)
    }

    /// Takes the characters of a number, a date or an instant.
    pub(crate) fn take_number_or_time(&mut self) -> &'t str {
        self.take_while(0, |next| next.is_ascii_alphanumeric() || "+-.:".contains(next))
    }

    /// Takes a string in single quotes; a quote inside is doubled.
    pub(crate) fn take_string(&mut self) -> Result<String> {
        let start = *self;
        let mut found = String::new();
        if !self.eat('\'') {
            return Err(self.error("expected a string"));
        }
        loop {
            let rest = self.rest();
            let Some(end) = rest.find('\'') else {
                return Err(start.error("the string is not terminated"));
            };
            found.push_str(&rest[..end]);
            self.skip(end + 1);
            if !self.eat('\'') {
                return Ok(found);
            }
            found.push('\'');
        }
    }

    /// Takes one of these words with the blanks around it; else nothing.
    pub(crate) fn take_operator(&mut self, accepted: &[&'static str]) -> Option<&'static str> {
        let mut ahead = *self;
        if !ahead.skip_blanks() {
            return None;
        }
        let word = ahead.take_identifier()?;
        let operator = accepted.iter().find(|known| **known == word)?;
        if !ahead.skip_blanks() {
            return None;
        }
        *self = ahead;
        Some(operator)
    }

    /// Skips this character, which must be next.
    pub(crate) fn require(&mut self, wanted: char) -> Result<()> {
        if self.eat(wanted) { Ok(()) } else { Err(self.error(&format!("expected '{wanted}'"))) }
    }

    pub(crate) fn require_end(&self) -> Result<()> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("syntax error")) }
    }

    /// Adds the position to a message.
    pub(crate) fn error(&self, message: &str) -> String {
        let position = self.text[..self.at].chars().count();
        format!("{message} at position {position} in '{}'", self.text)
    }

    fn take_while(&mut self, least: usize, inner: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end =
            rest[least..].find(|next: char| !inner(next)).map_or(rest.len(), |end| least + end);
        self.skip(end);
        &rest[..end]
    }
}
