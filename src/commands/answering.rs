//! Carries out a planned change of a referral: audit, one request, and a judgement of what came back. Asking and printing
//! are the commands'.

use jiff::tz::TimeZone;

use crate::answer::{self, Conclusion, PlannedChange, Reply};
use crate::api::{Api, ChangeReply};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Referral;
use crate::services::Services;
use crate::state::{AuditEntry, AuditIntent, AuditLog, AuditResult, NOT_SEEN};

/// What is known of a change. The referral is as it is now, where it was read again.
#[derive(Debug)]
pub(super) enum Answered {
    /// With the referral that proves it.
    Done(Box<Referral>),
    /// The API said no.
    Refused(Error, Option<Box<Referral>>),
    /// Somebody else was faster.
    ChangedMeanwhile(Error, Option<Box<Referral>>),
    /// It may have happened or not; with why no proof came at once.
    NotSeen(Error, Option<Box<Referral>>),
    NotSent(Error),
}

/// Sends the change, which was confirmed before.
///
/// # Errors
/// Where nothing may be sent: those of [`Services::require_writes`], and when the audit file cannot be written.
pub(super) fn carry_out(services: &Services, change: &PlannedChange) -> Result<Answered> {
    services.require_writes()?;
    let audit = services.audit_log()?;
    send(services.api()?, &audit, &**services.context().clock(), change)
}

/// Tells of an earlier change of the same version of the referral of which is not known what came of it.
pub(super) fn find_unsettled(
    attempts: &[AuditEntry],
    change: &PlannedChange,
    zone: &TimeZone,
) -> Option<String> {
    let is_same = |entry: &&AuditEntry| {
        entry.intent.id == change.id && entry.intent.e_tag == change.e_tag && entry.is_unsettled()
    };
    let entry = attempts.iter().rev().find(is_same)?;
    let time = entry.time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M");
    let verb = &entry.intent.verb;
    Some(format!(
        "`{verb}` was tried on {time}, and what came of it is not known; the referral is still as it was then"
    ))
}

fn send(
    api: &Api,
    audit: &AuditLog,
    clock: &dyn Clock,
    change: &PlannedChange,
) -> Result<Answered> {
    let prepared = api.prepare_change(&change.id, &change.e_tag, change.patch().to_string())?;
    let attempt = prepared.correlation_id().to_owned();
    let changes = change.loggable().into_iter();
    let changes =
        changes.map(|(path, value)| (path.to_owned(), value.map(str::to_owned))).collect();
    let intent = AuditIntent {
        attempt: attempt.clone(),
        id: change.id.clone(),
        verb: change.verb.command().to_owned(),
        e_tag: change.e_tag.clone(),
        changes,
    };
    audit.record_intent(clock.now(), &intent)?;
    let reply = api.send_change(prepared);
    let (status, request_id) = match &reply {
        ChangeReply::Accepted { status, request_id, .. }
        | ChangeReply::Rejected { status, request_id, .. } => (Some(*status), request_id.clone()),
        ChangeReply::NotSent(_) | ChangeReply::NoResponse(_) => (None, None),
    };
    let answered = judge(api, change, reply, &attempt);
    let e_tag_after =
        answered.referral().and_then(|now| now.e_tag.as_ref()).map(ToString::to_string);
    let outcome = answered.word().to_owned();
    let result = AuditResult { attempt, outcome, status, e_tag_after, request_id };
    audit.record_result(clock.now(), &result);
    Ok(answered)
}

/// Judges the reply, and reads the referral again where that tells more.
fn judge(api: &Api, change: &PlannedChange, reply: ChangeReply, attempt: &str) -> Answered {
    let conclusion = answer::conclude(change, view(&reply));
    let read_again = || api.fetch_referral(&change.id).ok().map(Box::new);
    let correlation = format!("correlation id: {attempt}");
    let (status, referral, error) = match reply {
        ChangeReply::NotSent(error) => (None, None, error),
        ChangeReply::NoResponse(error) => (None, None, error.detail(correlation)),
        ChangeReply::Accepted { status, referral, request_id } => {
            let error = Error::failure(format!("the API answered {status}, which proves nothing"))
                .with_details(request_id.map(|id| format!("request id: {id}")))
                .detail(correlation);
            (Some(status), referral, error)
        }
        ChangeReply::Rejected { status, error, .. } => (Some(status), None, error),
    };
    match (conclusion, referral, error) {
        (Conclusion::Done, Some(referral), _) => Answered::Done(referral),
        (Conclusion::NotSent, _, error) => Answered::NotSent(error),
        (Conclusion::ChangedMeanwhile, _, error) => Answered::ChangedMeanwhile(error, read_again()),
        (Conclusion::Refused, _, error) => {
            // It may have been answered already.
            let now = matches!(status, Some(400 | 409 | 422)).then(read_again).flatten();
            Answered::Refused(error, now)
        }
        (_, _, error) => match read_again() {
            Some(now) if answer::is_done(change, &now) => Answered::Done(now),
            now => Answered::NotSeen(error, now),
        },
    }
}

