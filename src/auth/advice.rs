//! An identity provider's errors in plain words: what it means, what to do, who can do it.
//! Hints only: Microsoft changes the numbers (API §5.7), so the provider's own text is always shown too.

use super::authority::AuthSettings;
use super::oauth_error::OAuthError;
use crate::error::{Error, ErrorKind};

/// Who can put it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The person at the keyboard.
    You,
    /// An administrator of the tenant.
    Administrator,
    /// Whoever looks after the app registration.
    Registration,
}

/// Whether a session survives the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEffect {
    /// Its refresh token will never work again.
    Revoked,
    /// It may work again once something else has changed.
    Kept,
    /// Nothing is wrong with it; the service is busy.
    Unaffected,
}

/// What is known of an error.
#[derive(Debug)]
pub struct Advice {
    /// Its numbers.
    pub codes: &'static [u32],
    /// What it means for a user of this program.
    pub meaning: &'static str,
    /// What to do.
    pub next: &'static str,
    /// Who can do it.
    pub who: Audience,
    /// Whether a stored session survives it.
    pub fate: SessionEffect,
}

use Audience::{Administrator, Registration, You};
use SessionEffect::{Kept, Revoked, Unaffected};

const fn advice(
    codes: &'static [u32],
    who: Audience,
    fate: SessionEffect,
    meaning: &'static str,
    next: &'static str,
) -> Advice {
    Advice { codes, meaning, next, who, fate }
}

/// Entra's errors worth translating (API §5.7).
#[rustfmt::skip]
pub const ENTRA: &[Advice] = &[
    advice(&[50076], You, Kept, "multi-factor authentication is needed", "run `referrals login` and answer the second factor"),
    advice(&[50079], You, Kept, "multi-factor authentication must be set up for this account", "run `referrals login` in a browser and finish the registration it offers"),
    advice(&[50078], You, Kept, "the multi-factor authentication of this session has expired", "run `referrals login`"),
    advice(&[50158], You, Kept, "another security check is asked for and was not passed", "run `referrals login` in a browser and finish the check"),
    advice(&[65001], Administrator, Kept, "nobody has consented to this app", "open the consent page as an administrator and accept, or let the person accept at sign-in"),
    advice(&[65004], You, Kept, "consent to the app was declined", "run `referrals login` and accept what the app asks for"),
    advice(&[90094, 90095], Administrator, Kept, "an administrator must approve this app", "open the consent page as an administrator and accept"),
    advice(&[7_000_218], Registration, Kept, "the app registration expects a secret, which a program on your machine cannot keep", "set \"Allow public client flows\" to Yes under Authentication"),
    advice(&[700_016], You, Kept, "this tenant has no app with this client id", "check `--client-id` and `--tenant`"),
    advice(&[90002], You, Kept, "there is no such tenant", "check `--tenant`: its id, or one of its domains"),
    advice(&[50020], You, Kept, "the account belongs to another tenant and is no guest in this one", "sign in with the account of the partner's tenant, or set `--tenant`"),
    advice(&[50011], Registration, Kept, "the app registration does not allow a sign-in that returns to this machine", "add the redirect address `http://localhost` under \"Mobile and desktop applications\""),
    advice(&[500_011, 650_052, 650_057], Registration, Kept, "the Partner Center API is not set up for this app or this tenant", "add the API permission \"Microsoft Partner\" (4990cffe-04e8-4e8b-808a-1175604b879f), delegated user_impersonation, and grant consent"),
    advice(&[70011], You, Kept, "the scope is not valid", "check `scope` in the settings; `.default` cannot stand beside the API's named permissions"),
    advice(&[9_002_313, 900_144], You, Kept, "the request was malformed", "report it as a bug of referrals, with the correlation id"),
    advice(&[9_002_327], Registration, Kept, "the app is registered as a single-page application", "register it anew under \"Mobile and desktop applications\""),
    advice(&[50105], Administrator, Kept, "the account is not assigned to this app", "assign the person to the enterprise application"),
    advice(&[53000, 53001, 530_002], Administrator, Kept, "policy asks for a managed device", "use a compliant or joined device and sign in in its browser, or exempt this app"),
    advice(&[53003], Administrator, Kept, "Conditional Access blocked the sign-in", "allow this app and this place; if it was a device code, `referrals login` in a browser may pass"),
    advice(&[530_036], You, Revoked, "the sign-in was made with a device code, which policy now forbids even for renewals", "run `referrals login` in a browser; it replaces the old sign-in"),
    advice(&[50034], You, Revoked, "there is no such user in this tenant", "check the account and `--tenant`"),
    advice(&[50057], Administrator, Kept, "the account is disabled", "enable the account"),
    advice(&[50126], You, Kept, "the user name or password was wrong", "run `referrals login` again"),
    advice(&[50053], Administrator, Kept, "the account is locked, or the address it signs in from is blocked", "wait a while or unlock the account"),
    advice(&[50055], You, Revoked, "the password has expired", "change it, then run `referrals login`"),
    advice(&[50173], You, Revoked, "the password was changed or the session revoked since you signed in", "run `referrals login`"),
    advice(&[70016], You, Unaffected, "the sign-in was not finished yet", "finish it in the browser"),
    advice(&[70018], You, Kept, "the sign-in was refused, or the code was not recognised", "run `referrals login` again"),
    advice(&[70019, 70020], You, Kept, "the code expired before it was used", "run `referrals login` again and enter the new code in time"),
    advice(&[70008], You, Revoked, "the sign-in has expired", "run `referrals login`"),
    advice(&[700_082], You, Revoked, "the sign-in has expired: it was not used for 90 days", "run `referrals login`"),
    advice(&[70043], You, Revoked, "your organisation's sign-in frequency policy ended the session", "run `referrals login`; it will be needed again at that interval"),
    advice(&[700_084], Registration, Revoked, "the sign-in ended after 24 hours, for the app is registered as a single-page application", "register it anew under \"Mobile and desktop applications\""),
    advice(&[50196], You, Unaffected, "the sign-in service saw the same request too often", "stop what repeats it and wait a few minutes"),
    advice(&[90033, 90055], You, Unaffected, "the sign-in service is in trouble or your tenant is throttled", "try again in a few minutes"),
];

