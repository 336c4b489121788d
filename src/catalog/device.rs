//! What is stored of changers and drives alike.

use rusqlite::{Row, ToSql, types::ToSqlOutput};

use crate::model::ScsiAddress;

/// What a device says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeviceFacts {
    pub(crate) vendor: String,
    pub(crate) product: String,
    pub(crate) revision: String,
    pub(crate) serial: String,
    pub(crate) device_name: String,
    pub(crate) scsi: ScsiAddress,
}

impl DeviceFacts {
    /// Whether both are of one make and model, and neither has a serial number.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.serial.is_empty()
            && other.serial.is_empty()
            && (&self.vendor, &self.product) == (&other.vendor, &other.product)
    }

    /// The columns vendor, product, revision, serial, device_name and scsi, which follow one
    /// another.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let packed: i64 = row.get(first + 5)?;
        let [a, b, c, d, e, f, g, h] = packed.to_be_bytes();
        Ok(Self {
            vendor: row.get(first)?,
            product: row.get(first + 1)?,
            revision: row.get(first + 2)?,
            serial: row.get(first + 3)?,
            device_name: row.get(first + 4)?,
            scsi: ScsiAddress {
                port: u16::from_be_bytes([a, b]),
                bus: u16::from_be_bytes([c, d]),
                target: u16::from_be_bytes([e, f]),
                lun: u16::from_be_bytes([g, h]),
            },
        })
    }
}

/// As the column scsi.
impl ToSql for ScsiAddress {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let [[a, b], [c, d], [e, f], [g, h]] =
            [self.port, self.bus, self.target, self.lun].map(u16::to_be_bytes);
        Ok(i64::from_be_bytes([a, b, c, d, e, f, g, h]).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_reads_back() {
        let connection = rusqlite::Connection::open_in_memory().expect("memory");
        for scsi in [
            ScsiAddress::default(),
            ScsiAddress { port: 1, bus: 2, target: 3, lun: 4 },
            ScsiAddress { port: u16::MAX, bus: u16::MAX, target: 0, lun: u16::MAX },
        ] {
            let sql = "SELECT 'v', 'p', 'r', 's', 'n', ?1";
            let read = connection.query_row(sql, [scsi], |row| DeviceFacts::read(row, 0));
            assert_eq!(read.expect("facts").scsi, scsi);
        }
    }
}
