use std::io::Read;
use std::time::Duration;

use letscode_languages::{Language, Stage};

use super::environment::environment;
use crate::execute::Executor;
use crate::execute::limits::RunLimits;
use crate::execute::request::{ProgramSource, RunRequest, StreamTarget};
use crate::execute::result::Outcome;

/// Runs a toolchain in a cell and returns the version that it prints.
pub(super) fn probe_version(
    executor: &dyn Executor,
    language: &Language,
) -> Result<String, String> {
    let command = &language.probe.command;
    let result = executor.run(RunRequest {
        profile: &language.probe.stage.profile(&language.id),
        // Not a program of anybody's.
        stage: Stage::Compile,
        limits: RunLimits {
            cpu_time: Duration::from_secs(10),
            wall_time: Duration::from_secs(20),
            output_bytes: 64 << 10,
            ..RunLimits::default()
        },
        program: ProgramSource::Path(&command[0]),
        argv: command.clone(),
        env: environment(language, Stage::Run),
        stdin: StreamTarget::Null,
        stdout: StreamTarget::Captured,
        stderr: StreamTarget::Captured,
        files: Vec::new(),
        collect: Vec::new(),
        raisable_priority: None,
        cancel: None,
    });
    let result = result.map_err(|error| error.to_string())?;
    let mut text = String::new();
    if let Some(mut stdout) = result.stdout {
        let _ = stdout.read_to_string(&mut text);
    }
    match (result.outcome, text.lines().next()) {
        (Outcome::SUCCESS, Some(version)) => Ok(version.trim().to_owned()),
        (outcome, _) => Err(format!(
            "`{}` ended with {outcome:?} inside a cell",
            command.join(" ")
        )),
    }
}
