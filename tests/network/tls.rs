//! Certificates: what is trusted, and what is said of what is not.

use crate::authority::{Authority, NAME, early, expired};
use crate::peers::{Peer, closed_address};
use crate::program::{TOKEN, list, list_for};

const HERE: &str = "https://127.0.0.1";

#[test]
fn the_authority_in_ssl_cert_file_or_folder_is_trusted_and_the_token_arrives() {
    let authority = Authority::new();
    let api = Peer::api(authority.server());
    for host in [HERE, "https://localhost"] {
        let ran = list(&api.url(host), &[("SSL_CERT_FILE", &authority.file())]);
        ran.assert(0, &[]);
        assert!(ran.out.contains(r#""id""#), "{}", ran.out);
    }
    let received = api.received();
    let told = received.iter().filter(|head| head.contains(&format!("Bearer {TOKEN}"))).count();
    assert_eq!(told, 2, "{received:?}");
    if cfg!(target_os = "linux") {
        list(&api.url(HERE), &[("SSL_CERT_DIR", &authority.folder())]).assert(0, &[]);
    }
}

#[test]
fn an_issuer_that_is_not_trusted_is_named_and_nothing_is_sent() {
    let (authority, other) = (Authority::new(), Authority::named("Public CA"));
    let api = Peer::api(authority.server());
    let ran = list_for("2min", &api.url(HERE), &[("SSL_CERT_FILE", &other.file())]);
    let issued = format!("was issued by \"{NAME}\", which is not trusted here");
    ran.assert(5, &[&issued, "presented: \"api.example\"", "inspects TLS", "SSL_CERT_FILE"]);
    assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
    // One try and one look at the certificate: it will not get better.
    assert_eq!(api.received().len(), 2);
}

// Elsewhere the platform tells a wrong signature no further.
#[cfg(target_os = "linux")]
#[test]
fn an_issuer_that_changed_its_key_is_told_from_one_that_is_unknown() {
    let (authority, older) = (Authority::new(), Authority::new());
    let api = Peer::api(authority.server());
    let ran = list(&api.url(HERE), &[("SSL_CERT_FILE", &older.file())]);
    ran.assert(5, &["another key of theirs than is trusted here", NAME, "SSL_CERT_FILE"]);
    assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
}

#[test]
fn a_certificate_out_of_its_dates_leads_to_the_clock() {
    let authority = Authority::new();
    let cases = [
        (expired as fn(&mut _), "the certificate of 127.0.0.1 expired", " on 2002-03-04"),
        (early, "the certificate of 127.0.0.1 is not valid yet", ", but from 2090-05-06 on"),
    ];
    for (change, words, dates) in cases {
        let api = Peer::api(authority.server_with(&["127.0.0.1"], change));
        let ran = list(&api.url(HERE), &[("SSL_CERT_FILE", &authority.file())]);
        ran.assert(5, &[words, "check this machine's date"]);
        // Elsewhere the platform keeps the dates to itself.
        if cfg!(target_os = "linux") {
            ran.assert(5, &[&(words.to_owned() + dates), "this machine's clock says 20"]);
        }
        assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
    }
}

#[test]
fn a_certificate_for_another_name_says_for_which() {
    let authority = Authority::new();
    let api = Peer::api(authority.server_with(&["wifi.example", "portal.example"], |_| {}));
    let ran = list(&api.url(HERE), &[("SSL_CERT_FILE", &authority.file())]);
    ran.assert(5, &["presented as 127.0.0.1's is for another name", "sign-in page"]);
    if cfg!(target_os = "linux") {
        ran.assert(5, &["it is for: wifi.example, portal.example"]);
    }
    assert!(api.received().iter().all(String::is_empty), "{:?}", api.received());
}

#[test]
fn what_does_not_speak_tls_is_never_told_the_token() {
    let authority = Authority::new();
    let trusting = [("SSL_CERT_FILE", authority.file())];
    let trusting = [(trusting[0].0, trusting[0].1.as_str())];
    let plain = Peer::plain();
    let ran = list(&plain.url(HERE), &trusting);
    ran.assert(5, &[&format!("{} does not speak TLS", plain.address()), "check the address"]);
    assert!(
        !plain.received().is_empty() && plain.received().iter().all(|text| !text.contains(TOKEN))
    );
    let cutting = Peer::cutting();
    let ran = list(&cutting.url(HERE), &trusting);
    ran.assert(5, &["hung up before the connection was secured", "HTTPS_PROXY"]);
    let closed = closed_address();
    let ran = list(&format!("https://{closed}/v1.0/engagements"), &trusting);
    ran.assert(5, &[&format!("cannot connect to {closed}: nothing listens there")]);
}

#[test]
fn a_certificate_file_that_is_none_is_told_before_anything_is_sent() {
    let authority = Authority::new();
    let api = Peer::api(authority.server());
    let cases = [
        (authority.folder() + "/missing.pem", "cannot read the certificates in"),
        (authority.write("ca.cer", &authority.der()), "openssl x509 -inform der"),
        (authority.write("empty.pem", b""), "no certificate in PEM form"),
    ];
    for (path, words) in cases {
        let ran = list(&api.url(HERE), &[("SSL_CERT_FILE", &path)]);
        ran.assert(2, &[words, &path, "SSL_CERT_FILE"]);
    }
    if cfg!(target_os = "linux") {
        let ran = list(&api.url(HERE), &[("SSL_CERT_DIR", "/nowhere")]);
        ran.assert(5, &["No CA certificates", "SSL_CERT_DIR are looked at: /nowhere"]);
    }
    assert!(api.received().is_empty());
}
