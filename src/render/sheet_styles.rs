//! The formats of the cells of a workbook.

use rust_xlsxwriter::{Color, Format, FormatAlign};

use crate::columns::{ColumnHead, Shape, View};
use crate::model::Urgency;

/// What decides the format of a cell, besides its urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Text,
    /// Text of several lines.
    Wrapped,
    Link,
    Money,
    Time,
    Day,
    /// A number of days.
    Left,
    EstimatedLeft,
}

impl Look {
    const ALL: [Look; 8] = [
        Look::Text,
        Look::Wrapped,
        Look::Link,
        Look::Money,
        Look::Time,
        Look::Day,
        Look::Left,
        Look::EstimatedLeft,
    ];

    /// Of most cells of the column.
    pub(super) fn of(column: &ColumnHead) -> Look {
        match (column.view, column.shape) {
            (View::TimeLeft, _) => Look::Left,
            (View::Due, _) | (_, Shape::Date) => Look::Day,
            (_, Shape::Time | Shape::Deadline) => Look::Time,
            (_, Shape::Money) => Look::Money,
            _ if column.name == "notes" => Look::Wrapped,
            (_, Shape::Text | Shape::List | Shape::Flag | Shape::Count) => Look::Text,
        }
    }

    fn format(self) -> Format {
        // Beside notes of several lines, everything begins in the first.
        let format = Format::new().set_align(FormatAlign::Top);
        match self {
            Look::Text => format,
            Look::Wrapped => format.set_text_wrap(),
            Look::Link => format.set_underline(rust_xlsxwriter::FormatUnderline::Single),
            Look::Money => format.set_num_format("#,##0.00"),
            Look::Time => format.set_num_format("yyyy-mm-dd hh:mm"),
            Look::Day => format.set_num_format(DAY_FORMAT),
            Look::Left => format.set_num_format(r#"0.0;"overdue "0.0"#),
            Look::EstimatedLeft => format.set_num_format(r#""~"0.0;"~overdue "0.0"#),
        }
    }
}

const DAY_FORMAT: &str = "yyyy-mm-dd";

/// A format for each look and urgency.
pub(super) struct Styles(Vec<(Option<Urgency>, [Format; Look::ALL.len()])>);

impl Styles {
    pub(super) fn new() -> Styles {
        let urgencies = [None, Some(Urgency::Overdue), Some(Urgency::Today), Some(Urgency::Soon)];
        let formats = |urgency| Look::ALL.map(|look| tint(look.format(), urgency));
        Styles(urgencies.into_iter().map(|urgency| (urgency, formats(urgency))).collect())
    }

    pub(super) fn get(&self, urgency: Option<Urgency>, look: Look) -> &Format {
        let formats = self.0.iter().find(|(known, _)| *known == urgency);
        let (_, formats) = formats.expect("there are formats for each urgency");
        &formats[look as usize]
    }

    /// Of a day that is shown with further text.
    pub(super) fn day_with(&self, urgency: Option<Urgency>, text: &str) -> Format {
        let format = format!("{DAY_FORMAT}\"{text}\"");
        self.get(urgency, Look::Day).clone().set_num_format(format)
    }
}

/// The colours of a table, as Excel names bad and neutral cells.
fn tint(format: Format, urgency: Option<Urgency>) -> Format {
    let color = |format: Format, fill: u32, font: u32| {
        format.set_background_color(Color::RGB(fill)).set_font_color(Color::RGB(font))
    };
    match urgency {
        None => format,
        Some(Urgency::Overdue) => color(format, 0x00FF_C7CE, 0x009C_0006).set_bold(),
        Some(Urgency::Today) => color(format, 0x00FF_C7CE, 0x009C_0006),
        Some(Urgency::Soon) => color(format, 0x00FF_EB9C, 0x009C_5700),
    }
}
