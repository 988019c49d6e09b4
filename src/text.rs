//! Prepares text for display: escapes control characters, measures and cuts by terminal cells, decodes HTML entities.
//! Also finds the word that was probably meant.

use std::borrow::Cow;
use std::path::Path;

use icu_normalizer::ComposingNormalizerBorrowed;
use memchr::memchr;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width of help, in cells; a narrower terminal gets narrower help.
pub const HELP_WIDTH: usize = 80;

/// The most characters of a grapheme cluster that are shown. The longest emoji has 10, and no script stacks more marks.
const MAX_CLUSTER_LEN: usize = 16;

/// Ends text that was truncated.
const ELLIPSIS: &str = "…";

/// The fewest characters of a word for which another is suggested.
const MIN_MISSPELLED_LEN: usize = 3;

/// `text` on one line, without characters that a terminal would interpret or that hide or reorder text: control
/// characters become their pictures (U+2400), line ends and tabs spaces, direction overrides and invisible characters
/// U+FFFD; so do variation selectors and joiners where they change nothing, and the rest of an endless cluster.
pub fn escape_control(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| control_replacement(c).is_none() && c.width() != Some(0);
    if is_printable_ascii(text) || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    // Before clusters are told: a control character ends one, and its replacement may begin one.
    let text: String =
        text.replace("\r\n", " ").chars().map(|c| control_replacement(c).unwrap_or(c)).collect();
    let mut escaped = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        let mut before = None;
        for c in cluster.chars().take(MAX_CLUSTER_LEN) {
            let shown = if has_effect(before, c) { c } else { char::REPLACEMENT_CHARACTER };
            escaped.push(shown);
            before = Some(shown);
        }
        if cluster.chars().nth(MAX_CLUSTER_LEN).is_some() {
            escaped.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Cow::Owned(escaped)
}

/// Whether a variation selector or a joiner has an effect after `before`. Other characters always have.
fn has_effect(before: Option<char>, c: char) -> bool {
    let follows = |accepts: fn(char) -> bool| before.is_some_and(accepts);
    match c {
        // Emoji, and ideographs, which have variants in names.
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            follows(|before| width(&format!("{before}\u{fe0f}")) == 2)
        }
        // Mongolian.
        '\u{180b}'..='\u{180d}' | '\u{180f}' => {
            follows(|before| matches!(before, '\u{1820}'..='\u{18aa}'))
        }
        // Persian, Indic scripts and emoji.
        '\u{200c}' | '\u{200d}' => follows(|before| {
            let is_replacement = matches!(before, '\u{2400}'..='\u{2426}' | '\u{fffd}');
            !before.is_ascii() && !is_replacement && !matches!(before, '\u{200c}' | '\u{200d}')
        }),
        _ => true,
    }
}

/// Words from outside for a message: on one line, single spaces between them, harmless as by [`escape_control`], and at
/// most `max_chars` characters long; what was cut ends in `…`.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let gap = if line.is_empty() { "" } else { " " };
        for c in gap.chars().chain(word.chars()) {
            if length == max_chars {
                line.push_str(ELLIPSIS);
                return line;
            }
            line.push(control_replacement(c).unwrap_or(c));
            length += 1;
        }
    }
    line
}

/// The text of a file that people write: in UTF-8, or in UTF-16 with its byte order mark, as Windows PowerShell's `>` and
/// Excel's "Unicode Text" write it. The mark is left out. `None` for other bytes. The text, which may be a secret, has no
/// second copy.
pub fn decode_file(bytes: &[u8]) -> Option<String> {
    let units: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => {
            let text = str::from_utf8(bytes).ok()?;
            return Some(text.trim_start_matches('\u{feff}').to_owned());
        }
    };
    let (pairs, rest) = bytes[2..].as_chunks::<2>();
    // Three bytes are the most that two become.
    let mut text = String::with_capacity(pairs.len() * 3);
    for c in char::decode_utf16(pairs.iter().copied().map(units)) {
        text.push(c.ok()?);
    }
    rest.is_empty().then_some(text)
}

/// `1 page`, `2 pages`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A path for a message, harmless as by [`escape_control`].
pub fn show_path(path: &Path) -> String {
    escape_control(&path.display().to_string()).into_owned()
}

