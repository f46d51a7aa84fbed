use std::sync::Arc;

use letscode_model::ClientAddress;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::address_limit::{AddressLimit, AddressShare};
use crate::error::ApiError;

/// Packages that are received, imported or packed at the same time.
const MAX_UPLOADS: usize = 3;

/// Bounds the packages that are worked on at the same time: one of each address, and few of all.
pub(crate) struct UploadSlots {
    all: Arc<Semaphore>,
    addresses: Arc<AddressLimit>,
}

/// A place for one package.
pub(crate) struct UploadSlot {
    _permit: OwnedSemaphorePermit,
    _share: AddressShare,
}

impl Default for UploadSlots {
    fn default() -> Self {
        UploadSlots {
            all: Arc::new(Semaphore::new(MAX_UPLOADS)),
            addresses: AddressLimit::new(1),
        }
    }
}

impl UploadSlots {
    pub fn take(&self, address: Option<ClientAddress>) -> Result<UploadSlot, ApiError> {
        let share = self.addresses.take(address, 1);
        let share = share.ok_or(ApiError::TooManyUploads)?;
        let permit = self.all.clone().try_acquire_owned();
        let busy = "as many packages are worked on as the service allows; try again later";
        Ok(UploadSlot {
            _permit: permit.map_err(|_| ApiError::Overloaded(busy))?,
            _share: share,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn an_address_has_one_upload_and_all_have_few() {
        let address = |last: u8| Some(ClientAddress::from(IpAddr::from([192, 0, 2, last])));
        let slots = UploadSlots::default();
        let first = slots.take(address(1)).unwrap();
        assert_eq!(slots.take(address(1)).err(), Some(ApiError::TooManyUploads));
        let more = [
            slots.take(address(2)).unwrap(),
            slots.take(address(3)).unwrap(),
        ];
        let refused = slots.take(address(4)).err();
        assert!(matches!(refused, Some(ApiError::Overloaded(_))));
        drop((first, more));
        assert!(slots.take(address(1)).is_ok());
    }
}
