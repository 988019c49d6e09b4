//! A row as bytes, for rows that are kept until all have arrived: a `Cell` takes 40 bytes even when it is empty.

use std::borrow::Cow;
use std::str;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::cell::{Cell, NoDate};
use super::row::Row;
use crate::model::{Deadline, DeadlineMark, Money};

/// Most rows fit in this many bytes.
const USUAL_SIZE: usize = 1024;

/// The first byte of a cell: its kind.
mod kind {
    pub const EMPTY: u8 = 0;
    pub const TEXT: u8 = 1;
    pub const LIST: u8 = 2;
    pub const MONEY: u8 = 3;
    pub const MONEY_WITH_CURRENCY: u8 = 4;
    pub const TIME: u8 = 5;
    pub const DATE: u8 = 6;
    pub const DEADLINE: u8 = 7;
    pub const FALSE: u8 = 8;
    pub const TRUE: u8 = 9;
    pub const NEVER: u8 = 10;
    pub const UNREADABLE: u8 = 11;
    pub const NO_ANSWER_NEEDED: u8 = 12;
    pub const COUNT: u8 = 13;
}

/// A copy of a row that does not keep the referral in memory.
#[derive(Debug)]
pub struct PackedRow {
    cells: Box<[u8]>,
    raw: Box<str>,
}

impl PackedRow {
    pub fn new(row: &Row<'_>) -> PackedRow {
        let mut bytes = Vec::with_capacity(if row.cells.is_empty() { 0 } else { USUAL_SIZE });
        for cell in &row.cells {
            push_cell(&mut bytes, cell);
        }
        // Copied, because a block that is cut to its size leaves a gap that no other row fits in.
        PackedRow { cells: bytes.as_slice().into(), raw: row.raw.into() }
    }

    pub fn unpack(&self) -> Row<'_> {
        let mut cells = Vec::new();
        let mut bytes = Unpacker(&self.cells);
        while !bytes.0.is_empty() {
            cells.push(bytes.cell().expect("the cell was packed by this module"));
        }
        Row { cells, raw: &self.raw }
    }
}

fn push_cell(bytes: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Empty => bytes.push(kind::EMPTY),
        Cell::Text(text) => {
            bytes.push(kind::TEXT);
            push_text(bytes, text);
        }
        Cell::List(parts) => {
            bytes.push(kind::LIST);
            push_length(bytes, parts.len());
            for part in parts {
                push_text(bytes, part);
            }
        }
        Cell::Money(Money { amount, currency }) => {
            bytes.push(currency.as_ref().map_or(kind::MONEY, |_| kind::MONEY_WITH_CURRENCY));
            bytes.extend(amount.serialize());
            if let Some(currency) = currency {
                push_text(bytes, currency);
            }
        }
        Cell::Time(time) => push_time(bytes, kind::TIME, *time),
        Cell::Date(date) => {
            bytes.push(kind::DATE);
            bytes.extend(date.year().to_le_bytes());
            bytes.extend([date.month().cast_unsigned(), date.day().cast_unsigned()]);
        }
        Cell::Deadline(Deadline { at, estimated, mark }) => {
            push_time(bytes, kind::DEADLINE, *at);
            let mark = match mark {
                None => 0,
                Some(DeadlineMark::Received) => 1,
                Some(DeadlineMark::NoAnswerNeeded) => 2,
            };
            bytes.extend([u8::from(*estimated), mark]);
        }
        Cell::NoDate(NoDate::Never) => bytes.push(kind::NEVER),
        Cell::NoDate(NoDate::Unreadable) => bytes.push(kind::UNREADABLE),
        Cell::NoDate(NoDate::NoAnswerNeeded) => bytes.push(kind::NO_ANSWER_NEEDED),
        Cell::Flag(flag) => bytes.push(if *flag { kind::TRUE } else { kind::FALSE }),
        Cell::Count(count) => {
            bytes.push(kind::COUNT);
            bytes.extend(count.to_le_bytes());
        }
    }
}

fn push_time(bytes: &mut Vec<u8>, kind: u8, time: Timestamp) {
    bytes.push(kind);
    bytes.extend(time.as_second().to_le_bytes());
    bytes.extend(time.subsec_nanosecond().to_le_bytes());
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    push_length(bytes, text.len());
    bytes.extend(text.as_bytes());
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("a row is smaller than 4 GiB");
    bytes.extend(length.to_le_bytes());
}

