//! Proxies: which requests go through one, what it may see, and the errors for one that fails.

use crate::authority::{Authority, NAME};
use crate::peers::{Peer, ProxyAction, closed_address};
use crate::program::{TOKEN, doctor, list, list_for};

const LOOPBACK: &str = "https://127.0.0.1";

fn assert_no_token(peer: &Peer) {
    let received = peer.received();
    assert!(received.iter().all(|text| !text.contains(TOKEN)), "{received:?}");
}

#[test]
fn https_goes_through_the_proxy_of_every_variable_and_it_sees_host_and_port_alone() {
    let authority = Authority::new();
    let file = authority.file();
    let api = Peer::api(authority.server());
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = Peer::proxy(ProxyAction::Connect);
        let address = format!("http://{}", proxy.address());
        let output = list(&api.url(LOOPBACK), &[("SSL_CERT_FILE", &file), (variable, &address)]);
        output.assert(0, &[]);
        let received = proxy.received();
        assert!(
            received[0].starts_with(&format!("CONNECT {} HTTP/1.1\r\n", api.address())),
            "{variable}"
        );
        assert!(!received[0].contains("roxy-Authorization"), "{variable}");
        assert_no_token(&proxy);
    }
    assert!(api.received().iter().all(|head| head.contains(TOKEN)));
    assert_eq!(api.received().len(), 4);
}

#[test]
fn hosts_in_no_proxy_are_reached_without_it() {
    let authority = Authority::new();
    let file = authority.file();
    let api = Peer::api(authority.server());
    let spy = Peer::proxy(ProxyAction::Connect);
    let proxy = format!("http://{}", spy.address());
    let cases = [
        ("NO_PROXY", "127.0.0.1", LOOPBACK),
        ("no_proxy", "127.0.0.0/8", LOOPBACK),
        ("NO_PROXY", "example.com, localhost", "https://localhost"),
        ("no_proxy", "*", "https://localhost"),
    ];
    for (variable, hosts, host) in cases {
        let variables = [("SSL_CERT_FILE", &*file), ("HTTPS_PROXY", &proxy), (variable, hosts)];
        list(&api.url(host), &variables).assert(0, &[]);
    }
    assert!(spy.received().is_empty(), "{:?}", spy.received());
    assert_eq!(api.received().len(), 4);
}

#[test]
fn a_proxys_password_reaches_the_proxy_and_nothing_else() {
    let authority = Authority::new();
    let file = authority.file();
    let api = Peer::api(authority.server());
    let cases = [
        (ProxyAction::Connect, 0, ""),
        (
            ProxyAction::Answer("407 Proxy Authentication Required"),
            5,
            "rejected the user name and password (407)",
        ),
        (ProxyAction::Answer("403 Forbidden"), 5, "refused to connect to"),
        (ProxyAction::HangUp, 5, "closed the connection"),
    ];
    for (action, code, words) in cases {
        let proxy = Peer::proxy(action);
        let address = format!("http://anna:gehe%40im@{}", proxy.address());
        let output =
            list(&api.url(LOOPBACK), &[("SSL_CERT_FILE", &file), ("HTTPS_PROXY", &address)]);
        output.assert(code, &[words]);
        // anna:gehe@im
        let secret = "YW5uYTpnZWhlQGlt";
        assert!(
            proxy.received()[0].contains(&format!("Basic {secret}\r\n")),
            "{:?}",
            proxy.received()
        );
        for word in ["anna", "gehe", secret] {
            assert!(!output.err.contains(word) && !output.out.contains(word), "{}", output.err);
        }
        assert_no_token(&proxy);
    }
    assert!(api.received().iter().all(|head| !head.contains("roxy-") && !head.contains("YW5u")));
}

#[test]
fn a_proxy_that_requires_authentication_is_asked_once_with_hints() {
    let proxy = Peer::proxy(ProxyAction::Answer("407 Proxy Authentication Required"));
    let authority = Authority::new();
    let address = proxy.address().to_owned();
    let variables = [("SSL_CERT_FILE", &*authority.file()), ("HTTPS_PROXY", &address)];
    let output = list_for("2min", "https://127.0.0.1:9/v1.0/engagements", &variables);
    let message = format!("the proxy http://{address} (HTTPS_PROXY) requires authentication (407)");
    output.assert(
        5,
        &[&message, "NTLM and Kerberos are not supported", "cntlm or px", "127.0.0.1:9"],
    );
    // A wrong password sent again and again locks the account.
    assert_eq!(proxy.received().len(), 1, "{:?}", proxy.received());
}

