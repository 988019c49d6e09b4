//! The names in a server's certificate, for messages about one that is not trusted.

use std::sync::{Arc, Mutex};

use reqwest::Url;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::client::{CONNECT_TIMEOUT, Http};
use crate::text::escape_control;

/// Attribute types of a distinguished name, below the object identifier 2.5.4 (RFC 5280 appendix A.1).
const COMMON_NAME: u8 = 3;
const ORGANIZATION: u8 = 10;
const ORGANIZATIONAL_UNIT: u8 = 11;

/// The tag of text in UTF-16; the other types of text are read as UTF-8.
const BMP_STRING: u8 = 0x1e;

/// Names from the certificate chain of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    pub subject: String,
    pub issuer: String,
    /// The issuer of the last certificate in the chain: usually the root, which is the one to trust.
    pub root: String,
}

impl Http {
    /// Connects to `url` as any request does, for the certificate alone. `None` when the handshake does not get that
    /// far or the certificate cannot be parsed.
    pub fn fetch_peer_certificate(&self, url: &Url) -> Option<PeerCertificate> {
        let recorder = Arc::new(Recorder::default());
        let provider = Arc::new(ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Recorder>::clone(&recorder))
            .with_no_client_auth();
        let builder = self.tls_builder().ok()?.tls_backend_preconfigured(tls);
        let client = self.build_client(builder).ok()?;
        let _ = client.head(url.join("/").ok()?).timeout(CONNECT_TIMEOUT).send();
        let chain = recorder.0.lock().ok()?.take()?;
        parse_chain(&chain)
    }
}

/// Records the certificate chain and rejects every handshake, so that no request is sent.
#[derive(Debug, Default)]
struct Recorder(Mutex<Option<Vec<CertificateDer<'static>>>>);

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        if let Ok(mut recorded) = self.0.lock() {
            *recorded = Some(chain.map(|certificate| certificate.clone().into_owned()).collect());
        }
        Err(rejection())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(rejection())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(rejection())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

fn rejection() -> Error {
    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

fn parse_chain(chain: &[CertificateDer<'_>]) -> Option<PeerCertificate> {
    let first = webpki::EndEntityCert::try_from(chain.first()?).ok()?;
    let last = webpki::EndEntityCert::try_from(chain.last()?).ok()?;
    Some(PeerCertificate {
        subject: display_name(first.subject()),
        issuer: display_name(first.issuer()),
        root: display_name(last.issuer()),
    })
}

/// A distinguished name (DER) as "common name (organization)", on one line. Whoever made the certificate chose it.
fn display_name(der: &[u8]) -> String {
    let find =
        |attribute| find_attribute(der, attribute).map(|text| escape_control(&text).into_owned());
    let common = find(COMMON_NAME).or_else(|| find(ORGANIZATIONAL_UNIT));
    match (common, find(ORGANIZATION)) {
        (Some(common), Some(organization)) if common != organization => {
            format!("{common} ({organization})")
        }
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => "(no name)".to_owned(),
    }
}

/// The text of the first attribute of type 2.5.4.`attribute`: identifier, tag, length, text.
fn find_attribute(der: &[u8], attribute: u8) -> Option<String> {
    let identifier = [6, 3, 0x55, 4, attribute];
    let start = der.windows(identifier.len()).position(|bytes| bytes == identifier)?;
    let (tag, rest) = der.get(start + identifier.len()..)?.split_first()?;
    let (length, rest) = match rest.split_first()? {
        (0x81, rest) => rest.split_first()?,
        short => short,
    };
    let text = rest.get(..usize::from(*length))?;
    if *tag == BMP_STRING {
        let units = text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        return Some(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect());
    }
    Some(String::from_utf8_lossy(text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(attribute: u8, tag: u8, text: &[u8]) -> Vec<u8> {
        let mut der = vec![6, 3, 0x55, 4, attribute, tag];
        if text.len() > 127 {
            der.push(0x81);
        }
        der.push(u8::try_from(text.len()).unwrap());
        der.extend_from_slice(text);
        der
    }

    #[test]
    fn a_name_is_shown_with_its_organization() {
        let long = "x".repeat(200);
        let cases = [
            (vec![], "(no name)"),
            (attribute(COMMON_NAME, 12, "Prüf-CA".as_bytes()), "Prüf-CA"),
            (attribute(COMMON_NAME, BMP_STRING, &[0, b'C', 0, b'A']), "CA"),
            (attribute(COMMON_NAME, 12, long.as_bytes()), long.as_str()),
            (attribute(ORGANIZATIONAL_UNIT, 19, b"Class 3"), "Class 3"),
            (attribute(COMMON_NAME, 12, b"CA\r\nhint: x\x1b[2J"), "CA hint: x\u{241b}[2J"),
            (attribute(ORGANIZATION, 12, "\u{202e}AC".as_bytes()), "\u{fffd}AC"),
            (attribute(ORGANIZATION, 19, b"Contoso"), "Contoso"),
            (
                [attribute(ORGANIZATION, 19, b"Contoso"), attribute(COMMON_NAME, 19, b"CA")]
                    .concat(),
                "CA (Contoso)",
            ),
            (
                [attribute(ORGANIZATION, 19, b"CA"), attribute(COMMON_NAME, 19, b"CA")].concat(),
                "CA",
            ),
        ];
        for (der, expected) in cases {
            assert_eq!(display_name(&der), expected);
        }
    }

    #[test]
    fn a_truncated_name_is_no_name() {
        let whole = attribute(COMMON_NAME, 12, b"Contoso CA");
        for end in 0..whole.len() {
            assert_eq!(display_name(&whole[..end]), "(no name)", "{end}");
        }
    }
}
