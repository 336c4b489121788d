//! A changer that answers as it should, but for what a test wants otherwise. For `scripted`.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rsm::device::scsi::{Completion, Data, Status, TransportError};

use crate::scripted::fixed_sense;

/// The first address of a kind, and how many there are.
pub type Elements = (u16, u16);

/// What lies somewhere: its bar code, and where it came from.
type Cartridge = (String, Option<u16>);

#[derive(Clone, Debug)]
pub struct Model {
    pub device_type: u8,
    pub vendor: &'static str,
    pub product: &'static str,
    pub serial: &'static str,
    pub transports: Elements,
    pub slots: Elements,
    pub ports: Elements,
    pub drives: Elements,
    /// The serial numbers of the drives, where it tells them.
    pub serials: Vec<&'static str>,
    pub rotates: bool,
    pub says_reader: bool,
    pub bar_codes: bool,
    /// More elements do not come at once.
    pub most: u16,
    /// And are refused, instead of being left out.
    pub refuses_more: bool,
    pub takes_identifiers: bool,
    pub tells_access: bool,
    pub open_port: Option<u16>,
    /// Every answer about elements is so much shorter than it says.
    pub short: usize,
    pub contents: Arc<Mutex<BTreeMap<u16, Cartridge>>>,
}

impl Default for Model {
    fn default() -> Self {
        let contents = [(0x400, ("A00000".to_owned(), None)), (0x401, ("A00001".to_owned(), None))];
        Self {
            device_type: 8,
            vendor: "ACME",
            product: "Library",
            serial: "LIB0001",
            transports: (1, 1),
            slots: (0x400, 20),
            ports: (0x10, 2),
            drives: (0x100, 4),
            serials: Vec::new(),
            rotates: false,
            says_reader: true,
            bar_codes: true,
            most: u16::MAX,
            refuses_more: false,
            takes_identifiers: true,
            tells_access: true,
            open_port: None,
            short: 0,
            contents: Arc::new(Mutex::new(contents.into())),
        }
    }
}