fn view(reply: &ChangeReply) -> Reply<'_> {
    match reply {
        ChangeReply::NotSent(_) => Reply::NotSent,
        ChangeReply::NoResponse(_) => Reply::NoResponse,
        ChangeReply::Accepted { status, referral, .. } => {
            Reply::Response { status: *status, is_stale: false, referral: referral.as_deref() }
        }
        ChangeReply::Rejected { status, is_stale, .. } => {
            Reply::Response { status: *status, is_stale: *is_stale, referral: None }
        }
    }
}

impl Answered {
    /// For the audit file.
    fn word(&self) -> &'static str {
        match self {
            Answered::Done(_) => "done",
            Answered::Refused(..) => "refused",
            Answered::ChangedMeanwhile(..) => "changed meanwhile",
            Answered::NotSeen(..) => NOT_SEEN,
            Answered::NotSent(_) => "not sent",
        }
    }

    /// The referral as it was read last.
    fn referral(&self) -> Option<&Referral> {
        match self {
            Answered::Done(now) => Some(now),
            Answered::Refused(_, now)
            | Answered::ChangedMeanwhile(_, now)
            | Answered::NotSeen(_, now) => now.as_deref(),
            Answered::NotSent(_) => None,
        }
    }

    /// The changed referral, or what is to be told instead. `before` is the referral that the change was planned for.
    ///
    /// # Errors
    /// `ErrorKind::Changed` where somebody else was faster, `ErrorKind::Incomplete` where it is not seen yet, else the
    /// refusal's or the connection's own.
    pub(super) fn into_result(
        self,
        before: &Referral,
        change: &PlannedChange,
    ) -> Result<Box<Referral>> {
        match self {
            Answered::Done(referral) => Ok(referral),
            Answered::NotSent(error) => Err(error.detail("nothing was sent")),
            Answered::Refused(error, now) => Err(not_made(error, before, now.as_deref(), change)),
            Answered::ChangedMeanwhile(error, now) => {
                let error = not_made(error, before, now.as_deref(), change);
                Err(error.with_kind(ErrorKind::Changed))
            }
            Answered::NotSeen(error, now) => Err(not_seen(error, now.as_deref(), change)),
        }
    }
}

fn not_made(
    error: Error,
    before: &Referral,
    now: Option<&Referral>,
    change: &PlannedChange,
) -> Error {
    let mut details = Vec::new();
    if let Some(now) = now.filter(|now| answer::is_other_version(change, now)) {
        details.extend(describe_differences(before, now));
        details.extend(now.updated.time().map(|at| format!("updated: {at}")));
        if answer::unseen(change, now).is_empty() {
            details.push("it has every value that you wanted already".to_owned());
        }
    }
    error.with_details(details).detail("your change was not made")
}

fn describe_differences(before: &Referral, now: &Referral) -> Vec<String> {
    let is_long = |field: &str| ["notes", "team"].contains(&field);
    let line = |change: answer::FieldChange| {
        let part = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
        match change.field {
            field if is_long(field) => format!("{field}: changed"),
            field => format!("{field}: {} is now {}", part(change.old), part(change.new)),
        }
    };
    answer::differences(before, now).into_iter().map(line).collect()
}

