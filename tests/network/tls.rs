//! Certificates: which are trusted, and the errors for those that are not.

use crate::authority::{Authority, NAME, expired, not_yet_valid};
use crate::peers::{Peer, closed_address};
use crate::program::{TOKEN, doctor, list, list_for};

const LOOPBACK: &str = "https://127.0.0.1";

#[test]
fn the_authority_in_ssl_cert_file_or_dir_is_trusted_and_the_token_arrives() {
    let authority = Authority::new();
    let api = Peer::api(authority.server());
    for host in [LOOPBACK, "https://localhost"] {
        let output = list(&api.url(host), &[("SSL_CERT_FILE", &authority.file())]);
        output.assert(0, &[]);
        assert!(output.out.contains(r#""id""#), "{}", output.out);
    }
    let received = api.received();
    let with_token = received.iter().filter(|head| head.contains(&format!("Bearer {TOKEN}")));
    assert_eq!(with_token.count(), 2, "{received:?}");
    if cfg!(target_os = "linux") {
        list(&api.url(LOOPBACK), &[("SSL_CERT_DIR", &authority.directory())]).assert(0, &[]);
    }
}

#[test]
fn an_issuer_that_is_not_trusted_is_named_and_nothing_is_sent() {
    let (authority, other) = (Authority::new(), Authority::named("Public CA"));
    let api = Peer::api(authority.server());
    let output = list_for("2min", &api.url(LOOPBACK), &[("SSL_CERT_FILE", &other.file())]);
    let issued = format!("was issued by \"{NAME}\", which is not trusted");
    output.assert(5, &[&issued, "presented: \"api.example\"", "inspects TLS", "SSL_CERT_FILE"]);
    assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
    // One attempt and one connection for the certificate: no retries.
    assert_eq!(api.received().len(), 2);
}

// Other platforms do not report a wrong signature.
#[cfg(target_os = "linux")]
#[test]
fn an_issuer_that_changed_its_key_is_not_an_unknown_issuer() {
    let (authority, older) = (Authority::new(), Authority::new());
    let api = Peer::api(authority.server());
    let output = list(&api.url(LOOPBACK), &[("SSL_CERT_FILE", &older.file())]);
    output.assert(5, &["another key than the trusted one", NAME, "SSL_CERT_FILE"]);
    assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
}

#[test]
fn a_certificate_out_of_its_dates_leads_to_the_clock() {
    let authority = Authority::new();
    let cases = [
        (expired as fn(&mut _), "the certificate of 127.0.0.1 expired", " on 2002-03-04"),
        (
            not_yet_valid,
            "the certificate of 127.0.0.1 is not valid yet",
            " (valid from 2090-05-06)",
        ),
    ];
    for (change, words, dates) in cases {
        let api = Peer::api(authority.server_with(&["127.0.0.1"], change));
        let output = list(&api.url(LOOPBACK), &[("SSL_CERT_FILE", &authority.file())]);
        output.assert(5, &[words, "check this machine's date"]);
        // Other platforms do not report the dates.
        if cfg!(target_os = "linux") {
            output.assert(5, &[&(words.to_owned() + dates), "this machine's clock: 20"]);
        }
        assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
    }
}

#[test]
fn a_certificate_for_other_names_lists_them() {
    let authority = Authority::new();
    let api = Peer::api(authority.server_with(&["wifi.example", "portal.example"], |_| {}));
    let output = list(&api.url(LOOPBACK), &[("SSL_CERT_FILE", &authority.file())]);
    output.assert(5, &["the certificate is not valid for 127.0.0.1", "captive portal"]);
    if cfg!(target_os = "linux") {
        output.assert(5, &["it is valid for: wifi.example, portal.example"]);
    }
    assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
}

#[test]
fn what_does_not_speak_tls_never_gets_the_token() {
    let authority = Authority::new();
    let trusting = [("SSL_CERT_FILE", authority.file())];
    let trusting = [(trusting[0].0, trusting[0].1.as_str())];
    let plain = Peer::plain();
    let output = list(&plain.url(LOOPBACK), &trusting);
    output.assert(5, &[&format!("{} does not speak TLS", plain.address()), "check the address"]);
    assert!(
        !plain.received().is_empty() && plain.received().iter().all(|text| !text.contains(TOKEN))
    );
    let cutting = Peer::cutting();
    let output = list(&cutting.url(LOOPBACK), &trusting);
    output.assert(5, &["connection closed during the TLS handshake", "HTTPS_PROXY"]);
    let nobody = closed_address();
    let output = list(&format!("https://{nobody}/v1.0/engagements"), &trusting);
    output.assert(5, &[&format!("cannot connect to {nobody}: connection refused")]);
}

#[test]
fn a_certificate_file_without_certificates_is_an_error_before_anything_is_sent() {
    let authority = Authority::new();
    let api = Peer::api(authority.server());
    let cases = [
        (authority.directory() + "/missing.pem", "cannot read certificates from"),
        (authority.write("ca.cer", &authority.der()), "convert it to PEM with `"),
        (authority.write("empty.pem", b""), "no PEM certificate"),
    ];
    for (path, words) in cases {
        let output = list(&api.url(LOOPBACK), &[("SSL_CERT_FILE", &path)]);
        output.assert(2, &[words, &path, "SSL_CERT_FILE"]);
    }
    if cfg!(target_os = "linux") {
        let output = list(&api.url(LOOPBACK), &[("SSL_CERT_DIR", "/nowhere")]);
        output.assert(5, &["No CA certificates", "SSL_CERT_DIR are trusted: /nowhere"]);
    }
    assert!(api.received().is_empty());
}

#[test]
fn names_and_values_from_outside_cannot_forge_a_line_or_control_the_terminal() {
    let forged = "Contoso\r\nhint: run evil\x1b[2J\u{9b}2J\u{202e}";
    let (authority, other) = (Authority::named(forged), Authority::new());
    let named = |params: &mut rcgen::CertificateParams| {
        params.distinguished_name.push(rcgen::DnType::CommonName, forged);
    };
    let api = Peer::api(authority.server_with(&["127.0.0.1"], named));
    let missing = format!("/nowhere/{forged}");
    let cases = [
        (
            api.url(LOOPBACK),
            ("SSL_CERT_FILE", other.file()),
            "was issued by \"Contoso hint: run evil",
        ),
        (api.url(LOOPBACK), ("SSL_CERT_FILE", authority.file()), ""),
        (api.url(LOOPBACK), ("SSL_CERT_FILE", missing.clone()), "cannot read certificates from"),
        // Other platforms have no such variable.
        (
            api.url(LOOPBACK),
            ("SSL_CERT_DIR", missing),
            if cfg!(target_os = "linux") { "cannot set up TLS" } else { "" },
        ),
        (format!("http://{forged}"), ("SSL_CERT_FILE", other.file()), "the API address"),
    ];
    for (url, (name, value), words) in cases {
        let listed = list(&url, &[(name, &value)]);
        assert!(listed.err.contains(words), "{}", listed.err);
        let examined = doctor(&url, &[(name, &value)]);
        for text in [listed.err, examined.err, examined.out] {
            let is_harmless = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
            assert!(text.chars().all(is_harmless), "{text:?}");
            assert!(
                text.lines().all(|line| !line.trim_start().starts_with("hint: run evil")),
                "{text}"
            );
        }
    }
}
