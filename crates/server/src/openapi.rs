use utoipa::OpenApi;

use crate::problem::Problem;
use crate::ws::{ClientMessage, StreamMessage};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Let'sCode",
        description = "Runs code that strangers wrote, safely, and says what it did. \
            Times are milliseconds, memory is bytes. \
            Every refusal is `application/problem+json` with a stable `type`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(Problem, StreamMessage, ClientMessage)),
    tags(
        (name = "submissions", description = "Code that is judged"),
        (name = "problems", description = "What there is to solve, and in what"),
        (name = "stream", description = "What happens, as it happens"),
        (name = "service", description = "How the service is"),
    ),
)]
struct Base;

/// What the document says beside the routes.
pub(crate) fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// The OpenAPI document, as served at `/api/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    crate::router::documented().into_openapi()
}
