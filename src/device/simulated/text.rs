//! The state of a library as text, in which it is kept in a directory.
//!
//! One line per fact, words separated by spaces. The last line counts the cartridges, so that a
//! file that was cut off is noticed.

use std::fmt::Write;

use super::Place;
use super::cartridge::{Kind, Marks};
use super::layout::ChangerPlan;
use super::settings::Settings;
use super::words::{LineReader, Parsed, Words, damaged};
use super::world::{Record, Spot, World};
use crate::device::{ElementAddress, MediumPurpose, VolumeTag};

const HEADER: &str = "rsm simulated library 1";

impl World {
    pub(super) fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_settings(&mut text);
        for record in &self.records {
            let _ = self.write_record(record, &mut text);
        }
        let _ = writeln!(text, "end {}", self.records.len());
        text
    }

    fn write_settings(&self, text: &mut String) -> std::fmt::Result {
        let settings = &self.settings;
        writeln!(text, "{HEADER}\nname {}", settings.name)?;
        writeln!(
            text,
            "settings {} {} {} {} {} {}",
            settings.seed,
            settings.drive_class as u8,
            settings.status_limit,
            u8::from(settings.bar_code_reader),
            u8::from(settings.can_flip),
            self.loads
        )?;
        if let Some(loads) = settings.dirty_after {
            writeln!(text, "dirty {loads}")?;
        }
        for media_type in &settings.media_types {
            writeln!(text, "type {media_type}")?;
        }
        if settings.stand_alone {
            writeln!(text, "alone {}", u8::from(settings.loads_by_itself))?;
        }
        settings.changers.iter().try_for_each(|plan| plan.write(text))?;
        let changers = settings.changers.iter().zip(&self.frames).enumerate();
        changers.into_iter().try_for_each(|(number, (plan, frame))| frame.write(number, plan, text))
    }

    fn write_record(&self, record: &Record, text: &mut String) -> std::fmt::Result {
        let Ok(kind) = self.kind(record) else { return Ok(()) };
        let bar_code = match &record.bar_code {
            VolumeTag::Absent => "-".to_owned(),
            VolumeTag::Unreadable => "?".to_owned(),
            VolumeTag::Read(text) => format!("={text}"),
        };
        write!(
            text,
            "cartridge {bar_code} {} {} {} {} {} {} {}",
            kind.media_type,
            kind.sides,
            kind.capacity,
            kind.early_warning,
            purpose_letter(kind.purpose),
            u8::from(record.write_protected),
            record.uses
        )?;
        let spot = &record.spot;
        match spot.place {
            Some(place) => write!(text, " {} {}", place.changer, place.address.0)?,
            None => write!(text, " - -")?,
        }
        write_optional(text, spot.source.map(|a| u32::from(a.0)))?;
        write_optional(text, spot.loaded)?;
        let flags = [spot.turned, spot.turned_since, spot.by_hand, spot.cleaning];
        flags.iter().try_for_each(|flag| write!(text, " {}", u8::from(*flag)))?;
        writeln!(text)
    }

    pub(super) fn from_text(text: &str) -> Parsed<Self> {
        let mut lines = LineReader::new(text);
        if lines.next() != Some(HEADER) {
            return Err(damaged("it is no state of a simulated library"));
        }
        let name = lines.next().and_then(|line| line.strip_prefix("name "));
        let mut words = lines.expect("settings")?;
        let mut settings = Settings {
            name: name.ok_or_else(|| damaged("the name is missing"))?.to_owned(),
            seed: words.number()?,
            drive_class: words.class()?,
            status_limit: words.number()?,
            bar_code_reader: words.flag()?,
            can_flip: words.flag()?,
            dirty_after: None,
            media_types: Vec::new(),
            changers: Vec::new(),
            stand_alone: false,
            loads_by_itself: true,
        };
        let loads = words.number()?;
        if let Some(mut words) = lines.next_if("dirty") {
            settings.dirty_after = Some(words.number()?);
        }
        while let Some(mut words) = lines.next_if("type") {
            settings.media_types.push(words.number()?);
        }
        if let Some(mut words) = lines.next_if("alone") {
            settings.stand_alone = true;
            settings.loads_by_itself = words.flag()?;
        }
        while let Some(plan) = ChangerPlan::read(&mut lines)? {
            settings.changers.push(plan);
        }
        settings.check()?;
        let mut world = Self::new(settings);
        world.loads = loads;
        while let Some(mut words) = lines.next_if("now") {
            let changer = words.number()?;
            world.frame_mut(changer)?.read(&mut words)?;
        }
        while let Some(mut words) = lines.next_if("cartridge") {
            let (kind, marks, spot) = words.record()?;
            let id = world.add(kind, marks)?;
            world.restore(id, spot)?;
        }
        if lines.expect("end")?.number::<usize>()? != world.records.len() {
            return Err(damaged("cartridges are missing"));
        }
        Ok(world)
    }
}

fn write_optional(text: &mut String, value: Option<u32>) -> std::fmt::Result {
    match value {
        Some(value) => write!(text, " {value}"),
        None => write!(text, " -"),
    }
}

/// What stands for what a cartridge is for.
const PURPOSES: [(&str, MediumPurpose); 3] =
    [("d", MediumPurpose::Data), ("w", MediumPurpose::WriteOnce), ("c", MediumPurpose::Cleaning)];

fn purpose_letter(purpose: MediumPurpose) -> &'static str {
    PURPOSES.iter().find(|(_, known)| *known == purpose).map_or("d", |(letter, _)| letter)
}

fn purpose(word: &str) -> Parsed<MediumPurpose> {
    let known = PURPOSES.iter().find(|(letter, _)| *letter == word);
    known.map(|(_, purpose)| *purpose).ok_or_else(|| damaged("a cartridge has no purpose"))
}

impl Words<'_> {
    fn record(&mut self) -> Parsed<(Kind, Marks, Spot)> {
        let bar_code = match self.word()? {
            "-" => VolumeTag::Absent,
            "?" => VolumeTag::Unreadable,
            text => VolumeTag::Read(text.strip_prefix('=').unwrap_or(text).to_owned()),
        };
        let kind = Kind {
            media_type: self.number()?,
            sides: self.number()?,
            capacity: self.number()?,
            early_warning: self.number()?,
            purpose: purpose(self.word()?)?,
        };
        let marks = Marks { bar_code, write_protected: self.flag()?, uses: self.number()? };
        Ok((kind, marks, self.spot()?))
    }

    fn spot(&mut self) -> Parsed<Spot> {
        let changer = self.optional()?;
        let address = self.optional()?.map(ElementAddress);
        let place = changer.zip(address);
        Ok(Spot {
            place: place.map(|(changer, address)| Place { changer, address }),
            source: self.optional()?.map(ElementAddress),
            loaded: self.optional()?,
            turned: self.flag()?,
            turned_since: self.flag()?,
            by_hand: self.flag()?,
            cleaning: self.flag()?,
        })
    }
}
