//! Whose certificate a server presents, for messages about one that is not trusted.
//! Trusts nothing: the handshake it makes is always refused, so that nothing is ever sent over it.

use std::sync::{Arc, Mutex};

use reqwest::Url;
use reqwest::blocking::Client;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::{CONNECT_TIMEOUT, Http};

/// The object identifiers below 2.5.4 of the parts of a name worth showing (RFC 5280 appendix A.1).
const COMMON_NAME: u8 = 3;
const ORGANIZATION: u8 = 10;
const UNIT: u8 = 11;

/// The names in the certificates a server presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Whom the server's own certificate is for.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Who issued the last certificate presented, as a rule a root; that is the one to trust.
    pub root: String,
}

impl Http {
    /// What the server at `url`, or who answers in its place, presents; asked through the same proxies as any
    /// request. `None` when no handshake comes so far or a certificate cannot be read.
    pub fn presented(&self, url: &Url) -> Option<PeerCertificate> {
        let recorder = Arc::new(Recorder::default());
        let provider = Arc::new(ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::<Recorder>::clone(&recorder))
            .with_no_client_auth();
        let mut origin = url.clone();
        origin.set_path("/");
        origin.set_query(None);
        let client = self.build_client(Client::builder().tls_backend_preconfigured(tls)).ok()?;
        let _ = client.head(origin).timeout(CONNECT_TIMEOUT).send();
        let chain = recorder.0.lock().ok()?.take()?;
        names(&chain)
    }
}

/// Keeps the certificates of a handshake and refuses it.
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
        if let Ok(mut kept) = self.0.lock() {
            *kept = Some(chain.map(|certificate| certificate.clone().into_owned()).collect());
        }
        Err(refusal())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(refusal())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(refusal())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

fn refusal() -> Error {
    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

fn names(chain: &[CertificateDer<'_>]) -> Option<PeerCertificate> {
    let own = webpki::EndEntityCert::try_from(chain.first()?).ok()?;
    let last = webpki::EndEntityCert::try_from(chain.last()?).ok()?;
    Some(PeerCertificate {
        subject: name(own.subject()),
        issuer: name(own.issuer()),
        root: name(last.issuer()),
    })
}

/// A distinguished name (DER) for people: what it is called and to whom it belongs.
fn name(der: &[u8]) -> String {
    let common = attribute(der, COMMON_NAME).or_else(|| attribute(der, UNIT));
    match (common, attribute(der, ORGANIZATION)) {
        (Some(common), Some(organization)) if common != organization => {
            format!("{common} ({organization})")
        }
        (Some(name), _) | (None, Some(name)) => name,
        (None, None) => "(no name)".to_owned(),
    }
}

/// The text of the first attribute 2.5.4.`kind`: its identifier, then a tag, a length and as many bytes.
fn attribute(der: &[u8], kind: u8) -> Option<String> {
    let identifier = [6, 3, 0x55, 4, kind];
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

/// The tag of text in UTF-16; every other text is UTF-8 or as good as that.
const BMP_STRING: u8 = 0x1e;

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: u8, tag: u8, text: &[u8]) -> Vec<u8> {
        let mut part = vec![6, 3, 0x55, 4, kind, tag];
        if text.len() > 127 {
            part.push(0x81);
        }
        part.push(u8::try_from(text.len()).unwrap());
        part.extend_from_slice(text);
        part
    }

    #[test]
    fn a_name_is_what_it_is_called_and_to_whom_it_belongs() {
        let long = "x".repeat(200);
        let cases = [
            (vec![], "(no name)"),
            (part(COMMON_NAME, 12, "Prüf-CA".as_bytes()), "Prüf-CA"),
            (part(COMMON_NAME, BMP_STRING, &[0, b'C', 0, b'A']), "CA"),
            (part(COMMON_NAME, 12, long.as_bytes()), long.as_str()),
            (part(UNIT, 19, b"Class 3"), "Class 3"),
            (part(ORGANIZATION, 19, b"Contoso"), "Contoso"),
            (
                [part(ORGANIZATION, 19, b"Contoso"), part(COMMON_NAME, 19, b"CA")].concat(),
                "CA (Contoso)",
            ),
            ([part(ORGANIZATION, 19, b"CA"), part(COMMON_NAME, 19, b"CA")].concat(), "CA"),
        ];
        for (der, expected) in cases {
            assert_eq!(name(&der), expected);
        }
    }

    #[test]
    fn a_name_that_is_cut_short_does_no_harm() {
        let whole = part(COMMON_NAME, 12, b"Contoso CA");
        for end in 0..whole.len() {
            assert_eq!(name(&whole[..end]), "(no name)", "{end}");
        }
    }
}
