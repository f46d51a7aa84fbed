//! The tools that an agent may call.

use std::sync::Arc;

use letscode_judge::{CancelToken, Engine, EngineError, Priority};
use letscode_model::{JobId, LanguageInfo, LimitCaps, RunAnswer, RunBounds, RunSpec, TextEncoding};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, ContentBlock, Implementation, ServerCapabilities, ServerConfig};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, tool, tool_handler, tool_router};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::request::RunCodeRequest;

const INSTRUCTIONS: &str = "Runs programs in a sandbox without network. A program that fails is a \
    result: look at its outcome, exit code and standard error.";

/// Answers the agent's calls with an engine of its own.
pub struct McpServer {
    engine: Arc<Engine>,
    bounds: Arc<RunBounds>,
    /// One permit for each program that may run at a time.
    cores: Arc<Semaphore>,
}

#[tool_router]
impl McpServer {
    pub fn new(engine: Arc<Engine>, caps: &LimitCaps) -> McpServer {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        McpServer {
            engine,
            bounds: Arc::new(RunBounds::default().with_caps(caps)),
            cores: Arc::new(Semaphore::new(cores)),
        }
    }

    #[tool(
        description = "Compile and run a program in a sandbox: no network, no files but its own. \
            Returns how it ended, its output, CPU time (ms) and memory (bytes) for each test. With \
            `expected` in tests, also a verdict.",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn run_code(
        &self,
        Parameters(request): Parameters<RunCodeRequest>,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResult, ErrorData> {
        let spec = match self.check(request.into_spec()) {
            Ok(spec) => spec,
            Err(reason) => return Ok(refusal(reason)),
        };
        let Ok(_core) = self.cores.acquire().await else {
            return Err(ErrorData::internal_error("the server is going down", None));
        };
        let cancel = CancelToken::default();
        let (engine, bounds, token) = (self.engine.clone(), self.bounds.clone(), cancel.clone());
        let mut running = tokio::task::spawn_blocking(move || {
            engine.run(&spec, &bounds, Priority::Normal, &token)
        });
        let report = tokio::select! {
            report = &mut running => report,
            () = context.ct.cancelled() => {
                cancel.cancel();
                running.await
            }
        };
        match report {
            Ok(Ok(report)) => {
                let answer = RunAnswer::completed(JobId::random(), report, TextEncoding::Utf8);
                structured(&answer)
            }
            Ok(Err(error @ EngineError::Cancelled)) => Ok(refusal(error.to_string())),
            Ok(Err(error)) => Err(ErrorData::internal_error(error.to_string(), None)),
            Err(error) => Err(ErrorData::internal_error(error.to_string(), None)),
        }
    }

    #[tool(
        description = "List the languages that run_code knows, with their versions.",
        annotations(read_only_hint = true, open_world_hint = false)
    )]
    async fn list_languages(&self) -> Result<CallToolResult, ErrorData> {
        let engine = self.engine.clone();
        let languages = tokio::task::spawn_blocking(move || engine.toolchains().probe()).await;
        let languages =
            languages.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        let languages: Vec<_> = languages.iter().map(summary).collect();
        structured(&serde_json::json!({ "languages": languages }))
    }

    /// Checks a run, and replaces the language's name by its id.
    fn check(&self, mut spec: RunSpec) -> Result<RunSpec, String> {
        spec.check(&self.bounds)
            .map_err(|error| error.to_string())?;
        let toolchains = self.engine.toolchains();
        let registry = toolchains.registry();
        let Some(language) = registry.by_name(spec.language.as_str()) else {
            let known = registry.list_ids();
            return Err(format!(
                "unknown language `{}`; known: {known}",
                spec.language
            ));
        };
        spec.language = language.id.clone();
        toolchains
            .language(&spec.language)
            .map_err(|error| error.to_string())?;
        Ok(spec)
    }
}

#[tool_handler]
impl ServerHandler for McpServer {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("letscode", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }
}

/// Returns what an agent needs to know of a language.
fn summary(language: &LanguageInfo) -> serde_json::Value {
    serde_json::json!({
        "id": language.id,
        "name": language.name,
        "aliases": language.aliases,
        "version": language.version,
    })
}

/// Returns an error that the agent sees, so that it can call again in the right way.
fn refusal(reason: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(reason.into())])
}

fn structured(answer: &impl Serialize) -> Result<CallToolResult, ErrorData> {
    serde_json::to_value(answer)
        .map(CallToolResult::structured)
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))
}
