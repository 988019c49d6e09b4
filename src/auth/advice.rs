//! What the errors of Entra and Partner Center mean to the user, and what to do. Microsoft changes the numbers
//! (API §5.7), so the original text is always shown too.

use super::authority::AuthSettings;
use super::oauth_error::OAuthError;
use crate::error::{Error, ErrorKind};

/// Who can fix the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    User,
    /// An administrator of the tenant.
    Administrator,
    /// The owner of the app registration.
    AppOwner,
}

/// What the error means for a stored session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEffect {
    /// The refresh token will never work again.
    Revoked,
    /// A new sign-in is required. The tokens are kept: they may work again once something else has changed.
    ReauthRequired,
    /// A new sign-in would not help.
    Unaffected,
}

#[derive(Debug)]
pub struct Advice {
    codes: &'static [u32],
    pub meaning: &'static str,
    next: &'static str,
    pub audience: Audience,
    pub effect: SessionEffect,
    /// Whether an administrator can fix it on the consent page.
    needs_consent: bool,
}

use Audience::{Administrator, AppOwner, User};
use SessionEffect::{ReauthRequired, Revoked, Unaffected};

const fn advice(
    codes: &'static [u32],
    audience: Audience,
    effect: SessionEffect,
    meaning: &'static str,
    next: &'static str,
) -> Advice {
    Advice { codes, meaning, next, audience, effect, needs_consent: false }
}

const fn consent_advice(
    codes: &'static [u32],
    meaning: &'static str,
    next: &'static str,
) -> Advice {
    let advice = advice(codes, Administrator, ReauthRequired, meaning, next);
    Advice { needs_consent: true, ..advice }
}

/// By AADSTS number (API §5.7).
#[rustfmt::skip]
const ENTRA: &[Advice] = &[
    advice(&[50076], User, ReauthRequired, "multi-factor authentication is required", "run `referrals login` and complete the second factor"),
    advice(&[50079], User, ReauthRequired, "multi-factor authentication must be set up for this account", "run `referrals login` in a browser and finish the registration it offers"),
    advice(&[50078], User, ReauthRequired, "the multi-factor authentication of this session has expired", "run `referrals login`"),
    advice(&[50158], User, ReauthRequired, "an additional security check was not passed", "run `referrals login` in a browser and complete the check"),
    consent_advice(&[65001], "nobody has consented to this app", "open the consent page as an administrator and accept, or let the user accept at sign-in"),
    advice(&[65004], User, ReauthRequired, "consent to the app was declined", "run `referrals login` and accept what the app asks for"),
    consent_advice(&[90094, 90095], "an administrator must approve this app", "open the consent page as an administrator and accept"),
    advice(&[7_000_218], AppOwner, ReauthRequired, "the app registration expects a client secret, which this program does not have", "set \"Allow public client flows\" to Yes under Authentication"),
    advice(&[700_016], User, ReauthRequired, "this tenant has no app with this client id", "check `--client-id` and `--tenant`"),
    advice(&[90002], User, ReauthRequired, "unknown tenant", "check `--tenant`: its id, or one of its domains"),
    advice(&[50020], User, ReauthRequired, "the account belongs to another tenant and is not a guest in this one", "sign in with the account of the partner's tenant, or set `--tenant`"),
    advice(&[50011], AppOwner, ReauthRequired, "the app registration does not allow a redirect to this machine", "add the redirect address `http://localhost` under \"Mobile and desktop applications\""),
    advice(&[500_011, 650_052, 650_057], AppOwner, ReauthRequired, "the Partner Center API is not set up for this app or this tenant", "add the API permission \"Microsoft Partner\" (4990cffe-04e8-4e8b-808a-1175604b879f), delegated user_impersonation, and grant consent"),
    advice(&[70011], User, ReauthRequired, "invalid scope", "check `scope` in the settings; `.default` cannot be combined with the API's named permissions"),
    advice(&[9_002_313, 900_144], User, ReauthRequired, "the request was malformed", "report it as a bug of referrals, with the correlation id"),
    advice(&[9_002_327], AppOwner, ReauthRequired, "the app is registered as a single-page application", "register it under \"Mobile and desktop applications\" instead"),
    advice(&[50105], Administrator, ReauthRequired, "the account is not assigned to this app", "assign the user to the enterprise application"),
    advice(&[53000, 53001, 530_002], Administrator, ReauthRequired, "policy requires a managed device", "use a compliant or joined device and sign in with its browser, or exempt this app"),
    advice(&[53003], Administrator, ReauthRequired, "Conditional Access blocked the sign-in", "allow this app and this location; if it was a device code, `referrals login` in a browser may work"),
    advice(&[530_036], User, Revoked, "the sign-in was made with a device code, which policy now forbids even for refreshes", "run `referrals login` in a browser; it replaces the old sign-in"),
    advice(&[50034], User, Revoked, "unknown user in this tenant", "check the account and `--tenant`"),
    advice(&[50057], Administrator, ReauthRequired, "the account is disabled", "enable the account"),
    advice(&[50126], User, ReauthRequired, "wrong user name or password", "run `referrals login` again"),
    advice(&[50053], Administrator, ReauthRequired, "the account is locked, or the address it signs in from is blocked", "wait a while or unlock the account"),
    advice(&[50055], User, Revoked, "the password has expired", "change it, then run `referrals login`"),
    advice(&[50173], User, Revoked, "the password was changed or the session revoked since you signed in", "run `referrals login`"),
    advice(&[70016], User, Unaffected, "the sign-in was not finished yet", "finish it in the browser"),
    advice(&[70018], User, ReauthRequired, "the sign-in was declined, or the code was not recognised", "run `referrals login` again"),
    advice(&[70019, 70020], User, ReauthRequired, "the code expired before it was used", "run `referrals login` again and enter the new code in time"),
    advice(&[70008], User, Revoked, "the sign-in has expired", "run `referrals login`"),
    advice(&[700_082], User, Revoked, "the sign-in has expired: it was not used for 90 days", "run `referrals login`"),
    advice(&[70043], User, Revoked, "your organisation's sign-in frequency policy ended the session", "run `referrals login`; it will be needed again at that interval"),
    advice(&[700_084], AppOwner, Revoked, "the sign-in ended after 24 hours, because the app is registered as a single-page application", "register it under \"Mobile and desktop applications\" instead"),
    advice(&[50196], User, Unaffected, "the sign-in service received the same request too often", "stop what repeats it and wait a few minutes"),
    advice(&[90033, 90055], User, Unaffected, "the sign-in service is unavailable, or your tenant is throttled", "try again in a few minutes"),
];

