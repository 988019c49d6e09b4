//! `--preset`: each importer's rules, played on a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use calamine::{Data, DataType, Reader};
use jiff::civil::Date;

use crate::support::TestEnv;

/// What an importer demands (docs/crm.md).
struct Importer {
    preset: &'static str,
    headings: &'static str,
    required: &'static [&'static str],
    numbers: &'static [&'static str],
    days: &'static [&'static str],
    /// The only values of a column.
    words: &'static [(&'static str, &'static [&'static str])],
    key: &'static str,
    has_byte_order_mark: bool,
}

const SOURCE: &[&str] = &["Microsoft Partner Center"];

const IMPORTERS: &[Importer] = &[
    Importer {
        preset: "salesforce-leads",
        headings: "Last Name,First Name,Company,Email,Phone,City,Country,Postal Code,Lead Source,Lead Status,Description,Referral Identifier,Referral Link",
        required: &["Last Name", "Company"],
        numbers: &[],
        days: &[],
        words: &[("Lead Source", SOURCE), ("Lead Status", &["Open - Not Contacted"])],
        key: "Referral Identifier",
        has_byte_order_mark: false,
    },
    Importer {
        preset: "salesforce-opportunities",
        headings: "Name,StageName,CloseDate,Amount,CurrencyIsoCode,LeadSource,Description,Referral_Identifier__c,Referral_Link__c",
        required: &["Name", "StageName", "CloseDate"],
        numbers: &["Amount"],
        days: &["CloseDate"],
        words: &[
            ("StageName", &["Prospecting", "Qualification", "Closed Won", "Closed Lost"]),
            ("LeadSource", SOURCE),
        ],
        key: "Referral_Identifier__c",
        has_byte_order_mark: false,
    },
    Importer {
        preset: "dynamics-leads",
        headings: "Topic,First Name,Last Name,Company Name,Email,Business Phone,City,Country/Region,Budget Amount,Currency,Description,Referral Identifier",
        required: &["Topic", "Last Name"],
        numbers: &["Budget Amount"],
        days: &[],
        words: &[],
        key: "Referral Identifier",
        has_byte_order_mark: true,
    },
    Importer {
        preset: "dynamics-opportunities",
        headings: "Topic,Account,Est. Revenue,Est. Close Date,Currency,Description,Referral Identifier",
        required: &["Topic"],
        numbers: &["Est. Revenue"],
        days: &["Est. Close Date"],
        words: &[],
        key: "Referral Identifier",
        has_byte_order_mark: true,
    },
    Importer {
        preset: "hubspot-deals",
        headings: "Deal Name,Pipeline,Deal Stage,Amount,Currency,Close Date,Deal owner,Deal Description,Microsoft referral ID",
        required: &["Deal Name", "Pipeline", "Deal Stage"],
        numbers: &["Amount"],
        days: &["Close Date"],
        words: &[
            ("Pipeline", &["default"]),
            ("Deal Stage", &["appointmentscheduled", "qualifiedtobuy", "closedwon", "closedlost"]),
        ],
        key: "Microsoft referral ID",
        has_byte_order_mark: false,
    },
];

impl Importer {
    /// Reads a file of comma-separated values; the keys of its rows.
    fn import_csv(&self, file: &str) -> BTreeSet<String> {
        assert_eq!(file.starts_with('\u{feff}'), self.has_byte_order_mark, "{}", self.preset);
        let mut reader = csv::Reader::from_reader(file.trim_start_matches('\u{feff}').as_bytes());
        let headings: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(headings.join(","), self.headings);
        let mut keys = BTreeSet::new();
        for record in reader.records() {
            let record = record.unwrap();
            let row: BTreeMap<&str, &str> =
                headings.iter().map(String::as_str).zip(record.iter()).collect();
            self.check_row(&row);
            assert!(keys.insert(row[self.key].to_owned()), "a key that is not unique: {row:?}");
        }
        keys
    }

    fn check_row(&self, row: &BTreeMap<&str, &str>) {
        for heading in self.required.iter().chain([&self.key]) {
            assert!(!row[heading].trim().is_empty(), "{heading} is missing: {row:?}");
        }
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        for value in self.numbers.iter().map(|heading| row[heading]).filter(|one| !one.is_empty()) {
            let mut parts = value.trim_start_matches('-').splitn(2, '.');
            assert!(parts.all(is_digits), "{value} is no number: {row:?}");
        }
        for value in self.days.iter().map(|heading| row[heading]).filter(|one| !one.is_empty()) {
            assert!(value.len() == 10 && value.parse::<Date>().is_ok(), "{value} is no day");
        }
        for (heading, words) in self.words {
            assert!(words.contains(&row[heading]), "{heading}: {row:?}");
        }
    }

