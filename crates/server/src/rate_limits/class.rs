use axum::http::Method;
use strum::{Display, EnumString};

use crate::oidc::CALLBACK_PATH;

/// Requests that are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString)]
#[strum(serialize_all = "kebab-case")]
pub enum RateClass {
    /// Programs that are run.
    Run,
    /// Submissions, and packages of problems.
    Submit,
    /// Everything else of the API, streams and what the page sends while somebody types included.
    Read,
    /// Log-ins and registrations.
    LogIn,
}

impl RateClass {
    /// Returns the class of a request by its address; `None` for the page's files.
    pub(super) fn of_request(method: &Method, path: &str) -> Option<RateClass> {
        let is_write = [Method::POST, Method::PUT].contains(method);
        let Some(call) = path.strip_prefix("/api/") else {
            return match path {
                "/ws" => Some(RateClass::Read),
                CALLBACK_PATH => Some(RateClass::LogIn),
                _ => None,
            };
        };
        Some(match call.split('/').next().unwrap_or_default() {
            "auth" if is_write => RateClass::LogIn,
            "submit" | "problems" | "submission" if is_write => RateClass::Submit,
            "run" | "test" if is_write => RateClass::Run,
            _ => RateClass::Read,
        })
    }

    /// Returns the class of a request to another service's API.
    pub(super) fn of_adapter_request(method: &Method) -> RateClass {
        if [Method::POST, Method::PUT].contains(method) {
            RateClass::Run
        } else {
            RateClass::Read
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_classed_by_what_they_cost() {
        let class = |method, path| RateClass::of_request(&method, path);
        assert_eq!(class(Method::POST, "/api/run/batch"), Some(RateClass::Run));
        assert_eq!(class(Method::POST, "/api/test"), Some(RateClass::Run));
        assert_eq!(class(Method::DELETE, "/api/run/1"), Some(RateClass::Read));
        assert_eq!(class(Method::POST, "/api/submit"), Some(RateClass::Submit));
        assert_eq!(
            class(Method::PUT, "/api/problems/a"),
            Some(RateClass::Submit)
        );
        assert_eq!(class(Method::GET, "/api/problems/a"), Some(RateClass::Read));
        assert_eq!(class(Method::POST, "/api/hints"), Some(RateClass::Read));
        assert_eq!(
            class(Method::POST, "/api/auth/login"),
            Some(RateClass::LogIn)
        );
        assert_eq!(class(Method::GET, "/ws"), Some(RateClass::Read));
        assert_eq!(class(Method::GET, CALLBACK_PATH), Some(RateClass::LogIn));
        assert_eq!(class(Method::GET, "/assets/index.js"), None);
    }
}
