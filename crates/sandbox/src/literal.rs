//! Literals of the OData grammar (ABNF section 7) and the values of a referral's properties.
//! Compares and orders them; knows no operators.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use rust_decimal::Decimal;

/// A primitive value, from a literal or from a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    /// No value: written `null`, or the property is missing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, exact.
    Number(Decimal),
    /// A string.
    Text(Cow<'a, str>),
    /// A GUID written without quotes; equals a string of the same digits in any case.
    Guid(Cow<'a, str>),
    /// An instant.
    Instant(Timestamp),
    /// A day.
    Date(Date),
}

impl Cell<'_> {
    /// The same, depending on no row.
    pub(crate) fn into_owned(self) -> Cell<'static> {
        match self {
            Cell::Null => Cell::Null,
            Cell::Boolean(truth) => Cell::Boolean(truth),
            Cell::Number(number) => Cell::Number(number),
            Cell::Text(text) => Cell::Text(text.into_owned().into()),
            Cell::Guid(text) => Cell::Guid(text.into_owned().into()),
            Cell::Instant(instant) => Cell::Instant(instant),
            Cell::Date(date) => Cell::Date(date),
        }
    }

    /// How two values of comparable types stand to each other; `None` where either is null.
    pub(crate) fn compare(&self, other: &Cell<'_>) -> Option<Ordering> {
        match (self, other) {
            (Cell::Boolean(left), Cell::Boolean(right)) => Some(left.cmp(right)),
            (Cell::Number(left), Cell::Number(right)) => Some(left.cmp(right)),
            (Cell::Text(left), Cell::Text(right)) => Some(left.as_ref().cmp(right.as_ref())),
            (Cell::Guid(left), Cell::Text(right) | Cell::Guid(right))
            | (Cell::Text(left), Cell::Guid(right)) => {
                Some(left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase()))
            }
            (Cell::Instant(left), Cell::Instant(right)) => Some(left.cmp(right)),
            (Cell::Date(left), Cell::Date(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// The order of `$orderby`: nulls below everything (OData protocol, system query option `$orderby`).
    pub(crate) fn order(&self, other: &Cell<'_>) -> Ordering {
        let null = |cell: &Cell<'_>| matches!(cell, Cell::Null);
        self.compare(other).unwrap_or_else(|| null(other).cmp(&null(self)))
    }
}

/// Whether `text` begins with a GUID that nothing prolongs.
pub(crate) fn leading_guid(text: &str) -> Option<&str> {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    let guid = text.get(..36)?;
    let shaped = guid.bytes().enumerate().all(|(index, byte)| {
        if DASHES.contains(&index) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    });
    let ends =
        !text[36..].starts_with(|next: char| next.is_alphanumeric() || "-_.:".contains(next));
    (shaped && ends).then_some(guid)
}

/// Reads what begins with a digit or a sign: a date, an instant or a number.
///
/// # Errors
/// Says what is wrong with `word` when it is none of these.
pub(crate) fn number_or_time(word: &str) -> Result<Cell<'static>, String> {
    if word.contains(['T', 't', ':']) {
        return date_time_offset(word)
            .map(Cell::Instant)
            .ok_or_else(|| format!("'{word}' is not an Edm.DateTimeOffset literal"));
    }
    if let Some(date) = date(word) {
        return Ok(Cell::Date(date));
    }
    number(word).map(Cell::Number).ok_or_else(|| format!("'{word}' is not a literal"))
}

/// A number as a row has it: JSON's grammar is close enough to OData's.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else {
        Decimal::from_str_exact(text).ok()
    }
}

/// An instant as a row has it: RFC 3339, or without an offset, which then means UTC (API §9, 19).
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let naive = text.parse::<DateTime>().ok()?;
        naive.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
    })
}

/// `[SIGN] 1*DIGIT ["." 1*DIGIT] ["e" [SIGN] 1*DIGIT]`
fn number(word: &str) -> Option<Decimal> {
    let unsigned = word.strip_prefix(['-', '+']).unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let exponent = exponent.map(|it| it.strip_prefix(['-', '+']).unwrap_or(it));
    let well_formed = digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(digits);
    well_formed.then(|| decimal(word.strip_prefix('+').unwrap_or(word))).flatten()
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `year "-" month "-" day`, with four digits of year.
fn date(word: &str) -> Option<Date> {
    let mut parts = word.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(two(year, 4)?, small(month)?, small(day)?).ok()
}

/// `date "T" hour ":" minute [":" second ["." 1*12DIGIT]] ("Z" / SIGN hour ":" minute)`
fn date_time_offset(word: &str) -> Option<Timestamp> {
    let (day, rest) = word.split_once(['T', 't'])?;
    let (clock, offset) = if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        (clock, Offset::UTC)
    } else {
        let sign = rest.rfind(['+', '-'])?;
        (&rest[..sign], offset(&rest[sign..])?)
    };
    let naive = date(day)?.to_datetime(time(clock)?);
    offset.to_timestamp(naive).ok()
}

fn offset(text: &str) -> Option<Offset> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (small(hours)?, small(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    let signed = if text.starts_with('-') { -seconds } else { seconds };
    Offset::from_seconds(signed).ok()
}

/// Fractions below a nanosecond are cut: no row has them (API §3.1).
fn time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute, seconds) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (second, fraction) = match seconds {
        Some(seconds) => match seconds.split_once('.') {
            Some((second, fraction)) => (small(second)?, Some(fraction)),
            None => (small(seconds)?, None),
        },
        None => (0, None),
    };
    let nanosecond = match fraction {
        Some(fraction) if digits(fraction) && fraction.len() <= 12 => {
            format!("{fraction:0<9}").get(..9)?.parse().ok()?
        }
        Some(_) => return None,
        None => 0,
    };
    // Second 60 is in the grammar for leap seconds; the calendar here has none.
    Time::new(small(hour)?, small(minute)?, second.min(59), nanosecond)
        .ok()
        .filter(|_| second <= 60)
}

/// Two digits.
fn small(text: &str) -> Option<i8> {
    two(text, 2)
}

fn two<T: std::str::FromStr>(text: &str, length: usize) -> Option<T> {
    (text.len() == length && digits(text)).then(|| text.parse().ok()).flatten()
}
