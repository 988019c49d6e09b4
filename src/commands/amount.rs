//! Reads the amounts of money that flags take.

use rust_decimal::Decimal;

/// What groups of three digits may be separated by, other than `.` and `,`, which are also decimal separators: a low
/// line, a space, no-break spaces and the Swiss apostrophes.
const SEPARATORS: [char; 6] = ['_', ' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

/// Reads `25000`, `99.5`, `100_000`, `100k` and `1.5m`.
///
/// # Errors
/// The expected form, or the readings of what can be read in two ways; clap adds the name of the flag.
pub(super) fn parse_amount(text: &str) -> Result<Decimal, String> {
    let text = text.trim();
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (number, factor) = match unsigned.strip_suffix(['k', 'K', 'm', 'M']) {
        Some(number) if unsigned.ends_with(['k', 'K']) => (number.trim_end(), 1_000),
        Some(number) => (number.trim_end(), 1_000_000),
        None => (unsigned, 1),
    };
    let read = |digits: &str| {
        let plain: Decimal = format!("{sign}{digits}").parse().ok()?;
        plain.checked_mul(Decimal::from(factor)).map(|amount| amount.normalize())
    };
    let unclear = "expected a number such as 25000, 99.5, 100k or 1.5m";
    let number = ungroup(number, &SEPARATORS).unwrap_or_else(|| number.to_owned());
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let amount = match find_readings(&number) {
        [Some(decimal), Some(grouped)] => match (read(&decimal), read(&grouped)) {
            (Some(one), Some(other)) => {
                return Err(format!("it could mean {one} or {other}: write one of them"));
            }
            _ => None,
        },
        [None, Some(whole)] => return Err(suggest(read(&whole), unclear)),
        // A decimal comma.
        [Some(decimal), None] if number.contains(',') => {
            return Err(suggest(read(&decimal), unclear));
        }
        [Some(decimal), None] => read(&decimal),
        [None, None] => {
            Some(number).filter(|number| plain(number)).and_then(|number| read(&number))
        }
    };
    amount.ok_or_else(|| unclear.to_owned())
}

fn suggest(reading: Option<Decimal>, unclear: &str) -> String {
    reading.map_or_else(|| unclear.to_owned(), |amount| format!("write {amount}"))
}

/// `number` as a decimal fraction, and as a whole number in groups of three digits, where it can be read so. In
/// `1.234,50`, the last separator is that of the fraction.
fn find_readings(number: &str) -> [Option<String>; 2] {
    let Some((whole, fraction)) = number.rsplit_once(['.', ',']) else { return [None, None] };
    let separator = &number[whole.len()..=whole.len()];
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_plain(fraction) {
        return [None, None];
    }
    let other = if separator == "." { ',' } else { '.' };
    let whole_digits =
        ungroup(whole, &[other]).or_else(|| is_plain(whole).then(|| whole.to_owned()));
    let decimal = whole_digits.map(|whole| format!("{whole}.{fraction}"));
    let grouped = ['.', ','].iter().find_map(|separator| ungroup(number, &[*separator]));
    [decimal, grouped]
}

/// The digits of a whole number in groups of three; `None` where there are no such groups. No group begins with 0, so
/// that `0.125` is only a fraction.
fn ungroup(number: &str, separators: &[char]) -> Option<String> {
    let mut groups = number.split(separators);
    let first =
        groups.next().filter(|first| (1..=3).contains(&first.len()) && !first.starts_with('0'))?;
    let rest: Vec<&str> = groups.collect();
    let digits = first.to_owned() + &rest.concat();
    let grouped = !rest.is_empty() && rest.iter().all(|group| group.len() == 3);
    Some(digits).filter(|digits| grouped && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_may_be_short_or_in_groups() {
        for (text, amount) in [
            ("25000", "25000"),
            (" 99.5 ", "99.5"),
            ("0.125", "0.125"),
            ("-5", "-5"),
            ("100k", "100000"),
            ("100 K", "100000"),
            ("1.5m", "1500000"),
            ("2M", "2000000"),
            ("100_000", "100000"),
            ("1 250 000", "1250000"),
            ("1'250'000", "1250000"),
            ("1.25", "1.25"),
            ("1.2500", "1.25"),
            ("0", "0"),
        ] {
            let parsed = parse_amount(text).map(|amount| amount.normalize().to_string());
            assert_eq!(parsed.as_deref(), Ok(amount), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_two_ways_is_refused_with_both() {
        for (text, message) in [
            ("100.000", "it could mean 100 or 100000: write one of them"),
            ("100,000", "it could mean 100 or 100000: write one of them"),
            ("1.234", "it could mean 1.234 or 1234: write one of them"),
            ("-1,234", "it could mean -1.234 or -1234: write one of them"),
            ("1.500k", "it could mean 1500 or 1500000: write one of them"),
        ] {
            assert_eq!(parse_amount(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn a_spelling_of_other_countries_is_refused_with_ours() {
        for (text, message) in [
            ("1.000.000", "write 1000000"),
            ("1,000,000", "write 1000000"),
            ("1,5", "write 1.5"),
            ("99,50", "write 99.5"),
            ("1.234,50", "write 1234.5"),
        ] {
            assert_eq!(parse_amount(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "-",
            "k",
            "five",
            "100 EUR",
            "€5",
            "1e5",
            "+5",
            "1__000",
            "1_00",
            "10_0000",
            ".5",
            "5.",
            "1.2.3",
            "--5",
            "0x10",
            "99999999999999999999999999999999",
            "9999999999999999999999999999m",
        ] {
            let message = parse_amount(text).unwrap_err();
            assert!(message.starts_with("expected a number"), "{text}: {message}");
        }
    }
}