/// By OAuth's error code, for errors without a number that is known.
#[rustfmt::skip]
const OAUTH: &[(&str, Advice)] = &[
    ("access_denied", advice(&[], User, ReauthRequired, "the sign-in was declined", "run `referrals login` and accept")),
    ("authorization_declined", advice(&[], User, ReauthRequired, "the sign-in was declined", "run `referrals login` and accept")),
    ("bad_verification_code", advice(&[], User, ReauthRequired, "the code was not recognised", "run `referrals login` again")),
    ("consent_required", consent_advice(&[], "nobody has consented to this app", "open the consent page as an administrator and accept")),
    ("expired_token", advice(&[], User, ReauthRequired, "the code expired before it was used", "run `referrals login` again and enter the new code in time")),
    ("interaction_required", advice(&[], User, ReauthRequired, "an interactive sign-in is required", "run `referrals login`")),
    ("invalid_client", advice(&[], AppOwner, ReauthRequired, "the app registration does not allow this kind of sign-in", "check the client id, and \"Allow public client flows\" under Authentication")),
    // The refresh token or the code (RFC 6749 §5.2).
    ("invalid_grant", advice(&[], User, Revoked, "the sign-in is no longer valid", "run `referrals login`")),
    ("invalid_scope", advice(&[], User, ReauthRequired, "invalid scope", "check `scope` in the settings")),
    ("login_required", advice(&[], User, ReauthRequired, "an interactive sign-in is required", "run `referrals login`")),
    ("server_error", advice(&[], User, Unaffected, "the sign-in service is unavailable", "try again in a few minutes")),
    ("temporarily_unavailable", advice(&[], User, Unaffected, "the sign-in service is unavailable", "try again in a few minutes")),
    ("unauthorized_client", advice(&[], AppOwner, ReauthRequired, "the app registration does not allow this kind of sign-in", "check the client id, and \"Allow public client flows\" under Authentication")),
];

