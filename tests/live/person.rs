//! A browser and its user: follows redirects, stores cookies and submits forms until there is none.

use std::collections::BTreeMap;

use oauth2::url::form_urlencoded;
use reqwest::Url;
use reqwest::blocking::{Client, Response};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};

use crate::provider::client;

/// Opens `address` and signs in. `code` is entered in the form for user codes; with `deny`, the link to abort is followed.
pub(crate) fn visit(address: &str, code: Option<&str>, deny: bool) {
    Browser::new(false).visit(address, code, deny);
}

/// Signs in on another machine: the browser ends at this address, which nothing answers there.
pub(crate) fn visit_elsewhere(address: &str) -> String {
    let mut browser = Browser::new(true);
    browser.visit(address, None, false);
    browser.unanswered.expect("the sign-in ends with a redirect to this machine")
}

/// With a prompt for consent, without which this provider, unlike Entra, grants no refresh token.
pub(crate) fn with_consent(address: &str) -> String {
    format!("{address}&prompt=consent")
}

struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
    is_elsewhere: bool,
    /// The address on `localhost` that a browser elsewhere was sent to.
    unanswered: Option<String>,
}

impl Browser {
    fn new(is_elsewhere: bool) -> Browser {
        Browser { client: client(), cookies: BTreeMap::new(), is_elsewhere, unanswered: None }
    }

    fn visit(&mut self, address: &str, code: Option<&str>, deny: bool) {
        let (mut at, mut page) = self.request(Url::parse(address).unwrap(), None);
        for _ in 0..10 {
            if deny
                && let Some(abort) =
                    between(&page, "href=\"", "\"").find(|link| link.ends_with("/abort"))
            {
                self.request(at.join(abort).unwrap(), None);
                return;
            }
            let Some(form) = between(&page, "<form", "</form>").next() else {
                return;
            };
            let target = at.join(&attribute(form, "action").unwrap_or_default()).unwrap();
            let mut fields = fields(form);
            for (name, value) in &mut fields {
                match (name.as_str(), code) {
                    ("login", _) => "alice".clone_into(value),
                    ("password", _) => "x".clone_into(value),
                    ("user_code", Some(code)) if value.is_empty() => code.clone_into(value),
                    _ => {}
                }
            }
            let body =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            (at, page) = self.request(target, Some(body));
        }
        panic!("too many forms: {page}");
    }

    /// Sends a request and follows its redirects.
    fn request(&mut self, mut address: Url, mut form: Option<String>) -> (Url, String) {
        for _ in 0..20 {
            // The provider is 127.0.0.1.
            if self.is_elsewhere && address.host_str() == Some("localhost") {
                self.unanswered = Some(address.clone().into());
                return (address, String::new());
            }
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request = match form.take() {
                Some(form) => self
                    .client
                    .post(address.clone())
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form),
                None => self.client.get(address.clone()),
            };
            let response = request.header(COOKIE, cookies.join("; ")).send().unwrap();
            self.store_cookies(&response);
            match response.headers().get(LOCATION) {
                Some(next) => address = address.join(next.to_str().unwrap()).unwrap(),
                None => return (address, response.text().unwrap()),
            }
        }
        panic!("too many redirects");
    }

    fn store_cookies(&mut self, response: &Response) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
}

fn fields(form: &str) -> Vec<(String, String)> {
    between(form, "<input", ">")
        .filter_map(|input| {
            let value = attribute(input, "value").unwrap_or_default();
            Some((attribute(input, "name")?, value))
        })
        .collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let value = between(tag, &format!("{name}=\""), "\"").next().map(str::to_owned);
    value.map(|text| text.replace("&amp;", "&"))
}
