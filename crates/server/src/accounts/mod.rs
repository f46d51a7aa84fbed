//! Accounts: who may use the service, and how people log in.

mod erase;
mod login;
mod password;
mod settings;
pub(crate) mod sweep;

pub(crate) use erase::erase_user;
pub(crate) use login::{
    begin_session, check_password, count_registration, hash_password, unix_millis_after,
};
pub use password::{InvalidPassword, Password};
pub use settings::{AuthMode, AuthSettings, RegistrationMode};
