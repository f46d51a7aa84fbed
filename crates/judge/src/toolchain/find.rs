//! Finds parts of a toolchain on the host, with the service's own environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use letscode_languages::ToolPath;

/// Finds a part of a toolchain on the host.
pub(super) fn find_tool(tool: &ToolPath) -> Result<PathBuf, String> {
    match tool {
        ToolPath::Path { path } => first_existing(path),
        ToolPath::Command { command } => on_path(command),
        ToolPath::OutputOf { output_of } => output_of_command(output_of),
    }
}

fn first_existing(paths: &[PathBuf]) -> Result<PathBuf, String> {
    let existing = paths.iter().find(|path| path.exists());
    let names = || paths.iter().map(|path| path.display().to_string());
    existing
        .cloned()
        .ok_or_else(|| format!("there is no {}", names().collect::<Vec<_>>().join(" or ")))
}

fn on_path(command: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(command))
        .find(|candidate| candidate.is_file())
        .and_then(|candidate| candidate.canonicalize().ok())
        .ok_or_else(|| format!("`{command}` is not on the PATH"))
}

fn output_of_command(command: &[String]) -> Result<PathBuf, String> {
    let [program, args @ ..] = command else {
        return Err("an empty command can't be run".to_owned());
    };
    let shown = command.join(" ");
    let output = Command::new(program)
        .args(args)
        // rustup takes its toolchain from the current folder: this one is neutral.
        .current_dir("/")
        .output()
        .map_err(|error| format!("`{shown}`: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().trim();
    if output.status.success() && Path::new(line).is_absolute() {
        return Ok(PathBuf::from(line));
    }
    Err(format!("`{shown}` did not answer with a path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_command_is_named() {
        let error = on_path("no-such-command-anywhere").unwrap_err();
        assert!(error.contains("not on the PATH"), "{error}");
    }
}
