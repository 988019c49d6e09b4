//! Reads the countries that flags take.

/// Codes that are in use beside the one of ISO 3166-1 alpha-2.
const ALIASES: [(&str, &str); 3] = [("UK", "GB"), ("EL", "GR"), ("USA", "US")];

/// Names that people write for a code, in lower case: English, and their own.
const NAMES: &[(&str, &str)] = &[
    ("argentina", "AR"),
    ("australia", "AU"),
    ("austria", "AT"),
    ("österreich", "AT"),
    ("belgium", "BE"),
    ("brazil", "BR"),
    ("britain", "GB"),
    ("bulgaria", "BG"),
    ("canada", "CA"),
    ("chile", "CL"),
    ("china", "CN"),
    ("colombia", "CO"),
    ("croatia", "HR"),
    ("czechia", "CZ"),
    ("denmark", "DK"),
    ("egypt", "EG"),
    ("england", "GB"),
    ("estonia", "EE"),
    ("finland", "FI"),
    ("france", "FR"),
    ("germany", "DE"),
    ("deutschland", "DE"),
    ("great britain", "GB"),
    ("greece", "GR"),
    ("hungary", "HU"),
    ("india", "IN"),
    ("indonesia", "ID"),
    ("ireland", "IE"),
    ("israel", "IL"),
    ("italy", "IT"),
    ("italia", "IT"),
    ("japan", "JP"),
    ("latvia", "LV"),
    ("lithuania", "LT"),
    ("luxembourg", "LU"),
    ("malaysia", "MY"),
    ("mexico", "MX"),
    ("netherlands", "NL"),
    ("holland", "NL"),
    ("new zealand", "NZ"),
    ("norway", "NO"),
    ("poland", "PL"),
    ("portugal", "PT"),
    ("romania", "RO"),
    ("saudi arabia", "SA"),
    ("singapore", "SG"),
    ("slovakia", "SK"),
    ("slovenia", "SI"),
    ("south africa", "ZA"),
    ("south korea", "KR"),
    ("spain", "ES"),
    ("españa", "ES"),
    ("sweden", "SE"),
    ("switzerland", "CH"),
    ("schweiz", "CH"),
    ("turkey", "TR"),
    ("ukraine", "UA"),
    ("united arab emirates", "AE"),
    ("united kingdom", "GB"),
    ("united states", "US"),
    ("vietnam", "VN"),
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
    Err(match NAMES.iter().find(|(known, _)| *known == name) {
        Some((_, code)) => format!("expected a two-letter code: write {code}"),
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