fn not_seen(error: Error, now: Option<&Referral>, change: &PlannedChange) -> Error {
    let what = match now {
        None => "the referral could not be read again".to_owned(),
        Some(now) if !answer::is_other_version(change, now) => {
            "the referral shows no change".to_owned()
        }
        Some(now) => {
            let unseen = answer::unseen(change, now).join(", ");
            format!("the referral was changed, and does not show what was wanted of: {unseen}")
        }
    };
    let message = "not seen yet: the change was sent, and may or may not have been made";
    let id = &change.id;
    let look = format!("`referrals show {id}`: look again before trying again");
    // Trying again, as after a failed reading, could make it twice.
    let error = error.context(message).with_kind(ErrorKind::Incomplete).without_hints();
    error.detail(what).hint(look)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};
    use std::thread::JoinHandle;

    use jiff::Timestamp;

    use super::*;
    use crate::answer::{Edits, Wish};
    use crate::api::{BaseUrl, Timeouts};
    use crate::auth::{Secret, StaticToken};
    use crate::testing::ManualClock;
    use crate::ui::Ui;

    const BEFORE: &str = r#"{"id":"1","eTag":"\"1\"","status":"New","substatus":"Pending","direction":"Incoming","details":{"notes":"Call Ada"}}"#;
    const AFTER: &str = r#"{"id":"1","eTag":"\"2\"","status":"Active","substatus":"Accepted","direction":"Incoming","details":{"notes":"Call Ada\n\n[2026-11-20] secret note","dealValue":45000}}"#;
    const OTHERS: &str = r#"{"id":"1","eTag":"\"9\"","status":"Closed","substatus":"Declined","direction":"Incoming","details":{"notes":"Call Ada"}}"#;

    /// What a server does with the one change, and with readings after it.
    #[derive(Clone, Copy, Debug)]
    struct Behaviour {
        /// It closes the connection after so many bytes of the request.
        read: usize,
        /// The referral as it is from then on, if the request was whole.
        referral: &'static str,
        status: u16,
        body: &'static str,
        /// It closes the connection after so many bytes of the response.
        write: usize,
        /// Whether it answers readings.
        can_read: bool,
    }

    const WHOLE: Behaviour = Behaviour {
        read: usize::MAX,
        referral: AFTER,
        status: 200,
        body: AFTER,
        write: usize::MAX,
        can_read: true,
    };

    /// What a server was sent: the start of each request, and the lengths of the first request and its response.
    #[derive(Debug, Default)]
    struct Seen {
        methods: Vec<String>,
        is_whole: bool,
        response_len: usize,
        is_over: bool,
    }

    /// A server for one run after the other, with its API.
    struct TestServer {
        address: SocketAddr,
        state: Arc<Mutex<(Behaviour, Seen)>>,
        thread: Option<JoinHandle<()>>,
        api: Api,
        clock: Arc<ManualClock>,
    }

    impl TestServer {
        fn start() -> TestServer {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = socket.local_addr().unwrap();
            let state = Arc::new(Mutex::new((WHOLE, Seen::default())));
            let shared = Arc::clone(&state);
            let thread = std::thread::spawn(move || serve(&socket, &shared));
            let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
            let token = Arc::new(StaticToken::new("a test", Secret::new("the-token")));
            let base = BaseUrl::parse(&format!("http://{address}")).unwrap();
            let clock_of_api = Arc::clone(&clock);
            let timeouts = Timeouts::default();
            let api = Api::new(base, Arc::default(), token, clock_of_api, Ui::silent(), timeouts);
            TestServer { address, state, thread: Some(thread), api, clock }
        }
    }

    impl Drop for TestServer {
        fn drop(&mut self) {
            self.state.lock().unwrap().1.is_over = true;
            drop(TcpStream::connect(self.address).unwrap());
            self.thread.take().unwrap().join().unwrap();
        }
    }

    /// Treats the first request of each run as the change, and the others as readings.
    fn serve(socket: &TcpListener, state: &Mutex<(Behaviour, Seen)>) {
        loop {
            let (mut stream, _) = socket.accept().unwrap();
            let (behaviour, is_first) = {
                let state = state.lock().unwrap();
                (state.0, state.1.methods.is_empty())
            };
            let limit = if is_first { behaviour.read } else { usize::MAX };
            let (request, is_whole) = read_request(&mut stream, limit);
            let mut state = state.lock().unwrap();
            let seen = &mut state.1;
            if seen.is_over {
                return;
            }
            seen.methods.push(method(&request));
            if is_first {
                let response = response(behaviour.status, behaviour.body);
                (seen.is_whole, seen.response_len) = (is_whole, response.len());
                if is_whole {
                    let length = behaviour.write.min(response.len());
                    stream.write_all(&response.as_bytes()[..length]).unwrap();
                }
                continue;
            }
            let referral = if seen.is_whole { behaviour.referral } else { BEFORE };
            let (status, body) = if behaviour.can_read { (200, referral) } else { (403, "") };
            let _ = stream.write_all(response(status, body).as_bytes());
        }
    }

    /// Reads at most `limit` bytes of a request. Returns whether it is whole.
    fn read_request(stream: &mut TcpStream, limit: usize) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        loop {
            let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(head) = head {
                let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
                let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
                if bytes.len() == head + 4 + length {
                    return (bytes, true);
                }
            }
            let mut block = [0; 4096];
            let room = (limit - bytes.len()).min(block.len());
            match stream.read(&mut block[..room]) {
                Ok(count @ 1..) => bytes.extend_from_slice(&block[..count]),
                _ => return (bytes, false),
            }
        }
    }

    fn method(request: &[u8]) -> String {
        let text = String::from_utf8_lossy(request);
        text.split(' ').next().unwrap_or_default().to_owned()
    }

    fn response(status: u16, body: &str) -> String {
        let length = if status == 204 {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        format!("HTTP/1.1 {status} X\r\nRequest-ID: r-1\r\n{length}Connection: close\r\n\r\n{body}")
    }

    fn planned() -> (Referral, PlannedChange) {
        let before = Referral::parse(BEFORE).unwrap();
        let edits = Edits {
            value: Some(45_000.into()),
            note: Some("secret note".to_owned()),
            ..Edits::default()
        };
        let wish = Wish::Accept { edits, team: Vec::new() };
        let now = "2026-11-20T12:00:00[UTC]".parse().unwrap();
        let change = answer::plan(&before, &wish, &now).unwrap();
        (before, change)
    }

    /// What is said, what the server saw, and what the audit file holds.
    struct Run {
        result: Result<Box<Referral>>,
        seen: Seen,
        audit: String,
        entries: Vec<crate::state::AuditEntry>,
    }

    fn run(server: &TestServer, behaviour: Behaviour) -> Run {
        let home = tempfile::tempdir().unwrap();
        *server.state.lock().unwrap() = (behaviour, Seen::default());
        let audit = AuditLog::new(home.path(), "default", None, Ui::silent());
        let (before, change) = planned();
        let answered = send(&server.api, &audit, &*server.clock, &change).unwrap();
        let result = answered.into_result(&before, &change);
        let seen = std::mem::take(&mut server.state.lock().unwrap().1);
        let text = std::fs::read_to_string(audit.path()).unwrap();
        Run { result, seen, audit: text, entries: audit.read().unwrap() }
    }

    impl Run {
        /// What must hold whatever happens.
        fn check(&self, behaviour: Behaviour) {
            let Run { result, seen, audit, entries } = self;
            let was_made = seen.is_whole && behaviour.referral == AFTER;
            let kind = result.as_ref().map_err(Error::kind);
            match kind {
                Ok(_) => assert!(was_made, "{behaviour:?}"),
                Err(ErrorKind::Incomplete) => {}
                Err(_) => assert!(!was_made, "{behaviour:?}"),
            }
            let changes = seen.methods.iter().skip(1).filter(|method| *method != "GET").count();
            assert_eq!(changes, 0, "{behaviour:?}: {:?}", seen.methods);
            let report = result.as_ref().map_or_else(Error::report, |_| String::new());
            for text in [audit, &report] {
                for secret in ["the-token", "secret note", "Call Ada"] {
                    assert!(!text.contains(secret), "{behaviour:?}: {text}");
                }
            }
            let [entry] = &entries[..] else { panic!("{audit}") };
            let word = match kind {
                Ok(_) => "done",
                Err(ErrorKind::Incomplete) => "not seen yet",
                Err(ErrorKind::Changed) => "changed meanwhile",
                Err(_) => "refused",
            };
            let outcome = entry.result.as_ref().map(|result| result.outcome.as_str());
            assert_eq!(outcome, Some(word), "{behaviour:?}");
        }
    }

    #[test]
    fn a_connection_cut_at_any_byte_never_makes_it_say_what_is_false() {
        let server = TestServer::start();
        // Without a reading afterwards there is less to tell, so that fewer places are enough.
        for (can_read, step) in [(true, 1), (false, 23)] {
            for read in (0..).step_by(step) {
                let behaviour = Behaviour { read, can_read, ..WHOLE };
                let run = run(&server, behaviour);
                run.check(behaviour);
                if run.seen.is_whole {
                    break;
                }
                assert_eq!(run.result.unwrap_err().kind(), ErrorKind::Incomplete, "{behaviour:?}");
            }
            for (status, body, referral) in [
                (200, AFTER, AFTER),
                (204, "", AFTER),
                (504, "", AFTER),
                (412, "", OTHERS),
                (422, r#"{"error":{"code":"c","message":"m"}}"#, BEFORE),
                (200, BEFORE, BEFORE),
            ] {
                for write in (0..).step_by(step) {
                    let behaviour = Behaviour { referral, status, body, write, can_read, ..WHOLE };
                    let run = run(&server, behaviour);
                    run.check(behaviour);
                    let is_done = run.result.is_ok();
                    let was_made = referral == AFTER;
                    assert!(!can_read || is_done == was_made, "{behaviour:?}");
                    if write >= run.seen.response_len {
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn each_reply_has_its_words_and_its_exit_code() {
        let cases = [
            (WHOLE, None, ""),
            (Behaviour { status: 204, body: "", ..WHOLE }, None, ""),
            (Behaviour { body: BEFORE, ..WHOLE }, None, ""),
            (Behaviour { status: 503, body: "", ..WHOLE }, None, ""),
            (
                Behaviour { status: 503, body: "", referral: BEFORE, ..WHOLE },
                Some(7),
                "error: not seen yet: the change was sent, and may or may not have been made\n  because: the API is unavailable (503)",
            ),
            (
                Behaviour { status: 204, body: "", referral: BEFORE, ..WHOLE },
                Some(7),
                "the referral shows no change\nhint: `referrals show 1`: look again before trying again",
            ),
            (
                Behaviour { status: 204, body: "", referral: OTHERS, ..WHOLE },
                Some(7),
                "was changed, and does not show what was wanted of: status, substatus, value, notes",
            ),
            (
                Behaviour { write: 0, can_read: false, ..WHOLE },
                Some(7),
                "the referral could not be read again",
            ),
            (
                Behaviour { status: 412, body: "", referral: OTHERS, ..WHOLE },
                Some(8),
                "state: pending is now declined\n  your change was not made",
            ),
            (
                Behaviour { status: 409, body: "", referral: OTHERS, ..WHOLE },
                Some(1),
                "state: pending is now declined",
            ),
            (
                Behaviour { status: 403, body: "", referral: BEFORE, ..WHOLE },
                Some(1),
                "may not change the referral (403)",
            ),
            (Behaviour { status: 401, body: "", referral: BEFORE, ..WHOLE }, Some(4), "(401)"),
            (
                Behaviour { status: 429, body: "", referral: BEFORE, ..WHOLE },
                Some(6),
                "rate limited (429)",
            ),
        ];
        let server = TestServer::start();
        for (behaviour, exit_code, words) in cases {
            let run = run(&server, behaviour);
            run.check(behaviour);
            let error = run.result.as_ref().err();
            assert_eq!(error.map(|error| error.kind().exit_code()), exit_code, "{behaviour:?}");
            let report = error.map_or_else(String::new, Error::report);
            assert!(report.contains(words), "{behaviour:?}: {report}");
            assert!(error.is_none() || report.contains("correlation id: "), "{report}");
            let is_refused = ![None, Some(7)].contains(&exit_code);
            assert_eq!(report.contains("your change was not made"), is_refused, "{report}");
            assert!(exit_code != Some(7) || !report.contains("try again"), "{report}");
        }
    }

    #[test]
    fn without_an_audit_line_nothing_is_sent() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("audit"), "").unwrap();
        let server = TestServer::start();
        let audit = AuditLog::new(home.path(), "default", None, Ui::silent());
        let error = send(&server.api, &audit, &*server.clock, &planned().1).unwrap_err();
        assert!(error.report().contains("nothing was sent"), "{}", error.report());
        assert!(server.state.lock().unwrap().1.methods.is_empty());
    }
}