/// Why Partner Center rejects a token (API §5.6).
#[rustfmt::skip]
const PARTNER_CENTER: &[Advice] = &[
    advice(&[MFA_MISSING], User, ReauthRequired, "Partner Center requires multi-factor authentication, and this sign-in was made without it", "run `referrals login` and complete the second factor; refreshing the old sign-in does not help"),
    advice(&[900_420], User, Unaffected, "the token is for another service than Partner Center", "check `scope` in the settings, then run `referrals login`"),
    advice(&[900_329], User, Unaffected, "Partner Center does not accept the token of an app without a user", "sign in as a user with `referrals login`"),
    advice(&[900_308], Administrator, Unaffected, "this account has no permission for this in Partner Center", "give it the role Referrals admin or Referrals user"),
    advice(&[900_309], Administrator, Unaffected, "Conditional Access blocked the request", "allow this app and this location"),
];

const MFA_MISSING: u32 = 900_421;

/// The number takes precedence over the error code.
pub(super) fn find(error: &OAuthError) -> Option<&'static Advice> {
    let numbered = error.code().and_then(|code| find_number(ENTRA, code));
    // With a number that is not known, `invalid_grant` may have any reason.
    let is_unclear = error.error == "invalid_grant" && error.code().is_some();
    let named = OAUTH.iter().find(|(name, _)| *name == error.error && !is_unclear);
    numbered.or(named.map(|(_, advice)| advice))
}

fn find_number(table: &'static [Advice], number: u32) -> Option<&'static Advice> {
    table.iter().find(|advice| advice.codes.contains(&number))
}

/// The first of Partner Center's numbers in the body of a 401 or 403, with its advice. Where in the body it stands is
/// not documented (API §5.6).
pub fn find_partner_center(body: &str) -> Option<(u32, &'static Advice)> {
    let numbers = body.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse().ok());
    let in_older_text = body.contains("MFA required").then_some(MFA_MISSING);
    numbers
        .chain(in_older_text)
        .find_map(|number| Some((number, find_number(PARTNER_CENTER, number)?)))
}

impl Advice {
    /// What to do, and who has to do it.
    pub fn hint(&self) -> String {
        match self.audience {
            User => self.next.to_owned(),
            Administrator => format!("ask your administrator: {}", self.next),
            AppOwner => format!("ask the owner of the app registration: {}", self.next),
        }
    }

    fn to_error(&self) -> Error {
        let kind = match self.effect {
            Unaffected => ErrorKind::Unavailable,
            Revoked | ReauthRequired => ErrorKind::SignIn,
        };
        Error::new(kind, self.meaning).hint(self.hint())
    }
}

/// The error to show for an error response: what it means, the original text, the ids to quote, what to do, and for
/// others who must act a text to forward.
pub(super) fn explain(error: &OAuthError, settings: &AuthSettings) -> Error {
    let advice = find(error);
    let to_forward = advice.filter(|advice| advice.audience != User);
    let explained = match advice {
        Some(advice) => advice.to_error(),
        None => Error::sign_in(format!(
            "the sign-in service rejected the request ({})",
            error.error
        ))
        .hint("run `referrals login`; if that fails too, show this text to your administrator"),
    };
    explained
        .detail(format!("it said: {error}"))
        .with_details(error.correlation_id().map(|id| format!("correlation id: {id}")))
        .with_details(error.timestamp.as_ref().map(|time| format!("time: {time}")))
        .with_details(error.code().map(|code| {
            format!("explained at: https://login.microsoftonline.com/error?code={code}")
        }))
        .with_details(
            to_forward
                .map(|advice| format!("to forward: {}", text_to_forward(advice, error, settings))),
        )
}

