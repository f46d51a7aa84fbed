//! Accounts: who may use the service, and how people log in.

mod erase;
mod login;
mod password;
mod settings;
mod sign_in;
pub(crate) mod sweep;

pub(crate) use erase::erase_user;
pub(crate) use login::{
    LoginAttempt, begin_session, check_password, confirm_password, count_registration,
    hash_password, known_browser, unix_millis_after,
};
pub use password::{InvalidPassword, Password};
pub use settings::{AuthMode, AuthSettings, RegistrationMode};
pub(crate) use sign_in::{
    LoginPurpose, PendingDetails, account_of_identity, begin_provider_login, link_identity,
    prove_identity, record_registration, take_pending,
};
