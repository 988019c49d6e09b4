//! Primitive values: literals of the OData grammar (ABNF section 7) and values of properties.

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
pub(crate) enum Primitive<'a> {
    /// `null`, or the property is missing.
    Null,
    Boolean(bool),
    Number(Decimal),
    Text(Cow<'a, str>),
    /// A GUID written without quotes; equals a string of the same digits in any case.
    Guid(Cow<'a, str>),
    Instant(Timestamp),
    Date(Date),
}

impl Primitive<'_> {
    pub(crate) fn into_owned(self) -> Primitive<'static> {
        match self {
            Primitive::Null => Primitive::Null,
            Primitive::Boolean(truth) => Primitive::Boolean(truth),
            Primitive::Number(number) => Primitive::Number(number),
            Primitive::Text(text) => Primitive::Text(text.into_owned().into()),
            Primitive::Guid(text) => Primitive::Guid(text.into_owned().into()),
            Primitive::Instant(instant) => Primitive::Instant(instant),
            Primitive::Date(date) => Primitive::Date(date),
        }
    }

    /// `None` where either is null or the types cannot be compared.
    pub(crate) fn compare(&self, other: &Primitive<'_>) -> Option<Ordering> {
        match (self, other) {
            (Primitive::Boolean(left), Primitive::Boolean(right)) => Some(left.cmp(right)),
            (Primitive::Number(left), Primitive::Number(right)) => Some(left.cmp(right)),
            (Primitive::Text(left), Primitive::Text(right)) => {
                Some(left.as_ref().cmp(right.as_ref()))
            }
            (Primitive::Guid(left), Primitive::Text(right) | Primitive::Guid(right))
            | (Primitive::Text(left), Primitive::Guid(right)) => {
                Some(left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase()))
            }
            (Primitive::Instant(left), Primitive::Instant(right)) => Some(left.cmp(right)),
            (Primitive::Date(left), Primitive::Date(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// The order of `$orderby`: null comes first (OData protocol, system query option `$orderby`).
    pub(crate) fn compare_for_order(&self, other: &Primitive<'_>) -> Ordering {
        let is_null = |value: &Primitive<'_>| matches!(value, Primitive::Null);
        self.compare(other).unwrap_or_else(|| is_null(other).cmp(&is_null(self)))
    }
}

/// The GUID that `text` begins with, unless it is part of a longer word.
pub(crate) fn take_leading_guid(text: &str) -> Option<&str> {
    const DASHES: [usize; 4] = [8, 13, 18, 23];
    let guid = text.get(..36)?;
    let is_guid = guid.bytes().enumerate().all(|(index, byte)| {
        if DASHES.contains(&index) { byte == b'-' } else { byte.is_ascii_hexdigit() }
    });
    let ends_there =
        !text[36..].starts_with(|next: char| next.is_alphanumeric() || "-_.:".contains(next));
    (is_guid && ends_there).then_some(guid)
}

/// Parses a literal that begins with a digit or a sign: a date, an instant or a number.
///
/// # Errors
/// When `word` is none of these.
pub(crate) fn parse_number_or_time(word: &str) -> Result<Primitive<'static>, String> {
    if word.contains(['T', 't', ':']) {
        return parse_date_time_offset(word)
            .map(Primitive::Instant)
            .ok_or_else(|| format!("'{word}' is not an Edm.DateTimeOffset literal"));
    }
    if let Some(date) = parse_date(word) {
        return Ok(Primitive::Date(date));
    }
    parse_number(word).map(Primitive::Number).ok_or_else(|| format!("'{word}' is not a literal"))
}

/// Parses a JSON number, which is close enough to one of OData.
pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else {
        Decimal::from_str_exact(text).ok()
    }
}

/// Parses a timestamp of a property: RFC 3339, or without an offset, which means UTC (API §9, 19).
pub(crate) fn parse_instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let naive = text.parse::<DateTime>().ok()?;
        naive.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
    })
}

/// `[SIGN] 1*DIGIT ["." 1*DIGIT] ["e" [SIGN] 1*DIGIT]`
fn parse_number(word: &str) -> Option<Decimal> {
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
    let well_formed =
        is_digits(whole) && fraction.is_none_or(is_digits) && exponent.is_none_or(is_digits);
    well_formed.then(|| parse_decimal(word.strip_prefix('+').unwrap_or(word))).flatten()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `year "-" month "-" day`, with four digits of year.
fn parse_date(word: &str) -> Option<Date> {
    let mut parts = word.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(parse_digits(year, 4)?, parse_two_digits(month)?, parse_two_digits(day)?).ok()
}

/// `date "T" hour ":" minute [":" second ["." 1*12DIGIT]] ("Z" / SIGN hour ":" minute)`
fn parse_date_time_offset(word: &str) -> Option<Timestamp> {
    let (day, rest) = word.split_once(['T', 't'])?;
    let (clock, offset) = if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        (clock, Offset::UTC)
    } else {
        let sign = rest.rfind(['+', '-'])?;
        (&rest[..sign], parse_offset(&rest[sign..])?)
    };
    let naive = parse_date(day)?.to_datetime(parse_time(clock)?);
    offset.to_timestamp(naive).ok()
}

fn parse_offset(text: &str) -> Option<Offset> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let (hours, minutes) = (parse_two_digits(hours)?, parse_two_digits(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
    let signed = if text.starts_with('-') { -seconds } else { seconds };
    Offset::from_seconds(signed).ok()
}

/// Digits below a nanosecond are dropped: the API has none (API §3.1).
fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute, seconds) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let (second, fraction) = match seconds {
        Some(seconds) => match seconds.split_once('.') {
            Some((second, fraction)) => (parse_two_digits(second)?, Some(fraction)),
            None => (parse_two_digits(seconds)?, None),
        },
        None => (0, None),
    };
    let nanosecond = match fraction {
        Some(fraction) if is_digits(fraction) && fraction.len() <= 12 => {
            format!("{fraction:0<9}").get(..9)?.parse().ok()?
        }
        Some(_) => return None,
        None => 0,
    };
    // The grammar allows second 60, a leap second, which the calendar here does not have.
    Time::new(parse_two_digits(hour)?, parse_two_digits(minute)?, second.min(59), nanosecond)
        .ok()
        .filter(|_| second <= 60)
}

fn parse_two_digits(text: &str) -> Option<i8> {
    parse_digits(text, 2)
}

fn parse_digits<T: std::str::FromStr>(text: &str, length: usize) -> Option<T> {
    (text.len() == length && is_digits(text)).then(|| text.parse().ok()).flatten()
}
