//! Why a JSON text is refused.

use std::fmt;

pub type JsonResult<T> = Result<T, JsonError>;

/// Why a JSON text is refused, and where.
// Boxed, because results are passed for every value and errors are rare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError(Box<Place>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    problem: Problem,
    line: usize,
    column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    UnexpectedEnd,
    Expected(&'static str),
    ControlCharacter,
    InvalidEscape,
    InvalidNumber,
    TrailingCharacters,
    TooDeep(usize),
    NotAnObject,
}

impl JsonError {
    #[cold]
    pub(super) fn new(problem: Problem, text: &[u8], at: usize) -> JsonError {
        let before = &text[..at.min(text.len())];
        let lines = || before.split(|&byte| byte == b'\n');
        let last_line = lines().next_back().unwrap_or_default();
        let characters = last_line.iter().filter(|&&byte| is_char_start(byte));
        let (line, column) = (lines().count(), 1 + characters.count());
        JsonError(Box::new(Place { problem, line, column }))
    }

    /// Whether the text is not JSON. Otherwise it may be, but is nested too deeply or is not an object.
    pub fn is_syntax(&self) -> bool {
        !matches!(self.0.problem, Problem::TooDeep(_) | Problem::NotAnObject)
    }
}

fn is_char_start(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { problem, line, column } = &*self.0;
        match problem {
            Problem::UnexpectedEnd => f.write_str("unexpected end of text"),
            Problem::Expected(what) => write!(f, "expected {what}"),
            Problem::ControlCharacter => f.write_str("control character in a string"),
            Problem::InvalidEscape => f.write_str("invalid escape"),
            Problem::InvalidNumber => f.write_str("invalid number"),
            Problem::TrailingCharacters => f.write_str("trailing characters"),
            Problem::TooDeep(levels) => write!(f, "nested more than {levels} levels deep"),
            Problem::NotAnObject => f.write_str("not an object"),
        }?;
        write!(f, " at line {line} column {column}")
    }
}

impl std::error::Error for JsonError {}
