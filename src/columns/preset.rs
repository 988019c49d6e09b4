//! Presets: the columns of a file for the importer of a CRM, with its headings and constants.

use std::borrow::Cow;

use super::cell::{Cell, Shape};
use super::column::{ColumnHead, View};
use super::preset_source::source;
use super::row::Row;
use crate::error::{Error, Result};
use crate::model::{Referral, Status, Substatus};
use crate::text;

#[derive(Clone, Debug)]
pub struct Preset {
    pub name: Cow<'static, str>,
    /// Which importer reads the file.
    pub importer: &'static str,
    /// Whether CSV begins with a byte order mark.
    pub byte_order_mark: bool,
    /// `None` where no column has them.
    pub stages: Option<Stages>,
    pub columns: Cow<'static, [PresetColumn]>,
}

#[derive(Clone, Debug)]
pub struct PresetColumn {
    pub heading: Cow<'static, str>,
    /// Whether the importer rejects a row without it.
    pub is_required: bool,
    pub value: PresetValue,
}

#[derive(Clone, Debug)]
pub enum PresetValue {
    /// The cells of the column of this name.
    Cell(&'static str),
    Constant(Cow<'static, str>),
    Stage,
    /// The address of the referral in the portal, where the profile has one.
    Link,
}

/// The importer's words for where a deal stands.
#[derive(Clone, Debug)]
pub struct Stages {
    pub new: Cow<'static, str>,
    pub active: Cow<'static, str>,
    pub won: Cow<'static, str>,
    /// Every other way to be closed.
    pub lost: Cow<'static, str>,
}

impl Stages {
    pub const WORDS: [&'static str; 4] = ["new", "active", "won", "lost"];

    /// The words of [`Stages::WORDS`] and the importer's.
    pub fn pairs(&self) -> [(&'static str, &str); 4] {
        let Stages { new, active, won, lost } = self;
        let [a, b, c, d] = Stages::WORDS;
        [(a, &**new), (b, &**active), (c, &**won), (d, &**lost)]
    }

    /// `None` where the status is missing or not known.
    fn of(&self, referral: &Referral) -> Option<&str> {
        match (referral.status.as_ref()?, referral.substatus.as_ref()) {
            (Status::New, _) => Some(&self.new),
            (Status::Active, _) => Some(&self.active),
            (Status::Closed, Some(Substatus::Won)) => Some(&self.won),
            (Status::Closed, _) => Some(&self.lost),
            _ => None,
        }
    }
}

impl Preset {
    /// What a renderer needs of its columns. They live as long as the process, as those of the list do.
    pub fn heads(&self) -> Vec<&'static ColumnHead> {
        let head = |column: &PresetColumn| -> &'static ColumnHead {
            let heading: &'static str = match &column.heading {
                Cow::Borrowed(heading) => heading,
                Cow::Owned(heading) => String::leak(heading.clone()),
            };
            Box::leak(Box::new(ColumnHead {
                name: heading,
                heading,
                shape: column.value.shape(),
                description: "",
                view: View::Whole,
                min_width: None,
            }))
        };
        self.columns.iter().map(head).collect()
    }

    /// `portal_url` has `{id}` in the place of the id.
    pub fn row<'a>(&self, referral: &'a Referral, portal_url: Option<&str>) -> Row<'a> {
        let cell = |column: &PresetColumn| match &column.value {
            PresetValue::Cell(name) => only_values((source(name).cell)(referral)),
            PresetValue::Constant(text) => Cell::Text(text.clone()),
            PresetValue::Stage => self.stage(referral).map_or(Cell::Empty, own_text),
            PresetValue::Link => match (portal_url, referral.id.as_deref()) {
                (Some(url), Some(id)) if is_plain(id) => own_text(&url.replace("{id}", id)),
                _ => Cell::Empty,
            },
        };
        Row { cells: self.columns.iter().map(cell).collect(), raw: "" }
    }

    fn stage(&self, referral: &Referral) -> Option<&str> {
        self.stages.as_ref()?.of(referral)
    }

    /// The places of the columns that the importer demands and that the row lacks.
    pub fn lacking(&self, row: &Row<'_>) -> Vec<usize> {
        let pairs = self.columns.iter().zip(&row.cells).enumerate();
        let lacking = pairs.filter(|(_, (column, cell))| column.is_required && is_empty(cell));
        lacking.map(|(place, _)| place).collect()
    }

    /// Gives a constant another value.
    pub fn set_constant(&mut self, heading: &str, value: &str) -> Result<()> {
        let is_constant = |column: &PresetColumn| matches!(column.value, PresetValue::Constant(_));
        let place = self.place(heading, "constant", is_constant)?;
        self.columns.to_mut()[place].value = PresetValue::Constant(value.to_owned().into());
        Ok(())
    }

    /// Gives a stage another word of the CRM.
    pub fn set_stage(&mut self, stage: &str, word: &str) -> Result<()> {
        let Some(Stages { new, active, won, lost }) = &mut self.stages else {
            return Err(Error::usage("this preset has no stages"));
        };
        let place = match stage {
            "new" => new,
            "active" => active,
            "won" => won,
            "lost" => lost,
            _ => return Err(unknown("stage", stage, &Stages::WORDS)),
        };
        *place = word.to_owned().into();
        Ok(())
    }

    pub fn rename(&mut self, heading: &str, new: &str) -> Result<()> {
        let place = self.place(heading, "heading", |_| true)?;
        if self.columns.iter().any(|column| column.heading == new) {
            return Err(Error::usage(format!("heading {new:?} is there already")));
        }
        self.columns.to_mut()[place].heading = new.to_owned().into();
        Ok(())
    }

    /// Leaves a column out that the importer does not demand.
    pub fn leave_out(&mut self, heading: &str) -> Result<()> {
        let place = self.place(heading, "heading", |_| true)?;
        if self.columns[place].is_required {
            return Err(Error::usage(format!("{heading:?} cannot be left out"))
                .hint("the importer demands it, or finds the row again by it"));
        }
        self.columns.to_mut().remove(place);
        Ok(())
    }

    fn place(
        &self,
        heading: &str,
        what: &str,
        fits: impl Fn(&PresetColumn) -> bool,
    ) -> Result<usize> {
        let fits = |column: &&PresetColumn| fits(column);
        let place =
            self.columns.iter().position(|column| column.heading == heading && fits(&column));
        place.ok_or_else(|| {
            let known = self.columns.iter().filter(fits).map(|column| &*column.heading);
            unknown(what, heading, &known.collect::<Vec<_>>())
        })
    }
}

