use letscode_model::StageReport;

use crate::execute::files::Artifact;

/// Largest executable that is accepted.
pub(crate) const MAX_ARTIFACT_BYTES: u64 = 64 << 20;

/// Output of a compiler: the same for everybody who submits the same sources.
#[derive(Debug)]
pub(crate) struct CompiledProgram {
    /// Diagnostics, for the author.
    pub message: String,
    /// The compiler's run. Absent where there was none, as for a program that is not checked.
    pub stage: Option<StageReport>,
    pub result: CompileResult,
    /// True if compiling again would give the same.
    pub cacheable: bool,
}

#[derive(Debug)]
pub(crate) enum CompileResult {
    /// A Compilation Error.
    Rejected,
    /// Sources for an interpreter, without a mistake that can be seen before they run.
    Checked,
    /// An executable.
    Program(Artifact),
}

impl CompiledProgram {
    pub fn size_bytes(&self) -> u64 {
        let code_bytes = match &self.result {
            CompileResult::Program(artifact) => rustix::fs::fstat(artifact.as_fd())
                .map_or(MAX_ARTIFACT_BYTES, |stat| stat.st_size.unsigned_abs()),
            CompileResult::Rejected | CompileResult::Checked => 0,
        };
        let stage = self.stage.as_ref();
        let output_bytes = stage.map_or(0, |stage| stage.stdout.len() + stage.stderr.len());
        code_bytes + self.message.len() as u64 + output_bytes as u64
    }
}
