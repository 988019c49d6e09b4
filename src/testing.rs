//! Helpers for unit tests, the tests in `tests/` and the fuzz targets. Not part of the interface.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::json::{JsonKind, JsonResult, JsonValue};

pub use crate::api::error_response::{ErrorResponse, Resource, error_message};
pub use crate::api::next_link::{NextLink, resolve_next_link};
pub use crate::api::page::{parse_page, peek_next_link};
pub use crate::api::retry::{FailureClass, RetryDecision, RetryState, decide, parse_retry_after};
pub use crate::api::{Api, BaseUrl, Timeouts};
pub use crate::auth::{
    AuthSettings, AuthorizeOptions, ExpectedSession, FileStore, Flow, KeyringStore, OAuthClient,
    SecretStore, Session, SessionHandle, SessionTokens, SignIn, StaticToken, TokenProvider,
    browser, device, self_test,
};
pub use crate::cli::{definition, run};
pub use crate::clock::{Clock, SystemClock};
pub use crate::columns::format_schema;
pub use crate::commands::{pages, scripts};
pub use crate::config::ConfigFile;
pub use crate::context::Environment;
pub use crate::dates::{DateParser, SpanDirection};
pub use crate::error::{Error, ErrorKind, Result};
pub use crate::http::Http;
pub use crate::json::{Reader, Text};
pub use crate::listing::Listing;
pub use crate::model::{DateValue, Deadline, ReadAhead, Referral, parse_timestamp};
pub use crate::odata::check_balanced;
pub use crate::query::{ListQuery, Plan};
pub use crate::render::format_summary_schema;
pub use crate::text::{decode_entities, escape_control, fold, one_line, width};
pub use crate::ui::{Ui, Verbosity};

/// Secrets split over the entries of a store.
pub mod parts {
    pub use crate::auth::parts::{KeyringEntries, delete, load, save};
}

/// A writer whose clones share their bytes, so that a test can read what the program wrote.
#[derive(Clone, Debug, Default)]
pub struct SharedBuffer {
    bytes: Arc<Mutex<Vec<u8>>>,
    failure: Option<io::ErrorKind>,
}

impl SharedBuffer {
    /// A writer that fails with this kind of error.
    pub fn failing(kind: io::ErrorKind) -> SharedBuffer {
        SharedBuffer { failure: Some(kind), ..SharedBuffer::default() }
    }

    /// What was written so far.
    pub fn text(&self) -> String {
        let bytes = self.bytes.lock().expect("no holder of this lock panics").clone();
        String::from_utf8(bytes).expect("the program writes UTF-8")
    }
}

impl Write for SharedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.failure {
            Some(kind) => Err(kind.into()),
            None => self.bytes.lock().expect("no holder of this lock panics").write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A clock for tests: only `sleep` and `advance` move it.
#[derive(Debug)]
pub struct ManualClock {
    start: Timestamp,
    elapsed: Mutex<Duration>,
}

impl ManualClock {
    pub fn at(start: Timestamp) -> ManualClock {
        ManualClock { start, elapsed: Mutex::default() }
    }

    pub fn advance(&self, time: Duration) {
        *self.elapsed.lock().expect("no holder of this lock panics") += time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.start + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().expect("no holder of this lock panics")
    }

    fn sleep(&self, time: Duration) {
        self.advance(time);
    }
}

/// Reads a value with everything in it; the last member of a name counts.
pub fn read_json(reader: &mut Reader<'_>) -> JsonResult<Value> {
    match reader.peek_kind()? {
        JsonKind::Object => {
            let mut members = Map::new();
            reader.read_members(|reader, name| {
                members.insert(name.decode().into_owned(), read_json(reader)?);
                Ok(())
            })?;
            Ok(Value::Object(members))
        }
        JsonKind::Array => {
            let mut elements = Vec::new();
            reader.read_elements(|reader| {
                elements.push(read_json(reader)?);
                Ok(())
            })?;
            Ok(Value::Array(elements))
        }
        _ => Ok(match reader.read_value()? {
            JsonValue::String(raw) => Value::from(&*reader.text(raw)),
            JsonValue::Number(raw) | JsonValue::Bool(raw) => {
                serde_json::from_str(raw.as_sent()).unwrap_or_default()
            }
            JsonValue::Null | JsonValue::Array | JsonValue::Object => Value::Null,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_on_the_manual_clock_takes_no_time_and_advances_it() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        clock.sleep(Duration::from_secs(90));
        assert_eq!(clock.now().as_second(), 90);
        assert_eq!(clock.elapsed(), Duration::from_secs(90));
    }
}
