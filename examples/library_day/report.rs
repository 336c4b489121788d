//! How the day went, in words and numbers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use rsm::model::{DeviceEventKind, OperatorRequestKind};

use crate::Failure;
use crate::applications;
use crate::day::Day;
use crate::journal::{MountCall, Span, Work};
use crate::lanes::{State, union};

pub fn text(day: &Day) -> Result<String, Failure> {
    let mut text = String::new();
    head(&mut text, day)?;
    mounts(&mut text, day)?;
    devices(&mut text, day)?;
    requests(&mut text, day)?;
    failures(&mut text, day)?;
    Ok(text)
}

/// Characters of a text that are shown.
const WIDTH: usize = 80;

fn head(text: &mut String, day: &Day) -> Result<(), Failure> {
    let setting = &day.setting;
    let session = setting.manager.session("report")?;
    let library = session.info(setting.library)?;
    writeln!(
        text,
        "{} hours in a library of {} slots, {} drives and {} robot{}, with {} media\n",
        setting.day.length().as_secs() / 3600,
        library.number_of_slots,
        library.number_of_drives,
        library.number_of_changers,
        if library.number_of_changers == 1 { "" } else { "s" },
        library.number_of_media,
    )?;
    Ok(())
}

fn mounts(text: &mut String, day: &Day) -> Result<(), Failure> {
    let calls = day.setting.journal.calls.lock();
    writeln!(
        text,
        "{:<13}{:>7}{:>7}{:>8}   {:>8}{:>9}{:>9}   {:>9}",
        "MOUNTS", "calls", "media", "failed", "median", "p95", "longest", "in use"
    )?;
    for name in applications::ALL {
        line(text, name, calls.iter().filter(|call| call.application == name))?;
    }
    line(text, "all", calls.iter())?;
    writeln!(text, "  (waits: from the call until all its media are up)\n")?;
    Ok(())
}

fn line<'c>(
    text: &mut String,
    name: &str,
    calls: impl Iterator<Item = &'c MountCall>,
) -> Result<(), Failure> {
    let (done, failed): (Vec<_>, Vec<_>) = calls.partition(|call| call.error.is_none());
    let mut waits: Vec<_> = done.iter().map(|call| call.answered - call.asked).collect();
    waits.sort_unstable();
    let used: Duration = done.iter().map(|c| (c.ended - c.answered) * c.drives.len() as u32).sum();
    let media: usize = done.iter().map(|call| call.media).sum();
    writeln!(
        text,
        "  {name:<11}{:>7}{media:>7}{:>8}   {:>8}{:>9}{:>9}   {:>7.1} h",
        done.len() + failed.len(),
        failed.len(),
        clock(quantile(&waits, 0.5)),
        clock(quantile(&waits, 0.95)),
        clock(waits.last().copied().unwrap_or_default()),
        used.as_secs_f64() / 3600.0,
    )?;
    Ok(())
}

