//! Callbacks: results that are sent to an address of the client's choice.
//!
//! The address is a stranger's, and this process stands in a network that the stranger doesn't: so
//! names are resolved here, only public addresses are connected to, and redirects are not followed.
//! `target` decides which addresses; `sender` signs, sends and tries again.

mod sender;
mod target;

pub(crate) use sender::CallbackSender;
pub use sender::{CallbackKey, CallbackSettings};
pub(crate) use target::{MAX_URL_BYTES, check_url};
