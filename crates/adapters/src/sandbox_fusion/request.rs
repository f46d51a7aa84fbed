//! `POST /run_code`: the request, and how it becomes a run.

use letscode_model::{LanguageInfo, LanguageStatus, LimitSpec, RunBounds, RunFile, RunSpec};
use serde::Deserialize;

use crate::context::AdapterContext;
use crate::encoding::decode_base64;
use crate::json::{BoundedList, BoundedMap, JsonScalar};
use crate::outcome::program_text;
use crate::runner::RunError;
use letscode_json::JsonMistake;

/// Time for a program or a compilation, in seconds, unless stated.
const DEFAULT_SECONDS: f64 = 10.0;

#[derive(Debug, Deserialize)]
pub(super) struct RunCodeBody {
    code: String,
    pub language: String,
    stdin: Option<String>,
    #[serde(default)]
    compile_timeout: JsonScalar,
    #[serde(default)]
    run_timeout: JsonScalar,
    #[serde(default, rename = "memory_limit_MB")]
    memory_limit_mb: JsonScalar,
    /// Base64 by path. A file without content is not written.
    #[serde(default)]
    files: BoundedMap<Option<String>>,
    #[serde(default)]
    fetch_files: BoundedList<String>,
}

/// A request that is refused.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FusionRefusal {
    /// A mistake in the body, in the shape that FastAPI gives it.
    Body {
        location: Vec<String>,
        reason: String,
        kind: &'static str,
    },
    NotImplemented(String),
    Failed(RunError),
}

impl FusionRefusal {
    pub fn of_field(field: &str, reason: impl Into<String>, kind: &'static str) -> Self {
        FusionRefusal::Body {
            location: vec![field.to_owned()],
            reason: reason.into(),
            kind,
        }
    }
}

impl From<JsonMistake> for FusionRefusal {
    fn from(mistake: JsonMistake) -> Self {
        let kind = match &mistake.field {
            None => "json_invalid",
            Some(_) if mistake.reason.starts_with("missing field") => "missing",
            Some(_) => "type_error",
        };
        let location = mistake.field.iter();
        let location = location.flat_map(|path| path.split('.')).map(str::to_owned);
        FusionRefusal::Body {
            location: location.collect(),
            reason: match kind {
                "missing" => "Field required".to_owned(),
                _ => mistake.reason,
            },
            kind,
        }
    }
}

impl From<RunError> for FusionRefusal {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Invalid(mistake) => {
                FusionRefusal::of_field(&mistake.field, mistake.reason, "value_error")
            }
            RunError::UnknownLanguage { .. } | RunError::LanguageUnavailable { .. } => {
                FusionRefusal::of_field("language", error.to_string(), "literal_error")
            }
            error => FusionRefusal::Failed(error),
        }
    }
}

/// Finds a language by SandboxFusion's name.
pub(super) async fn find_language(
    context: &AdapterContext,
    name: &str,
) -> Result<LanguageInfo, FusionRefusal> {
    let is_meant = |language: &LanguageInfo| {
        language.status == LanguageStatus::Available
            && language.peers.sandbox_fusion.as_deref() == Some(name)
    };
    if let Some(language) = context.language(is_meant).await? {
        return Ok(language);
    }
    let languages = context.runner.languages().await?;
    let names = languages.into_iter();
    let names = names.filter(|language| language.status == LanguageStatus::Available);
    let names: Vec<String> = names
        .filter_map(|language| language.peers.sandbox_fusion)
        .collect();
    let reason = format!("unexpected value; permitted here: {}", names.join(", "));
    Err(FusionRefusal::of_field("language", reason, "literal_error"))
}

impl RunCodeBody {
    pub fn into_spec(
        self,
        language: &LanguageInfo,
        bounds: &RunBounds,
    ) -> Result<RunSpec, FusionRefusal> {
        let run_timeout = seconds("run_timeout", &self.run_timeout)?;
        let compile_timeout = seconds("compile_timeout", &self.compile_timeout)?;
        let memory = memory_bytes(&self.memory_limit_mb, bounds)?;
        let mut spec = program(self.code, language);
        spec.stdin = self.stdin.unwrap_or_default().into();
        spec.limits = LimitSpec {
            memory,
            ..wall_limit(run_timeout, bounds.max_limits.wall_time)
        };
        spec.compile_limits = wall_limit(compile_timeout, bounds.max_compile_limits.wall_time);
        for (path, content) in self.files.0 {
            let Some(content) = content else { continue };
            let location = vec!["files".to_owned(), path.clone()];
            let content = decode_base64(&content).map_err(|reason| FusionRefusal::Body {
                location,
                reason,
                kind: "value_error",
            })?;
            spec.files.push(RunFile {
                name: Some(relative(path)),
                content: content.into(),
            });
        }
        spec.collect = self.fetch_files.0.into_iter().map(relative).collect();
        Ok(spec)
    }
}

/// Returns a run of one program. The interpreter itself reports a mistake in its syntax.
pub(super) fn program(code: String, language: &LanguageInfo) -> RunSpec {
    RunSpec {
        checks_syntax: false,
        ..RunSpec::of_source(language.id.as_str(), program_text(code))
    }
}

/// Reads a time in seconds; 10 unless stated.
pub(super) fn seconds(field: &str, value: &JsonScalar) -> Result<f64, FusionRefusal> {
    match value {
        JsonScalar::Null => Ok(DEFAULT_SECONDS),
        value => value.number().ok_or_else(|| {
            FusionRefusal::of_field(field, "Input should be a valid number", "float_parsing")
        }),
    }
}

/// Returns a limit of wall-clock time. SandboxFusion has no largest one: what is above ours is ours.
pub(super) fn wall_limit(seconds: f64, max_ms: u64) -> LimitSpec {
    // Saturates.
    let wall_time = (seconds * 1000.0).round() as u64;
    LimitSpec {
        wall_time: Some(wall_time.clamp(1, max_ms)),
        ..LimitSpec::default()
    }
}

/// Reads a limit of memory. Without one, a program has the most that there is.
fn memory_bytes(value: &JsonScalar, bounds: &RunBounds) -> Result<Option<u64>, FusionRefusal> {
    let max = bounds.max_limits.memory;
    if value.is_null() {
        return Ok(Some(max));
    }
    let mib = value.number().ok_or_else(|| {
        let reason = "Input should be a valid integer";
        FusionRefusal::of_field("memory_limit_MB", reason, "int_parsing")
    })?;
    if mib <= 0.0 {
        return Ok(Some(max));
    }
    Ok(Some(((mib * f64::from(1 << 20)) as u64).clamp(1, max)))
}

fn relative(path: String) -> String {
    match path.strip_prefix("./") {
        Some(relative) => relative.to_owned(),
        None => path,
    }
}
