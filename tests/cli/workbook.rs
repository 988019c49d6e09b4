//! Workbooks, read back, beside what the other formats say.

use std::fs;

use calamine::{Data, DataType, Range, Reader};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::support::{NOW, TestEnv, sandbox};

/// Runs the command with `--output` of a workbook; the sheet of that name.
fn read_sheet(env: &TestEnv, arguments: &[&str], name: &str) -> Range<Data> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("referrals.xlsx");
    let file = file.to_str().unwrap();
    env.run(&[arguments, &["--output", file]].concat()).ok();
    calamine::open_workbook_auto(file).unwrap().worksheet_range(name).unwrap()
}

/// The cells below a heading that starts so.
fn column<'a>(sheet: &'a Range<Data>, heading: &str) -> Vec<&'a Data> {
    let mut rows = sheet.rows();
    let mut headings = rows.next().unwrap().iter();
    let index = headings.position(|cell| cell.to_string().starts_with(heading)).unwrap();
    rows.map(|row| &row[index]).collect()
}

/// Asserts that the cell has no time of day.
fn day(cell: &Data) -> Date {
    let time = cell.get_datetime().unwrap();
    assert!(time.as_f64().fract() == 0.0, "{time:?}");
    let (year, month, day, ..) = time.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}").parse().unwrap()
}

#[test]
fn the_day_to_answer_is_that_of_the_screen_in_every_zone() {
    for (name, heading) in [
        ("America/Los_Angeles", "Due (PST)"),
        ("Europe/Berlin", "Due (CET)"),
        ("Asia/Tokyo", "Due (JST)"),
    ] {
        let env = TestEnv::new().zone(name);
        let zone = jiff::tz::TimeZone::get(name).unwrap();
        let today = NOW.parse::<Timestamp>().unwrap().to_zoned(zone).date();
        let table = env.run(&["pending", "--demo", "--columns", "deadline"]).ok();
        let (first, rows) = table.lines().split_first().map(|(a, b)| (*a, b.to_vec())).unwrap();
        let start = first.find("DUE (").unwrap();
        let sheet = read_sheet(&env, &["pending", "--demo"], "Referrals");
        let days = column(&sheet, heading);
        assert_eq!((days.len(), days.len() > 20), (rows.len(), true));
        for (row, cell) in rows.iter().zip(days) {
            let told = row.get(start..).unwrap_or_default().trim();
            let told_by_sheet = || {
                let day = day(cell);
                let is_near = day == today || day == today.checked_add(1.day()).unwrap();
                match told.split_once(' ') {
                    Some(("today" | "tonight", _)) => day == today,
                    Some((weekday, time)) if time.contains(':') => {
                        is_near && day.strftime("%a").to_string() == weekday
                    }
                    _ => told == day.strftime("%a %-d %b").to_string(),
                }
            };
            assert!(told.is_empty() && cell.is_empty() || told_by_sheet(), "{name}: {told} {cell}");
        }
    }
}

#[test]
fn a_closing_date_is_the_same_day_in_every_format() {
    let env = TestEnv::new();
    let list = |more: &[&str]| {
        let output = env.run(&[&["list", "--demo", "--columns", "closing"], more].concat()).ok();
        // A record of one empty field is written in quotation marks.
        output.lines()[1..].iter().map(|line| line.replace('"', "")).collect::<Vec<_>>()
    };
    let csv = list(&["--format", "csv"]);
    assert!(csv.iter().filter(|day| day.parse::<Date>().is_ok()).count() > 100, "{csv:?}");
    assert!(csv.iter().all(|day| day.is_empty() || day.len() == 10), "{csv:?}");
    for more in [&["--format", "tsv"][..], &["--excel"], &["--format", "table"]] {
        assert_eq!(list(more), csv, "{more:?}");
    }
    let sheet = read_sheet(&env, &["list", "--demo"], "All fields");
    let days = column(&sheet, "Closing").into_iter();
    let days = days.map(|cell| if cell.is_empty() { String::new() } else { day(cell).to_string() });
    assert_eq!(days.collect::<Vec<_>>(), csv);
}

#[test]
fn the_short_id_of_a_workbook_is_found_with_one_request() {
    let server = sandbox(|_| {});
    let env = TestEnv::at(server.url());
    let sheet = read_sheet(&env, &["list"], "Referrals");
    let ids = column(&sheet, "Id");
    let id = ids[ids.len() / 2].to_string();
    assert_eq!(id.len(), 8);
    let before = server.requests().len();
    let shown = env.run(&["show", &id, "--format", "csv", "--columns", "id"]).ok();
    assert!(shown.lines()[1].starts_with(&id), "{shown:?}");
    assert_eq!(server.requests().len(), before + 1);
}

#[test]
fn ids_are_links_where_the_profile_has_an_address_for_them() {
    let home = tempfile::tempdir().unwrap();
    let settings = "[profile.default]\nportal_url = \"https://portal.example/r/{id}\"\n";
    fs::write(home.path().join("config.toml"), settings).unwrap();
    let env = TestEnv::new().variable("REFERRALS_CONFIG_DIR", home.path().to_str().unwrap());
    let file = home.path().join("one.xlsx");
    env.run(&["list", "--demo", "--limit", "1", "--output", file.to_str().unwrap()]).ok();
    let mut archive = zip::ZipArchive::new(fs::File::open(&file).unwrap()).unwrap();
    let links = archive.by_name("xl/worksheets/_rels/sheet1.xml.rels").unwrap();
    let links = std::io::read_to_string(links).unwrap();
    assert!(links.contains("Target=\"https://portal.example/r/"), "{links}");
}

/// The sums by currency of the sheet of totals and of the values in the sheet of all fields.
#[test]
fn totals_equal_those_of_the_rows() {
    let env = TestEnv::new();
    let fields = read_sheet(&env, &["list", "--demo"], "All fields");
    let totals = read_sheet(&env, &["list", "--demo"], "Totals");
    let values = column(&fields, "Value");
    let currencies = column(&fields, "Currency");
    let lines: Vec<&[Data]> = totals.rows().filter(|row| row[0] == "All").collect();
    assert!(lines.len() > 2, "several currencies");
    let without = values.iter().filter(|value| value.is_empty()).count();
    assert_eq!(lines[0][2].as_i64(), i64::try_from(values.len()).ok());
    assert_eq!(lines[0][3].as_i64(), i64::try_from(without).ok());
    for line in lines {
        let of_currency = values.iter().zip(&currencies).filter(|(value, currency)| {
            !value.is_empty() && currency.to_string() == line[4].to_string()
        });
        let amounts: Vec<f64> = of_currency.filter_map(|(value, _)| value.as_f64()).collect();
        assert_eq!(line[5].as_i64(), i64::try_from(amounts.len()).ok(), "{line:?}");
        assert!((line[6].as_f64().unwrap() - amounts.iter().sum::<f64>()).abs() < 0.01);
    }
    for group in ["State", "Kind"] {
        let counts = totals.rows().filter(|row| row[0] == *group).filter_map(|row| row[2].as_i64());
        assert_eq!(counts.sum::<i64>(), i64::try_from(values.len()).unwrap(), "{group}");
    }
}
