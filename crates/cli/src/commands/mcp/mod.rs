//! `letscode mcp`: lets an agent run programs in cells, over the Model Context Protocol.

mod request;
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use letscode_judge::Engine;
use letscode_model::LimitCaps;
use rmcp::ServiceExt;
use rmcp::transport::stdio;

use super::service::process::run_to_end;
use crate::caps::CapArgs;
use crate::error::CliError;
use crate::input::{CacheArgs, engine};
use crate::languages::LanguageArgs;
use crate::layers::IsolationArgs;
use server::McpServer;

/// Let an agent run programs in cells, over the Model Context Protocol.
///
/// Speaks the protocol on standard input and output, and ends when its standard input does: the
/// agent's program starts it. Tools: run_code compiles and runs a program, on tests if there are
/// any; list_languages says what there is. Programs have the limits of `letscode run`, or lower ones
/// that the agent states, no network, and no files but their own.
#[derive(Args)]
#[command(after_help = "Examples:
  claude mcp add letscode -- letscode mcp
  {\"mcpServers\": {\"letscode\": {\"command\": \"letscode\", \"args\": [\"mcp\"]}}}")]
pub struct McpArgs {
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    languages: LanguageArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    caps: CapArgs,
}

impl McpArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let mut engine = engine(
            self.languages.read()?,
            self.isolation.isolation(),
            self.caps.caps(),
        )?;
        self.cache.open(&mut engine)?;
        run_to_end(serve(Arc::new(engine), self.caps.caps()))?
    }
}

async fn serve(engine: Arc<Engine>, caps: LimitCaps) -> Result<ExitCode, CliError> {
    let service = McpServer::new(engine, &caps).serve(stdio()).await;
    let service = service.map_err(|error| {
        CliError::new(error).with_help(
            "this command is started by an agent's program, which speaks the Model Context Protocol",
        )
    })?;
    service.waiting().await.map_err(CliError::new)?;
    Ok(ExitCode::SUCCESS)
}
