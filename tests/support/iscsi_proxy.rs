//! A way to an iSCSI target that can be cut at a chosen place, and that counts commands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]
#![allow(dead_code)]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

/// Where the way is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// After a command with this operation code was carried out, before its answer.
    BeforeAnswer(u8),
    /// After so many bytes of the answer's data to a command with this operation code.
    WithinData(u8, usize),
}

#[derive(Default)]
struct Watch {
    commands: Vec<u8>,
    cut: Option<Cut>,
    /// The target gets another command instead of these, which it does not know.
    unknown: Option<u8>,
    /// The last command that went to the target.
    last: u8,
}

/// A way to a target, open until the test ends.
pub struct Proxy {
    port: u16,
    watch: Arc<Mutex<Watch>>,
}

impl Proxy {
    /// A way to a port on this host.
    pub fn to(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let watch = Arc::new(Mutex::new(Watch::default()));
        let seen = Arc::clone(&watch);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                carry(&client, &server, &seen, to_target);
                carry(&server, &client, &seen, to_client);
            }
        });
        Self { port, watch }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Cuts the way once.
    pub fn cut(&self, cut: Cut) {
        self.watch.lock().cut = Some(cut);
    }

    /// From now on the target does not know commands with this operation code.
    pub fn forbid(&self, operation: u8) {
        self.watch.lock().unknown = Some(operation);
    }

    /// How often a command with this operation code went by.
    pub fn count(&self, operation: u8) -> usize {
        self.watch.lock().commands.iter().filter(|&&command| command == operation).count()
    }
}

type Look = fn(&Mutex<Watch>, &mut [u8]) -> Verdict;

enum Verdict {
    Pass,
    /// It does not go, nor anything after it, either way.
    Cut,
    /// The header goes, and so many bytes of the data.
    Part(usize),
}

fn carry(from: &TcpStream, to: &TcpStream, watch: &Arc<Mutex<Watch>>, look: Look) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    to.set_nodelay(true).unwrap();
    let watch = Arc::clone(watch);
    thread::spawn(move || {
        let _end = pass(&mut from, &mut to, &watch, look);
        let _closed = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}

fn pass(
    from: &mut TcpStream,
    to: &mut TcpStream,
    watch: &Mutex<Watch>,
    look: Look,
) -> io::Result<()> {
    loop {
        let mut header = [0; 48];
        from.read_exact(&mut header)?;
        let extra = usize::from(header[4]) * 4;
        let data = u32::from_be_bytes([0, header[5], header[6], header[7]]) as usize;
        let mut rest = vec![0; extra + data.next_multiple_of(4)];
        from.read_exact(&mut rest)?;
        let part = match look(watch, &mut header) {
            Verdict::Pass => rest.len(),
            Verdict::Part(part) => part.min(rest.len()),
            Verdict::Cut => return Ok(()),
        };
        to.write_all(&header)?;
        to.write_all(&rest[..part])?;
        if part < rest.len() {
            return Ok(());
        }
    }
}

fn to_target(watch: &Mutex<Watch>, header: &mut [u8]) -> Verdict {
    const COMMAND: u8 = 0x01;
    const UNKNOWN: u8 = 0xC9;

    let mut watch = watch.lock();
    if header[0] & 0x3F == COMMAND {
        watch.last = header[32];
        watch.commands.push(header[32]);
        if watch.unknown == Some(header[32]) {
            header[32] = UNKNOWN;
        }
    }
    Verdict::Pass
}

fn to_client(watch: &Mutex<Watch>, header: &mut [u8]) -> Verdict {
    const RESPONSE: u8 = 0x21;
    const DATA: u8 = 0x25;

    let mut watch = watch.lock();
    let verdict = match (watch.cut, header[0] & 0x3F) {
        // The answer shows that the target carried the command out; it is dropped on the way.
        (Some(Cut::BeforeAnswer(operation)), RESPONSE | DATA) if operation == watch.last => {
            Verdict::Cut
        }
        (Some(Cut::WithinData(operation, part)), DATA) if operation == watch.last => {
            Verdict::Part(part)
        }
        _ => return Verdict::Pass,
    };
    watch.cut = None;
    verdict
}
