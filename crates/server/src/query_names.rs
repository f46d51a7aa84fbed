//! Refuses query parameters that the OpenAPI document doesn't have: a mistyped name would otherwise
//! be ignored, and the client believe that it had an effect.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use crate::admission::quote;
use crate::error::ApiError;

/// The documented parameters of each operation.
pub(crate) struct QueryNames(HashMap<(Method, String), HashSet<String>>);

impl QueryNames {
    pub fn of_document(document: &OpenApi) -> Arc<QueryNames> {
        let mut names = HashMap::new();
        for (path, item) in &document.paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::DELETE, &item.delete),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    names.insert((method, path.clone()), query_names(operation));
                }
            }
        }
        Arc::new(QueryNames(names))
    }

    fn find_unknown(&self, method: &Method, path: &str, query: &str) -> Option<ApiError> {
        // HEAD is answered as GET is.
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let documented = self.0.get(&(method.clone(), path.to_owned()))?;
        let names = query.split('&').filter(|part| !part.is_empty());
        let mut names = names.map(|part| part.split('=').next().unwrap_or_default());
        let unknown = names.find(|name| !documented.contains(*name))?;
        let mut list: Vec<&str> = documented.iter().map(String::as_str).collect();
        list.sort_unstable();
        let unknown = quote(unknown);
        let reason = match list.as_slice() {
            [] => format!("unknown parameter `{unknown}`: this address takes none"),
            list => format!(
                "unknown parameter `{unknown}`; known are {}",
                list.join(", ")
            ),
        };
        Some(ApiError::InvalidParameter { reason })
    }
}

fn query_names(operation: &Operation) -> HashSet<String> {
    let parameters = operation.parameters.iter().flatten();
    let in_query = parameters.filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    let in_query =
        in_query.filter(|parameter| matches!(parameter.parameter_in, ParameterIn::Query));
    in_query.map(|parameter| parameter.name.clone()).collect()
}

/// Refuses a request with a query parameter that its operation doesn't have.
pub(crate) async fn check(
    State(names): State<Arc<QueryNames>>,
    request: Request,
    next: Next,
) -> Response {
    let unknown = request.uri().query().and_then(|query| {
        let path = request.extensions().get::<MatchedPath>()?;
        names.find_unknown(request.method(), path.as_str(), query)
    });
    match unknown {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    }
}
