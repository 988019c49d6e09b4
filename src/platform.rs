//! The operating systems, for messages and hints that name what the one at hand has. A text takes the system as an
//! argument, so that all of them can be tested on one.

use std::io;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux, and others with the freedesktop.org standards.
    Unix,
    MacOs,
    Windows,
}

impl Platform {
    pub const HERE: Platform = if cfg!(windows) {
        Platform::Windows
    } else if cfg!(target_os = "macos") {
        Platform::MacOs
    } else {
        Platform::Unix
    };

    /// Whether a file cannot be used because another program has it open: only Windows refuses that.
    pub fn is_open_elsewhere(self, error: &io::Error) -> bool {
        self == Platform::Windows
            && matches!(error.raw_os_error(), Some(ERROR_SHARING_VIOLATION | ERROR_LOCK_VIOLATION))
    }

    /// Whether whoever read what is written has closed the pipe.
    pub fn is_closed_pipe(self, error: &io::Error) -> bool {
        let is_disconnected = error.raw_os_error() == Some(ERROR_PIPE_NOT_CONNECTED);
        error.kind() == io::ErrorKind::BrokenPipe || self == Platform::Windows && is_disconnected
    }
}

#[cfg(test)]
pub const PLATFORMS: [Platform; 3] = [Platform::Unix, Platform::MacOs, Platform::Windows];

/// Of Windows: the other program does not share the file.
const ERROR_SHARING_VIOLATION: i32 = 32;

/// Of Windows: the other program has locked this part of the file.
const ERROR_LOCK_VIOLATION: i32 = 33;

/// Of Windows, and none of those that the standard library knows as a closed pipe.
const ERROR_PIPE_NOT_CONNECTED: i32 = 233;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_may_be_closed_in_two_ways_on_windows() {
        for platform in PLATFORMS {
            assert!(platform.is_closed_pipe(&io::ErrorKind::BrokenPipe.into()));
            let disconnected = io::Error::from_raw_os_error(233);
            assert_eq!(platform.is_closed_pipe(&disconnected), platform == Platform::Windows);
            assert!(!platform.is_closed_pipe(&io::Error::from_raw_os_error(5)));
        }
    }

    #[test]
    fn only_windows_refuses_what_another_program_has_open() {
        for platform in PLATFORMS {
            for (code, is_open) in [(32, true), (33, true), (5, false), (13, false)] {
                let found = platform.is_open_elsewhere(&io::Error::from_raw_os_error(code));
                assert_eq!(found, is_open && platform == Platform::Windows, "{platform:?} {code}");
            }
        }
        assert!(!Platform::Windows.is_open_elsewhere(&io::ErrorKind::PermissionDenied.into()));
    }
}
