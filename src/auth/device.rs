//! Signing in with a device code (RFC 8628). On request only: policy often forbids it and may end such a session later
//! (API §5.4).

use std::time::Duration;

use oauth2::StandardDeviceAuthorizationResponse;

use super::oauth_client::{oauth2_client, scopes};
use super::request_error::OAuthRequestError;
use super::session::{Flow, Session, TokenGrant};
use super::sign_in::{AuthorizeOptions, SignIn};
use super::token::Secret;
use crate::error::{Error, Result};
use crate::text::one_line;

/// What `slow_down` adds to the polling interval (RFC 8628 §3.5).
const SLOW_DOWN_STEP: Duration = Duration::from_secs(5);

/// Failed requests in a row; the machine may just be waking up.
const MAX_FAILURES: u32 = 3;

const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Of the code and of the address to enter it at, in characters.
const MAX_SHOWN_LEN: usize = 300;

/// Bounds of what the service says; Entra's codes live for 15 minutes (API §5.4).
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
const MAX_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// Signs in with a code that the user enters on any device. Of the options only the claims apply.
pub fn sign_in(sign_in: SignIn<'_>, options: &AuthorizeOptions) -> Result<Session> {
    let details = request_code(&sign_in, options)?;
    sign_in.ui.print(&format!(
        "To sign in, open {} in any browser and enter the code {}\nThe code expires in {} minutes.",
        one_line(details.verification_uri().as_str(), MAX_SHOWN_LEN),
        one_line(details.user_code().secret(), MAX_SHOWN_LEN),
        details.expires_in().min(MAX_LIFETIME).as_secs().div_ceil(60)
    ));
    let result = DevicePoll::new(&sign_in, &details).run();
    sign_in.ui.clear_progress();
    Ok(sign_in.new_session(result?, Flow::Device))
}

fn request_code(
    sign_in: &SignIn<'_>,
    options: &AuthorizeOptions,
) -> Result<StandardDeviceAuthorizationResponse> {
    let SignIn { settings, client, .. } = sign_in;
    let oauth = oauth2_client(settings);
    let mut request = oauth.exchange_device_code().add_scopes(scopes(settings));
    if let Some(claims) = &options.claims {
        request = request.add_extra_param("claims", claims.as_str());
    }
    request.request(&|request| client.send(request)).map_err(|error| {
        OAuthRequestError::from(error)
            .into_error(settings)
            .context("cannot start the sign-in with a device code")
            .hint("`referrals login` without `--device-code` may work where this does not")
    })
}