/// The character to show instead of `c`, or `None` if `c` is harmless.
pub fn control_replacement(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some(' '),
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('\u{2421}'),
        // C1 controls; direction marks, embeddings, overrides and isolates; what else is invisible by
        // Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties.txt), and the empty Braille pattern.
        // Variation selectors and joiners are kept, because emoji, Mongolian, Persian and Indic scripts need them.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// `text` for comparing names: without regard to case, to the composition of accents, to forms that look the same
/// (full-width letters) and to kinds of blanks. `ß` is `ss`.
pub fn fold(text: &str) -> Cow<'_, str> {
    let text: Cow<'_, str> =
        if text.is_ascii() { text.to_ascii_lowercase().into() } else { fold_unicode(text).into() };
    if text.chars().any(|c| c.is_whitespace() && c != ' ')
        || text.contains("  ")
        || text.trim() != text
    {
        return text.split_whitespace().collect::<Vec<_>>().join(" ").into();
    }
    text
}

fn fold_unicode(text: &str) -> String {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    // Through upper case, because `ß` and `ς` are lower-case letters; they first, because of the capital `ẞ`.
    let folded: String = normalizer
        .normalize_iter(text.chars())
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect();
    // The lower case of the Turkish `İ` keeps its dot as a character of its own.
    let mut dotless = String::with_capacity(folded.len());
    for c in folded.chars() {
        if c != '\u{307}' || !dotless.ends_with('i') {
            dotless.push(c);
        }
    }
    normalizer.normalize(&dotless).into_owned()
}

/// The width of `text` in terminal cells.
pub fn width(text: &str) -> usize {
    if is_printable_ascii(text) { text.len() } else { text.width() }
}

/// Most text is, and needs no tables.
fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// `text` truncated to at most `cells` terminal cells at a grapheme boundary; truncated text ends in `…`.
pub fn truncate(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut truncated = String::new();
    let mut used = width(ELLIPSIS);
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used > cells {
            break;
        }
        truncated.push_str(grapheme);
    }
    truncated.truncate(truncated.trim_end().len());
    truncated.push_str(ELLIPSIS);
    Cow::Owned(truncated)
}

/// `text` in lines of at most `cells` cells, broken at spaces; a longer word is broken at grapheme boundaries.
/// Leading spaces are kept. There is always at least one line.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in text.split_inclusive(' ') {
        if piece == " " && width(&line) >= cells {
            continue;
        }
        if width(&line) + width(piece.trim_end()) <= cells {
            line.push_str(piece);
            continue;
        }
        if !line.trim().is_empty() {
            lines.push(take_line(&mut line));
        }
        line.clear();
        for grapheme in piece.graphemes(true) {
            if width(&line) + width(grapheme) > cells && !line.is_empty() {
                lines.push(take_line(&mut line));
                if grapheme == " " {
                    continue;
                }
            }
            line.push_str(grapheme);
        }
    }
    lines.push(take_line(&mut line));
    lines
}

/// `text` in lines of at most `cells` cells, broken at spaces alone: a longer word, such as an address, stays whole, so
/// that it can be copied; so do a command in backticks that fits on a line, and a number with what it counts. Lines after
/// the first begin with `indent` spaces. Spaces are kept but where a line is broken.
pub fn wrap_words(text: &str, cells: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for (index, word) in
        split_words(text.trim_end(), cells.saturating_sub(indent)).into_iter().enumerate()
    {
        let is_broken = index > 0 && width(&line) + width(word) > cells;
        if is_broken {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
        }
        line.push_str(if is_broken { word.trim_start() } else { word });
    }
    lines.push(line);
    lines
}

/// The words of `text`, each with the spaces in front of it; what stands in backticks, or a number and its word, is one
/// word if it has no more than `cells` cells.
fn split_words(text: &str, cells: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = split_word(rest, find_end);
        rest = after;
        // Nothing can be broken in front of the first.
        let kept = if words.is_empty() { word } else { word.trim_start() };
        if width(kept) <= cells {
            words.push(word);
            continue;
        }
        let mut parts = word;
        while !parts.is_empty() {
            let (part, after) = split_word(parts, |text| text.find(' ').unwrap_or(text.len()));
            words.push(part);
            parts = after;
        }
    }
    words
}

/// The first word with the spaces in front of it, and what comes after; the word has the length that `find_end` says.
fn split_word(text: &str, find_end: impl Fn(&str) -> usize) -> (&str, &str) {
    let start = text.len() - text.trim_start_matches(' ').len();
    text.split_at(start + find_end(&text[start..]))
}

