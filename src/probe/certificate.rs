//! Who issued a certificate, read from its bytes (RFC 5280 §4.1). Checks nothing: it is for people to read.

const INTEGER: u8 = 0x02;
const OBJECT: u8 = 0x06;
const BMP: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// The version, which comes first and may be missing.
const VERSION: u8 = 0xa0;

/// The common name and the organisation (RFC 5280, appendix A.1).
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANISATION: &[u8] = &[0x55, 4, 10];

/// The issuer's common name and organisation; `None` where neither can be read.
pub(super) fn issuer(der: &[u8]) -> Option<String> {
    let mut certificate = Reader(Reader(der).expect(SEQUENCE)?);
    let mut signed = Reader(certificate.expect(SEQUENCE)?);
    if signed.0.first() == Some(&VERSION) {
        signed.next()?;
    }
    signed.expect(INTEGER)?;
    signed.expect(SEQUENCE)?;
    let mut name = Reader(signed.expect(SEQUENCE)?);
    let (mut common, mut organisation) = (None, None);
    while let Some((SET, parts)) = name.next() {
        let mut parts = Reader(parts);
        while let Some((SEQUENCE, part)) = parts.next() {
            let mut part = Reader(part);
            match part.expect(OBJECT)? {
                COMMON_NAME => common = part.text(),
                ORGANISATION => organisation = part.text(),
                _ => {}
            }
        }
    }
    match (common, organisation) {
        (Some(common), Some(organisation)) => Some(format!("{common} ({organisation})")),
        (one, other) => one.or(other),
    }
}

/// What is left of some DER.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The tag and the content of the next value.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], mut rest) = self.0.split_first_chunk()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.len() > 3 {
                return None;
            }
            length = digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// The next value as text, in whichever of the alphabets it is.
    fn text(&mut self) -> Option<String> {
        let (tag, content) = self.next()?;
        if tag != BMP {
            return Some(String::from_utf8_lossy(content).into_owned());
        }
        let pairs = content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        Some(char::decode_utf16(pairs).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn the_issuer_is_read_and_a_cut_certificate_never_breaks_the_reader() {
        let der = STANDARD.decode(super::super::tests::CERTIFICATE).unwrap();
        assert_eq!(issuer(&der).as_deref(), Some("Contoso TLS Inspection (Contoso)"));
        for end in 0..der.len() {
            assert_eq!(issuer(&der[..end]), None, "{end}");
        }
        for place in 0..der.len() {
            for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut broken = der.clone();
                broken[place] = byte;
                let _ = issuer(&broken);
            }
        }
    }

    #[test]
    fn two_byte_text_is_read() {
        assert_eq!(Reader(&[BMP, 4, 0x67, 0x31, 0, 0x41]).text().as_deref(), Some("朱A"));
    }
}
