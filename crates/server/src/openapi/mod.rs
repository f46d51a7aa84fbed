//! The OpenAPI document and the routes that it describes: no route is in one and not in the other.
//!
//! Types and handlers describe themselves by derives. What follows from constants and from what all
//! routes share is added to the finished document: bounds, refusals, headers, examples.

mod bounds;
mod examples;
mod headers;
mod operations;
mod refusals;

use letscode_model::RunBounds;
use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::error_response::ErrorBody;
use crate::event_filter::EventKinds;
use crate::ws::{ClientMessage, StreamMessage};
use crate::{AppState, routes, ws};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Let'sCode",
        description = "Runs untrusted code safely and reports what it did. \
            Times are milliseconds, memory is bytes. \
            Every refusal is `application/problem+json` with a stable `type`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    modifiers(&SecuritySchemes),
    components(schemas(ErrorBody, EventKinds, StreamMessage, ClientMessage)),
    tags(
        (name = "submissions", description = "Code that is judged or run"),
        (name = "runs", description = "Programs on tests of your own"),
        (name = "problems", description = "Problems and languages"),
        (name = "stream", description = "Events as they happen"),
        (name = "accounts", description = "Logging in, API keys and profiles"),
        (name = "admin", description = "For admins"),
        (name = "service", description = "State of the service"),
    ),
)]
struct BaseDocument;

/// Describes the tokens that some operations want.
struct SecuritySchemes;

impl Modify for SecuritySchemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some(ADMIN_TOKEN.to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("adminToken", SecurityScheme::Http(scheme));
    }
}

const ADMIN_TOKEN: &str = "The operator's token (`--admin-token-file`). Where none is set, only \
     programs on the server's own machine may call these operations, without one.";

/// Returns the OpenAPI document of a server with the default settings.
pub fn openapi() -> Value {
    complete(&documented_routes().into_openapi(), &RunBounds::default())
}

/// Returns the document as it is served.
pub(crate) fn complete(document: &utoipa::openapi::OpenApi, run_bounds: &RunBounds) -> Value {
    // Texts, numbers and lists always serialise.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    bounds::add(&mut document, run_bounds);
    refusals::add(&mut document);
    headers::add(&mut document);
    examples::add(&mut document);
    document
}

pub(crate) fn documented_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(BaseDocument::openapi())
        .routes(routes!(routes::submit::submit))
        .routes(routes!(routes::submissions::get, routes::cancel::cancel))
        .routes(routes!(routes::rejudge::submission))
        .routes(routes!(routes::submissions::source))
        .routes(routes!(routes::links::add, routes::links::end))
        .routes(routes!(routes::events::follow))
        .routes(routes!(routes::comparison::compare))
        .routes(routes!(routes::submissions::list))
        .routes(routes!(routes::run::run))
        .routes(routes!(routes::batch::batch))
        .routes(routes!(routes::run::get, routes::run::cancel))
        .routes(routes!(routes::snippet::test))
        .routes(routes!(routes::hint::hint))
        .routes(routes!(routes::strategy::decide))
        .routes(routes!(routes::problems::list, routes::packages::add))
        .routes(routes!(
            routes::problems::get,
            routes::packages::put,
            routes::packages::remove
        ))
        .routes(routes!(routes::packages::export))
        .routes(routes!(routes::problem_submissions::list))
        .routes(routes!(
            routes::rejudge::problem,
            routes::rejudge::problem_progress
        ))
        .routes(routes!(routes::statement::file))
        .routes(routes!(routes::languages::list))
        .routes(routes!(routes::auth::register))
        .routes(routes!(routes::auth::login))
        .routes(routes!(routes::provider_login::begin))
        .routes(routes!(routes::auth::logout))
        .routes(routes!(routes::auth::logout_everywhere))
        .routes(routes!(routes::auth::change_password))
        .routes(routes!(routes::account::get, routes::account::erase))
        .routes(routes!(routes::account::rename))
        .routes(routes!(routes::account::claim))
        .routes(routes!(routes::identities::list, routes::identities::link))
        .routes(routes!(routes::identities::unlink))
        .routes(routes!(routes::keys::list, routes::keys::add))
        .routes(routes!(routes::keys::revoke))
        .routes(routes!(routes::users::profile))
        .routes(routes!(routes::admin_accounts::users))
        .routes(routes!(routes::admin_accounts::change_role))
        .routes(routes!(routes::admin_accounts::keys))
        .routes(routes!(routes::admin_accounts::revoke_key))
        .routes(routes!(
            routes::invitations::list,
            routes::invitations::invite
        ))
        .routes(routes!(routes::invitations::revoke))
        .routes(routes!(routes::config::config))
        .routes(routes!(routes::admin::violations::list))
        .routes(routes!(routes::admin::violations::get))
        .routes(routes!(routes::admin::audit::list))
        .routes(routes!(routes::admin::flags::list))
        .routes(routes!(routes::admin::flags::change))
        .routes(routes!(routes::admin::flags::own))
        .routes(routes!(routes::status::status))
        .routes(routes!(routes::status::history))
        .routes(routes!(routes::status::healthz))
        .routes(routes!(routes::status::readyz))
        .routes(routes!(routes::status::prometheus))
        .routes(routes!(ws::socket))
}
