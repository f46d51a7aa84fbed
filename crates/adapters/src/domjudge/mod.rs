//! DOMjudge: problem packages over HTTP, as `pol2dom`, BAPCtools and `import-contest` send them.

mod announce;
mod answer;
mod refusal;
mod upload;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Multipart, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use letscode_model::ProblemId;

use crate::access;
use crate::context::{AdapterContext, RequestSender};
use crate::problems::{PackageArchive, ProblemEditor, ProblemStore};
use announce::AnnouncedProblems;
use answer::{ProblemEntry, UploadAnswer, contest, list_entries};
pub(crate) use refusal::refusal;
use refusal::{DomjudgeRefusal, unknown_problem};
use upload::{AnnouncementForm, UploadForm};

const BASE: &str = "/api/v4";

/// State of DOMjudge's handlers.
#[derive(Clone)]
struct DomjudgeService {
    problems: Arc<dyn ProblemStore>,
    announced: AnnouncedProblems,
}

pub(crate) fn router(context: AdapterContext) -> Router {
    let unknown = async || refusal(StatusCode::NOT_FOUND, "there is nothing at this address");
    let Some(problems) = context.problems else {
        return Router::new().fallback(async || {
            refusal(StatusCode::NOT_IMPLEMENTED, "this server takes no packages")
        });
    };
    let service = DomjudgeService {
        problems,
        announced: AnnouncedProblems::default(),
    };
    let of_problems = Router::new()
        .route("/problems", get(list).post(import))
        .route("/problems/add-data", post(announce))
        .route("/problems/{id}", get(find).delete(remove));
    let of_contests = Router::new()
        .route("/", get(async |id: Path<String>| Json(contest(&id))))
        .merge(of_contest());
    let routes = Router::new()
        .route("/", get(information))
        .route("/info", get(information))
        .route("/contests", get(async || Json([contest(answer::CONTEST)])))
        .merge(of_problems)
        .nest("/contests/{contest}", of_contests);
    Router::new()
        .route(&format!("{BASE}/"), get(information))
        .nest(BASE, routes)
        .fallback(unknown)
        .method_not_allowed_fallback(async || {
            refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "this address has no such method",
            )
        })
        .with_state(service)
}

/// Returns the problems' routes below a contest: every contest has all problems.
fn of_contest() -> Router<DomjudgeService> {
    Router::new()
        .route("/problems", get(list).post(import))
        .route("/problems/add-data", post(announce))
        .route(
            "/problems/{id}",
            get(
                async |State(service), Path((_, id)): Path<(String, String)>| {
                    find(State(service), Path(id)).await
                },
            )
            .delete(
                async |manager: ProblemManager,
                       State(service),
                       Path((_, id)): Path<(String, String)>| {
                    remove(manager, State(service), Path(id)).await
                },
            ),
        )
}

async fn information() -> Response {
    Json(answer::information()).into_response()
}

/// A client that may change problems: the operator's token, or a key, is the password of its Basic
/// authentication.
struct ProblemManager(Arc<dyn ProblemEditor>);

impl FromRequestParts<DomjudgeService> for ProblemManager {
    type Rejection = DomjudgeRefusal;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &DomjudgeService,
    ) -> Result<Self, DomjudgeRefusal> {
        let secret = access::authorization(&parts.headers);
        let editor = service.problems.editor(parts, secret.as_deref());
        editor.map(ProblemManager).map_err(Into::into)
    }
}

async fn list(
    State(service): State<DomjudgeService>,
) -> Result<Json<Vec<ProblemEntry>>, DomjudgeRefusal> {
    let problems = service.problems.problems().await?;
    Ok(Json(list_entries(&problems, &service.announced)))
}

async fn find(
    State(service): State<DomjudgeService>,
    Path(id): Path<String>,
) -> Result<Json<ProblemEntry>, DomjudgeRefusal> {
    let problems = service.problems.problems().await?;
    let entries = list_entries(&problems, &service.announced);
    let entry = entries.into_iter().find(|entry| entry.id == id);
    entry.map(Json).ok_or_else(|| unknown_problem(&id))
}

async fn announce(
    _: ProblemManager,
    State(service): State<DomjudgeService>,
    form: Multipart,
) -> Result<Json<Vec<ProblemId>>, DomjudgeRefusal> {
    let form = AnnouncementForm::read(form).await?;
    let ids = service.announced.add(&form.data);
    ids.map(Json).map_err(DomjudgeRefusal::bad_request)
}

async fn import(
    ProblemManager(editor): ProblemManager,
    sender: RequestSender,
    form: Multipart,
) -> Result<Json<UploadAnswer>, DomjudgeRefusal> {
    let form = UploadForm::read(form).await?;
    let archive = PackageArchive {
        bytes: form.zip,
        file_name: form.file_name,
        replaces: form.problem.is_some(),
        id: form.problem,
        address: sender.terms.address,
    };
    let report = editor.import(archive).await?;
    Ok(Json(UploadAnswer::new(report)))
}

async fn remove(
    ProblemManager(editor): ProblemManager,
    State(service): State<DomjudgeService>,
    Path(id): Path<String>,
) -> Result<StatusCode, DomjudgeRefusal> {
    let problem = ProblemId::parse(&id).map_err(|_| unknown_problem(&id))?;
    let was_there = editor.remove(&problem).await?;
    if service.announced.remove(&problem) || was_there {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown_problem(&id))
    }
}

#[cfg(test)]
mod tests;
