//! Moves over JSON text byte by byte and checks it against the grammar of RFC 8259.

use super::json_error::{JsonError, JsonResult, Problem};

/// Deeper nesting is refused. `serde_json` has no limit for values that it skips, and 128 for values that it keeps.
pub(super) const MAX_DEPTH: usize = 1024;

/// A place in a text. Every method begins at the next token and ends after what it reads.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A string without its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct StringBounds {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) has_escapes: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Cursor<'a> {
        Cursor { bytes, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The first byte of the next token, without moving past it.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Moves past the next token if it is this one.
    #[inline]
    pub(super) fn eat(&mut self, token: u8) -> bool {
        let is_next = self.peek() == Some(token);
        self.at += usize::from(is_next);
        is_next
    }

    #[inline]
    pub(super) fn expect(&mut self, token: u8, expected: &'static str) -> JsonResult<()> {
        if self.eat(token) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// Moves past the comma after a member or an element, or past the token that closes them. Whether it was the comma.
    #[inline]
    pub(super) fn separator(&mut self, close: u8) -> JsonResult<bool> {
        let next = self.peek();
        if next == Some(b',') || next == Some(close) {
            self.at += 1;
            return Ok(next == Some(b','));
        }
        Err(self.unexpected(if close == b'}' { "`,` or `}`" } else { "`,` or `]`" }))
    }

    /// Reads the name of a member and the colon after it.
    #[inline]
    pub(super) fn name(&mut self) -> JsonResult<StringBounds> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a property name"));
        }
        let name = self.string()?;
        self.expect(b':', "`:`")?;
        Ok(name)
    }

    /// Reads a string. The next token is its opening quote.
    #[inline]
    pub(super) fn string(&mut self) -> JsonResult<StringBounds> {
        let start = self.at + 1;
        self.at = start + plain_length(&self.bytes[start..]);
        let has_escapes = self.bytes.get(self.at) != Some(&b'"');
        if has_escapes {
            self.skip_escapes()?;
        }
        self.at += 1;
        Ok(StringBounds { start, end: self.at - 1, has_escapes })
    }

    /// Moves from the first escape of a string to its closing quote.
    #[cold]
    #[inline(never)]
    fn skip_escapes(&mut self) -> JsonResult<()> {
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.error(Problem::ControlCharacter)),
                None => return Err(self.error(Problem::UnexpectedEnd)),
            }
            self.at += plain_length(&self.bytes[self.at..]);
        }
    }

    fn escape(&mut self) -> JsonResult<()> {
        let length = match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = self.bytes[self.at + 2..].iter().take(4);
                2 + digits.take_while(|digit| digit.is_ascii_hexdigit()).count()
            }
            Some(_) => 0,
            None => 1,
        };
        self.at += length;
        match length {
            2 if self.bytes[self.at - 1] != b'u' => Ok(()),
            6 => Ok(()),
            _ if self.at == self.bytes.len() => Err(self.error(Problem::UnexpectedEnd)),
            _ => Err(self.error(Problem::InvalidEscape)),
        }
    }

    /// Moves past a number. The next token is its first byte.
    pub(super) fn number(&mut self) -> JsonResult<()> {
        self.at += usize::from(self.bytes[self.at] == b'-');
        let whole_start = self.at;
        self.digits()?;
        if self.bytes[whole_start] == b'0' && self.at > whole_start + 1 {
            return Err(self.error(Problem::InvalidNumber));
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> JsonResult<()> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            _ if self.at > start => Ok(()),
            Some(_) => Err(self.error(Problem::InvalidNumber)),
            None => Err(self.error(Problem::UnexpectedEnd)),
        }
    }

    /// Moves past `true`, `false` or `null`. The next token is its first byte.
    pub(super) fn literal(&mut self, literal: &'static str) -> JsonResult<()> {
        let rest = &self.bytes[self.at..];
        let equal = rest.iter().zip(literal.as_bytes()).take_while(|(one, other)| one == other);
        let equal = equal.count();
        self.at += equal;
        match equal {
            _ if equal == literal.len() => Ok(()),
            _ if equal == rest.len() => Err(self.error(Problem::UnexpectedEnd)),
            _ => Err(self.error(Problem::Expected("a value"))),
        }
    }

    /// Moves past a value of any kind.
    pub(super) fn value(&mut self) -> JsonResult<()> {
        match self.peek() {
            Some(b'{' | b'[') => self.nested(),
            _ => self.scalar(),
        }
    }

    /// Moves past an object or an array. Does not recurse, because the depth is outside our control.
    fn nested(&mut self) -> JsonResult<()> {
        let mut open = OpenBrackets::default();
        loop {
            let first = self.peek();
            if let Some(bracket @ (b'{' | b'[')) = first {
                let is_object = bracket == b'{';
                if !open.push(is_object) {
                    return Err(self.error(Problem::TooDeep(MAX_DEPTH)));
                }
                self.at += 1;
                if !self.eat(if is_object { b'}' } else { b']' }) {
                    if is_object {
                        self.skip_name()?;
                    }
                    continue;
                }
                open.pop();
            } else if first == Some(b'"') {
                self.skip_string()?;
            } else {
                self.scalar()?;
            }
            loop {
                let Some(is_object) = open.top() else { return Ok(()) };
                if self.separator(if is_object { b'}' } else { b']' })? {
                    if is_object {
                        self.skip_name()?;
                    }
                    break;
                }
                open.pop();
            }
        }
    }

    /// Like [`Cursor::name`], without the bounds, which cost instructions.
    #[inline]
    fn skip_name(&mut self) -> JsonResult<()> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a property name"));
        }
        self.skip_string()?;
        self.expect(b':', "`:`")
    }

    fn skip_string(&mut self) -> JsonResult<()> {
        self.string().map(drop)
    }

    #[inline]
    fn scalar(&mut self) -> JsonResult<()> {
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Checks that nothing but white space follows.
    pub(super) fn end(&mut self) -> JsonResult<()> {
        match self.peek() {
            Some(_) => Err(self.error(Problem::TrailingCharacters)),
            None => Ok(()),
        }
    }

    /// The error for a next token that is none of those `expected`.
    #[cold]
    pub(super) fn unexpected(&self, expected: &'static str) -> JsonError {
        let is_end = self.at >= self.bytes.len();
        self.error(if is_end { Problem::UnexpectedEnd } else { Problem::Expected(expected) })
    }

    pub(super) fn error(&self, problem: Problem) -> JsonError {
        JsonError::new(problem, self.bytes, self.at)
    }
}