impl PresetValue {
    fn shape(&self) -> Shape {
        match self {
            PresetValue::Cell(name) => source(name).head.shape,
            PresetValue::Constant(_) | PresetValue::Stage | PresetValue::Link => Shape::Text,
        }
    }

    /// For people.
    pub fn describe(&self) -> String {
        match self {
            PresetValue::Cell(name) => source(name).head.description.to_owned(),
            PresetValue::Constant(text) => format!("always {text:?}"),
            PresetValue::Stage => "the CRM's word for where the deal stands".to_owned(),
            PresetValue::Link => {
                "the address of the referral, where the profile has a portal_url".to_owned()
            }
        }
    }
}

fn unknown(what: &str, name: &str, known: &[&str]) -> Error {
    let error = Error::usage(format!("unknown {what} {name:?}"));
    match text::nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean {near:?}?")),
        None => error.detail(format!("known: {}", known.join(", "))),
    }
}

/// What stands in the place of a date is for people.
fn only_values(cell: Cell<'_>) -> Cell<'_> {
    if is_empty(&cell) { Cell::Empty } else { cell }
}

fn is_empty(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Empty | Cell::NoDate(_) => true,
        Cell::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// An id that is one, which in an address stays what it is.
fn is_plain(id: &str) -> bool {
    id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn own_text<'a>(text: &str) -> Cell<'a> {
    Cell::Text(text.to_owned().into())
}
