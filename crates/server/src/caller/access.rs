//! What each route needs in the modes `keys` and `accounts`. A route that is not here is for admins.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use letscode_model::{KeyScope, Role};

use super::identity::Identity;
use crate::AuthMode;
use crate::error::ApiError;

/// The least that a request needs. Whose things it may see or change is decided by its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AccessRule {
    /// Nothing.
    Public,
    /// Nothing, in a service with accounts.
    PublicWithAccounts,
    /// A key with the scope, or anybody who is logged in and has the rights that the scope is for.
    Scope(KeyScope),
    /// As `Scope`, or the secret of a link: the handler checks both.
    ScopeOrLink(KeyScope),
    /// Somebody who is logged in: no key.
    Session,
    Role(Role),
    /// The handler reads the body in any case, and then refuses.
    InHandler,
}

fn access_rule(method: &Method, path: &str) -> AccessRule {
    use AccessRule as A;
    let is_read = [Method::GET, Method::HEAD].contains(method);
    match path {
        "/healthz"
        | "/readyz"
        | "/metrics"
        | "/api/config"
        | "/api/languages"
        | "/api/status"
        | "/api/status/history"
        | "/api/problems/{id}/statement/{file}" => A::Public,
        "/api/problems" | "/api/problems/{id}" if is_read => A::Public,
        "/api/problems/{id}" if method == Method::DELETE => A::Scope(KeyScope::Setter),
        "/api/problems" | "/api/problems/{id}" => A::InHandler,
        "/api/problems/{id}/package"
        | "/api/problems/{id}/submissions"
        | "/api/problems/{id}/rejudge"
        | "/api/submission/{id}/rejudge" => A::Scope(KeyScope::Setter),
        "/api/run" | "/api/run/batch" | "/api/run/{id}" | "/api/test" | "/api/route" => {
            A::Scope(KeyScope::Run)
        }
        "/api/submit" | "/api/hints" => A::Scope(KeyScope::Submit),
        "/api/submission/{id}" if method == Method::DELETE => A::Scope(KeyScope::Submit),
        "/api/submission/{id}/links" => A::Scope(KeyScope::Submit),
        "/api/submission/{id}"
        | "/api/submission/{id}/source"
        | "/api/submission/{id}/events"
        | "/ws" => A::ScopeOrLink(KeyScope::Read),
        "/api/submission/{id}/comparison"
        | "/api/submissions"
        | "/api/users/{name}"
        | "/api/flag" => A::Scope(KeyScope::Read),
        "/api/auth/register" | "/api/auth/login" | "/api/auth/provider" => A::PublicWithAccounts,
        "/api/auth/logout"
        | "/api/auth/logout-everywhere"
        | "/api/auth/password"
        | "/api/account"
        | "/api/account/name"
        | "/api/account/claim"
        | "/api/account/identities"
        | "/api/account/identities/{id}"
        | "/api/account/keys"
        | "/api/account/keys/{id}" => A::Session,
        _ => A::Role(Role::Admin),
    }
}

/// Refuses a request whose sender may not call its route at all.
pub(crate) async fn enforce(request: Request, next: Next) -> Response {
    let identity = Identity::of(request.extensions());
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    let query = request.uri().query().unwrap_or_default();
    let has_link = query.split('&').any(|part| part.starts_with("link="));
    let rule = match access_rule(request.method(), path) {
        AccessRule::ScopeOrLink(_) if has_link => AccessRule::InHandler,
        AccessRule::ScopeOrLink(scope) => AccessRule::Scope(scope),
        rule => rule,
    };
    match check(&identity, rule) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(identity: &Identity, rule: AccessRule) -> Result<(), ApiError> {
    match rule {
        AccessRule::Public | AccessRule::InHandler => Ok(()),
        AccessRule::PublicWithAccounts if identity.mode() == AuthMode::Accounts => Ok(()),
        AccessRule::PublicWithAccounts => Err(ApiError::NoAccounts),
        // In mode `open` handlers check what is for the operator, in an order of their own.
        AccessRule::Scope(_) if identity.is_open() => Ok(()),
        AccessRule::Scope(scope) | AccessRule::ScopeOrLink(scope) => identity.require(scope),
        AccessRule::Session => identity.session_account().map(drop),
        AccessRule::Role(role) => {
            if identity.key().is_some() {
                identity.require(KeyScope::Admin)?;
            }
            identity.require_role(role)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the routes from the document, so that a new one has to be decided about.
    #[test]
    fn each_route_has_a_rule() {
        let document = crate::openapi();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let is_default = access_rule(&method, path) == AccessRule::Role(Role::Admin);
                assert_eq!(
                    is_default,
                    path.starts_with("/api/admin/"),
                    "{method} {path}"
                );
            }
        }
    }
}