    /// Reads a workbook, of which importers take one sheet; the keys of its rows.
    fn import_workbook(&self, path: &str) -> BTreeSet<String> {
        let mut book = calamine::open_workbook_auto(path).unwrap();
        assert_eq!(book.sheet_names().len(), 1);
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        let mut rows = sheet.rows();
        let headings: Vec<String> = rows.next().unwrap().iter().map(Data::to_string).collect();
        assert_eq!(headings.join(","), self.headings);
        let mut keys = BTreeSet::new();
        for cells in rows {
            let row: BTreeMap<&str, &Data> =
                headings.iter().map(String::as_str).zip(cells).collect();
            for heading in self.required {
                assert!(!row[heading].is_empty(), "{heading} is missing: {row:?}");
            }
            let is_value = |heading: &&&str| !row[**heading].is_empty();
            assert!(self.numbers.iter().filter(is_value).all(|one| row[one].is_float()));
            assert!(self.days.iter().filter(is_value).all(|one| row[one].is_datetime()));
            assert!(keys.insert(row[self.key].to_string()));
        }
        keys
    }
}

/// How many referrals a note says were left out.
fn left_out(stderr: &str) -> usize {
    let note = stderr.lines().find_map(|line| line.split_once("left out "));
    note.map_or(0, |(_, rest)| rest.split_once(' ').unwrap().0.parse().unwrap())
}

#[test]
fn each_importer_takes_every_row_and_the_rest_is_counted() {
    let env = TestEnv::new();
    let directory = tempfile::tempdir().unwrap();
    for importer in IMPORTERS {
        for command in [&["list"][..], &["pending"], &["expiring", "--within", "10d"]] {
            let run = |more: &[&str]| env.run(&[command, &["--demo"], more].concat());
            let all = run(&["--format", "jsonl"]).ok().lines().len();
            let csv = run(&["--preset", importer.preset]).ok();
            let keys = importer.import_csv(&csv.out);
            assert_eq!(keys.len() + left_out(&csv.err), all, "{}", csv.err);
            assert!(!keys.is_empty(), "{} {command:?}", importer.preset);
            let file = directory.path().join("crm.xlsx");
            let file = file.to_str().unwrap();
            let written = run(&["--preset", importer.preset, "--output", file]).ok();
            assert_eq!(importer.import_workbook(file), keys);
            assert_eq!(left_out(&written.err), left_out(&csv.err));
        }
    }
}

#[test]
fn the_note_says_what_the_rows_lack() {
    let run = TestEnv::new().run(&["list", "--demo", "--preset", "salesforce-opportunities"]).ok();
    let note = run.err.lines().find(|line| line.contains("left out")).unwrap();
    assert!(note.contains("that the importer rejects: ") && note.contains("CloseDate"), "{note}");
}

#[test]
fn a_preset_has_two_formats_and_columns_of_its_own() {
    let env = TestEnv::new();
    for (flags, words) in [
        (&["--format", "json"][..], "this command cannot print json"),
        (&["--format", "table"], "choose one of csv, xlsx"),
        (&["--output", "x.html"], "for other formats, leave out `--preset`"),
        (&["--columns", "id"], "cannot be used with"),
        (&["--excel"], "cannot be used with"),
        (&["--by", "seller"], "cannot be used with"),
    ] {
        let preset = ["list", "--demo", "--preset", "salesforce-leads"];
        let output = env.run(&[&preset[..], flags].concat());
        assert_eq!(output.code, 2, "{flags:?}");
        assert!(output.err.contains(words), "{words}: {}", output.err);
    }
    let output = env.run(&["list", "--demo", "--preset", "salesforce-lead"]);
    assert_eq!(output.code, 2);
    assert!(output.err.contains("did you mean `salesforce-leads`?"), "{}", output.err);
}

#[test]
fn a_file_is_written_under_the_name_that_says_its_format() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("leads.csv");
    let output = TestEnv::new().run(&[
        "pending",
        "--demo",
        "--preset",
        "dynamics-leads",
        "--output",
        file.to_str().unwrap(),
    ]);
    assert!(output.ok().out.is_empty());
    assert!(fs::read_to_string(&file).unwrap().starts_with("\u{feff}Topic,"));
}