/// For the administrator or the owner of the app, who do not know this program.
fn text_to_forward(advice: &Advice, error: &OAuthError, settings: &AuthSettings) -> String {
    let code = error.code().map_or_else(|| error.error.clone(), |code| format!("AADSTS{code}"));
    let mut text = format!(
        "Hello, I cannot sign in to `referrals`, a command-line program that reads our Partner Center \
         referrals. Entra rejects app {} in tenant {} with {code}: {}. What would help: {}.",
        settings.client_id, settings.tenant, advice.meaning, advice.next,
    );
    if advice.needs_consent {
        text.extend([" The consent page: ", &settings.consent_address(), "."]);
    }
    if let Some(id) = error.correlation_id() {
        text.extend([" Correlation id: ", id, "."]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::authority::tests::settings;

    fn oauth_error(error: &str, code: Option<u32>) -> OAuthError {
        OAuthError {
            error: error.to_owned(),
            error_description: code.map(|code| format!("AADSTS{code}: In the words of Entra.")),
            error_codes: code.into_iter().collect(),
            correlation_id: Some("c0ffee".to_owned()),
            ..OAuthError::default()
        }
    }

    #[test]
    fn every_number_of_the_reference_has_one_advice() {
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
            let error =
                explain(&oauth_error("invalid_grant", Some(number)), &settings("https://a"));
            let report = error.report();
            assert!(report.contains("In the words of Entra."), "{report}");
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
        for advice in all.chain(OAUTH.iter().map(|(_, advice)| advice)) {
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
    fn an_unknown_error_is_shown_as_the_provider_words_it() {
        let report = explain(&oauth_error("odd_error", Some(123)), &settings("https://a")).report();
        assert!(
            report.contains("odd_error") && report.contains("AADSTS123: In the words of Entra.")
        );
    }

    #[test]
    fn only_a_session_that_has_ended_is_revoked() {
        let cases = [
            ("invalid_grant", None, Some(Revoked)),
            ("invalid_grant", Some(50173), Some(Revoked)),
            ("invalid_grant", Some(700_082), Some(Revoked)),
            ("invalid_grant", Some(53003), Some(ReauthRequired)),
            ("invalid_grant", Some(90033), Some(Unaffected)),
            ("invalid_grant", Some(123), None),
            ("interaction_required", Some(50076), Some(ReauthRequired)),
            ("interaction_required", None, Some(ReauthRequired)),
            ("temporarily_unavailable", None, Some(Unaffected)),
            ("odd_error", None, None),
        ];
        for (error, code, effect) in cases {
            let found = find(&oauth_error(error, code)).map(|advice| advice.effect);
            assert_eq!(found, effect, "{error} {code:?}");
        }
    }

    #[test]
    fn who_must_act_is_named_and_gets_a_text_to_forward() {
        let settings = settings("https://login.example");
        let report = explain(&oauth_error("invalid_grant", Some(65001)), &settings).report();
        assert!(report.contains("hint: ask your administrator: open the consent page"), "{report}");
        assert!(report.contains("to forward: Hello,"), "{report}");
        assert!(
            report.contains("https://login.example/t/adminconsent?client_id=referrals-cli"),
            "{report}"
        );
        let report = explain(&oauth_error("invalid_client", Some(7_000_218)), &settings).report();
        assert!(report.contains("Allow public client flows"), "{report}");
        assert!(report.contains("app referrals-cli in tenant t"), "{report}");
        let report = explain(&oauth_error("invalid_grant", Some(50173)), &settings).report();
        assert!(!report.contains("to forward"), "{report}");
    }

    #[test]
    fn a_number_of_partner_center_is_found_anywhere_in_a_body() {
        for (body, number) in [
            (r#"{"error":{"code":"900421","message":"x"}}"#, 900_421),
            (r#"{"code":900420}"#, 900_420),
            ("Forbidden (900329)", 900_329),
            ("x 900308 y", 900_308),
            (r#"{"error":{"code":"x","innerError":{"code":"900309"}}}"#, 900_309),
            ("Unauthorized - MFA required", 900_421),
        ] {
            assert_eq!(find_partner_center(body).map(|(number, _)| number), Some(number), "{body}");
        }
        for body in ["", "1900421", "9004210", r#"{"error":"900"}"#] {
            assert!(find_partner_center(body).is_none(), "{body}");
        }
    }

    #[test]
    fn only_missing_mfa_is_fixed_by_signing_in_again() {
        for advice in PARTNER_CENTER {
            let needs_reauth = advice.effect == ReauthRequired;
            assert_eq!(needs_reauth, advice.codes == [MFA_MISSING], "{}", advice.meaning);
        }
    }
}
