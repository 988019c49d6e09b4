//! Changes one referral: a single `PATCH`, which is never sent again, whatever comes back.

use reqwest::StatusCode;

use super::client::Api;
use super::error_response::ErrorResponse;
use super::referral::parse_referral;
use super::request::{CorrelationIds, MAX_BODY_BYTES, Request, decode_body};
use super::request_error::RequestError;
use crate::error::{Error, Result};
use crate::model::Referral;

/// A change that is ready to be sent. Sending takes it, so that it cannot be sent twice.
pub struct PreparedChange {
    request: Request,
    ids: CorrelationIds,
}

impl PreparedChange {
    /// The id by which the service's staff find the request (API §1.3).
    pub fn correlation_id(&self) -> &str {
        &self.ids.correlation
    }
}

/// What came back of a change.
#[derive(Debug)]
pub enum ChangeReply {
    /// Nothing left this machine.
    NotSent(Error),
    /// A response of success.
    Accepted {
        status: u16,
        request_id: Option<String>,
        /// `None` where there is none in the response, or only a part of one.
        referral: Option<Box<Referral>>,
    },
    /// Any other response.
    Rejected {
        status: u16,
        request_id: Option<String>,
        /// Whether it says that the referral was changed meanwhile.
        is_stale: bool,
        error: Error,
    },
    /// It was sent, or a part of it, and no response came.
    NoResponse(Error),
}

impl Api {
    /// Prepares a JSON Patch for the version of the referral that has this eTag.
    ///
    /// # Errors
    /// When they cannot be a request.
    pub fn prepare_change(&self, id: &str, e_tag: &str, patch: String) -> Result<PreparedChange> {
        let request = Request::patch(&self.base_url.referral(id), id, e_tag, patch.into_bytes())?;
        Ok(PreparedChange { request, ids: CorrelationIds::new() })
    }

    /// Sends it once, on a connection of its own and with a token that was refreshed before if it was about to expire.
    /// Neither a rejected token nor a rate limit, an error of the server or a lost connection sends it again.
    pub fn send_change(&self, change: PreparedChange) -> ChangeReply {
        self.try_change(change).unwrap_or_else(|error| {
            self.record_rejection(&error);
            let was_sent = error.was_sent;
            match error.response.clone() {
                Some(response) => ChangeReply::Rejected {
                    status: response.status,
                    is_stale: response.is_stale(),
                    request_id: response.request_id,
                    error: error.into(),
                },
                None if was_sent => ChangeReply::NoResponse(error.into()),
                None => ChangeReply::NotSent(error.into()),
            }
        })
    }

