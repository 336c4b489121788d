//! The same as plain text, for scripts and mails.

use ratatui::text::Line;

use super::draw::absent;
use super::picture::Picture;
use super::text::{PLAIN, lines, named};
use super::words::Now;
use super::{libraries, requests, work};

/// Everything there is, in lines of at most so many columns where words permit.
pub fn text(picture: &Picture, now: &Now, columns: usize) -> String {
    let mut all = vec![Line::raw(format!("{} at {}", picture.place, now.clock(now.time)))];
    if let Some(absence) = &picture.absence {
        all.extend(lines(&absent(absence, now), PLAIN, columns));
    }
    all.extend([Line::default(), title("Requests", picture.requests.len())]);
    if picture.requests.is_empty() {
        all.push(Line::raw(requests::none(picture)));
    }
    for request in &picture.requests {
        all.push(Line::default());
        all.extend(requests::details(request, usize::MAX, now, columns));
    }
    all.extend([Line::default(), title("Libraries", picture.libraries.len())]);
    if picture.libraries.is_empty() {
        all.push(Line::raw(libraries::none()));
    }
    all.extend(libraries::rows(picture, now, columns).into_iter().map(|(_, line)| line));
    all.extend([Line::default(), title("Queue", picture.work.len())]);
    if picture.work.is_empty() {
        all.push(Line::raw(work::none()));
    }
    for one in &picture.work {
        all.extend(lines(
            &format!("{} in {}, for {}", one.what, one.library, one.who),
            PLAIN,
            columns,
        ));
        all.extend(named("", &work::why(one), PLAIN, columns));
    }
    let lines = all.iter().map(|line| line.to_string().trim_end().to_owned() + "\n");
    lines.collect()
}

fn title(name: &str, number: usize) -> Line<'static> {
    let number = if number == 0 { "none".to_owned() } else { number.to_string() };
    Line::raw(format!("{name}: {number}"))
}
