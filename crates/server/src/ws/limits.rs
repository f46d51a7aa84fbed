use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use letscode_model::UserId;

use crate::address_limit::{AddressLimit, AddressShare};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::{ServerSettings, metrics};

/// Counts and limits the open sockets, in total, for each user and for each address.
pub(crate) struct SocketLimits {
    max: usize,
    max_per_user: usize,
    addresses: Arc<AddressLimit>,
    max_per_address: usize,
    open: Mutex<OpenSockets>,
    /// Notified when a socket ends.
    ended: tokio::sync::Notify,
}

#[derive(Default)]
struct OpenSockets {
    total: usize,
    by_user: HashMap<UserId, usize>,
}

impl SocketLimits {
    pub fn new(settings: &ServerSettings) -> Self {
        SocketLimits {
            max: settings.max_sockets,
            max_per_user: settings.max_sockets_per_user,
            addresses: AddressLimit::new(settings.max_sockets_per_address),
            max_per_address: settings.max_sockets_per_address,
            open: Mutex::default(),
            ended: tokio::sync::Notify::new(),
        }
    }

    pub fn open(self: Arc<Self>, caller: &Caller) -> Result<SocketSlot, ApiError> {
        // Whoever has no name of their own, as a holder of a link, is counted by address alone.
        let user = caller.counted_user();
        let share = self.addresses.take(caller.address(), 1);
        let share = share.ok_or(ApiError::TooManySocketsOfAddress(self.max_per_address))?;
        {
            let mut open = self.lock();
            let of_user = |user| open.by_user.get(user).copied().unwrap_or(0);
            let user_count = user.map_or(0, of_user);
            if open.total >= self.max {
                return Err(ApiError::Overloaded("too many WebSockets are open"));
            }
            if user_count >= self.max_per_user {
                return Err(ApiError::TooManySockets(self.max_per_user));
            }
            open.total += 1;
            if let Some(user) = user {
                open.by_user.insert(user.clone(), user_count + 1);
            }
        }
        metrics::socket_opened();
        Ok(SocketSlot {
            limits: self,
            user: user.cloned(),
            _share: share,
        })
    }

    /// Returns when no socket is open.
    pub async fn all_ended(&self) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            if self.lock().total == 0 {
                return;
            }
            ended.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, OpenSockets> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open socket; dropping it makes room for another.
pub(crate) struct SocketSlot {
    limits: Arc<SocketLimits>,
    user: Option<UserId>,
    _share: AddressShare,
}

impl Drop for SocketSlot {
    fn drop(&mut self) {
        let mut open = self.limits.lock();
        open.total -= 1;
        if let Some(user) = &self.user
            && let Some(count) = open.by_user.get_mut(user)
        {
            *count -= 1;
            if *count == 0 {
                open.by_user.remove(user);
            }
        }
        drop(open);
        metrics::socket_ended();
        self.limits.ended.notify_waiters();
    }
}
