//! The flag `--preset`, and the rows of a preset.

use std::collections::BTreeMap;

use crate::columns::{self, PRESETS, Preset, Row};
use crate::config::{ConfigFile, PresetChanges};
use crate::error::{Error, Result};
use crate::model::Referral;
use crate::render::{Format, format_count};
use crate::services::Services;
use crate::text;

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct PresetFlags {
    /// Write CSV or a workbook for this importer of a CRM, such as salesforce-leads
    ///
    /// The file has the importer's own headings, dates and words. Referrals that lack what the importer demands are left
    /// out and counted.
    #[arg(hide_short_help = true, long, value_name = "NAME", conflicts_with_all = ["columns", "excel", "by"])]
    preset: Option<String>,
}

/// The formats of presets.
pub(super) const FORMATS: &[Format] = &[Format::Csv, Format::Xlsx];

impl PresetFlags {
    pub(super) fn preset(&self, services: &Services) -> Result<Option<Preset>> {
        self.preset.as_deref().map(|name| find_preset(services, name)).transpose()
    }
}

/// The preset of this name, of the settings or built in.
pub(super) fn find_preset(services: &Services, name: &str) -> Result<Preset> {
    let file = services.config_file()?;
    if let Some(changes) = file.presets().iter().find(|preset| preset.name == name.trim()) {
        let place = format!("in [preset.{}] of the settings", changes.name);
        return change_preset(changes).map_err(|error| error.detail(place));
    }
    let known = preset_names(&file);
    find_built_in(name, &known.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The names of the presets, built in and of the settings.
pub(super) fn preset_names(file: &ConfigFile) -> Vec<String> {
    let mut names: Vec<String> = PRESETS.iter().map(|preset| preset.name.to_string()).collect();
    let own = file.presets().iter().map(|preset| preset.name.clone());
    names.extend(own.filter(|name| columns::find_preset(name).is_none()));
    names
}

fn change_preset(changes: &PresetChanges) -> Result<Preset> {
    let PresetChanges { name, base, constants, stages, headings, left_out } = changes;
    let known: Vec<&str> = PRESETS.iter().map(|preset| &*preset.name).collect();
    let mut preset = find_built_in(base, &known)?;
    preset.name = name.clone().into();
    for (heading, value) in constants {
        preset.set_constant(heading, value)?;
    }
    for (stage, word) in stages {
        preset.set_stage(stage, word)?;
    }
    // Both name the base's headings.
    for heading in left_out {
        preset.leave_out(heading)?;
    }
    for (heading, new) in headings {
        preset.rename(heading, new)?;
    }
    Ok(preset)
}

fn find_built_in(name: &str, known: &[&str]) -> Result<Preset> {
    if let Some(preset) = columns::find_preset(name) {
        return Ok(preset.clone());
    }
    let error = Error::usage(format!("unknown preset `{}`", text::escape_control(name)));
    Err(match text::nearest(name, known.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("choose one of {}", known.join(", "))),
    })
}

/// Makes the rows of a preset, and counts those that the importer would reject.
pub(super) struct PresetRows {
    preset: Preset,
    portal_url: Option<String>,
    left_out: usize,
    /// How many lack the column at this place.
    lacking: BTreeMap<usize, usize>,
}

impl PresetRows {
    pub(super) fn new(preset: Preset, portal_url: Option<&str>) -> PresetRows {
        let portal_url = portal_url.map(str::to_owned);
        PresetRows { preset, portal_url, left_out: 0, lacking: BTreeMap::new() }
    }

    pub(super) fn row<'a>(&self, referral: &'a Referral) -> Row<'a> {
        self.preset.row(referral, self.portal_url.as_deref())
    }

    /// Whether the importer takes the row.
    pub(super) fn takes(&mut self, row: &Row<'_>) -> bool {
        let lacking = self.preset.lacking(row);
        for place in &lacking {
            *self.lacking.entry(*place).or_default() += 1;
        }
        self.left_out += usize::from(!lacking.is_empty());
        lacking.is_empty()
    }

    /// What was left out, and why.
    pub(super) fn note(&self) -> Option<String> {
        let lacks = |(place, count): (&usize, &usize)| {
            let verb = if *count == 1 { "lacks" } else { "lack" };
            format!("{count} {verb} {}", self.preset.columns[*place].heading)
        };
        let reasons: Vec<String> = self.lacking.iter().map(lacks).collect();
        let count = format_count(self.left_out);
        (self.left_out > 0)
            .then(|| format!("left out {count} that the importer rejects: {}", reasons.join(", ")))
    }
}