struct DevicePoll<'a> {
    sign_in: &'a SignIn<'a>,
    code: Secret,
    interval: Duration,
    expires_at: Duration,
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
            interval: details.interval().clamp(PROGRESS_INTERVAL, MAX_INTERVAL),
            expires_at: sign_in.clock.elapsed() + details.expires_in().min(MAX_LIFETIME),
            failures: 0,
        }
    }

    fn run(mut self) -> Result<TokenGrant> {
        loop {
            if !self.wait() {
                return Err(Error::sign_in("the code expired before the sign-in was completed")
                    .hint("run `referrals login --device-code` again"));
            }
            match self.request_token() {
                Ok(grant) => return Ok(grant),
                Err(error) => self.handle_error(error)?,
            }
        }
    }

    /// Waits for the time of the next request; false once the code has expired.
    fn wait(&self) -> bool {
        let SignIn { clock, ui, .. } = self.sign_in;
        let next = clock.elapsed() + self.interval;
        loop {
            let now = clock.elapsed();
            let left = self.expires_at.saturating_sub(now);
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

    fn request_token(&self) -> Result<TokenGrant, OAuthRequestError> {
        let SignIn { settings, client, .. } = self.sign_in;
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", &settings.client_id),
            ("device_code", self.code.expose()),
        ];
        client.request_token(&settings.endpoint("token"), &form)
    }

    /// Adjusts the interval where polling goes on; an error where it does not.
    fn handle_error(&mut self, error: OAuthRequestError) -> Result<()> {
        let SignIn { settings, ui, .. } = self.sign_in;
        match error {
            OAuthRequestError::Rejected(error) if error.error == "authorization_pending" => {
                self.failures = 0;
            }
            OAuthRequestError::Rejected(error) if error.error == "slow_down" => {
                self.failures = 0;
                self.interval = (self.interval + SLOW_DOWN_STEP).min(MAX_INTERVAL);
            }
            OAuthRequestError::Rejected(_) => {
                return Err(error
                    .into_error(settings)
                    .context("cannot sign in with a device code"));
            }
            OAuthRequestError::Busy { retry_after, .. } => {
                self.failures = 0;
                let interval = retry_after.unwrap_or(self.interval + SLOW_DOWN_STEP);
                self.interval = interval.clamp(self.interval, MAX_INTERVAL);
                ui.info("the sign-in service is busy; polling less often");
            }
            OAuthRequestError::Unreachable(_) | OAuthRequestError::Unexpected(_) => {
                self.failures += 1;
                let error = error.into_error(settings);
                if self.failures >= MAX_FAILURES {
                    return Err(error.context("cannot complete the sign-in with a device code"));
                }
                let attempt = self.failures + 1;
                ui.info(&format!("{error}; retrying (attempt {attempt} of {MAX_FAILURES})"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

    use super::*;
    use crate::auth::authority::AuthSettings;
    use crate::auth::authority::tests::settings;
    use crate::auth::oauth_client::OAuthClient;
    use crate::auth::session::tests::at;
    use crate::clock::Clock;
    use crate::error::ErrorKind;
    use crate::testing::ManualClock;
    use crate::testing::SharedBuffer;
    use crate::ui::{Ui, Verbosity};

    const PENDING: (u16, &str) = (400, r#"{"error":"authorization_pending"}"#);
    const SLOW: (u16, &str) = (400, r#"{"error":"slow_down"}"#);
    const GRANTED: (u16, &str) = (
        200,
        r#"{"access_token":"access-1","token_type":"Bearer","expires_in":3600,"refresh_token":"refresh-1"}"#,
    );

    struct Outcome {
        result: Result<Session>,
        /// When each token request was sent, in seconds.
        polled: Vec<u64>,
        output: String,
    }

    /// Polls a service that gives these responses, the last one again and again.
    fn poll(responses: &[(u16, &str)]) -> Outcome {
        poll_with(r#""expires_in":900,"interval":5"#, "30", responses)
    }

    /// The same with these times of the code, and this `Retry-After`.
    fn poll_with(times: &str, retry_after: &str, responses: &[(u16, &str)]) -> Outcome {
        let server = MockServer::start();
        let clock = Arc::new(ManualClock::at(at(0)));
        let polled = Arc::<Mutex<Vec<u64>>>::default();
        let responses: Vec<_> =
            responses.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        server.mock(|when, then| {
            when.path("/t/oauth2/v2.0/devicecode")
                .form_urlencoded_tuple("client_id", "referrals-cli")
                .form_urlencoded_tuple("scope", "api/.default");
            then.status(200).body(format!(
                r#"{{"device_code":"device-1","user_code":"ABCD-EFGH","verification_uri":"https://a/device",{times},"message":"x"}}"#,
            ));
        });
        let retry_after = retry_after.to_owned();
        let (times, server_clock) = (polled.clone(), clock.clone());
        server.mock(|when, then| {
            when.path("/t/oauth2/v2.0/token")
                .form_urlencoded_tuple("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
                .form_urlencoded_tuple("client_id", "referrals-cli")
                .form_urlencoded_tuple("device_code", "device-1");
            then.respond_with(move |_: &HttpMockRequest| {
                let mut times = times.lock().unwrap();
                let (status, body) = &responses[times.len().min(responses.len() - 1)];
                times.push(server_clock.elapsed().as_secs());
                HttpMockResponse::builder()
                    .status(*status)
                    .header("retry-after", &retry_after)
                    .body(body.as_str())
                    .build()
            });
        });
        let (result, output) = run(&settings(&server.base_url()), &*clock);
        let polled = polled.lock().unwrap().clone();
        Outcome { result, polled, output }
    }

    fn run(settings: &AuthSettings, clock: &dyn Clock) -> (Result<Session>, String) {
        let output = SharedBuffer::default();
        let ui = Ui::new(Box::new(output.clone()), Verbosity::Quiet, None);
        let sign_in =
            SignIn { settings, client: &OAuthClient::new(Arc::default()), clock, ui: &ui };
        let result = super::sign_in(sign_in, &AuthorizeOptions::default());
        (result, output.text())
    }

    #[test]
    fn the_code_is_shown_even_when_quiet_and_polled_at_the_given_interval() {
        let outcome = poll(&[PENDING, PENDING, GRANTED]);
        let session = outcome.result.unwrap();
        assert_eq!(outcome.polled, [5, 10, 15]);
        assert_eq!(session.flow, Flow::Device);
        assert_eq!(session.refresh_token().unwrap().expose(), "refresh-1");
        assert!(outcome.output.contains("https://a/device"), "{}", outcome.output);
        assert!(outcome.output.contains("ABCD-EFGH"), "{}", outcome.output);
        assert!(!outcome.output.contains("device-1"), "{}", outcome.output);
    }

    #[test]
    fn slow_down_adds_five_seconds_each_time() {
        let outcome = poll(&[SLOW, PENDING, SLOW, PENDING, GRANTED]);
        assert!(outcome.result.is_ok());
        assert_eq!(outcome.polled, [5, 15, 25, 40, 55]);
    }

    #[test]
    fn a_busy_service_is_polled_after_its_retry_after() {
        let outcome = poll(&[(503, "<html>"), (429, ""), PENDING, GRANTED]);
        assert!(outcome.result.is_ok());
        assert_eq!(outcome.polled, [5, 35, 65, 95]);
    }

    #[test]
    fn times_of_any_size_are_bounded() {
        let numbers = ["0", "899", "18446744073709551615"];
        for expires in numbers {
            for interval in numbers {
                for retry_after in numbers {
                    let times = format!(r#""expires_in":{expires},"interval":{interval}"#);
                    let responses = [(503, ""), SLOW, PENDING, GRANTED];
                    let outcome = poll_with(&times, retry_after, &responses);
                    let steps = outcome.polled.windows(2).map(|pair| pair[1] - pair[0]);
                    assert!(
                        steps.clone().all(|step| (1..=300).contains(&step)),
                        "{times} {retry_after}"
                    );
                    let lifetime = expires.parse::<u64>().unwrap();
                    assert_eq!(outcome.result.is_ok(), outcome.polled.len() == 4, "{times}");
                    assert!(outcome.polled.iter().all(|at| *at < lifetime), "{times}");
                    assert!(outcome.polled.len() == 4 || lifetime < 1_000, "{times} {retry_after}");
                }
            }
        }
    }

    #[test]
    fn a_code_that_is_not_entered_expires_on_time() {
        let outcome = poll(&[PENDING]);
        let error = outcome.result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.message().contains("expired"), "{}", error.report());
        assert_eq!(outcome.polled.len(), 179);
        assert_eq!(outcome.polled.last(), Some(&895));
    }

    #[test]
    fn an_error_response_ends_the_polling() {
        for (code, meaning) in [
            ("authorization_declined", "declined"),
            ("access_denied", "declined"),
            ("expired_token", "expired"),
            ("bad_verification_code", "not recognised"),
            ("odd", "odd"),
        ] {
            let body = format!(r#"{{"error":"{code}"}}"#);
            let outcome = poll(&[PENDING, (400, &body)]);
            let error = outcome.result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SignIn, "{code}");
            assert!(error.report().contains(meaning), "{}", error.report());
            assert_eq!(outcome.polled, [5, 10], "{code}");
        }
    }

    #[test]
    fn the_third_unexpected_response_in_a_row_ends_the_polling() {
        let html = (200, "<html>sign in to the hotel</html>");
        let outcome = poll(&[html, html, PENDING, html, html, html]);
        assert_eq!(outcome.result.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(outcome.polled, [5, 10, 15, 20, 25, 30]);
    }

    #[test]
    fn a_network_that_is_down_is_an_error_at_once() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let clock = ManualClock::at(at(0));
        let (result, _) = run(&settings(&format!("http://{closed}")), &clock);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
        assert_eq!(clock.elapsed(), Duration::ZERO);
    }

    #[test]
    fn a_network_that_goes_down_is_an_error_after_three_requests() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = settings(&format!("http://{closed}"));
        let clock = ManualClock::at(at(0));
        let sign_in = SignIn {
            settings: &settings,
            client: &OAuthClient::new(Arc::default()),
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
