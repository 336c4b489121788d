//! The rows of changer types and drive types: one for each vendor and product.

use super::Store;
use super::facts::Model;
use crate::catalog::DeviceTypeRow;
use crate::error::Result;

impl Store<'_, '_> {
    /// What is attached for the first time gets a row. What a device says itself counts more than
    /// what was supposed of one that did not answer.
    pub(super) fn store_models(&self, models: &[Model]) -> Result<()> {
        models.iter().try_for_each(|model| self.store_model(model))
    }

    fn store_model(&self, model: &Model) -> Result<()> {
        let known = self.on.find_device_type(model.kind, &model.vendor, &model.product)?;
        match known {
            None => self.on.insert_device_type(&DeviceTypeRow {
                key: 0,
                id: self.ids.fresh(),
                kind: model.kind,
                vendor: model.vendor.clone(),
                product: model.product.clone(),
                device_type: model.device_type,
                description: String::new(),
                created: self.now,
                modified: self.now,
            }),
            Some(row) if model.is_certain && row.device_type != model.device_type => {
                let row = DeviceTypeRow { device_type: model.device_type, ..row };
                self.on.set_device_type(&row, self.now)
            }
            Some(_) => Ok(()),
        }
    }
}
