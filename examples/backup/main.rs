//! A small backup program, and a guide to this crate for people who write larger ones.
//!
//! It writes directory trees as one tar stream to as many tapes as it takes, in a simulated library
//! that is kept in a directory, or with `--device` in a real one; nothing else changes. Only the public interface of the crate is used. Read it in this order:
//!
//! | module | what it shows |
//! |---|---|
//! | [`label`] | labels of one's own, so that the manager knows our tapes |
//! | [`tapes`] | opening catalog and library, a pool, allocating, mounting, giving back |
//! | [`device`] | finding a real library |
//! | [`feed`] | the life of one tape: allocate, mount, label, write, complete |
//! | [`span`] | one stream over several tapes: what to do at the end of a medium |
//! | [`store`] | the application's own catalog: what is on which medium |
//! | [`settle`] | what a killed program leaves behind, and how the next start tidies up |
//! | [`lookup`] | asking the catalog of the media |
//! | [`commands`] | the commands |
//!
//! The rest is what any backup program has: [`scan`], [`pack`] and [`unpack`] for the files,
//! [`console`] and [`failure`] for people, [`home`] for the place where it all is kept. [`proof`]
//! is what runs without arguments: it backs up this repository, restores it and compares.
//!
//! Who owns what: the *manager* knows media, and which side belongs to whom; the *application*
//! knows what it has written there. Neither is ever ahead of the tape by more than one step, and
//! for each step it is written down first what is about to happen.

mod commands;
mod console;
mod device;
mod digest;
mod failure;
mod feed;
mod home;
mod label;
mod lookup;
mod pack;
mod proof;
mod scan;
mod settle;
mod span;
mod store;
mod tapes;
mod unpack;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use commands::{Backup, Outcome};
use console::Console;
use failure::{Failure, Result};
use home::Home;
use tapes::{Hardware, Layout, Tapes};

/// A small backup to a tape library, simulated or real.
///
/// Without a command it backs up its own repository, restores it to a temporary directory, and
/// proves the two equal.
///
/// Exit status: 0 all is well; 1 it failed, or files are damaged; 2 wrong usage; 3 done, but some
/// files could not be backed up as they are.
#[derive(Parser)]
#[command(name = "backup")]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Settings {
    /// Where tapes and catalogs are kept [default: ~/.rsm-backup]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// The library: its changer's node (/dev/sg3), or iscsi://[user%secret@]host[:port]/target
    /// [default: a simulated one in the home]
    #[arg(long, global = true, value_name = "DEVICE")]
    device: Option<String>,
    /// Write on tapes of that library of which this home knows nothing: new ones, and all that carry
    /// somebody else's data
    #[arg(long, global = true)]
    take_unknown_tapes: bool,
    /// Size of a tape in MiB; counts when a home is used first
    #[arg(long, global = true, value_name = "MIB", default_value_t = 4)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    tape_size: u64,
    /// Number of tapes in the library; counts when a home is used first
    #[arg(long, global = true, value_name = "N", default_value_t = 12)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    tapes: u32,
    /// Say each step
    #[arg(long, short, global = true)]
    verbose: bool,
}

impl Settings {
    fn library(&self, device: &str) -> Hardware {
        Hardware::Device { name: device.to_owned(), takes_unknown: self.take_unknown_tapes }
    }
}

#[derive(Subcommand)]
enum Command {
    /// Back up files and directories as a new set
    Create {
        #[arg(required = true)]
        path: Vec<PathBuf>,
    },
    /// Write the files of a set to a new or empty directory, checking them on the way
    Restore { id: u32, destination: PathBuf },
    /// Read a set, or all, and check every file
    Verify { id: Option<u32> },
    /// List the sets and their tapes
    List,
    /// Give the tapes of a set back, or those of all but the newest sets
    Prune {
        #[arg(conflicts_with = "keep", required_unless_present = "keep")]
        id: Option<u32>,
        /// Keep this many of the newest sets
        #[arg(long, value_name = "N")]
        keep: Option<usize>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let console = Console::new(arguments.settings.verbose);
    let done = match arguments.command {
        Some(command) => run(&arguments.settings, command, console),
        None => {
            let settings = &arguments.settings;
            let library = settings.device.as_deref().map(|device| settings.library(device));
            proof::run(library, console)
        }
    };
    match done {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Damaged) => ExitCode::from(1),
        Ok(Outcome::Incomplete) => ExitCode::from(3),
        Err(failure) => {
            Console::new(false).complain(&failure);
            ExitCode::from(1)
        }
    }
}

fn run(settings: &Settings, command: Command, console: Console) -> Result<Outcome> {
    let home = Home::open(&home_path(settings)?)?;
    let hardware = match &settings.device {
        Some(device) => settings.library(device),
        None => Hardware::Simulated(Layout {
            tapes: settings.tapes,
            bytes_per_tape: settings.tape_size << 20,
        }),
    };
    let tapes = Tapes::open(&home, &hardware)?;
    tapes.settle(&home.store, &console)?;
    let mut backup = Backup { home, tapes, console };
    match command {
        Command::Create { path } => backup.create(&path, &[]),
        Command::Restore { id, destination } => backup.restore(id, &destination),
        Command::Verify { id } => backup.verify(id),
        Command::List => backup.list(),
        Command::Prune { id, keep } => backup.prune(id, keep),
    }
}

fn home_path(settings: &Settings) -> Result<PathBuf> {
    if let Some(home) = &settings.home {
        return Ok(home.clone());
    }
    let user = std::env::home_dir().ok_or_else(|| {
        Failure::new("there is no home directory").advise("name a place with --home")
    })?;
    Ok(user.join(".rsm-backup"))
}
