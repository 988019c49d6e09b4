//! The lines of an iCalendar file (RFC 5545 §3.1).

/// Of a line, without its end, in bytes.
const MAX_LENGTH: usize = 75;

/// Appends `line`, which ends and is folded as the format has it: a line that goes on begins with a space, and no
/// character is split.
pub(super) fn push_line(out: &mut String, line: &str) {
    let mut rest = line;
    let mut room = MAX_LENGTH;
    while rest.len() > room {
        let is_boundary = |end: &usize| rest.is_char_boundary(*end);
        let end = (0..=room).rev().find(is_boundary).unwrap_or_default();
        let (start, after) = rest.split_at(end);
        out.extend([start, "\r\n "]);
        rest = after;
        room = MAX_LENGTH - 1;
    }
    out.extend([rest, "\r\n"]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_of_75_bytes_is_whole_and_a_longer_one_goes_on_after_a_space() {
        for (line, folded) in [
            ("a".repeat(75), format!("{}\r\n", "a".repeat(75))),
            ("a".repeat(76), format!("{}\r\n a\r\n", "a".repeat(75))),
            ("a".repeat(150), format!("{}\r\n {}\r\n a\r\n", "a".repeat(75), "a".repeat(74))),
            (format!("{}é", "a".repeat(74)), format!("{}\r\n é\r\n", "a".repeat(74))),
        ] {
            let mut out = String::new();
            push_line(&mut out, &line);
            assert_eq!(out, folded);
        }
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_nothing_is_lost(line in "[a-z é株👩 ]{0,300}") {
            let mut out = String::new();
            push_line(&mut out, &line);
            prop_assert!(out.split("\r\n").all(|line| line.len() <= 75));
            prop_assert_eq!(out.replace("\r\n ", ""), line + "\r\n");
        }
    }
}