/// The value below which this part of them lies.
fn quantile(sorted: &[Duration], part: f64) -> Duration {
    let index = (sorted.len() as f64 * part) as usize;
    sorted.get(index.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Hours, minutes and seconds.
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn devices(text: &mut String, day: &Day) -> Result<(), Failure> {
    let (journal, span) = (&day.setting.journal, day.setting.day);
    let work = journal.work.lock();
    let of = |wanted: Work| -> Vec<Span> {
        let found = work.iter().filter(|(work, _)| *work == wanted);
        found.filter_map(|(_, time)| time.within(span)).collect()
    };
    writeln!(text, "ROBOTS")?;
    for robot in 0..usize::from(day.setting.changers) {
        let (moves, looks) = (of(Work::Move(robot)), of(Work::Look(robot)));
        write!(text, "  robot {:<4}", robot + 1)?;
        write!(
            text,
            "busy {:>4.1} %",
            percent(union(moves.iter().chain(&looks).copied(), span), span)
        )?;
        write!(text, ", {} moves", moves.len())?;
        if !looks.is_empty() {
            let share = percent(union(looks, span), span);
            write!(text, ", looking around {share:.1} %")?;
        }
        writeln!(text)?;
    }
    writeln!(text, "\nDRIVES       all of them, in % of the day; the least and the most of one")?;
    for state in State::ALL {
        let mut each: Vec<f64> =
            day.lanes.iter().map(|lane| percent(lane.time_in(state), span)).collect();
        each.sort_unstable_by(f64::total_cmp);
        let mean = each.iter().sum::<f64>() / each.len().max(1) as f64;
        if let [least, .., most] | [least @ most] = each.as_slice()
            && *most > 0.0
        {
            writeln!(text, "  {:<27}{mean:>5.1}{least:>9.1}{most:>7.1}", state.name())?;
        }
    }
    let cleaned = day.events.iter().filter(|e| e.what == DeviceEventKind::Cleaned).count();
    if cleaned > 0 {
        writeln!(text, "  cleanings: {cleaned}")?;
    }
    writeln!(text)?;
    Ok(())
}

fn percent(part: Duration, whole: Span) -> f64 {
    100.0 * part.as_secs_f64() / whole.length().as_secs_f64()
}

/// Requests that are listed one by one; all are counted.
const LISTED: usize = 25;

fn requests(text: &mut String, day: &Day) -> Result<(), Failure> {
    let begin = day.setting.day.begin;
    let asked = day.setting.journal.asked.lock();
    writeln!(
        text,
        "{:<30}{:>6}{:>6}{:>10}   {:>8}{:>9}",
        "OPERATOR", "asked", "done", "needless", "median", "longest"
    )?;
    let kinds: BTreeMap<u32, OperatorRequestKind> =
        asked.iter().map(|one| (one.kind as u32, one.kind)).collect();
    for kind in kinds.into_values() {
        let of_kind: Vec<_> = asked.iter().filter(|one| one.kind == kind).collect();
        let done = of_kind.iter().filter(|one| one.done);
        let times = done.filter_map(|one| Some(one.answered?.saturating_sub(one.submitted)));
        let mut times: Vec<_> = times.collect();
        times.sort_unstable();
        writeln!(
            text,
            "  {:<28}{:>6}{:>6}{:>10}   {:>8}{:>9}",
            words(kind),
            of_kind.len(),
            times.len(),
            of_kind.iter().filter(|one| one.answered.is_some() && !one.done).count(),
            clock(quantile(&times, 0.5)),
            clock(times.last().copied().unwrap_or_default()),
        )?;
    }
    writeln!(text, "  (needless: what was asked for turned up before somebody came)")?;
    let single = asked.iter().filter(|one| one.kind != OperatorRequestKind::NewMedia);
    for one in single.take(LISTED) {
        let words = one.text.split(" [").next().unwrap_or_default();
        let words: String = words.chars().take(WIDTH).collect();
        writeln!(text, "  {:>8}  {words}", clock(one.submitted.saturating_sub(begin)))?;
    }
    writeln!(text)?;
    Ok(())
}

/// What is asked, in a few words.
pub fn words(kind: OperatorRequestKind) -> &'static str {
    match kind {
        OperatorRequestKind::NewMedia => "bring new media",
        OperatorRequestKind::MoveMedia => "bring a medium from the shelf",
        OperatorRequestKind::DeviceService => "see to a device",
        OperatorRequestKind::Cleaner => "see to the cleaner",
        _ => "read a message",
    }
}

fn failures(text: &mut String, day: &Day) -> Result<(), Failure> {
    let (journal, begin) = (&day.setting.journal, day.setting.day.begin);
    writeln!(text, "TROUBLE      what was made to go wrong")?;
    for one in journal.troubles.lock().iter() {
        writeln!(text, "  {:>8}  {}", clock(one.at - begin), one.what)?;
    }
    writeln!(text, "             what the library noticed in drives and media")?;
    let noticed = day.events.iter().filter(|event| event.what != DeviceEventKind::Cleaned);
    let count = noticed.clone().count();
    for event in noticed.take(LISTED) {
        let number = day.drives.iter().position(|drive| Some(drive.id) == event.drive);
        let drive = number.map_or_else(String::new, |n| format!("drive {}", n + 1));
        let at = clock(day.setting.since(event.time).saturating_sub(begin));
        let what = format!("{:?}", event.what);
        let reason: String = event.reason.chars().take(WIDTH).collect();
        writeln!(text, "  {at:>8}  {drive:<9} {what:<14} {reason}")?;
    }
    if count > LISTED {
        writeln!(text, "            ... and {} more", count - LISTED)?;
    }
    writeln!(text, "             what the applications noticed")?;
    let mut counts: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for call in journal.calls.lock().iter() {
        if let Some(error) = call.error {
            *counts.entry((call.application, format!("mount: {error}"))).or_default() += 1;
        }
    }
    for (who, what) in journal.failures.lock().iter() {
        *counts.entry((who, what.chars().take(WIDTH).collect())).or_default() += 1;
    }
    for ((who, what), count) in counts {
        writeln!(text, "  {count:>8}  {who:<11} {what}")?;
    }
    Ok(())
}