/// The length of the first word of `text`, which may be several in backticks, or a number and what it counts.
fn find_end(text: &str) -> usize {
    let mut is_quoted = false;
    let mut previous = ' ';
    let end = text.char_indices().find(|&(index, c)| {
        is_quoted ^= c == '`';
        let counts = previous.is_ascii_digit() && !text[index + c.len_utf8()..].starts_with(' ');
        previous = c;
        c == ' ' && !is_quoted && !counts
    });
    end.map_or(text.len(), |(index, _)| index)
}

/// Takes `line` without its trailing spaces and leaves it empty.
fn take_line(line: &mut String) -> String {
    line.truncate(line.trim_end().len());
    std::mem::take(line)
}

/// The one of `known` that `word` misspells: with the fewest typing mistakes, at most one in three characters, or else the
/// only one that `word` begins. A measure of similarity such as Jaro's takes `export` for `expiring`.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length < MIN_MISSPELLED_LEN {
        return None;
    }
    let known: Vec<&str> = known.into_iter().collect();
    let misspelled = known
        .iter()
        .map(|candidate| (strsim::osa_distance(&word, &candidate.to_lowercase()), *candidate))
        .filter(|(mistakes, _)| *mistakes <= length / 3)
        .min_by_key(|(mistakes, _)| *mistakes);
    let mut begun = known.into_iter().filter(|candidate| candidate.starts_with(&word));
    let only_begun = begun.next().filter(|_| begun.next().is_none());
    misspelled.map(|(_, candidate)| candidate).or(only_begun)
}

/// Applies a function of this module to text that may be owned, without a copy where it changes nothing.
pub fn map(text: Cow<'_, str>, change: impl Fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => change(text),
        Cow::Owned(text) => match change(&text) {
            Cow::Borrowed(_) => Cow::Owned(text),
            Cow::Owned(changed) => Cow::Owned(changed),
        },
    }
}

/// `text` with HTML entities decoded once; the API sends names such as `Oil &amp; Gas` (API §3.2). Only an entity that ends
/// in `;` is one: HTML also decodes `&GT` and the start of `&currency`, which are a name and a query string here.
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    // Most texts have none.
    if memchr(b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        let entity = find_entity(&rest[start..]);
        let character = entity.and_then(decode_entity);
        let end = start + entity.filter(|_| character.is_some()).map_or(1, str::len);
        decoded.push_str(&rest[..start]);
        decoded.push_str(character.as_deref().unwrap_or("&"));
        rest = &rest[end..];
    }
    if decoded.is_empty() && rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The start of `text` up to `;` if it has the form of an entity: `&name;`, `&#10;` or `&#xa;`.
fn find_entity(text: &str) -> Option<&str> {
    let end = 1 + text[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '#')?;
    text[end..].starts_with(';').then(|| &text[..=end])
}

