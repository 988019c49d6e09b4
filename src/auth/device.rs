//! Signing in with a code that is entered elsewhere (RFC 8628); on request only, for policy often
//! forbids it and the sessions it begins can be ended by policy later (API §5.4).

use std::time::Duration;

use oauth2::StandardDeviceAuthorizationResponse;

use super::browser::{AuthorizeOptions, SignIn, new_session};
use super::oauth_client::OAuthRequestError;
use super::session::{Flow, Session, TokenGrant};
use super::token::Secret;
use super::token_response;
use crate::error::{Error, ErrorKind, Result};

/// What `slow_down` adds to the time between two questions (RFC 8628 §3.5).
const SLOW_DOWN_STEP: Duration = Duration::from_secs(5);

/// How many questions in a row may fail to reach the service; it may be a laptop waking up.
const MAX_FAILURES: u32 = 3;

/// How often the time left is shown.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Signs a person in who enters a code on any device. Of the options only the challenge is passed
/// on: the person has no address of ours to open.
pub fn sign_in(sign_in: SignIn<'_>, options: &AuthorizeOptions) -> Result<Session> {
    let details = request(&sign_in, options)?;
    sign_in.ui.print(&format!(
        "To sign in, open {} in any browser and enter the code {}\nThe code is good for {} minutes.",
        details.verification_uri().as_str(),
        details.user_code().secret(),
        details.expires_in().as_secs().div_ceil(60)
    ));
    let result = DevicePoll::new(&sign_in, &details).run();
    sign_in.ui.clear_progress();
    Ok(new_session(result?, &sign_in, Flow::Device))
}

fn request(
    sign_in: &SignIn<'_>,
    options: &AuthorizeOptions,
) -> Result<StandardDeviceAuthorizationResponse> {
    let SignIn { settings, client, .. } = sign_in;
    let oauth = token_response::oauth2_client(settings);
    let mut request = oauth.exchange_device_code().add_scopes(token_response::scopes(settings));
    if let Some(claims) = &options.claims {
        request = request.add_extra_param("claims", claims.as_str());
    }
    request.request(&|request| client.send(request)).map_err(|error| {
        token_response::request_error(error)
            .into_error(settings)
            .context("cannot begin the sign-in with a code")
            .hint("`referrals login` without `--device-code` may pass where this does not")
    })
}

/// What became of one question.
enum PollResult {
    Granted(Box<TokenGrant>),
    Pending,
    SlowDown,
    Refused(Error),
    /// Nothing arrived; the failure is kept for the case that nothing ever does.
    Unreachable(Error),
    /// The service asks to be left alone.
    Busy(Option<Duration>),
}

struct DevicePoll<'a> {
    sign_in: &'a SignIn<'a>,
    code: Secret,
    interval: Duration,
    end: Duration,
    failures: u32,
}