/// The brackets that are open: a bit for each, set for an object.
struct OpenBrackets {
    bits: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Default for OpenBrackets {
    fn default() -> OpenBrackets {
        OpenBrackets { bits: [0; MAX_DEPTH / 64], depth: 0 }
    }
}

impl OpenBrackets {
    /// Whether there was room.
    #[inline]
    fn push(&mut self, is_object: bool) -> bool {
        let Some(word) = self.bits.get_mut(self.depth / 64) else { return false };
        let bit = 1 << (self.depth % 64);
        *word = if is_object { *word | bit } else { *word & !bit };
        self.depth += 1;
        true
    }

    /// Whether the innermost bracket is an object's.
    #[inline]
    fn top(&self) -> Option<bool> {
        let at = self.depth.checked_sub(1)?;
        Some(self.bits[at / 64] >> (at % 64) & 1 == 1)
    }

    #[inline]
    fn pop(&mut self) {
        self.depth -= 1;
    }
}

/// The length of the text before the next quote, backslash or control character.
// Inlined, it takes the registers that the caller needs; measured with callgrind.
#[inline(never)]
fn plain_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let stops = string_stops(u64::from_le_bytes(*chunk));
        if stops != 0 {
            return bytes.len() - rest.len() + stops.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    let is_plain = |&byte: &u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    bytes.len() - rest.iter().skip_while(|byte| is_plain(byte)).count()
}

/// The high bits of those bytes that are quotes, backslashes or control characters. Bits above the lowest may be wrong.
#[inline]
fn string_stops(bytes: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH_BITS: u64 = ONES << 7;
    // Each subtraction sets the high bit of the bytes that are less than what is subtracted, if it was clear before.
    // Flipping the second bit moves the quote to the end of the control characters.
    let quote_or_control = (bytes ^ (ONES * 2)).wrapping_sub(ONES * u64::from(b'"' ^ 2) + ONES);
    let backslash = (bytes ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (quote_or_control | backslash) & !bytes & HIGH_BITS
}