    fn try_change(&self, change: PreparedChange) -> Result<ChangeReply, RequestError> {
        let PreparedChange { request, ids } = change;
        let token = self.tokens.access_token()?;
        let client = self.http.single_use_client(request.url())?;
        self.keep_pace();
        let start = self.clock.elapsed();
        let (mut response, details) = self.execute(&client, &request, &token, &ids)?;
        if !request.is_success(response.status()) {
            return Err(self.read_error(&request, response, details, start));
        }
        let has_body = response.status() != StatusCode::NO_CONTENT;
        let body = has_body.then(|| self.read_body(&mut response, MAX_BODY_BYTES, start));
        // What cannot be read is left to another request.
        let text = body.and_then(Result::ok).and_then(|body| decode_body(body).ok());
        let referral = text.and_then(|text| parse_referral(&text).ok()).map(Box::new);
        let ErrorResponse { status, request_id, .. } = details;
        Ok(ChangeReply::Accepted { status, request_id, referral })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc::{Receiver, channel};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use httpmock::MockServer;
    use jiff::Timestamp;
    use referrals_loopback::{Incoming, Limits, Listener, Response};

    use super::*;
    use crate::api::{BaseUrl, Timeouts};
    use crate::auth::{Secret, TokenProvider};
    use crate::error::ErrorKind;
    use crate::testing::ManualClock;
    use crate::ui::Ui;

    const PATCH: &str = r#"[{"op":"replace","path":"/status","value":"Active"}]"#;

    /// Counts what is asked of it.
    #[derive(Default)]
    struct CountedTokens(Mutex<Vec<&'static str>>);

    impl TokenProvider for CountedTokens {
        fn access_token(&self) -> Result<Secret> {
            self.0.lock().unwrap().push("access");
            Ok(Secret::new("the-token"))
        }

        fn refresh(&self, _: &Secret) -> Result<Secret> {
            self.0.lock().unwrap().push("refresh");
            Ok(Secret::new("another-token"))
        }
    }

    fn api(url: &str, tokens: Arc<CountedTokens>) -> Api {
        let base = BaseUrl::parse(url).unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        Api::new(base, Arc::default(), tokens, clock, Ui::silent(), Timeouts::default())
    }

    fn change(api: &Api) -> ChangeReply {
        api.send_change(api.prepare_change("1", "\"e-1\"", PATCH.to_owned()).unwrap())
    }

    #[test]
    fn the_request_is_the_documented_one() {
        let server = MockServer::start();
        let mock = server.mock(|when, then| {
            when.method("PATCH")
                .path("/referrals/1")
                .header("if-match", "\"e-1\"")
                .header("prefer", "return=representation")
                .header("content-type", "application/json")
                .header("authorization", "Bearer the-token")
                .header_exists("ms-correlationid")
                .header_exists("ms-requestid")
                .header_exists("client-request-id")
                .body(PATCH);
            then.status(200).header("Request-ID", "r-7").body(r#"{"id":"1","eTag":"\"2\""}"#);
        });
        let reply = change(&api(&server.base_url(), Arc::default()));
        mock.assert();
        let ChangeReply::Accepted { status: 200, request_id, referral: Some(referral) } = reply
        else {
            panic!("{reply:?}")
        };
        assert_eq!(request_id.as_deref(), Some("r-7"));
        assert_eq!(referral.e_tag.as_deref(), Some("\"2\""));
    }

    #[test]
    fn no_response_makes_it_send_a_second_request() {
        let stale = r#"{"error":{"code":"resourceModified","message":"m"}}"#;
        for (status, body, kind) in [
            (301, "", Some(ErrorKind::Failure)),
            (307, "", Some(ErrorKind::Failure)),
            (400, "", Some(ErrorKind::Failure)),
            (401, "", Some(ErrorKind::SignIn)),
            (403, "", Some(ErrorKind::Failure)),
            (404, "", Some(ErrorKind::Failure)),
            (408, "", Some(ErrorKind::Failure)),
            (409, "", Some(ErrorKind::Failure)),
            (409, stale, Some(ErrorKind::Changed)),
            (412, "", Some(ErrorKind::Changed)),
            (422, "", Some(ErrorKind::Failure)),
            (423, "", Some(ErrorKind::Failure)),
            (429, "", Some(ErrorKind::Throttled)),
            (500, "", Some(ErrorKind::Unavailable)),
            (502, stale, Some(ErrorKind::Unavailable)),
            (503, "", Some(ErrorKind::Unavailable)),
            (504, "", Some(ErrorKind::Unavailable)),
            (509, "", Some(ErrorKind::Throttled)),
            (200, "", None),
            (200, "{", None),
            (200, "{}", None),
            (200, "null", None),
            (202, "", None),
            (204, "", None),
        ] {
            let server = MockServer::start();
            let mock = server.mock(|when, then| {
                when.any_request();
                then.status(status)
                    .header("Location", "/elsewhere")
                    .header("Retry-After", "1")
                    .body(body);
            });
            let tokens = Arc::new(CountedTokens::default());
            let reply = change(&api(&server.base_url(), Arc::clone(&tokens)));
            mock.assert();
            assert_eq!(*tokens.0.lock().unwrap(), ["access"], "{status}");
            match (reply, kind) {
                (ChangeReply::Accepted { status: actual, referral: None, .. }, None) => {
                    assert_eq!(actual, status);
                }
                (ChangeReply::Rejected { status: actual, is_stale, error, .. }, Some(kind)) => {
                    assert_eq!((actual, error.kind()), (status, kind), "{}", error.report());
                    assert_eq!(is_stale, kind == ErrorKind::Changed);
                    assert!(!error.report().contains("token-"), "{}", error.report());
                    assert!(error.report().contains("correlation id: "), "{}", error.report());
                }
                (reply, _) => panic!("{status}: {reply:?}"),
            }
        }
    }

    #[test]
    fn a_connection_that_was_kept_open_is_not_used_and_a_lost_one_not_replaced() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let limits = Limits { time: Duration::from_secs(20), head: 1 << 16, body: 1 << 16 };
        let listener = Listener::bind(0).unwrap();
        let url = format!("http://127.0.0.1:{}", listener.port());
        let server = listener.serve(move |mut connection| {
            while let Ok(Incoming::Request(request)) = connection.read_request(limits) {
                record.lock().unwrap().push((connection.number(), request.method.clone()));
                if request.method == "PATCH" {
                    return;
                }
                let body = br#"{"id":"1","eTag":"\"1\""}"#.to_vec();
                connection.respond(&Response { status: 200, headers: Vec::new(), body }).unwrap();
            }
        });
        let server = server.unwrap();
        let api = api(&url, Arc::default());
        api.fetch_referral("1").unwrap();
        api.fetch_referral("1").unwrap();
        let reply = change(&api);
        assert!(matches!(reply, ChangeReply::NoResponse(_)), "{reply:?}");
        api.fetch_referral("1").unwrap();
        drop(server);
        let expected = [(0, "GET"), (0, "GET"), (1, "PATCH"), (0, "GET")];
        assert_eq!(*seen.lock().unwrap(), expected.map(|(n, method)| (n, method.to_owned())));
    }

    #[test]
    fn without_a_connection_nothing_was_sent() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        drop(socket);
        let reply = change(&api(&url, Arc::default()));
        assert!(matches!(reply, ChangeReply::NotSent(_)), "{reply:?}");
        let odd = api(&url, Arc::default()).prepare_change("1", "\"a\nb\"", String::new());
        assert!(odd.is_err_and(|error| error.message().contains("eTag")));
    }

    #[test]
    fn a_connection_cut_at_any_byte_of_the_request_sends_it_at_most_once() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let (limit, limits) = channel();
        let lengths = serve_cut(socket, limits);
        let api = api(&url, Arc::default());
        for cut in 0.. {
            limit.send(cut).unwrap();
            let reply = change(&api);
            assert!(matches!(reply, ChangeReply::NoResponse(_)), "{cut}: {reply:?}");
            // The one that the server read less of than it was to read is whole.
            let length = lengths.recv().unwrap();
            if length < cut {
                assert!(cut > 300, "{cut}");
                break;
            }
        }
        drop(limit);
        assert_eq!(lengths.iter().count(), 0, "a request more than was sent");
    }

    /// For each limit accepts one connection, closes it after so many bytes and reports how many there were.
    fn serve_cut(socket: TcpListener, limits: Receiver<usize>) -> Receiver<usize> {
        let (length, lengths) = channel();
        std::thread::spawn(move || {
            for limit in limits {
                let (mut stream, _) = socket.accept().unwrap();
                length.send(read_up_to(&mut stream, limit)).unwrap();
                let _ = stream.flush();
            }
            // What is sent again has connected by now.
            socket.set_nonblocking(true).unwrap();
            while socket.accept().is_ok() {
                length.send(0).unwrap();
            }
        });
        lengths
    }

    /// Reads `limit` bytes, or one request.
    fn read_up_to(stream: &mut TcpStream, limit: usize) -> usize {
        let mut bytes = Vec::new();
        while bytes.len() < limit && !bytes.ends_with(PATCH.as_bytes()) {
            let mut block = [0; 4096];
            let room = (limit - bytes.len()).min(block.len());
            match stream.read(&mut block[..room]) {
                Ok(count @ 1..) => bytes.extend_from_slice(&block[..count]),
                _ => break,
            }
        }
        bytes.len()
    }
}