/// Partner Center's refusals of a token, whose numbers may stand anywhere in an answer (API §5.6).
#[rustfmt::skip]
pub const PARTNER_CENTER: &[Advice] = &[
    advice(&[900_421], You, Kept, "Partner Center wants a sign-in with multi-factor authentication, and this one was made without", "run `referrals login` and answer the second factor; renewing the old sign-in does not help"),
    advice(&[900_420], You, Kept, "the token is for another service than Partner Center", "check `scope` in the settings, then run `referrals login`"),
    advice(&[900_329], You, Kept, "Partner Center takes no token of an app without a person", "sign in as a person with `referrals login`"),
    advice(&[900_308], Administrator, Kept, "the account may not do this in Partner Center", "give it the role Referrals admin or Referrals user"),
    advice(&[900_309], Administrator, Kept, "Conditional Access blocked the request", "allow this app and this place"),
];

/// OAuth's own words, for providers that give no number and for numbers not listed.
#[rustfmt::skip]
const WORDS: &[(&str, Advice)] = &[
    ("access_denied", advice(&[], You, Kept, "the sign-in was declined", "run `referrals login` and accept")),
    ("authorization_declined", advice(&[], You, Kept, "the sign-in was declined", "run `referrals login` and accept")),
    ("bad_verification_code", advice(&[], You, Kept, "the code was not recognised", "run `referrals login` again")),
    ("consent_required", advice(&[], Administrator, Kept, "nobody has consented to this app", "open the consent page as an administrator and accept")),
    ("expired_token", advice(&[], You, Kept, "the code expired before it was used", "run `referrals login` again and enter the new code in time")),
    ("interaction_required", advice(&[], You, Kept, "the sign-in service wants to see you in person", "run `referrals login`")),
    ("invalid_client", advice(&[], Registration, Kept, "the app registration does not allow this kind of sign-in", "check the client id, and \"Allow public client flows\" under Authentication")),
    ("invalid_scope", advice(&[], You, Kept, "the scope is not valid", "check `scope` in the settings")),
    ("login_required", advice(&[], You, Kept, "the sign-in service wants to see you in person", "run `referrals login`")),
    ("server_error", advice(&[], You, Unaffected, "the sign-in service is in trouble", "try again in a few minutes")),
    ("temporarily_unavailable", advice(&[], You, Unaffected, "the sign-in service is in trouble", "try again in a few minutes")),
    ("unauthorized_client", advice(&[], Registration, Kept, "the app registration does not allow this kind of sign-in", "check the client id, and \"Allow public client flows\" under Authentication")),
];

