//! Reads lines from a terminal that are longer than it allows. Where a terminal edits lines itself it cuts them, on Linux
//! after 4,095 bytes and on macOS after 1,024 (`MAX_CANON`), and the address that ends a sign-in may be longer. So on
//! Unix the lines are edited here. Elsewhere the console's own limit stays.

use std::io::BufRead;

/// Standard input. `before_change` is called before the terminal's mode changes, so that a signal handler can be
/// installed that calls [`restore`].
pub fn open_input(before_change: fn()) -> Box<dyn BufRead + Send> {
    #[cfg(unix)]
    if let Some(lines) = unix::TerminalLines::open(before_change) {
        return Box::new(lines);
    }
    let _ = before_change;
    Box::new(std::io::BufReader::new(std::io::stdin()))
}

/// Gives the terminal its mode back, for the end of the process: a line may still be awaited.
pub fn restore() {
    #[cfg(unix)]
    unix::restore();
}

/// A line that is being typed or pasted.
#[cfg(unix)]
#[derive(Debug, Default)]
struct LineEditor {
    line: Vec<u8>,
}

/// What became of a byte.
#[cfg(unix)]
#[derive(Debug, PartialEq, Eq)]
enum Edit {
    /// Part of the line, and to be shown.
    Added,
    /// So many characters of the line were removed.
    Removed(usize),
    /// The line has ended; it is empty at the end of the input.
    Ended,
}

#[cfg(unix)]
impl LineEditor {
    /// The keys are those that terminals have unless they are told otherwise.
    fn edit(&mut self, byte: u8) -> Edit {
        const END_OF_INPUT: u8 = 0x04;
        const BACKSPACE: u8 = 0x08;
        const KILL_LINE: u8 = 0x15;
        const ERASE_WORD: u8 = 0x17;
        const DELETE: u8 = 0x7f;
        match byte {
            b'\n' | b'\r' => {
                self.line.push(b'\n');
                Edit::Ended
            }
            END_OF_INPUT if self.line.is_empty() => Edit::Ended,
            BACKSPACE | DELETE => Edit::Removed(usize::from(self.pop())),
            KILL_LINE => self.pop_while(|_| true),
            ERASE_WORD => {
                let mut in_word = false;
                self.pop_while(|byte| {
                    in_word |= byte != b' ';
                    !in_word || byte != b' '
                })
            }
            b'\t' | 0x20.. => {
                self.line.push(byte);
                Edit::Added
            }
            _ => Edit::Removed(0),
        }
    }

    /// Removes the last character, which in UTF-8 may be several bytes.
    fn pop(&mut self) -> bool {
        let is_continuation = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
        while self.line.pop_if(|byte| is_continuation(byte)).is_some() {}
        self.line.pop().is_some()
    }

    fn pop_while(&mut self, mut goes: impl FnMut(u8) -> bool) -> Edit {
        let mut removed = 0;
        while self.line.last().is_some_and(|byte| goes(*byte)) && self.pop() {
            removed += 1;
        }
        Edit::Removed(removed)
    }
}

#[cfg(unix)]
mod unix {
    use std::collections::VecDeque;
    use std::io::{self, BufRead, Read};
    use std::sync::{Mutex, PoisonError};

    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
    };

    use super::{Edit, LineEditor};

    /// The mode to give back, while another one is set.
    static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

    pub(super) fn restore() {
        let saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mode) = saved {
            // A terminal that is gone needs no mode.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &mode);
        }
    }

    /// The terminal hands over each byte as it comes, and shows none.
    fn stop_editing() -> io::Result<()> {
        let mut saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner);
        let old = tcgetattr(io::stdin())?;
        let mut mode = old.clone();
        mode.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        mode.special_codes[SpecialCodeIndex::VMIN] = 1;
        mode.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Now, &mode)?;
        *saved = Some(old);
        Ok(())
    }

    /// Standard input, line by line.
    pub(super) struct TerminalLines {
        before_change: fn(),
        /// Came after the end of the line.
        pending: VecDeque<u8>,
        line: Vec<u8>,
        /// How much of the line was consumed.
        consumed: usize,
    }

    impl TerminalLines {
        /// `None` when standard input is no terminal.
        pub(super) fn open(before_change: fn()) -> Option<TerminalLines> {
            tcgetattr(io::stdin()).ok()?;
            let (pending, line) = (VecDeque::new(), Vec::new());
            Some(TerminalLines { before_change, pending, line, consumed: 0 })
        }

        fn read_line(&mut self) -> io::Result<Vec<u8>> {
            let mut editor = LineEditor::default();
            loop {
                let mut shown = Vec::new();
                while let Some(byte) = self.pending.pop_front() {
                    match editor.edit(byte) {
                        Edit::Added => shown.push(byte),
                        Edit::Removed(count) => shown.extend(b"\x08 \x08".repeat(count)),
                        Edit::Ended => {
                            shown.push(b'\n');
                            show(&shown);
                            return Ok(editor.line);
                        }
                    }
                }
                show(&shown);
                let mut block = [0; 4096];
                match io::stdin().read(&mut block) {
                    Ok(0) => return Ok(editor.line),
                    Ok(count) => self.pending.extend(&block[..count]),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// On the terminal itself: standard error may be a file, which a code must not get into.
    fn show(bytes: &[u8]) {
        let mut rest = bytes;
        while let Ok(count @ 1..) = rustix::io::write(io::stdin(), rest) {
            rest = &rest[count..];
        }
    }

    impl BufRead for TerminalLines {
        fn fill_buf(&mut self) -> io::Result<&[u8]> {
            if self.consumed == self.line.len() {
                (self.before_change)();
                stop_editing()?;
                let line = self.read_line();
                restore();
                (self.line, self.consumed) = (line?, 0);
            }
            Ok(&self.line[self.consumed..])
        }

        fn consume(&mut self, count: usize) {
            self.consumed = self.line.len().min(self.consumed.saturating_add(count));
        }
    }

    impl Read for TerminalLines {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.fill_buf()?.read(buffer)?;
            self.consume(count);
            Ok(count)
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_keys_edit_a_line_of_any_length() {
        let long = "x".repeat(100_000);
        let cases = [
            ("abc\n", "abc\n"),
            ("abc\r", "abc\n"),
            ("\n", "\n"),
            ("\x04", ""),
            ("a\x04b\n", "ab\n"),
            ("ab\x7fc\n", "ac\n"),
            ("\x7f\x08a\n", "a\n"),
            ("aé株\x7f\x7fb\n", "ab\n"),
            ("one two  \x17three\n", "one three\n"),
            ("one\x17\x17two\n", "two\n"),
            ("one two\x15x\n", "x\n"),
            ("a\x1b\x00b\n", "ab\n"),
            (&format!("{long}\n"), &format!("{long}\n")),
        ];
        for (keys, line) in cases {
            let mut editor = LineEditor::default();
            let ended = keys.bytes().position(|byte| editor.edit(byte) == Edit::Ended);
            assert_eq!(String::from_utf8(editor.line).unwrap(), line, "{keys:?}");
            assert_eq!(ended, Some(keys.len() - 1), "{keys:?}");
        }
    }

    #[test]
    fn what_is_removed_is_counted_for_the_echo() {
        let mut editor = LineEditor::default();
        "aé one".bytes().for_each(|byte| assert_eq!(editor.edit(byte), Edit::Added));
        let removed = [0x17, 0x7f, 0x15, 0x7f].map(|key| editor.edit(key));
        assert_eq!(removed, [3, 1, 2, 0].map(Edit::Removed));
    }
}
