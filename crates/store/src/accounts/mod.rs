//! Accounts, sessions, API keys, and what the store has of one user.
//!
//! Both databases understand the same statements here, so each trait is written once and implemented
//! for both stores by `for_both_stores`.

mod access;
mod attempts;
mod browsers;
mod history;
mod identities;
mod keys;
mod people;
mod sessions;

pub use access::{AccessStore, MAX_LINKS};
pub use attempts::{AttemptLimit, AttemptStore};
pub use browsers::BrowserStore;
pub use history::{ErasedUser, HistoryStore, LanguageCount, MAX_CLAIMS, UserProfile};
pub use identities::{IdentityStore, MAX_IDENTITIES, UnlinkedIdentity};
pub use keys::{KeyStore, MAX_KEYS, NewKey};
pub use people::{AccountPage, AccountStore, NewAccount, NewRegistration};
pub use sessions::{NewSession, PendingLogin, SessionStore};