impl Model {
    /// Plays it.
    pub fn device(
        &self,
    ) -> impl Fn(&[u8], &mut Data<'_>) -> Result<Completion, TransportError> + Send + Sync + 'static
    {
        let model = self.clone();
        move |command, data| {
            let answer = match model.answer(command) {
                Ok(answer) => answer,
                Err((key, code, qualifier)) => {
                    let sense = fixed_sense(key, code, qualifier);
                    let status = Status::CHECK_CONDITION;
                    return Ok(Completion { status, sense, transferred: 0 });
                }
            };
            let Data::In(buffer) = data else { return Ok(Completion::good(0)) };
            let length = answer.len().min(buffer.len());
            buffer[..length].copy_from_slice(&answer[..length]);
            Ok(Completion::good(length))
        }
    }

    fn answer(&self, command: &[u8]) -> Result<Vec<u8>, (u8, u8, u8)> {
        match (command[0], command[1], command[2]) {
            (0x12, 0, _) => Ok(self.inquiry()),
            (0x12, 1, 0x80) => Ok(self.page(0x80, self.serial.as_bytes())),
            (0x1A, _, page) => self.mode(page),
            (0xB8, ..) => self.status(command),
            (0xA5, ..) => self.carry(be16(&command[4..]), be16(&command[6..])),
            (0x00, ..) => Ok(Vec::new()),
            (0x12, ..) => Err((5, 0x24, 0)),
            _ => Err((5, 0x20, 0)),
        }
    }

    fn inquiry(&self) -> Vec<u8> {
        let mut answer = vec![self.device_type, 0x80, 5, 2, 31, 0, 0, 0];
        answer.extend(padded(self.vendor, 8));
        answer.extend(padded(self.product, 16));
        answer.extend(b"0001");
        answer
    }

    fn page(&self, code: u8, body: &[u8]) -> Vec<u8> {
        let mut page = vec![self.device_type, code, 0, u8::try_from(body.len()).unwrap()];
        page.extend(body);
        page
    }

    fn mode(&self, code: u8) -> Result<Vec<u8>, (u8, u8, u8)> {
        let all = [self.transports, self.slots, self.ports, self.drives];
        let body = match code {
            0x1D => {
                let numbers = all.iter().flat_map(|(first, count)| [*first, *count]);
                let mut body: Vec<u8> = numbers.flat_map(u16::to_be_bytes).collect();
                body.extend([0, 0]);
                body
            }
            0x1E => vec![u8::from(self.rotates), 0],
            0x1F => {
                let mut body = vec![0x0F, u8::from(self.says_reader), 0x0F, 0x0F, 0x0F, 0x0F];
                body.resize(18, 0);
                body
            }
            _ => return Err((5, 0x24, 0)),
        };
        let length = u8::try_from(body.len()).unwrap();
        let mut answer = vec![length + 5, 0, 0, 0, code, length];
        answer.extend(body);
        Ok(answer)
    }

    fn carry(&self, from: u16, to: u16) -> Result<Vec<u8>, (u8, u8, u8)> {
        let mut contents = self.contents.lock();
        if contents.contains_key(&to) {
            return Err((5, 0x3B, 0x0D));
        }
        let (code, _) = contents.remove(&from).ok_or((5, 0x3B, 0x0E))?;
        contents.insert(to, (code, Some(from)));
        Ok(Vec::new())
    }

    fn status(&self, command: &[u8]) -> Result<Vec<u8>, (u8, u8, u8)> {
        let kind = command[1] & 0x0F;
        let (tags, identifiers) = (command[1] & 0x10 != 0, command[6] & 1 != 0);
        let (from, count) = (be16(&command[2..]), be16(&command[4..]));
        if count > self.most && self.refuses_more || identifiers && !self.takes_identifiers {
            return Err((5, 0x24, 0));
        }
        let (first, elements) = match kind {
            1 => self.transports,
            2 => self.slots,
            3 => self.ports,
            4 => self.drives,
            _ => return Err((5, 0x24, 0)),
        };
        let behind = u32::from(first) + u32::from(elements);
        let wanted = (u32::from(first.max(from))..behind)
            .filter_map(|address| u16::try_from(address).ok())
            .take(count.min(self.most).into());
        let told: Vec<Vec<u8>> = wanted
            .map(|address| self.descriptor(kind, address, address - first, tags, identifiers))
            .collect();
        let mut report = report(kind, u8::from(tags) << 7, &told);
        report.truncate(report.len() - self.short.min(report.len()));
        Ok(report)
    }

    fn descriptor(&self, kind: u8, address: u16, index: u16, tags: bool, ids: bool) -> Vec<u8> {
        let contents = self.contents.lock();
        let content = contents.get(&address);
        let is_open = self.open_port == Some(address) || !self.tells_access;
        let mut flags = u8::from(content.is_some());
        if kind != 1 && !is_open {
            flags |= 0x08;
        }
        if kind == 3 && self.tells_access {
            flags |= 0x30;
        }
        let source = content.and_then(|(_, source)| *source);
        let [high, low] = address.to_be_bytes();
        let [from, where_] = source.unwrap_or_default().to_be_bytes();
        let valid = u8::from(source.is_some()) << 7;
        let mut told = vec![high, low, flags, 0, 0, 0, 0, 0, 0, valid, from, where_];
        if tags {
            let code = content.filter(|_| self.bar_codes).map_or("", |(code, _)| code);
            told.extend(padded(code, 32));
            told.extend([0; 4]);
        }
        match self.serials.get(usize::from(index)) {
            Some(serial) if kind == 4 && ids => {
                told.extend([2, 1, 0, 34]);
                told.extend(padded("ACME", 8));
                told.extend(padded("Drive", 16));
                told.extend(padded(serial, 10));
            }
            _ => told.extend([0; 4]),
        }
        told
    }
}

fn report(kind: u8, flags: u8, told: &[Vec<u8>]) -> Vec<u8> {
    let stride = told.first().map_or(0, Vec::len);
    let length = u32::try_from(stride * told.len()).unwrap();
    let [_, a, b, c] = (length + 8).to_be_bytes();
    let [_, d, e, f] = length.to_be_bytes();
    let [g, h] = u16::try_from(stride).unwrap().to_be_bytes();
    let [i, j] = u16::try_from(told.len()).unwrap().to_be_bytes();
    if told.is_empty() {
        return vec![0; 8];
    }
    let mut answer = vec![0, 0, i, j, 0, a, b, c, kind, flags, g, h, 0, d, e, f];
    answer.extend(told.concat());
    answer
}

fn padded(text: &str, length: usize) -> Vec<u8> {
    let mut field = text.as_bytes().to_vec();
    field.resize(length, b' ');
    field
}

fn be16(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}