#[test]
fn a_proxy_that_fails_is_named_with_its_variable() {
    let authority = Authority::new();
    let file = authority.file();
    let url = "https://127.0.0.1:9/v1.0/engagements";
    let refusing = Peer::proxy(ProxyAction::Answer("502 Bad Gateway"));
    let silent = Peer::proxy(ProxyAction::HangUp);
    let plain = Peer::plain();
    let cases = [
        (format!("https://{}", plain.address()), "the proxy {} (HTTPS_PROXY) does not speak TLS"),
        (
            closed_address(),
            "cannot connect to the proxy http://{} (HTTPS_PROXY): connection refused",
        ),
        (
            refusing.address().to_owned(),
            "the proxy http://{} (HTTPS_PROXY) refused to connect to 127.0.0.1:9",
        ),
        (silent.address().to_owned(), "the proxy http://{} (HTTPS_PROXY) closed the connection"),
    ];
    for (address, words) in cases {
        let output = list(url, &[("SSL_CERT_FILE", &file), ("HTTPS_PROXY", &address)]);
        output.assert(5, &[&words.replace("{}", &address)]);
    }
}

#[test]
fn a_proxy_that_inspects_tls_is_named_beside_the_issuer_that_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::named("Public CA"));
    let api = Peer::api(authority.server());
    let proxy = Peer::proxy(ProxyAction::Connect);
    let address = format!("http://{}", proxy.address());
    let variables = [("SSL_CERT_FILE", &*other.file()), ("HTTPS_PROXY", &address)];
    let output = list(&api.url(LOOPBACK), &variables);
    output.assert(5, &[NAME, &format!("through the proxy {address} (HTTPS_PROXY)")]);
    assert_no_token(&proxy);
}

#[test]
fn plain_http_uses_no_proxy_on_loopback_and_is_rejected_elsewhere_before_any_packet() {
    let spy = Peer::proxy(ProxyAction::Connect);
    let address = format!("http://{}", spy.address());
    let names =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let variables = names.map(|name| (name, &*address));
    let api = Peer::plain();
    for host in ["http://127.0.0.1", "http://localhost"] {
        list(&api.url(host), &variables).assert(0, &[]);
    }
    assert_eq!(api.received().len(), 2);
    for host in ["http://api.example", "http://0.0.0.0", "http://127.0.0.1.example"] {
        let output = list(&api.url(host), &variables);
        output.assert(2, &["plain http"]);
    }
    list(&api.url("http://0.0.0.0"), &[]).assert(2, &["plain http"]);
    assert!(spy.received().is_empty(), "{:?}", spy.received());
    assert_eq!(api.received().len(), 2);
}

#[test]
fn a_proxy_address_that_cannot_be_used_is_an_error_before_any_packet_and_is_not_shown() {
    let authority = Authority::new();
    let api = Peer::api(authority.server());
    let spy = Peer::proxy(ProxyAction::Connect);
    let address = spy.address();
    let cases = [
        (format!("http://geheim:geh@eim@{address}"), "must be percent-encoded"),
        (format!("http://{address}/geheim:geheim@proxy.example"), "must be percent-encoded"),
        (format!("{address}?geheim:geheim@proxy.example"), "must be percent-encoded"),
        (format!("http://{address}#geheim:geheim@proxy.example"), "must be percent-encoded"),
        (format!("http://geheim\\geheim:geheim@{address}"), "must be percent-encoded"),
        (format!("http://geheim:geheim@{address}0000"), "from 1 to 65535"),
        (format!("socks5://geheim:geheim@{address}"), "SOCKS proxies are not supported"),
        (format!("ftp://geheim:geheim@{address}"), "not the address of a proxy"),
    ];
    for (value, words) in cases {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let variables = [("SSL_CERT_FILE", &*authority.file()), (name, &*value)];
            let url = api.url(LOOPBACK);
            let listed = list(&url, &variables);
            listed.assert(2, &[words]);
            // Windows does not tell the spellings apart.
            let named = listed.err.to_uppercase();
            assert!(named.contains(&format!("ERROR: {}: ", name.to_uppercase())), "{named}");
            let examined = doctor(&url, &variables);
            assert!(examined.out.contains(words), "{}", examined.out);
            for text in [listed.err, examined.out, examined.err] {
                assert!(!text.contains("geh") && !text.contains("proxy.example"), "{text}");
            }
        }
    }
    assert!(spy.received().is_empty(), "{:?}", spy.received());
    assert!(api.received().is_empty(), "{:?}", api.received());
}
