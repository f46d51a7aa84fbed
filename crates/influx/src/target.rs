use std::fmt;
use std::str::FromStr;

use ureq::http::{HeaderValue, Uri};

use crate::TargetError;

/// Address of an InfluxDB. Its query says which version it is: `?db=NAME` is version 1,
/// `?org=NAME&bucket=NAME` version 2. The path may be left out.
#[derive(Clone)]
pub struct InfluxTarget {
    uri: Uri,
    authorization: Option<HeaderValue>,
}

impl InfluxTarget {
    /// `Authorization: Token …`, as version 2 needs it; version 1.8 takes `USER:PASSWORD`.
    pub fn with_token(mut self, token: &str) -> Result<Self, TargetError> {
        let mut value =
            HeaderValue::try_from(format!("Token {token}")).map_err(|_| TargetError::Token)?;
        value.set_sensitive(true);
        self.authorization = Some(value);
        Ok(self)
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.authorization.as_ref()
    }
}

impl FromStr for InfluxTarget {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let invalid = |error: ureq::http::Error| TargetError::Invalid(error.to_string());
        if !["http://", "https://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
        {
            return Err(TargetError::Scheme);
        }
        let uri = Uri::try_from(text).map_err(|error| invalid(error.into()))?;
        if uri
            .authority()
            .is_some_and(|host| host.as_str().contains('@'))
        {
            return Err(TargetError::Password);
        }
        let query = uri.query().unwrap_or_default();
        let has = |key: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.any(|(name, value)| name == key && !value.is_empty())
        };
        if has("precision") {
            return Err(TargetError::Precision);
        }
        let default_path = match (has("db"), has("bucket")) {
            (true, true) => return Err(TargetError::Ambiguous),
            (false, false) => return Err(TargetError::NoDatabase),
            (true, false) => "/write",
            (false, true) => "/api/v2/write",
        };
        let path = match uri.path() {
            "" | "/" => default_path,
            path => path,
        };
        let whole = format!("{path}?{query}");
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(whole.parse().map_err(|_| TargetError::NoDatabase)?);
        let uri = Uri::from_parts(parts).map_err(|error| invalid(error.into()))?;
        Ok(InfluxTarget {
            uri,
            authorization: None,
        })
    }
}

/// Without the query, in which InfluxDB 1 takes passwords.
impl fmt::Display for InfluxTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let host = self.uri.authority().map_or("", |host| host.as_str());
        write!(f, "{scheme}://{host}{}", self.uri.path())
    }
}

impl fmt::Debug for InfluxTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InfluxTarget({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Result<String, TargetError> {
        text.parse()
            .map(|target: InfluxTarget| target.uri.to_string())
    }

    #[test]
    fn the_query_names_the_version() {
        let cases = [
            ("http://db:8086?db=a", "http://db:8086/write?db=a"),
            (
                "http://db:8086/?db=a&u=x&p=y",
                "http://db:8086/write?db=a&u=x&p=y",
            ),
            ("http://db:8086/write?db=a", "http://db:8086/write?db=a"),
            (
                "http://db:8086/behind/write?db=a",
                "http://db:8086/behind/write?db=a",
            ),
            (
                "https://db?org=us&bucket=a%20b",
                "https://db/api/v2/write?org=us&bucket=a%20b",
            ),
            (
                "http://[::1]:8086/api/v2/write?bucket=a",
                "http://[::1]:8086/api/v2/write?bucket=a",
            ),
        ];
        for (text, whole) in cases {
            assert_eq!(uri(text).as_deref(), Ok(whole), "{text}");
        }
    }

    #[test]
    fn invalid_addresses_are_named() {
        let cases = [
            ("influx:8086?db=a", TargetError::Scheme),
            ("/write?db=a", TargetError::Scheme),
            ("ftp://db?db=a", TargetError::Scheme),
            ("http://me:secret@db?db=a", TargetError::Password),
            ("http://db:8086", TargetError::NoDatabase),
            ("http://db:8086?db=", TargetError::NoDatabase),
            ("http://db:8086?org=us", TargetError::NoDatabase),
            ("http://db?db=a&bucket=b", TargetError::Ambiguous),
            ("http://db?db=a&precision=s", TargetError::Precision),
        ];
        for (text, error) in cases {
            assert_eq!(uri(text), Err(error), "{text}");
        }
        assert!(matches!(uri("http://a b"), Err(TargetError::Invalid(_))));
        let target: InfluxTarget = "http://db?db=a".parse().unwrap();
        assert_eq!(target.with_token("a\nb").err(), Some(TargetError::Token));
    }

    #[test]
    fn no_secret_is_printed() {
        let target: InfluxTarget = "http://db?db=a&u=me&p=secret".parse().unwrap();
        let target = target.with_token("secret").unwrap();
        let printed = format!("{target} {target:?} {:?}", target.authorization());
        assert!(printed.contains("http://db/write"), "{printed}");
        assert!(!printed.contains("secret"), "{printed}");
    }
}
