//! The end of a program in terms that several services share.

use letscode_model::{LanguageInfo, RunOutcome, StageReport};

/// Number of the signal that a program which was killed for a limit has died of.
pub(crate) const SIGKILL: i32 = 9;
const SIGSYS: i32 = 31;

/// Returns the number of the signal that ended a program: its own, or that of the sandbox.
pub(crate) fn signal_number(stage: &StageReport) -> Option<i32> {
    match stage.outcome {
        RunOutcome::Exited => None,
        RunOutcome::SyscallDenied => Some(stage.signal.unwrap_or(SIGSYS)),
        RunOutcome::Signaled => Some(stage.signal.unwrap_or(SIGKILL)),
        _ => Some(SIGKILL),
    }
}

/// Names of the signals 1 to 31 on Linux.
const SIGNALS: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];

/// Returns a signal's name.
pub(crate) fn signal_name(number: i32) -> String {
    let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
    let name = SIGNALS.get(index).copied().map(str::to_owned);
    name.unwrap_or_else(|| format!("SIG{number}"))
}

/// True if a time limit ended the program.
pub(crate) fn is_timeout(outcome: RunOutcome) -> bool {
    matches!(
        outcome,
        RunOutcome::CpuTimeExceeded | RunOutcome::WallTimeExceeded
    )
}

/// Explains the end of a program by a limit; `None` for an end of its own.
pub(crate) fn limit_message(outcome: RunOutcome) -> Option<&'static str> {
    match outcome {
        RunOutcome::Exited | RunOutcome::Signaled => None,
        RunOutcome::CpuTimeExceeded => Some("Time limit exceeded"),
        RunOutcome::WallTimeExceeded => Some("Time limit exceeded (wall clock)"),
        RunOutcome::MemoryExceeded => Some("Memory limit exceeded"),
        RunOutcome::OutputExceeded => Some("Output limit exceeded"),
        RunOutcome::SyscallDenied => Some("Forbidden system call"),
        RunOutcome::SyscallRateExceeded => Some("Too many system calls a second"),
        RunOutcome::MemoryGrowthExceeded => Some("Memory grew too fast"),
        RunOutcome::SandboxError => Some("The sandbox failed"),
    }
}

/// Returns the version number in what a toolchain reports: `12.2.0` of `g++ (Debian 12.2.0-14)
/// 12.2.0`.
pub(crate) fn version_number(language: &LanguageInfo) -> String {
    let is_separator = |c: char| !(c.is_ascii_digit() || c == '.');
    let parts = language.version.split(is_separator);
    let is_version = |word: &&str| {
        let mut parts = word.split('.');
        parts.clone().count() >= 2 && parts.all(|part| part.parse::<u32>().is_ok())
    };
    parts.rev().find(is_version).map_or_else(
        || "0.0.0".to_owned(),
        |word| {
            let missing = 3usize.saturating_sub(word.split('.').count());
            format!("{word}{}", ".0".repeat(missing))
        },
    )
}

/// True if a source of this name is recognised as one of the language.
pub(crate) fn has_extension(language: &LanguageInfo, file_name: &str) -> bool {
    let extension = file_name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| language.extensions.iter().any(|own| own == extension))
}

/// Returns the program's text, or a line break where it is empty: the engine refuses empty programs,
/// other services run them.
pub(crate) fn program_text(code: String) -> String {
    if code.is_empty() {
        "\n".to_owned()
    } else {
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn signals_have_names() {
        for (number, name) in [
            (9, "SIGKILL"),
            (11, "SIGSEGV"),
            (31, "SIGSYS"),
            (40, "SIG40"),
        ] {
            assert_eq!(signal_name(number), name);
        }
        assert_eq!(signal_name(-1), "SIG-1");
    }

    #[test]
    fn versions_are_found_in_what_toolchains_say() {
        for (text, version) in [
            ("g++ (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
            ("Python 3.11.2", "3.11.2"),
            ("v20.19.2", "20.19.2"),
            ("rustc 1.95.0 (59807616e 2026-04-14)", "1.95.0"),
            ("x 7.1", "7.1.0"),
            ("", "0.0.0"),
        ] {
            let mut language = fixture::python();
            language.version = text.to_owned();
            assert_eq!(version_number(&language), version, "{text}");
        }
    }
}
