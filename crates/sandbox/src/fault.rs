//! What can go wrong with a write, on demand.

use std::str::FromStr;

use serde_json::{Value, json};

/// Something that goes wrong with a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It is answered with this status, and nothing is changed: 403, 423, 429, 500 or 503, for example.
    Status(u16),
    /// The change is made, and the connection is closed after this many bytes of the response: with 0, without an answer.
    CutResponse(usize),
    /// The connection is closed after this many bytes of the request. A request that has no more is served.
    CutRequest(usize),
    /// Somebody else gives this member the value, right after a referral was read by its id for the first time.
    ChangedMeanwhile {
        /// A JSON Pointer (RFC 6901), `/details/dealValue` for example.
        path: String,
        /// Its new value.
        value: Value,
    },
}

impl Fault {
    pub(crate) fn response_cut(&self) -> Option<usize> {
        match self {
            Fault::CutResponse(bytes) => Some(*bytes),
            _ => None,
        }
    }

    pub(crate) fn request_cut(&self) -> Option<usize> {
        match self {
            Fault::CutRequest(bytes) => Some(*bytes),
            _ => None,
        }
    }
}

impl FromStr for Fault {
    type Err = String;

    /// `status=423`, `cut-response=120`, `no-response`, `cut-request=40`, `changed-meanwhile`.
    fn from_str(word: &str) -> Result<Fault, String> {
        let invalid = || {
            "expected status=N, no-response, cut-response=N, cut-request=N or changed-meanwhile"
                .to_owned()
        };
        let (name, number) = word.split_once('=').unwrap_or((word, "0"));
        let number: usize = number.parse().map_err(|_| invalid())?;
        match (name, word.contains('=')) {
            ("status", true) => match u16::try_from(number) {
                Ok(status @ 400..=599) => Ok(Fault::Status(status)),
                _ => Err("expected a status from 400 to 599".to_owned()),
            },
            ("no-response", false) => Ok(Fault::CutResponse(0)),
            ("cut-response", true) => Ok(Fault::CutResponse(number)),
            ("cut-request", true) => Ok(Fault::CutRequest(number)),
            ("changed-meanwhile", false) => Ok(Fault::ChangedMeanwhile {
                path: "/details/dealValue".to_owned(),
                value: json!(123_456),
            }),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_by_a_word() {
        for (word, fault) in [
            ("status=423", Some(Fault::Status(423))),
            ("no-response", Some(Fault::CutResponse(0))),
            ("cut-response=120", Some(Fault::CutResponse(120))),
            ("cut-request=0", Some(Fault::CutRequest(0))),
            ("status", None),
            ("status=200", None),
            ("status=70000", None),
            ("no-response=1", None),
            ("cut-request", None),
            ("cut-request=-1", None),
            ("", None),
        ] {
            assert_eq!(word.parse().ok(), fault, "{word}");
        }
        assert!(matches!("changed-meanwhile".parse(), Ok(Fault::ChangedMeanwhile { .. })));
    }
}
