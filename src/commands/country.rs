//! Reads the countries that flags take.

use super::codes::find_country;

/// Codes that are in use beside the one of ISO 3166-1 alpha-2.
const ALIASES: [(&str, &str); 3] = [("UK", "GB"), ("EL", "GR"), ("USA", "US")];

/// Names that people write beside the short ones in English, in lower case.
const NAMES: &[(&str, &str)] = &[
    ("österreich", "AT"),
    ("britain", "GB"),
    ("england", "GB"),
    ("deutschland", "DE"),
    ("great britain", "GB"),
    ("italia", "IT"),
    ("holland", "NL"),
    ("españa", "ES"),
    ("schweiz", "CH"),
    ("turkey", "TR"),
];

/// The code in upper case, `GB` for `UK`.
///
/// # Errors
/// The expected form, and the code of a country's name; clap adds the name of the flag.
pub(super) fn parse_country(text: &str) -> Result<String, String> {
    let code = text.trim().to_uppercase();
    if let Some((_, standard)) = ALIASES.iter().find(|(alias, _)| *alias == code) {
        return Ok((*standard).to_owned());
    }
    if matches!(code.chars().count(), 2..=3) && code.chars().all(char::is_alphabetic) {
        return Ok(code);
    }
    let name = text.trim().to_lowercase();
    let other = || NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code);
    Err(match find_country(&name).or_else(other) {
        Some(code) => format!("expected a two-letter code: write {code}"),
        None => "expected a two-letter code, such as DE or US".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_and_a_common_one_as_the_standard_one() {
        for (text, code) in
            [("DE", "DE"), (" de ", "DE"), ("UK", "GB"), ("uk", "GB"), ("el", "GR"), ("usa", "US")]
        {
            assert_eq!(parse_country(text).as_deref(), Ok(code), "{text}");
        }
    }

    #[test]
    fn a_name_is_refused_with_its_code() {
        for (text, message) in [
            ("Germany", "expected a two-letter code: write DE"),
            ("ÖSTERREICH", "expected a two-letter code: write AT"),
            ("united kingdom", "expected a two-letter code: write GB"),
            ("Atlantis", "expected a two-letter code, such as DE or US"),
            ("", "expected a two-letter code, such as DE or US"),
            ("D1", "expected a two-letter code, such as DE or US"),
        ] {
            assert_eq!(parse_country(text).unwrap_err(), message, "{text}");
        }
    }
}
