//! Steps through OData text, where white space counts.
//! Knows characters and words, not what they mean together.

/// What is wrong with the text, and where.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// A position in a text that was percent-decoded already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    /// At the beginning of `text`.
    pub(crate) fn new(text: &'t str) -> Scanner<'t> {
        Scanner { text, at: 0 }
    }

    /// What lies ahead.
    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next character.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Steps over this character if it is next.
    pub(crate) fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Steps over this many bytes, which are ahead.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Steps over spaces and tabs, and says whether there were any (`RWS`, `BWS`).
    pub(crate) fn blanks(&mut self) -> bool {
        let rest = self.rest();
        let after = rest.trim_start_matches([' ', '\t']);
        self.at += rest.len() - after.len();
        rest.len() > after.len()
    }

    /// Steps over an `odataIdentifier`; `$` leads the names that OData itself defines.
    pub(crate) fn identifier(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        if !(first.is_ascii_alphabetic() || first == '_' || first == '$') {
            return None;
        }
        let inner = |next: char| next.is_ascii_alphanumeric() || next == '_';
        let word = self.take_while(1, inner);
        (word.len() <= 128).then_some(word)
    }

    /// Steps over the characters of a number, a date or an instant.
    pub(crate) fn number_word(&mut self) -> &'t str {
        self.take_while(0, |next| next.is_ascii_alphanumeric() || "+-.:".contains(next))
    }

    /// Steps over a string in single quotes; a quote inside is doubled.
    pub(crate) fn string(&mut self) -> Result<String> {
        let start = *self;
        let mut found = String::new();
        if !self.eat('\'') {
            return Err(self.error("a string is expected"));
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

    /// Steps over a word that stands between blanks, if it is one of these; else stays.
    pub(crate) fn operator(&mut self, accepted: &[&'static str]) -> Option<&'static str> {
        let mut ahead = *self;
        if !ahead.blanks() {
            return None;
        }
        let word = ahead.identifier()?;
        let operator = accepted.iter().find(|known| **known == word)?;
        if !ahead.blanks() {
            return None;
        }
        *self = ahead;
        Some(operator)
    }

    /// Fails unless this character is next.
    pub(crate) fn expect(&mut self, wanted: char) -> Result<()> {
        if self.eat(wanted) { Ok(()) } else { Err(self.error(&format!("'{wanted}' is expected"))) }
    }

    /// Fails unless everything was read.
    pub(crate) fn finish(&self) -> Result<()> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.error("a syntax error")) }
    }

    /// A message with the place it is about.
    pub(crate) fn error(&self, message: &str) -> String {
        let place = self.text[..self.at].chars().count();
        format!("{message} at position {place} in '{}'", self.text)
    }

    fn take_while(&mut self, least: usize, inner: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end =
            rest[least..].find(|next: char| !inner(next)).map_or(rest.len(), |end| least + end);
        self.skip(end);
        &rest[..end]
    }
}
