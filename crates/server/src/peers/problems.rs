use std::sync::Arc;

use async_trait::async_trait;
use axum::http::request::Parts;
use letscode_adapters::{
    ManagerRefusal, PackageArchive, PackageReport, ProblemEditor, ProblemError, ProblemStore,
};
use letscode_import::ImportMode;
use letscode_model::{AuditAction, ProblemId, ProblemSummary};

use crate::AppState;
use crate::audit_sender::AuditSender;
use crate::error::ApiError;
use crate::manager::ProblemManager;
use crate::uploads::{UploadSource, take_package};

/// Problems for DOMjudge's clients, by the same way as `POST /api/problems`.
pub(super) struct PeerProblems(pub AppState);

/// Changes the problems that the sender of a request manages.
struct PeerEditor {
    state: AppState,
    manager: ProblemManager,
    sender: AuditSender,
}

#[async_trait]
impl ProblemStore for PeerProblems {
    fn editor(
        &self,
        request: &Parts,
        secret: Option<&str>,
    ) -> Result<Arc<dyn ProblemEditor>, ManagerRefusal> {
        let manager = ProblemManager::check_peer(request, &self.0, secret);
        let manager = manager.map_err(|error| ManagerRefusal {
            wants_secret: error == ApiError::AdminTokenRequired,
            reason: match error {
                ApiError::AdminTokenRequired => {
                    "this needs the operator's token, as the password of any user".to_owned()
                }
                error => error.to_string(),
            },
        })?;
        Ok(Arc::new(PeerEditor {
            state: self.0.clone(),
            manager,
            sender: AuditSender::of(request),
        }))
    }

    async fn problems(&self) -> Result<Vec<ProblemSummary>, ProblemError> {
        let problems = self.0.store().problems().await;
        problems.map_err(|error| ApiError::from(error).into())
    }
}

#[async_trait]
impl ProblemEditor for PeerEditor {
    async fn import(&self, archive: PackageArchive) -> Result<PackageReport, ProblemError> {
        let PackageArchive {
            bytes,
            file_name,
            id,
            replaces,
            address,
        } = archive;
        let mode = if replaces {
            ImportMode::Replace
        } else {
            ImportMode::Add
        };
        let source = UploadSource::Archive { bytes, file_name };
        let slot = self.state.uploads().take(address)?;
        let sender = AuditSender {
            address,
            ..self.sender.clone()
        };
        let manager = self.manager.clone();
        let imported = take_package(&self.state, source, (slot, manager), id, mode, sender).await?;
        let tests = imported.summary.total_tests;
        Ok(PackageReport {
            id: imported.summary.id,
            sample_tests: imported.sample_tests,
            secret_tests: tests.saturating_sub(imported.sample_tests),
            warnings: imported.warnings,
        })
    }

    async fn remove(&self, id: &ProblemId) -> Result<bool, ProblemError> {
        self.manager.require(&self.state, id).await?;
        let removed = self.state.store().remove_problem(id).await;
        self.state.code_limits().forget(id);
        let removed = removed.map_err(ApiError::from)?;
        if removed {
            let event = self.sender.event(AuditAction::ProblemRemoved, id.as_str());
            let recorded = self.state.store().record_audit(&event).await;
            recorded.map_err(ApiError::from)?;
        }
        Ok(removed)
    }
}

impl From<ApiError> for ProblemError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::PackageRefused(errors) => ProblemError::Refused(errors),
            ApiError::ProblemExists(id) => ProblemError::Exists(id),
            ApiError::ForeignProblem(_) => ProblemError::Foreign(error.to_string()),
            ApiError::TooManyUploads | ApiError::Overloaded(_) => {
                ProblemError::Busy(error.to_string())
            }
            ApiError::BodyTooLarge(_) | ApiError::InvalidParameter { .. } => {
                ProblemError::Refused(vec![error.to_string()])
            }
            error => ProblemError::Unavailable(error.to_string()),
        }
    }
}