/// `None` for a name that HTML does not have.
fn decode_entity(entity: &str) -> Option<Cow<'_, str>> {
    let decoded = htmlize::unescape(entity);
    // Of an unknown name HTML decodes the start: `&notit;` is `¬it;`.
    let is_whole = decoded == ";" || !decoded.ends_with(';');
    is_whole.then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_text_in_the_encodings_that_people_save() {
        let cases: [(&[u8], Option<&str>); 10] = [
            (b"", Some("")),
            (b"a\r\n", Some("a\r\n")),
            (b"\xef\xbb\xbf\xc3\xa4", Some("ä")),
            (b"\xff\xfea\0\xac\x20=\xd8\0\xde", Some("a€😀")),
            (b"\xfe\xff\0a\x20\xac\xd8=\xde\0", Some("a€😀")),
            (b"\xff\xfe", Some("")),
            (b"\xff\xfea", None),
            (b"\xff\xfe=\xd8", None),
            (b"\xff", None),
            (b"caf\xe9", None),
        ];
        for (bytes, text) in cases {
            assert_eq!(decode_file(bytes).as_deref(), text, "{bytes:?}");
        }
    }

    #[test]
    fn a_misspelled_word_has_a_nearest_one_and_another_word_has_none() {
        let known = ["pending", "expiring", "list", "show", "status", "call_to_action", "new"];
        for (word, expected) in [
            ("pendign", Some("pending")),
            ("Expirin", Some("expiring")),
            ("statuss", Some("status")),
            ("lst", Some("list")),
            ("expi", Some("expiring")),
            ("nwe", Some("new")),
            ("s", None),
            ("export", None),
            ("open", None),
            ("store", None),
            ("all", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        // What begins two words is neither.
        assert_eq!(nearest("created", ["created-after", "created-before"]), None);
    }
    use proptest::prelude::*;

    #[test]
    fn no_control_character_survives() {
        let cases = [
            ("plain", "plain"),
            ("a\x1b[31mred", "a\u{241b}[31mred"),
            ("one\r\ntwo\tthree", "one two three"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("abc\u{202e}fdp.exe", "abc\u{fffd}fdp.exe"),
            ("zero\u{200b}width", "zero\u{fffd}width"),
            ("\x7f\0", "\u{2421}\u{2400}"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
            ("שלום", "שלום"),
        ];
        for (from, to) in cases {
            assert_eq!(escape_control(from), to, "{from:?}");
        }
    }

    #[test]
    fn names_are_equal_in_any_case_composition_and_with_any_blanks() {
        let groups: [&[&str]; 8] = [
            &["Müller", "MÜLLER", "mu\u{308}ller", "MU\u{308}LLER"],
            &["Straße", "STRASSE", "strasse", "STRAẞE"],
            &["A B", "a\u{a0}b", "A\u{202f}B", " a\t b ", "a\u{3000}b"],
            &["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
            &["İstanbul", "istanbul", "ISTANBUL", "I\u{307}stanbul", "İ\u{307}stanbul"],
            &["ＦＡＢ株", "fab株"],
            &["ǰ", "j\u{30c}", "J\u{30c}"],
            &["ﬁrma", "FIRMA"],
        ];
        for group in groups {
            for name in group {
                assert_eq!(fold(name), fold(group[0]), "{name:?}");
            }
        }
        assert_ne!(fold("Muller"), fold("Müller"));
        assert_ne!(fold("AB"), fold("A B"));
    }

    #[test]
    fn one_thing_is_counted_in_the_singular() {
        let counted = [0, 1, 2].map(|number| count(number, "page"));
        assert_eq!(counted, ["0 pages", "1 page", "2 pages"]);
    }

    #[test]
    fn words_from_outside_are_one_harmless_line_of_bounded_length() {
        let cases = [
            ("plain words", 20, "plain words"),
            ("  a\r\n\u{2028}hint: run evil\n", 20, "a hint: run evil"),
            ("a\x1b[2J\u{202e}b", 20, "a\u{241b}[2J\u{fffd}b"),
            ("one two", 7, "one two"),
            ("one two", 5, "one t…"),
            ("éé", 1, "é…"),
            ("\n \t", 5, ""),
        ];
        for (text, max, line) in cases {
            assert_eq!(one_line(text, max), line, "{text:?}");
        }
        assert_eq!(show_path(Path::new("a\nhint: b/c")), "a hint: b/c");
    }

    #[test]
    fn no_invisible_character_survives() {
        let invisible = "\u{ad}\u{34f}\u{115f}\u{1160}\u{17b4}\u{180e}\u{200b}\u{2060}\u{2064}\u{2800}\u{3164}\u{feff}\u{ffa0}\u{fff0}\u{1d173}\u{e0001}\u{e0041}\u{e0fff}";
        for c in invisible.chars() {
            for (from, to) in [(format!("a{c}b"), "a\u{fffd}b"), (c.to_string(), "\u{fffd}")] {
                assert_eq!(escape_control(&from), to, "{c:?}");
            }
        }
    }

    #[test]
    fn selectors_and_joiners_without_effect_are_replaced() {
        for c in "\u{fe00}\u{fe0e}\u{fe0f}\u{e0100}\u{e01ef}\u{180b}\u{200c}\u{200d}".chars() {
            for (before, after) in [("a", "b"), (" ", ""), ("", ""), ("", "株")] {
                let shown = format!("{before}\u{fffd}{after}");
                assert_eq!(escape_control(&format!("{before}{c}{after}")), shown, "{c:?}");
            }
        }
        assert_eq!(escape_control("ک\u{200c}\u{200d}"), "ک\u{200c}\u{fffd}");
        assert_eq!(escape_control("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}\u{fffd}");
        // After what was replaced there is nothing to have an effect on.
        assert_eq!(escape_control("b\u{115f}\u{fe0f}\u{200d}"), "b\u{fffd}\u{fffd}\u{fffd}");
        assert_eq!(escape_control("ک\u{200c}\u{200d}\u{200d}"), "ک\u{200c}\u{fffd}\u{fffd}");
    }

    #[test]
    fn what_emoji_and_scripts_need_is_kept() {
        for text in [
            "❤\u{fe0f}",
            "☎\u{fe0e}",
            "👩🏻\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿",
            "葛\u{e0100}城",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "é e\u{301} ệ",
            "한국어 \u{1112}\u{1161}\u{11ab}",
        ] {
            assert_eq!(escape_control(text), text, "{text:?}");
        }
    }

    #[test]
    fn a_cluster_without_end_is_cut() {
        let longest = MAX_CLUSTER_LEN + 1;
        for endless in ["\u{301}", "\u{200d}👩", "\u{e0100}", "\u{200d}"] {
            let shown = escape_control(&format!("株{}b", endless.repeat(100_000))).into_owned();
            let clusters: Vec<&str> = shown.graphemes(true).collect();
            assert!(clusters.iter().all(|it| it.chars().count() <= longest), "{endless:?}");
            assert!(truncate(&shown, 10).chars().count() <= 10 * longest, "{endless:?}");
            assert_eq!(escape_control(&shown), shown, "once is enough");
        }
        // What replaces a control character may begin a cluster.
        let shown = escape_control(&format!("\u{1d}{}", "\u{656}".repeat(20))).into_owned();
        assert_eq!(shown, format!("\u{241d}{}\u{fffd}", "\u{656}".repeat(MAX_CLUSTER_LEN - 1)));
        assert_eq!(escape_control(&shown), shown);
    }

    #[test]
    fn text_is_cut_by_cells_and_never_inside_a_character() {
        let cases = [
            ("short", 10, "short"),
            ("exactly", 7, "exactly"),
            ("too long", 5, "too…"),
            ("株式会社", 5, "株式…"),
            ("株式会社", 4, "株…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("👩\u{200d}💻👩\u{200d}💻", 3, "👩\u{200d}💻…"),
            ("x", 0, ""),
        ];
        for (text, cells, cut) in cases {
            assert_eq!(truncate(text, cells), cut, "{text:?} in {cells}");
            assert!(width(&truncate(text, cells)) <= cells);
        }
    }

    #[test]
    fn a_mistyped_word_is_told_from_one_that_is_not_known() {
        let known = ["tenant", "client_id", "store", "default_profile", "deadline"];
        let cases = [
            ("tennant", Some("tenant")),
            ("client-id", Some("client_id")),
            ("defualt_profile", Some("default_profile")),
            ("dedline", Some("deadline")),
            ("stroe", Some("store")),
            ("store", Some("store")),
            ("default", Some("default_profile")),
            ("zzz", None),
            ("contoso", None),
            ("", None),
        ];
        for (word, nearest_word) in cases {
            assert_eq!(nearest(word, known), nearest_word, "{word}");
        }
        assert_eq!(nearest("tenant", []), None);
    }

    #[test]
    fn entities_are_decoded_once() {
        assert_eq!(decode_entities("Oil &amp; Gas"), "Oil & Gas");
        assert_eq!(decode_entities("&amp;lt;"), "&lt;");
        assert_eq!(decode_entities("&#x1F600; &eacute;"), "😀 é");
        assert_eq!(decode_entities("&amp;amp;amp;"), "&amp;amp;");
    }

    #[test]
    fn only_what_ends_in_a_semicolon_is_an_entity() {
        let kept = [
            "?a=1&currency=EUR&region=EU",
            "M&GT Ltd",
            "AT&T; &copy &amp",
            "&notit; &unknown; &; &#; &#x; &#xg; & amp;",
            "R&D && &",
            "&株;",
        ];
        for text in kept {
            assert_eq!(decode_entities(text), text);
        }
        let decoded = [
            ("a&ltb&lt;c&gt;", "a&ltb<c>"),
            ("&&amp;&", "&&&"),
            ("&semi;&quot;", ";\""),
            ("x&notin;y", "x∉y"),
            ("&#38;&#x26;&#X26;", "&&&"),
        ];
        for (text, expected) in decoded {
            assert_eq!(decode_entities(text), expected, "{text}");
        }
    }

    #[test]
    fn a_number_that_is_no_character_is_replaced_and_a_control_character_is_one() {
        let replaced = ["&#0;", "&#xd800;", "&#xDFFF;", "&#x110000;", "&#99999999999999999999;"];
        for text in replaced {
            assert_eq!(decode_entities(text), "\u{fffd}", "{text}");
        }
        for (text, raw) in [("&#27;[2J", "\x1b[2J"), ("&#10;", "\n"), ("&#x202e;", "\u{202e}")] {
            assert_eq!(decode_entities(text), raw, "{text}");
            assert_eq!(escape_control(&decode_entities(text)), escape_control(raw), "{text}");
        }
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        let cases: [(&str, usize, &[&str]); 7] = [
            ("one two three", 7, &["one two", "three"]),
            ("one two", 80, &["one two"]),
            ("", 5, &[""]),
            ("abcdefgh ij", 3, &["abc", "def", "gh", "ij"]),
            ("株式会社 a", 5, &["株式", "会社", "a"]),
            ("  - item one", 8, &["  - item", "one"]),
            ("a          b", 4, &["a", "b"]),
        ];
        for (text, cells, lines) in cases {
            assert_eq!(wrap(text, cells), lines, "{text:?} in {cells}");
        }
    }

    #[test]
    fn messages_break_at_spaces_alone_and_a_command_stays_on_one_line() {
        let cases: [(&str, usize, usize, &[&str]); 12] = [
            (
                "  1  a706dd  due 04:47     Contoso, Azure",
                80,
                5,
                &["  1  a706dd  due 04:47     Contoso, Azure"],
            ),
            (
                "  1  a706dd  due 04:47     Contoso, Azure",
                26,
                5,
                &["  1  a706dd  due 04:47", "     Contoso, Azure"],
            ),
            ("at 1,390 GBP, 5 EUR", 14, 0, &["at 1,390 GBP,", "5 EUR"]),
            ("at 1,390 GBP", 9, 0, &["at", "1,390 GBP"]),
            ("one two three", 7, 2, &["one two", "  three"]),
            ("one", 80, 4, &["one"]),
            ("", 5, 2, &[""]),
            ("see https://a.example/b c", 8, 0, &["see", "https://a.example/b", "c"]),
            ("  run `a b` or", 9, 2, &["  run", "  `a b`", "  or"]),
            ("`a b c d` e", 5, 0, &["`a b", "c d`", "e"]),
            ("    `a b c d` e", 10, 0, &["    `a b c", "d` e"]),
            ("株式 会社", 6, 1, &["株式", " 会社"]),
        ];
        for (text, cells, indent, lines) in cases {
            assert_eq!(wrap_words(text, cells, indent), lines, "{text:?} in {cells}");
        }
    }

    proptest! {
        #[test]
        fn no_wrapped_line_is_wider_than_its_longest_word(text in "[ a-zé株`]{0,60}", cells in 4..30_usize) {
            let longest = text.split(' ').map(width).max().unwrap_or(0);
            let leading = text.len() - text.trim_start().len();
            let lines = wrap_words(&text, cells, 2);
            for line in &lines {
                prop_assert!(width(line) <= cells.max(longest + leading.max(2)), "{line:?}");
                prop_assert!(!line.ends_with(' ') || line.trim().is_empty(), "{line:?}");
            }
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&lines.join(" ")), words(&text));
        }

        #[test]
        fn text_without_a_semicolon_is_never_decoded(text in "[a-z&#0-9A-Z =]{0,40}") {
            prop_assert_eq!(decode_entities(&text), text.as_str());
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,12}") {
            let folded = fold(&text).into_owned();
            prop_assert_eq!(fold(&folded), folded.as_str());
        }

        #[test]
        fn what_is_encoded_is_decoded(text in "[a-z&;#<>\"0-9 é]{0,40}") {
            let encoded = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&#34;");
            prop_assert_eq!(decode_entities(&encoded), text);
        }

        #[test]
        fn no_line_is_wider_and_no_word_is_lost(text in "[ a-zé株👩\u{301}-]{0,60}", cells in 2..30_usize) {
            let lines = wrap(&text, cells);
            for line in &lines {
                prop_assert!(width(line) <= cells, "{line:?}");
            }
            let without = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without(&lines.concat()), without(&text));
        }
    }
}
