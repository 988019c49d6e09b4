//! The screens of the listings, as people see them; `UPDATE=1 cargo test --test cli screens` rewrites them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::support::TestEnv;

const PACIFIC: &str = "America/Los_Angeles";

/// What `referrals COMMAND --demo` prints on a terminal, without colours.
fn screen(command: &str, width: usize, zone: &str) -> String {
    let arguments: Vec<&str> = command.split(' ').chain(["--demo", "--color", "never"]).collect();
    TestEnv::new().zone(zone).terminal(width).run(&arguments).ok().out
}

/// Compares the screens with the file of this name.
fn check(name: &str, screens: &[(&str, usize, &str)]) {
    let mut text = String::new();
    for (command, width, zone) in screens {
        let screen = screen(command, *width, zone);
        writeln!(text, "$ referrals {command} --demo   # {width} cells, {zone}\n{screen}").unwrap();
    }
    compare(name, &text);
}

/// Compares what each command line prints at 60, 80, 120 and 200 cells to a person who is not signed in with the file of
/// this name.
fn check_all_widths(name: &str, lines: &[&str]) {
    let mut text = String::new();
    for line in lines {
        for width in [60, 80, 120, 200] {
            let env = TestEnv::new().zone(PACIFIC).terminal(width);
            let env = env.variable("REFERRALS_STORE", "file");
            let arguments: Vec<&str> = line.split_whitespace().collect();
            let output = env.run(&arguments);
            let code = output.code;
            let (out, err) = (&output.out, &output.err);
            writeln!(
                text,
                "$ {}   # {width} cells, exit {code}",
                ["referrals", line].join(" ").trim()
            )
            .unwrap();
            writeln!(text, "{out}{err}").unwrap();
        }
    }
    compare(name, &text);
}

fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/screens").join(name);
    #[expect(clippy::disallowed_methods, reason = "the switch of these tests")]
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    // Git may have changed the line ends.
    let expected = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(text == expected, "{name} is out of date, see above how to rewrite it:\n{text}");
}

#[test]
fn pending_looks_as_before() {
    check(
        "pending.txt",
        &[
            ("pending", 60, PACIFIC),
            ("pending", 80, PACIFIC),
            ("pending", 100, PACIFIC),
            ("pending", 120, PACIFIC),
            ("pending", 200, PACIFIC),
            ("pending", 80, "Europe/Berlin"),
            ("pending", 80, "Asia/Tokyo"),
        ],
    );
}

#[test]
fn expiring_looks_as_before() {
    let screens = [60, 80, 120, 200].map(|width| ("expiring --within 3d", width, PACIFIC));
    check("expiring.txt", &screens);
}

#[test]
fn a_summary_looks_as_before() {
    let mut text = String::new();
    for (width, height, zone) in [(80, 24, PACIFIC), (120, 40, PACIFIC), (80, 24, "Asia/Tokyo")] {
        for (locale, command) in [("C.UTF-8", "summary"), ("C", "summary --period quarter")] {
            let env = TestEnv::new().zone(zone).screen(width, height).variable("LC_ALL", locale);
            let arguments = command.split(' ').chain(["--demo", "--color", "never"]);
            let screen = env.run(&arguments.collect::<Vec<_>>()).ok().out;
            let terminal = format!("{width} x {height}, {zone}, {locale}");
            writeln!(text, "$ referrals {command} --demo   # {terminal}\n{screen}").unwrap();
        }
    }
    compare("summary.txt", &text);
}

#[test]
fn a_list_looks_as_before() {
    let screens = [60, 80, 120, 200].map(|width| ("list --limit 20", width, PACIFIC));
    check("list.txt", &screens);
}

#[test]
fn groups_look_as_before() {
    for (command, file) in [
        ("list --by seller", "list_by_seller.txt"),
        ("pending --by seller", "pending_by_seller.txt"),
    ] {
        check(file, &[60, 80, 120, 200].map(|width| (command, width, PACIFIC)));
    }
}

#[test]
fn chosen_columns_look_as_before() {
    let command = "list --limit 5 --columns id,customer,deadline,value,currency,notes";
    check("columns.txt", &[40, 60, 80, 120].map(|width| (command, width, PACIFIC)));
}

#[test]
fn the_first_screen_and_help_look_as_before() {
    check_all_widths("help.txt", &["", "-h", "--help", "pending -h", "expiring --help"]);
}

#[test]
fn a_referral_in_full_looks_as_before() {
    check_all_widths("show.txt", &["show 8f2e6c --demo --color never"]);
}

#[test]
fn errors_look_as_before() {
    check_all_widths(
        "errors.txt",
        &[
            "pending",
            "list --status won",
            "list --min-value 100.000 --currency EUR",
            "list --columns custmer --demo",
            "show nobody --demo",
            "expiring --exit-cod",
            "export",
        ],
    );
}

#[test]
fn at_80_cells_every_row_that_waits_has_its_id_time_kind_and_amount_and_one_customer_is_cut() {
    let amounts =
        TestEnv::new().run(&["pending", "--demo", "--format", "csv", "--columns", "value"]);
    let amounts: Vec<bool> = amounts.ok().lines()[1..].iter().map(|line| *line != "\"\"").collect();
    for zone in [PACIFIC, "Europe/Berlin", "Asia/Tokyo"] {
        let screen = screen("pending", 80, zone);
        let mut lines = screen.lines();
        let heading = lines.next().unwrap();
        let names: Vec<&str> =
            heading.split_whitespace().filter(|word| !word.starts_with('(')).collect();
        assert_eq!(names, ["ID", "LEFT", "DUE", "KIND", "CUSTOMER", "VALUE"], "{zone}");
        let start = |name: &str| heading.find(name).unwrap();
        let rows: Vec<&str> = lines.collect();
        assert_eq!(rows.len(), amounts.len());
        for (row, has_amount) in rows.iter().zip(&amounts) {
            assert!(row[..6].bytes().all(|byte| byte.is_ascii_hexdigit()), "{zone}: {row}");
            for (from, to) in [("LEFT", "DUE"), ("DUE", "KIND"), ("KIND", "CUSTOMER")] {
                let cell = row[start(from)..start(to)].trim();
                assert!(!cell.is_empty() && !cell.contains('…'), "{zone} {from}: {row}");
            }
            let last = row.split_whitespace().last().unwrap();
            let is_code = last.len() == 3 && last.bytes().all(|byte| byte.is_ascii_uppercase());
            assert_eq!(is_code, *has_amount, "{zone}: {row}");
        }
        assert!(rows.iter().filter(|row| row.contains('…')).count() <= 1, "{zone}:\n{screen}");
    }
}
