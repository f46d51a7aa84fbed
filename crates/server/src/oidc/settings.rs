use std::fmt;
use std::time::Duration;

use openidconnect::url::{Host, Url};
use openidconnect::{IssuerUrl, RedirectUrl};

/// Path that the provider sends browsers back to.
pub(crate) const CALLBACK_PATH: &str = "/login/callback";

/// The secret that the provider knows the service by.
#[derive(Clone)]
pub struct OidcSecret(pub(super) String);

impl OidcSecret {
    pub fn new(secret: String) -> Self {
        OidcSecret(secret)
    }
}

impl fmt::Debug for OidcSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OidcSecret(…)")
    }
}

/// An OpenID provider, and what it knows the service by.
#[derive(Debug, Clone)]
pub struct OidcSettings {
    pub(super) issuer: IssuerUrl,
    pub(super) client_id: String,
    pub(super) client_secret: Option<OidcSecret>,
    pub(super) redirect: RedirectUrl,
    /// Name of the provider, on the page's button.
    pub name: String,
    /// Time for one answer of the provider.
    pub timeout: Duration,
    /// Shortest time between two times that the provider's keys are fetched.
    pub refetch_interval: Duration,
}

/// Settings of a provider that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOidcSettings {
    #[error("`{0}` is not the https URL of a provider, such as https://login.example")]
    Issuer(String),
    #[error("`{0}` is not the URL of a service without a path, such as https://judge.example")]
    PublicUrl(String),
}

impl OidcSettings {
    const TIMEOUT: Duration = Duration::from_secs(10);
    const REFETCH_INTERVAL: Duration = Duration::from_secs(10);

    /// Checks the URLs: they are https, or of this machine. `public_url`: where browsers find the service.
    pub fn new(
        issuer: &str,
        public_url: &str,
        client_id: String,
        client_secret: Option<OidcSecret>,
        name: String,
    ) -> Result<Self, InvalidOidcSettings> {
        let no_issuer = || InvalidOidcSettings::Issuer(issuer.to_owned());
        let no_url = || InvalidOidcSettings::PublicUrl(public_url.to_owned());
        let parsed = Url::parse(issuer).ok().filter(is_safe);
        let parsed = parsed.filter(|url| url.query().is_none() && url.fragment().is_none());
        parsed.ok_or_else(no_issuer)?;
        let public = Url::parse(public_url).ok().filter(is_safe);
        let public = public.filter(|url| url.path() == "/" && url.query().is_none());
        let redirect = public.and_then(|url| url.join(CALLBACK_PATH).ok());
        Ok(OidcSettings {
            issuer: IssuerUrl::new(issuer.to_owned()).map_err(|_| no_issuer())?,
            client_id,
            client_secret,
            redirect: RedirectUrl::from_url(redirect.ok_or_else(no_url)?),
            name,
            timeout: Self::TIMEOUT,
            refetch_interval: Self::REFETCH_INTERVAL,
        })
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the address that the provider has to allow.
    pub fn redirect_url(&self) -> &str {
        &self.redirect
    }
}

/// True for https without a user name, and for http on this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_encrypted = url.scheme() == "https" && url.has_host();
    let has_login = !url.username().is_empty() || url.password().is_some();
    (is_encrypted || url.scheme() == "http" && is_loopback) && !has_login
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, public_url: &str) -> Result<OidcSettings, InvalidOidcSettings> {
        let (id, name) = ("judge".to_owned(), "School".to_owned());
        OidcSettings::new(issuer, public_url, id, None, name)
    }

    #[test]
    fn providers_are_reached_by_https_alone() {
        let public = "https://judge.example";
        for issuer in [
            "https://login.example",
            "https://login.example/realms/school",
            "http://127.0.0.1:8080",
            "http://localhost:8080/",
        ] {
            assert!(settings(issuer, public).is_ok(), "{issuer}");
        }
        for issuer in [
            "",
            "login.example",
            "http://login.example",
            "http://127.0.0.1.example",
            "ftp://login.example",
            "file:///etc/passwd",
            "https://user:secret@login.example",
            "https://login.example?x=1",
            "https://login.example#x",
        ] {
            let refused = settings(issuer, public).unwrap_err();
            assert_eq!(refused, InvalidOidcSettings::Issuer(issuer.to_owned()));
        }
    }

    #[test]
    fn browsers_come_back_to_the_public_url() {
        let login = "https://login.example";
        for url in ["https://judge.example", "https://judge.example/"] {
            let redirect = "https://judge.example/login/callback";
            assert_eq!(settings(login, url).unwrap().redirect_url(), redirect);
        }
        for url in [
            "",
            "judge.example",
            "http://judge.example",
            "https://judge.example/x",
        ] {
            assert!(settings(login, url).is_err(), "{url}");
        }
    }
}
