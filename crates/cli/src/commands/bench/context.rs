//! State that all parts of a benchmark share: folder, progress bar, CPU time.

use std::io::IsTerminal;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use tempfile::TempDir;

use super::cpu::CpuGroup;
use super::report::SkippedPart;
use crate::error::CliError;

pub struct BenchContext {
    /// An error says why CPU time can't be measured.
    pub cpu: Result<CpuGroup, String>,
    pub skipped: Vec<SkippedPart>,
    folder: TempDir,
    bar: ProgressBar,
}

impl BenchContext {
    pub fn new() -> Result<Self, CliError> {
        let folder = tempfile::Builder::new().prefix("letscode-bench-").tempdir();
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(1)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        let mut context = BenchContext {
            cpu: CpuGroup::enter(),
            skipped: Vec::new(),
            folder: folder.map_err(CliError::new)?,
            bar,
        };
        if let Err(why) = &context.cpu {
            let why = why.clone();
            context.skip("CPU time of a run", why);
        }
        Ok(context)
    }

    /// Returns the path of a folder for one subject, which need not exist yet.
    pub fn folder(&self, name: &str) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        self.folder
            .path()
            .join(name.chars().map(plain).collect::<String>())
    }

    pub fn skip(&mut self, what: &str, why: impl Into<String>) {
        self.skipped.push(SkippedPart::new(what, why));
    }

    pub fn doing(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// Announces the number of calls of [`BenchContext::step`] that follow.
    pub fn steps(&self, count: usize) {
        self.bar.set_length(count as u64);
        self.bar.set_position(0);
    }

    pub fn step(&self) {
        self.bar.inc(1);
    }

    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}
