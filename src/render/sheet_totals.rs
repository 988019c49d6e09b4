//! The sheet of totals of a workbook: how many, and the money of each currency by itself.

use rust_xlsxwriter::{Format as CellFormat, Workbook, Worksheet, XlsxError};

use super::excel;
use super::sheet::{SheetSettings, set_width};
use super::sheet_styles::Look;
use super::sheet_value::sanitize;
use super::times::format_local_time;
use super::totals::format_count;
use crate::columns::{Cell, TotalsCells};
use crate::model::Money;
use crate::report::{Breakdown, Subtotal};

/// Where referrals are answered (API §7.4). The address of one referral is not documented.
const WORKSPACE: &str = "https://partner.microsoft.com/dashboard/home";

const MONEY_NOTE: &str =
    "Values are added up for each currency by itself. A referral counts for each of its sellers.";

const ESTIMATE_NOTE: &str =
    "~ before the days left: estimated from the creation date, because the API gave no deadline.";

/// The headings, each with the width of its column in characters.
const HEADINGS: [(&str, usize); 7] = [
    ("Group", 10),
    ("Name", 36),
    ("Referrals", 12),
    ("Without value", 16),
    ("Currency", 12),
    ("With value", 13),
    ("Value", 20),
];

const VALUE_COLUMN: u16 = 6;

#[derive(Default)]
pub(super) struct SheetTotals {
    all: Subtotal,
    by_state: Breakdown,
    by_kind: Breakdown,
    by_seller: Breakdown,
    has_estimates: bool,
}

impl SheetTotals {
    pub(super) fn add(&mut self, cells: &[Cell<'_>], indices: &TotalsCells) {
        let value = match &cells[indices.value] {
            Cell::Money(money) => Some(money),
            _ => None,
        };
        let word = |index: usize| match &cells[index] {
            Cell::Text(text) => Some(&**text),
            _ => None,
        };
        self.all.add(value);
        self.by_state.add(word(indices.state), value);
        self.by_kind.add(word(indices.kind), value);
        self.add_sellers(&cells[indices.sellers], value);
        let deadline = &cells[indices.deadline];
        self.has_estimates |= matches!(deadline, Cell::Deadline(deadline) if deadline.estimated);
    }

    fn add_sellers(&mut self, sellers: &Cell<'_>, value: Option<&Money>) {
        let Cell::List(sellers) = sellers else { return self.by_seller.add(None, value) };
        let mut sellers: Vec<String> = sellers.iter().map(|seller| seller.to_lowercase()).collect();
        sellers.sort_unstable();
        sellers.dedup();
        for seller in &sellers {
            self.by_seller.add(Some(seller), value);
        }
    }

    pub(super) fn write(
        &self,
        book: &mut Workbook,
        settings: &SheetSettings,
    ) -> Result<Worksheet, XlsxError> {
        let mut sheet = book.new_worksheet_with_constant_memory()?;
        sheet.set_name("Totals")?;
        let heading_row = self.write_top(&mut sheet, settings)?;
        let bold = CellFormat::new().set_bold();
        for (column, (heading, width)) in (0..).zip(HEADINGS) {
            set_width(&mut sheet, column, width)?;
            sheet.write_string_with_format(heading_row, column, heading, &bold)?;
        }
        sheet.set_column_format(VALUE_COLUMN, settings.styles.get(None, Look::Money))?;
        let mut lines = Lines { sheet, row: heading_row };
        lines.write_group("All", "", &self.all)?;
        for (title, breakdown) in
            [("State", &self.by_state), ("Kind", &self.by_kind), ("Seller", &self.by_seller)]
        {
            for (word, group) in breakdown.groups() {
                lines.write_group(title, word.unwrap_or("(none)"), group)?;
            }
        }
        let Lines { mut sheet, row, .. } = lines;
        sheet.set_freeze_panes(heading_row + 1, 0)?;
        sheet.autofilter(heading_row, 0, row, VALUE_COLUMN)?;
        Ok(sheet)
    }

    /// What stands above the table. Returns the row of its heading.
    fn write_top(&self, sheet: &mut Worksheet, settings: &SheetSettings) -> Result<u32, XlsxError> {
        let made = format_local_time(settings.now, &settings.zone, settings.now);
        let title = format!("{}, {made}", format_count(self.all.count));
        sheet.write_string_with_format(0, 0, title, &CellFormat::new().set_bold())?;
        let link = format!("Answer them in Partner Center: {WORKSPACE}");
        sheet.write_url_with_text(1, 0, WORKSPACE, link)?;
        sheet.write_string(2, 0, MONEY_NOTE)?;
        if !self.has_estimates {
            return Ok(4);
        }
        sheet.write_string(3, 0, ESTIMATE_NOTE)?;
        Ok(5)
    }
}

/// The lines of the table.
struct Lines {
    sheet: Worksheet,
    /// That was written last.
    row: u32,
}

impl Lines {
    /// A line for each currency. What is counted of the whole group is in the first of them, so that a column can be
    /// added up.
    fn write_group(&mut self, title: &str, name: &str, group: &Subtotal) -> Result<(), XlsxError> {
        let (name, _) = excel::truncate(sanitize(name));
        let first = self.row + 1;
        let sums = group.value.counted_sums();
        for line in 0..sums.len().max(1) {
            self.row += 1;
            self.sheet.write_string(self.row, 0, title)?;
            self.sheet.write_string(self.row, 1, &*name)?;
            if self.row == first {
                self.sheet.write_number(self.row, 2, to_number(group.count))?;
                self.sheet.write_number(self.row, 3, to_number(group.value.without_amount()))?;
            }
            let Some((sum, count)) = sums.get(line) else { continue };
            let currency = sum.currency.as_deref().unwrap_or("(none)");
            let (currency, _) = excel::truncate(sanitize(currency));
            self.sheet.write_string(self.row, 4, currency)?;
            self.sheet.write_number(self.row, 5, to_number(*count))?;
            let amount: f64 = sum.amount.to_string().parse().unwrap_or_default();
            self.sheet.write_number(self.row, VALUE_COLUMN, amount)?;
        }
        Ok(())
    }
}

fn to_number(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
