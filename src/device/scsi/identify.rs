//! Who a unit is.

use super::Unit;
use super::command::primary;
use super::reply::inquiry::{self, Designator, Inquiry};
use crate::device::{DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Refusal};

/// Old devices know no longer answers than this.
const ALLOCATION: u16 = 255;

impl Unit {
    /// Who it is: INQUIRY, and its serial number from VPD page 80h or, without one, 83h.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] for a device of a kind this crate has no use for.
    /// [`Gone`](DeviceErrorKind::Gone) where the unit is not there. Otherwise what keeps it from
    /// answering; a device that has no serial number is no error.
    pub fn identity(&self) -> DeviceResult<DeviceIdentity> {
        let inquiry = self.inquiry()?;
        let class = inquiry.class().ok_or_else(|| no_use(&inquiry))?;
        Ok(DeviceIdentity {
            serial: self.serial(&inquiry)?,
            vendor: inquiry.vendor,
            product: inquiry.product,
            revision: inquiry.revision,
            device_name: self.transport().name(),
            class,
            address: self.transport().address(),
        })
    }

    /// The standard INQUIRY data.
    ///
    /// # Errors
    /// As [`run`](Self::run); [`OutcomeUnknown`](DeviceErrorKind::OutcomeUnknown) for an answer that
    /// cannot be read.
    pub fn inquiry(&self) -> DeviceResult<Inquiry> {
        Ok(Inquiry::read(&self.answer(&primary::inquiry(ALLOCATION), ALLOCATION.into())?)?)
    }

    fn serial(&self, inquiry: &Inquiry) -> DeviceResult<String> {
        let number = self.page(0x80)?.map(|page| inquiry::serial_number(&page));
        if let Some(Ok(number)) = number
            && !number.is_empty()
        {
            return Ok(number);
        }
        let designators = self.page(0x83)?.map(|page| inquiry::designators(&page));
        let Some(Ok(designators)) = designators else { return Ok(String::new()) };
        Ok(serial_among(&designators, inquiry).unwrap_or_default())
    }

    /// A page of vital product data; `None` where the device has no such page.
    fn page(&self, code: u8) -> DeviceResult<Option<Vec<u8>>> {
        match self.answer(&primary::inquiry_vpd(code, ALLOCATION), ALLOCATION.into()) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if matches!(error.kind(), DeviceErrorKind::Refused(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What tells the unit from others: the number behind vendor and product in the name with the
/// vendor's name, otherwise the world-wide name.
fn serial_among(designators: &[Designator], inquiry: &Inquiry) -> Option<String> {
    let of_unit =
        |kind: u8| designators.iter().find(move |one| one.association == 0 && one.kind == kind);
    let named = of_unit(1).map(|name| number_in(&name.text(), inquiry));
    let world_wide = || of_unit(3).or_else(|| of_unit(2)).map(Designator::text);
    named.filter(|number| !number.is_empty()).or_else(world_wide)
}

/// A name without the vendor and the product it begins with.
fn number_in(name: &str, inquiry: &Inquiry) -> String {
    let rest = name.strip_prefix(&inquiry.vendor).unwrap_or(name).trim_start();
    rest.strip_prefix(&inquiry.product).unwrap_or(rest).trim().to_owned()
}

fn no_use(inquiry: &Inquiry) -> DeviceError {
    if inquiry.qualifier != 0 {
        return DeviceError::new(DeviceErrorKind::Gone, "there is no such unit");
    }
    let reason = format!("a device of type {:02X}h is of no use here", inquiry.device_type);
    DeviceError::refused(Refusal::Unsupported, reason)
}
