use async_trait::async_trait;
use axum::http::request::Parts;
use letscode_adapters::{
    ManagerRefusal, PackageArchive, PackageReport, ProblemError, ProblemStore,
};
use letscode_import::ImportMode;
use letscode_model::{AuditAction, AuditEvent, ProblemId, ProblemSummary};

use crate::AppState;
use crate::audit_sender::AuditSender;
use crate::error::ApiError;
use crate::manager::ProblemManager;
use crate::uploads::{UploadSource, take_package};

/// Problems for DOMjudge's clients, by the same way as `POST /api/problems`.
pub(super) struct PeerProblems(pub AppState);

#[async_trait]
impl ProblemStore for PeerProblems {
    fn may_manage(&self, request: &Parts, secret: Option<&str>) -> Result<(), ManagerRefusal> {
        let checked = ProblemManager::check_peer(request, &self.0, secret);
        checked.map(drop).map_err(|error| ManagerRefusal {
            wants_secret: error == ApiError::AdminTokenRequired,
            reason: match error {
                ApiError::AdminTokenRequired => {
                    "this needs the operator's token, as the password of any user".to_owned()
                }
                error => error.to_string(),
            },
        })
    }

    async fn problems(&self) -> Result<Vec<ProblemSummary>, ProblemError> {
        let problems = self.0.store().problems().await;
        problems.map_err(|error| ApiError::from(error).into())
    }

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
        // `may_manage` has let only those through who manage all.
        let manager = ProblemManager::OfAll;
        let slot = self.0.uploads().take(address)?;
        let sender = AuditSender {
            actor: AuditEvent::OPERATOR.to_owned(),
            address,
        };
        let imported = take_package(&self.0, source, (slot, manager), id, mode, sender).await?;
        let tests = imported.summary.total_tests;
        Ok(PackageReport {
            id: imported.summary.id,
            sample_tests: imported.sample_tests,
            secret_tests: tests.saturating_sub(imported.sample_tests),
            warnings: imported.warnings,
        })
    }

    async fn remove(&self, id: &ProblemId) -> Result<bool, ProblemError> {
        let removed = self.0.store().remove_problem(id).await;
        self.0.code_limits().forget(id);
        let removed = removed.map_err(ApiError::from)?;
        if removed {
            let event = AuditEvent::new(AuditAction::ProblemRemoved, AuditEvent::OPERATOR);
            let recorded = self.0.store().record_audit(&event.on(id.as_str())).await;
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