/// The bytes that are not read yet.
struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    fn cell(&mut self) -> Option<Cell<'a>> {
        let [kind] = self.array()?;
        Some(match kind {
            kind::EMPTY => Cell::Empty,
            kind::TEXT => Cell::Text(Cow::Borrowed(self.text()?)),
            kind::LIST => Cell::List((0..self.length()?).map_while(|_| self.text()).collect()),
            kind::MONEY => {
                Cell::Money(Money { amount: Decimal::deserialize(self.array()?), currency: None })
            }
            kind::MONEY_WITH_CURRENCY => {
                let amount = Decimal::deserialize(self.array()?);
                Cell::Money(Money { amount, currency: Some(self.text()?.to_owned()) })
            }
            kind::TIME => Cell::Time(self.time()?),
            kind::DATE => Cell::Date(self.date()?),
            kind::DEADLINE => Cell::Deadline(self.deadline()?),
            kind::FALSE => Cell::Flag(false),
            kind::TRUE => Cell::Flag(true),
            kind::NEVER => Cell::NoDate(NoDate::Never),
            kind::UNREADABLE => Cell::NoDate(NoDate::Unreadable),
            kind::NO_ANSWER_NEEDED => Cell::NoDate(NoDate::NoAnswerNeeded),
            kind::COUNT => Cell::Count(usize::from_le_bytes(self.array()?)),
            _ => return None,
        })
    }

    fn time(&mut self) -> Option<Timestamp> {
        let second = i64::from_le_bytes(self.array()?);
        let nanosecond = i32::from_le_bytes(self.array()?);
        Timestamp::new(second, nanosecond).ok()
    }

    fn date(&mut self) -> Option<Date> {
        let year = i16::from_le_bytes(self.array()?);
        let [month, day] = self.array()?;
        Date::new(year, month.cast_signed(), day.cast_signed()).ok()
    }

    fn deadline(&mut self) -> Option<Deadline> {
        let at = self.time()?;
        let [estimated, mark] = self.array()?;
        let mark = match mark {
            1 => Some(DeadlineMark::Received),
            2 => Some(DeadlineMark::NoAnswerNeeded),
            _ => None,
        };
        Some(Deadline { at, estimated: estimated != 0, mark })
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        str::from_utf8(text).ok()
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.array()?)).ok()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{COLUMNS, Column, samples};
    use super::*;
    use crate::model::Referral;

    /// Checks that the row is the same when it is unpacked, digits of amounts included.
    fn check(row: &Row<'_>) -> usize {
        let packed = PackedRow::new(row);
        assert_eq!(format!("{:?}", packed.unpack()), format!("{row:?}"));
        packed.cells.len()
    }

    #[test]
    fn a_row_is_unpacked_as_it_was_packed() {
        let all: Vec<&Column> = COLUMNS.iter().collect();
        for referral in samples::all() {
            assert!(check(&Row::new(&all, &referral)) < 350 + referral.raw().len() / 2);
            check(&Row::new(&[], &referral));
        }
    }

    #[test]
    fn every_kind_of_cell_can_be_packed() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let money = |amount: &str, currency: Option<&str>| {
            let currency = currency.map(str::to_owned);
            Cell::Money(Money { amount: amount.parse().unwrap(), currency })
        };
        let at = time("2026-06-15T00:00:00.000000001Z");
        let cells = vec![
            Cell::Empty,
            Cell::Text("".into()),
            Cell::Text("株\0é".into()),
            Cell::List(vec!["A, B", "", "C"]),
            money("-1850.00", None),
            money("79228162514264337593543950335", Some("EUR")),
            Cell::Time(time("-009999-01-02T01:59:59.999999999Z")),
            Cell::Time(time("1969-12-31T23:59:59.5Z")),
            Cell::Date("9999-12-30".parse().unwrap()),
            Cell::Date("-009999-01-01".parse().unwrap()),
            Cell::Deadline(Deadline { at, estimated: false, mark: None }),
            Cell::Deadline(Deadline { at, estimated: true, mark: Some(DeadlineMark::Received) }),
            Cell::Deadline(Deadline {
                at,
                estimated: false,
                mark: Some(DeadlineMark::NoAnswerNeeded),
            }),
            Cell::NoDate(NoDate::NoAnswerNeeded),
            Cell::NoDate(NoDate::Never),
            Cell::NoDate(NoDate::Unreadable),
            Cell::Flag(false),
            Cell::Flag(true),
            Cell::Count(usize::MAX),
        ];
        check(&Row { cells, raw: "" });
    }

    #[test]
    fn the_text_of_a_row_is_kept_only_where_there_are_no_columns() {
        let lead = Referral::parse(samples::LEAD).unwrap();
        assert_eq!(PackedRow::new(&Row::new(&[], &lead)).unpack().raw, samples::LEAD);
        assert_eq!(PackedRow::new(&Row::new(&[&COLUMNS[0]], &lead)).unpack().raw, "");
    }
}
