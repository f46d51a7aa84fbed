//! Log-ins at an OpenID provider: the authorization code flow with PKCE.
//!
//! A log-in begins with [`OidcProvider::begin`], which sends the browser to the provider, and ends with
//! [`OidcProvider::redeem`], when it has come back with a code. `provider` knows what the provider has
//! published; `client` is the only place that speaks with it, within bounds of time and size. What the
//! proven identity may do here is decided by `accounts/sign_in.rs`.

mod client;
mod identity;
mod names;
mod provider;
mod settings;

pub(crate) use identity::{LoginFailure, LoginSecrets, ProvenIdentity};
pub(crate) use names::{numbered_name, suggested_name};
pub(crate) use provider::OidcProvider;
pub(crate) use settings::CALLBACK_PATH;
pub use settings::{InvalidOidcSettings, OidcSecret, OidcSettings};
