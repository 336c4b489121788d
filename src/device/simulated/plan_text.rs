//! What a changer is made of and how it is now, as lines of text.

use std::fmt::{Result as Written, Write};
use std::ops::Range;

use super::frame::{DoorNow, Frame, Noticed, PortNow};
use super::layout::{ChangerLayout, ChangerPlan, DoorLayout, DriveLayout, PortLayout};
use super::upkeep::DriveNow;
use super::words::{LineReader, Parsed, Words, damaged};
use crate::device::Attention;

/// What a changer can have to tell, each with the letter that stands for it.
const ATTENTIONS: [(char, Attention); 4] = [
    ('R', Attention::Reset),
    ('M', Attention::MediumChanged),
    ('P', Attention::PortAccessed),
    ('O', Attention::Other),
];

impl ChangerPlan {
    pub(super) fn write(&self, text: &mut String) -> Written {
        let ChangerLayout { transports, drives, ports, slots } = self.layout;
        writeln!(text, "changer {transports} {drives} {ports} {slots}")?;
        for DoorLayout { slots, lockable, sensor } in &self.doors {
            let flags = (u8::from(*lockable), u8::from(*sensor));
            writeln!(text, "door {} {} {} {}", slots.start, slots.end, flags.0, flags.1)?;
        }
        for PortLayout { cells, motorised, reports_content } in &self.ports {
            let flags = (u8::from(*motorised), u8::from(*reports_content));
            writeln!(text, "port {cells} {} {}", flags.0, flags.1)?;
        }
        for slots in &self.magazines {
            writeln!(text, "magazine {} {}", slots.start, slots.end)?;
        }
        for DriveLayout { drives, media_types, takes_cleaners } in &self.drives {
            write!(text, "drives {} {} {}", drives.start, drives.end, u8::from(*takes_cleaners))?;
            media_types.iter().try_for_each(|code| write!(text, " {code}"))?;
            writeln!(text)?;
        }
        Ok(())
    }

    /// The next changer; `None` when no more follow.
    pub(super) fn read(lines: &mut LineReader<'_>) -> Parsed<Option<Self>> {
        let Some(mut words) = lines.next_if("changer") else { return Ok(None) };
        let layout = ChangerLayout {
            transports: words.number()?,
            drives: words.number()?,
            ports: words.number()?,
            slots: words.number()?,
        };
        let mut plan = Self::of(layout);
        while let Some(mut words) = lines.next_if("door") {
            let (slots, lockable, sensor) = (words.range()?, words.flag()?, words.flag()?);
            plan.doors.push(DoorLayout { slots, lockable, sensor });
        }
        while let Some(mut words) = lines.next_if("port") {
            let (cells, motorised, reports_content) =
                (words.number()?, words.flag()?, words.flag()?);
            plan.ports.push(PortLayout { cells, motorised, reports_content });
        }
        while let Some(mut words) = lines.next_if("magazine") {
            plan.magazines.push(words.range()?);
        }
        while let Some(mut words) = lines.next_if("drives") {
            let (drives, takes_cleaners) = (words.range()?, words.flag()?);
            let media_types = words.rest()?;
            plan.drives.push(DriveLayout { drives, media_types, takes_cleaners });
        }
        Ok(Some(plan))
    }
}

impl Frame {
    /// Writes the line of one changer, unless it is as if new.
    pub(super) fn write(&self, changer: usize, plan: &ChangerPlan, text: &mut String) -> Written {
        if *self == Self::of(plan) {
            return Ok(());
        }
        write!(text, "now {changer}")?;
        for flag in [self.removal_prevented, self.touched, self.jammed] {
            write!(text, " {}", u8::from(flag))?;
        }
        text.push(' ');
        write_attentions(&self.noticed, text)?;
        for door in &self.doors {
            write!(text, " {} {}", u8::from(door.open), u8::from(door.released))?;
        }
        for port in &self.ports {
            write!(text, " {} {}", u8::from(port.extended), u8::from(port.touched))?;
        }
        self.pulled.iter().try_for_each(|pulled| write!(text, " {}", u8::from(*pulled)))?;
        for drive in &self.drives {
            write!(text, " {} {} {} ", drive.unit, drive.wear, u8::from(drive.dirty))?;
            write_attentions(&drive.noticed, text)?;
        }
        writeln!(text)
    }

    /// Reads what follows the number of the changer.
    pub(super) fn read(&mut self, words: &mut Words<'_>) -> Parsed<()> {
        for flag in [&mut self.removal_prevented, &mut self.touched, &mut self.jammed] {
            *flag = words.flag()?;
        }
        self.noticed = words.attentions()?;
        for door in &mut self.doors {
            *door = DoorNow { open: words.flag()?, released: words.flag()? };
        }
        for port in &mut self.ports {
            *port = PortNow { extended: words.flag()?, touched: words.flag()? };
        }
        for pulled in &mut self.pulled {
            *pulled = words.flag()?;
        }
        for drive in &mut self.drives {
            let (unit, wear) = (words.number()?, words.number()?);
            *drive = DriveNow { unit, wear, dirty: words.flag()?, noticed: words.attentions()? };
        }
        Ok(())
    }
}

/// Writes one word.
fn write_attentions(noticed: &Noticed, text: &mut String) -> Written {
    let letters = ATTENTIONS.iter().filter(|(_, known)| noticed.0.contains(known));
    text.push('-');
    text.extend(letters.map(|(letter, _)| letter));
    Ok(())
}

impl Words<'_> {
    fn range(&mut self) -> Parsed<Range<u32>> {
        Ok(self.number()?..self.number()?)
    }

    fn attentions(&mut self) -> Parsed<Noticed> {
        let letters = self.word()?.strip_prefix('-').ok_or_else(|| damaged("no attentions"))?;
        let known = |letter| ATTENTIONS.iter().find(|(known, _)| *known == letter);
        let attentions = letters.chars().filter_map(known).map(|(_, attention)| *attention);
        Ok(Noticed(attentions.collect()))
    }
}
