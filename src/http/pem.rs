//! Decodes the certificates of a PEM file (RFC 7468).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memchr2_iter;

/// As lenient as the PEM reader of rustls.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The base64 texts of the certificates in `pem`. What stands between sections is ignored, and so are sections without an
/// end and those of other types, such as OpenSSL's `TRUSTED CERTIFICATE`.
pub(super) fn find_certificates(pem: &[u8]) -> Vec<Vec<u8>> {
    let mut certificates = Vec::new();
    let mut text = Vec::new();
    let mut in_certificate = false;
    let mut start = 0;
    for end in memchr2_iter(b'\n', b'\r', pem).chain([pem.len()]) {
        let line = &pem[start..end];
        start = end + 1;
        if let Some(label) = line.strip_prefix(b"-----BEGIN ") {
            in_certificate = label.trim_ascii_end() == b"CERTIFICATE-----";
            text.clear();
        } else if !in_certificate {
            // A comment, or a section of another type.
        } else if line.starts_with(b"-----END ") {
            if line.starts_with(b"-----END CERTIFICATE-----") {
                certificates.push(text.clone());
            }
            in_certificate = false;
        } else {
            text.extend_from_slice(line);
        }
    }
    certificates
}

/// The certificate (DER), or `None` if `text` is not base64.
pub(super) fn decode_certificate(text: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(text).ok().or_else(|| {
        // White space within lines is rare.
        let is_text = |byte: &u8| !byte.is_ascii_whitespace();
        let text: Vec<u8> = text.iter().copied().filter(is_text).collect();
        BASE64.decode(text).ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    const BEGIN: &str = "-----BEGIN CERTIFICATE-----\n";
    const END: &str = "-----END CERTIFICATE-----\n";

    fn decode_certificates(pem: &str) -> Vec<Vec<u8>> {
        let texts = find_certificates(pem.as_bytes());
        texts.iter().filter_map(|text| decode_certificate(text)).collect()
    }

    /// What a file may consist of.
    const PARTS: [&str; 8] = [
        "-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\r\nZm91\r\ncg==\r\n-----END CERTIFICATE-----\r\n",
        "-----BEGIN CERTIFICATE-----\n b2 5l\t\n-----END CERTIFICATE-----  \n",
        "-----BEGIN CERTIFICATE-----\nb25l!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE----\nb25l\n-----END CERTIFICATE-----\n",
        "-----BEGIN TRUSTED CERTIFICATE-----\nb25l\n-----END TRUSTED CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\nb25l\n-----END PRIVATE KEY-----\n",
        "# comment\n\n",
    ];

    #[test]
    fn certificates_are_found_among_what_else_a_file_may_hold() {
        let section = |body: &str| format!("{BEGIN}{body}\n{END}");
        let (one, two) = (section("b25l"), section("dHdv"));
        let cases: [(String, &[&str]); 22] = [
            (String::new(), &[]),
            ("no certificate\n".to_owned(), &[]),
            (one.clone(), &["one"]),
            (format!("{one}{two}"), &["one", "two"]),
            (format!("# Root\n{one}\n\n# Other: root\n{two}# end"), &["one", "two"]),
            (one.replace('\n', "\r\n"), &["one"]),
            (one.replace('\n', "\r"), &["one"]),
            (one.trim_end().to_owned(), &["one"]),
            (section("b2\n5l"), &["one"]),
            (section(" b2 \t\n 5l "), &["one"]),
            (section("Zm91cg=="), &["four"]),
            (section("Zm91cg"), &["four"]),
            (section("Zm91ch"), &["four"]),
            (section(""), &[""]),
            (one.replace("-\n", "- \n"), &["one"]),
            // What is broken is left out alone.
            (format!("{}{two}", section("b25l!")), &["two"]),
            (format!("{}{two}", section("b25l=b25l")), &["two"]),
            (format!("{BEGIN}b25l\n{two}"), &["two"]),
            (format!("{BEGIN}b25l\n-----END CRL-----\n{two}"), &["two"]),
            (format!("{two}{BEGIN}b25l\n"), &["two"]),
            (format!("{}{two}", one.replace("-----\nb", "----\nb")), &["two"]),
            (format!("{}{two}", one.replace(" CERT", " TRUSTED CERT")), &["two"]),
        ];
        for (pem, expected) in cases {
            let found = decode_certificates(&pem);
            let expected: Vec<&[u8]> = expected.iter().map(|text| text.as_bytes()).collect();
            assert_eq!(found, expected, "{pem:?}");
        }
    }

    proptest! {
        #[test]
        fn sections_in_any_order_are_read_as_rustls_reads_them(
            parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 0..12),
        ) {
            let pem = parts.concat();
            let expected: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(pem.as_bytes())
                .flatten()
                .map(|certificate| certificate.to_vec())
                .collect();
            prop_assert_eq!(decode_certificates(&pem), expected, "{:?}", pem);
        }
    }
}