/// What a provider means by `invalid_grant` when it gives no number: what the token stood for is over (RFC 6749 §5.2).
const OVER: Advice =
    advice(&[], You, Revoked, "the sign-in is no longer valid", "run `referrals login`");

/// What is known of a refusal; its number speaks before its word.
pub fn find(refusal: &OAuthError) -> Option<&'static Advice> {
    if let Some(code) = refusal.code() {
        let known = ENTRA.iter().find(|advice| advice.codes.contains(&code));
        return known.or_else(|| by_word(&refusal.error));
    }
    if refusal.error == "invalid_grant" {
        return Some(&OVER);
    }
    by_word(&refusal.error)
}

/// What is known of an answer of the API that refuses the token: the number is looked for
/// anywhere in its text (API §5.6).
pub fn find_in_answer(body: &str) -> Option<&'static Advice> {
    let mut numbers = body.split(|c: char| !c.is_ascii_digit());
    numbers.find_map(|number| {
        let number: u32 = number.parse().ok()?;
        PARTNER_CENTER.iter().find(|advice| advice.codes.contains(&number))
    })
}

impl Advice {
    /// The advice as an error of kind [`ErrorKind::SignIn`], or [`ErrorKind::Unavailable`] where waiting helps.
    pub fn error(&self) -> Error {
        let kind = match self.fate {
            Unaffected => ErrorKind::Unavailable,
            Revoked | Kept => ErrorKind::SignIn,
        };
        let hint = match self.who {
            You => self.next.to_owned(),
            Administrator => format!("ask your administrator: {}", self.next),
            Registration => format!("ask who looks after the app registration: {}", self.next),
        };
        Error::new(kind, self.meaning).hint(hint)
    }
}

/// A refusal as an error: its meaning, the provider's own text, the ids to quote, what to do, and
/// where others must act, a paragraph to forward to them.
pub fn explain(refusal: &OAuthError, settings: &AuthSettings) -> Error {
    let advice = find(refusal);
    let mut error = match advice {
        Some(advice) => advice.error(),
        None => Error::new(
            ErrorKind::SignIn,
            format!("the sign-in service refused ({})", refusal.error),
        )
        .hint("run `referrals login`; if that fails too, show this text to your administrator"),
    }
    .detail(format!("it said: {}", refusal.text()));
    if let Some(id) = refusal.correlation() {
        error = error.detail(format!("correlation id: {id}"));
    }
    if let Some(time) = &refusal.timestamp {
        error = error.detail(format!("time: {time}"));
    }
    if let Some(code) = refusal.code() {
        error = error
            .detail(format!("explained at: https://login.microsoftonline.com/error?code={code}"));
    }
    if let Some(advice) = advice.filter(|advice| advice.who != You) {
        error = error.detail(format!("to forward: {}", paragraph(advice, refusal, settings)));
    }
    error
}

/// What a person can send to whoever can help, as it is.
fn paragraph(advice: &Advice, refusal: &OAuthError, settings: &AuthSettings) -> String {
    let what = match refusal.code() {
        Some(code) => format!("AADSTS{code}"),
        None => refusal.error.clone(),
    };
    let mut text = format!(
        "Hello, I cannot sign in to `referrals`, a command-line program that reads our Partner Center \
         referrals. Entra refuses app {} in tenant {} with {what}: {}. What would help: {}.",
        settings.client_id(),
        settings.tenant(),
        advice.meaning,
        advice.next,
    );
    if advice.who == Administrator && advice.next.contains("consent page") {
        text.extend([" The consent page: ", &settings.consent_address(), "."]);
    }
    if let Some(id) = refusal.correlation() {
        text.extend([" Correlation id: ", id, "."]);
    }
    text
}