impl<'a> DevicePoll<'a> {
    fn new(
        sign_in: &'a SignIn<'a>,
        details: &StandardDeviceAuthorizationResponse,
    ) -> DevicePoll<'a> {
        DevicePoll {
            sign_in,
            code: Secret::new(details.device_code().secret().as_str()),
            interval: details.interval().max(PROGRESS_INTERVAL),
            end: sign_in.clock.elapsed() + details.expires_in(),
            failures: 0,
        }
    }

    fn run(mut self) -> Result<TokenGrant> {
        let ui = self.sign_in.ui;
        loop {
            if !self.wait() {
                return Err(Error::new(
                    ErrorKind::SignIn,
                    "the code expired before anybody entered it and signed in",
                )
                .hint("run `referrals login --device-code` again"));
            }
            match self.request_token() {
                PollResult::Granted(grant) => return Ok(*grant),
                PollResult::Refused(error) => return Err(error),
                PollResult::Pending => self.failures = 0,
                PollResult::SlowDown => {
                    self.failures = 0;
                    self.interval += SLOW_DOWN_STEP;
                }
                PollResult::Busy(after) => {
                    self.failures = 0;
                    self.interval =
                        after.unwrap_or(self.interval + SLOW_DOWN_STEP).max(self.interval);
                    ui.info("the sign-in service is busy; asking less often");
                }
                PollResult::Unreachable(error) => {
                    self.failures += 1;
                    if self.failures >= MAX_FAILURES {
                        return Err(error.context("cannot finish the sign-in with a code"));
                    }
                    ui.info(&format!(
                        "{error}; trying again ({} of {MAX_FAILURES})",
                        self.failures + 1
                    ));
                }
            }
        }
    }

    /// Waits until the next question may be asked; false once the code has expired.
    fn wait(&self) -> bool {
        let SignIn { clock, ui, .. } = self.sign_in;
        let next = clock.elapsed() + self.interval;
        loop {
            let now = clock.elapsed();
            let left = self.end.saturating_sub(now);
            if left.is_zero() {
                return false;
            }
            let pause = next.saturating_sub(now);
            if pause.is_zero() {
                return true;
            }
            ui.progress(&format!(
                "Waiting for you to sign in, {}:{:02} left",
                left.as_secs() / 60,
                left.as_secs() % 60
            ));
            clock.sleep(PROGRESS_INTERVAL.min(pause).min(left));
        }
    }

    fn request_token(&self) -> PollResult {
        let SignIn { settings, client, .. } = self.sign_in;
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", settings.client_id()),
            ("device_code", self.code.expose()),
        ];
        let answer = client
            .request_token(&settings.token_address(), &form)
            .and_then(token_response::TokenResponse::into_grant);
        match answer {
            Ok(grant) => PollResult::Granted(Box::new(grant)),
            Err(OAuthRequestError::Refused(refusal)) => match refusal.error.as_str() {
                "authorization_pending" => PollResult::Pending,
                "slow_down" => PollResult::SlowDown,
                _ => PollResult::Refused(
                    OAuthRequestError::Refused(refusal)
                        .into_error(settings)
                        .context("cannot sign in with a code"),
                ),
            },
            Err(OAuthRequestError::Busy { after, .. }) => PollResult::Busy(after),
            Err(failure) => PollResult::Unreachable(failure.into_error(settings)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

    use super::*;
    use crate::auth::authority::AuthSettings;
    use crate::auth::authority::tests::settings;
    use crate::auth::oauth_client::{OAuthClient, test_client};
    use crate::auth::session::tests::at;
    use crate::clock::{Clock, ManualClock};
    use crate::testing::SharedBuffer;
    use crate::ui::{Ui, Verbosity};

    const PENDING: (u16, &str) = (400, r#"{"error":"authorization_pending"}"#);
    const SLOW: (u16, &str) = (400, r#"{"error":"slow_down"}"#);
    const GRANTED: (u16, &str) = (
        200,
        r#"{"access_token":"access-1","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-1"}"#,
    );

    /// What came of polling a service that gives these answers, the last one for ever.
    struct Outcome {
        result: Result<Session>,
        /// When each question was asked, in seconds.
        asked: Vec<u64>,
        said: String,
    }

    fn poll(answers: &[(u16, &str)]) -> Outcome {
        let server = MockServer::start();
        let clock = Arc::new(ManualClock::at(at(0)));
        let asked = Arc::<Mutex<Vec<u64>>>::default();
        let answers: Vec<_> =
            answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        server.mock(|when, then| {
            when.path("/t/oauth2/v2.0/devicecode")
                .form_urlencoded_tuple("client_id", "referrals-cli")
                .form_urlencoded_tuple("scope", "api/.default");
            then.status(200).body(
                r#"{"device_code":"device-1","user_code":"ABCD-EFGH","verification_uri":"https://a/device","expires_in":900,"interval":5,"message":"x"}"#,
            );
        });
        let (ticks, times) = (asked.clone(), clock.clone());
        server.mock(|when, then| {
            when.path("/t/oauth2/v2.0/token")
                .form_urlencoded_tuple("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
                .form_urlencoded_tuple("client_id", "referrals-cli")
                .form_urlencoded_tuple("device_code", "device-1");
            then.respond_with(move |_: &HttpMockRequest| {
                let mut asked = ticks.lock().unwrap();
                let (status, body) = &answers[asked.len().min(answers.len() - 1)];
                asked.push(times.elapsed().as_secs());
                HttpMockResponse::builder()
                    .status(*status)
                    .header("retry-after", "30")
                    .body(body.as_str())
                    .build()
            });
        });
        let (result, said) = run(&settings(&server.base_url()), &*clock);
        let asked = asked.lock().unwrap().clone();
        Outcome { result, asked, said }
    }

    fn run(settings: &AuthSettings, clock: &dyn Clock) -> (Result<Session>, String) {
        let said = SharedBuffer::default();
        let ui = Ui::new(Box::new(said.clone()), Verbosity::Quiet, false);
        let sign_in =
            SignIn { settings, client: &OAuthClient::new(&test_client()), clock, ui: &ui };
        let result = super::sign_in(sign_in, &AuthorizeOptions::default());
        let said = said.text();
        (result, said)
    }

    #[test]
    fn the_code_is_shown_even_when_quiet_and_asked_about_at_the_given_interval() {
        let outcome = poll(&[PENDING, PENDING, GRANTED]);
        let session = outcome.result.unwrap();
        assert_eq!(outcome.asked, [5, 10, 15]);
        assert_eq!(session.flow, Flow::Device);
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-1");
        assert!(outcome.said.contains("https://a/device"), "{}", outcome.said);
        assert!(outcome.said.contains("ABCD-EFGH"), "{}", outcome.said);
        assert!(!outcome.said.contains("device-1"), "{}", outcome.said);
    }

    #[test]
    fn slow_down_adds_five_seconds_for_good() {
        let outcome = poll(&[SLOW, PENDING, SLOW, PENDING, GRANTED]);
        assert!(outcome.result.is_ok());
        assert_eq!(outcome.asked, [5, 15, 25, 40, 55]);
    }

    #[test]
    fn a_busy_service_is_left_alone_for_as_long_as_it_asks() {
        let outcome = poll(&[(503, "<html>"), (429, ""), PENDING, GRANTED]);
        assert!(outcome.result.is_ok());
        assert_eq!(outcome.asked, [5, 35, 65, 95]);
    }

    #[test]
    fn a_code_nobody_enters_expires_on_time() {
        let outcome = poll(&[PENDING]);
        let error = outcome.result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().contains("expired"), "{}", error.report());
        assert_eq!(outcome.asked.len(), 179);
        assert_eq!(outcome.asked.last(), Some(&895));
    }

    #[test]
    fn a_refusal_ends_it_in_its_own_words() {
        for (word, meaning) in [
            ("authorization_declined", "declined"),
            ("access_denied", "declined"),
            ("expired_token", "expired"),
            ("bad_verification_code", "not recognised"),
            ("odd", "odd"),
        ] {
            let body = format!(r#"{{"error":"{word}"}}"#);
            let outcome = poll(&[PENDING, (400, &body)]);
            let error = outcome.result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{word}");
            assert!(error.report().contains(meaning), "{}", error.report());
            assert_eq!(outcome.asked, [5, 10], "{word}");
        }
    }

    #[test]
    fn answers_of_something_else_end_it_at_the_third() {
        let html = (200, "<html>sign in to the hotel</html>");
        let outcome = poll(&[html, html, PENDING, html, html, html]);
        assert_eq!(outcome.result.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(outcome.asked, [5, 10, 15, 20, 25, 30]);
    }

    #[test]
    fn a_network_that_is_down_is_told_at_once() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let clock = ManualClock::at(at(0));
        let (result, _) = run(&settings(&format!("http://{closed}")), &clock);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(clock.elapsed(), Duration::ZERO);
    }

    #[test]
    fn a_network_that_goes_down_is_told_after_three_questions() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = settings(&format!("http://{closed}"));
        let clock = ManualClock::at(at(0));
        let sign_in = SignIn {
            settings: &settings,
            client: &OAuthClient::new(&test_client()),
            clock: &clock,
            ui: &Ui::silent(),
        };
        let details = serde_json::from_str(
            r#"{"device_code":"d","user_code":"u","verification_uri":"https://a","expires_in":900,"interval":5}"#,
        )
        .unwrap();
        let error = DevicePoll::new(&sign_in, &details).run().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(clock.elapsed(), Duration::from_secs(15));
    }
}
