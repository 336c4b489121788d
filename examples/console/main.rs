//! A console for those who serve libraries: what people are asked, what the libraries do, and why
//! something waits. It needs nothing but a terminal and the directory of the catalog.
//!
//! ```text
//! cargo run --example console -- --demo            # a simulated library with some trouble
//! cargo run --example console -- /var/lib/backup/catalog
//! cargo run --example console -- --once /var/lib/backup/catalog | mail -s libraries operator
//! ```
//!
//! It runs in a process of its own beside the backup programs, and owns no hardware. Several at once
//! see the same. What it shows is kept true by [notifications](rsm::Session::subscribe): nothing is
//! read while nothing happens.
//!
//! | module | what it does |
//! |---|---|
//! | [`source`], [`asked`], [`describe`] | read the catalog, in words that people use |
//! | [`live`] | looks again when notifications say so |
//! | [`answers`] | acknowledges, completes, refuses, and says what came of it |
//! | [`view`] | what is on the screen, and what keys do; knows no catalog |
//! | [`terminal`] | draws, and gives the terminal back whatever happens |
//! | [`demo`] | the simulated libraries of `--demo` |

mod answers;
mod asked;
mod demo;
mod describe;
mod live;
mod source;
mod terminal;
mod view;

use std::io::{IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use rsm::{Error, ErrorKind, Manager, Session};

use terminal::Manner;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The width of what `--once` prints.
const COLUMNS: usize = 80;

/// Shows what libraries ask people for, and takes their answers.
///
/// Keys are shown at the bottom of the screen. Without colours with NO_COLOR or --no-color. Exit
/// status: 0 all is well; 1 it failed; 2 wrong usage; 128 and more: a signal ended it.
#[derive(Parser)]
#[command(override_usage = "console [OPTIONS] <CATALOG>\n       console [OPTIONS] --demo")]
struct Arguments {
    /// The directory of the catalog that the backup program uses.
    #[arg(required_unless_present = "demo", conflicts_with = "demo")]
    catalog: Option<PathBuf>,
    /// Starts simulated libraries with some trouble, to try it out.
    #[arg(long)]
    demo: bool,
    /// Prints everything once as plain text, and ends.
    #[arg(long)]
    once: bool,
    /// Rings when somebody is asked for something new.
    #[arg(long)]
    bell: bool,
    /// No colours.
    #[arg(long)]
    no_color: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(signal)) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(1)),
        Err(failure) => {
            // The terminal may be gone.
            let _gone = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<Option<i32>, Failure> {
    let is_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    if !arguments.once && !is_terminal {
        return Err("This is no terminal. With --once it prints everything once.".into());
    }
    let Some(catalog) = &arguments.catalog else {
        let site = demo::Site::open()?;
        let session = Arc::new(site.manager.session("console")?);
        return show(&session, "A simulated site", arguments);
    };
    let session = open(catalog).map_err(|error| cannot_open(catalog, &error))?;
    show(&Arc::new(session), &format!("Catalog {}", catalog.display()), arguments)
}

fn open(catalog: &Path) -> rsm::Result<Session> {
    Manager::open(catalog)?.session("console")
}

/// On the screen, or once as text.
fn show(
    session: &Arc<Session>,
    place: &str,
    arguments: &Arguments,
) -> Result<Option<i32>, Failure> {
    if arguments.once {
        let mut source = source::Source::new(Arc::clone(session), place.to_owned())?;
        let text = view::plain::text(&source.picture()?, &terminal::now(), COLUMNS);
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(None);
    }
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour = !(no_color || arguments.no_color);
    terminal::run(session, place, Manner { colour, bell: arguments.bell })
}

/// Why there is nothing to see, and what to do.
fn cannot_open(catalog: &Path, error: &Error) -> String {
    let place = catalog.display();
    let user = describe::me();
    let what = match error.kind() {
        ErrorKind::ObjectNotFound => "There is no catalog there. Give the directory that the \
             backup program uses; --demo shows simulated libraries."
            .to_owned(),
        ErrorKind::AccessDenied => format!(
            "User {user} may not use it. Run the console as the user of the backup program, or \
             ask whoever made the catalog."
        ),
        ErrorKind::Busy => {
            "Another program is writing it and does not finish. Try again.".to_owned()
        }
        ErrorKind::DatabaseFailure => "It is damaged, or made by a later release.".to_owned(),
        _ => "That is all that is known.".to_owned(),
    };
    format!("The catalog in {place} cannot be opened: {}.\n{what}", error.reason())
}