fn by_word(word: &str) -> Option<&'static Advice> {
    let (_, advice) = WORDS.iter().find(|(known, _)| *known == word)?;
    Some(advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::authority::tests::settings;

    fn refusal(error: &str, code: Option<u32>) -> OAuthError {
        OAuthError {
            error: error.to_owned(),
            error_description: code.map(|code| format!("AADSTS{code}: In Entra's words.")),
            error_codes: code.into_iter().collect(),
            correlation_id: Some("c0ffee".to_owned()),
            ..OAuthError::default()
        }
    }

    #[test]
    fn every_number_worth_translating_is_translated_once() {
        let numbers = [
            50076, 50079, 50078, 50158, 65001, 65004, 90094, 90095, 7_000_218, 700_016, 90002,
            50020, 50011, 500_011, 650_052, 650_057, 70011, 9_002_313, 900_144, 9_002_327, 50105,
            53000, 53001, 530_002, 53003, 530_036, 50034, 50057, 50126, 50053, 50055, 50173, 70016,
            70018, 70019, 70020, 70008, 700_082, 70043, 700_084, 50196, 90033, 90055,
        ];
        for number in numbers {
            let count = ENTRA
                .iter()
                .flat_map(|advice| advice.codes)
                .filter(|code| **code == number)
                .count();
            assert_eq!(count, 1, "{number}");
            let error = explain(&refusal("invalid_grant", Some(number)), &settings("https://a"));
            let report = error.report();
            assert!(report.contains("In Entra's words."), "{report}");
            assert!(report.contains("c0ffee"), "{report}");
            assert!(report.contains(&format!("error?code={number}")), "{report}");
            assert!(!error.hints().is_empty(), "{report}");
        }
        let listed: usize = ENTRA.iter().map(|advice| advice.codes.len()).sum();
        assert_eq!(listed, numbers.len());
    }

    #[test]
    fn texts_are_sentences_without_capital_or_full_stop() {
        let all = ENTRA.iter().chain(PARTNER_CENTER);
        for advice in all.chain(WORDS.iter().map(|(_, advice)| advice)) {
            for text in [advice.meaning, advice.next] {
                assert!(!text.ends_with('.'), "{text}");
                assert!(
                    !text.starts_with(|c: char| c.is_ascii_uppercase())
                        || text.starts_with("Partner")
                        || text.starts_with("Conditional"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn an_unknown_number_is_told_in_the_providers_own_words() {
        let report = explain(&refusal("odd_error", Some(123)), &settings("https://a")).report();
        assert!(report.contains("odd_error") && report.contains("AADSTS123: In Entra's words."));
    }

    #[test]
    fn only_a_session_that_is_over_is_gone() {
        let cases = [
            ("invalid_grant", None, Some(Revoked)),
            ("invalid_grant", Some(50173), Some(Revoked)),
            ("invalid_grant", Some(700_082), Some(Revoked)),
            ("invalid_grant", Some(53003), Some(Kept)),
            ("invalid_grant", Some(90033), Some(Unaffected)),
            ("invalid_grant", Some(123), None),
            ("interaction_required", Some(50076), Some(Kept)),
            ("interaction_required", None, Some(Kept)),
            ("temporarily_unavailable", None, Some(Unaffected)),
            ("odd_error", None, None),
        ];
        for (error, code, fate) in cases {
            let found = find(&refusal(error, code)).map(|advice| advice.fate);
            assert_eq!(found, fate, "{error} {code:?}");
        }
    }

    #[test]
    fn who_must_act_is_named_and_gets_a_paragraph_to_read() {
        let settings = settings("https://login.example");
        let report = explain(&refusal("invalid_grant", Some(65001)), &settings).report();
        assert!(report.contains("hint: ask your administrator: open the consent page"), "{report}");
        assert!(report.contains("to forward: Hello,"), "{report}");
        assert!(
            report.contains("https://login.example/t/adminconsent?client_id=referrals-cli"),
            "{report}"
        );
        let report = explain(&refusal("invalid_client", Some(7_000_218)), &settings).report();
        assert!(report.contains("Allow public client flows"), "{report}");
        assert!(report.contains("app referrals-cli in tenant t"), "{report}");
        let report = explain(&refusal("invalid_grant", Some(50173)), &settings).report();
        assert!(!report.contains("to forward"), "{report}");
    }

    #[test]
    fn partner_centers_number_is_found_anywhere_in_an_answer() {
        for body in [
            r#"{"error":{"code":"900421","message":"x"}}"#,
            r#"{"code":900421}"#,
            "Unauthorized (900421) - MFA required",
        ] {
            let advice = find_in_answer(body).unwrap();
            assert!(advice.error().report().contains("renewing the old sign-in does not help"));
        }
        for body in ["", "1900421", "9004210", r#"{"error":"900"}"#] {
            assert!(find_in_answer(body).is_none(), "{body}");
        }
        for number in [900_420, 900_329, 900_308, 900_309] {
            assert!(find_in_answer(&number.to_string()).is_some(), "{number}");
        }
    }
}
