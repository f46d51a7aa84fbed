//! Languages, and a runner with prepared reports, for tests of translation.

use std::sync::Mutex;

use async_trait::async_trait;
use letscode_model::{
    ByteText, CompileReport, EditorInfo, JobId, KeptRun, LanguageId, LanguageInfo, LanguageStatus,
    OutputTruncation, PeerNames, PistonNames, RunBounds, RunOutcome, RunReport, RunSpec, RunStatus,
    StageReport, TestRunReport, TextEncoding, UserId, Verdict,
};

use crate::runner::{KeepOptions, ProgramRunner, RunCaller, RunError};

pub(crate) fn python() -> LanguageInfo {
    LanguageInfo {
        id: LanguageId("python".to_owned()),
        name: "Python".to_owned(),
        version: "Python 3.11.2".to_owned(),
        status: LanguageStatus::Available,
        extensions: vec!["py".to_owned()],
        aliases: vec!["python3".to_owned()],
        compiled: false,
        editor: EditorInfo::default(),
        peers: PeerNames {
            judge0: vec![71, 92],
            piston: Some(PistonNames {
                name: "python".to_owned(),
                aliases: vec!["py".to_owned(), "python3".to_owned()],
                runtime: None,
            }),
            sandbox_fusion: Some("python".to_owned()),
            jobe: Some("python3".to_owned()),
        },
        ..base()
    }
}

pub(crate) fn cpp() -> LanguageInfo {
    LanguageInfo {
        id: LanguageId("cpp".to_owned()),
        name: "C++".to_owned(),
        version: "g++ (Debian 12.2.0-14) 12.2.0".to_owned(),
        extensions: vec!["cpp".to_owned(), "cc".to_owned()],
        compiled: true,
        peers: PeerNames {
            judge0: vec![54],
            piston: Some(PistonNames {
                name: "c++".to_owned(),
                aliases: vec!["cpp".to_owned()],
                runtime: Some("gcc".to_owned()),
            }),
            sandbox_fusion: Some("cpp".to_owned()),
            jobe: Some("cpp".to_owned()),
        },
        ..base()
    }
}

fn base() -> LanguageInfo {
    let json = serde_json::json!({
        "id": "", "name": "", "version": "", "status": "available", "extensions": []
    });
    serde_json::from_value(json).unwrap()
}

pub(crate) fn exited(code: i32, stdout: &str) -> StageReport {
    StageReport {
        outcome: RunOutcome::Exited,
        exit_code: Some(code),
        signal: None,
        denied_call: None,
        activity: None,
        stdout: stdout.into(),
        stderr: ByteText::default(),
        truncated: OutputTruncation::default(),
        execution_time: 12.0,
        wall_time: 15.4,
        memory_used: 8_400 << 10,
    }
}

pub(crate) fn ended(outcome: RunOutcome, signal: Option<i32>) -> StageReport {
    StageReport {
        outcome,
        exit_code: None,
        signal,
        ..exited(0, "")
    }
}

pub(crate) fn test_run(stage: StageReport, verdict: Option<Verdict>) -> TestRunReport {
    TestRunReport {
        name: None,
        stage,
        verdict,
        message: None,
        files: Vec::new(),
        denied_check: None,
    }
}

/// Returns the report of one run that is not judged.
pub(crate) fn report(stage: StageReport) -> RunReport {
    RunReport {
        compile: None,
        runs: vec![test_run(stage, None)],
        verdict: None,
        error: None,
    }
}

/// Returns the report of a program that does not compile.
pub(crate) fn compile_error(message: &str) -> RunReport {
    RunReport {
        compile: Some(CompileReport {
            stage: StageReport {
                stderr: message.into(),
                ..exited(1, "")
            },
            succeeded: false,
            cached: false,
        }),
        runs: Vec::new(),
        verdict: None,
        error: None,
    }
}

/// Answers every run with the same result, and remembers what it was asked to run.
pub(crate) struct PreparedRunner {
    result: Result<RunReport, RunError>,
    bounds: RunBounds,
    specs: Mutex<Vec<RunSpec>>,
}

impl PreparedRunner {
    pub fn new(result: Result<RunReport, RunError>) -> Self {
        PreparedRunner {
            result,
            bounds: RunBounds::default(),
            specs: Mutex::default(),
        }
    }

    /// Returns the last run that was asked for.
    pub fn last_spec(&self) -> RunSpec {
        self.specs.lock().unwrap().last().cloned().unwrap()
    }

    fn accept(&self, spec: RunSpec) -> Result<(), RunError> {
        spec.check(&self.bounds)?;
        self.specs.lock().unwrap().push(spec);
        Ok(())
    }
}

#[async_trait]
impl ProgramRunner for PreparedRunner {
    async fn run(&self, spec: RunSpec, _: &RunCaller) -> Result<RunReport, RunError> {
        self.accept(spec)?;
        self.result.clone()
    }

    async fn start(&self, spec: RunSpec, _: &RunCaller, _: KeepOptions) -> Result<JobId, RunError> {
        self.accept(spec)?;
        match &self.result {
            Err(error @ RunError::Busy { .. }) => Err(error.clone()),
            _ => Ok(JobId(uuid::Uuid::from_u128(7))),
        }
    }

    async fn kept_run(&self, id: JobId, _: &UserId) -> Result<KeptRun, RunError> {
        if id != JobId(uuid::Uuid::from_u128(7)) {
            return Err(RunError::UnknownRun);
        }
        Ok(KeptRun {
            id,
            status: RunStatus::Completed,
            encoding: TextEncoding::Utf8,
            report: Some(self.result.clone()?),
        })
    }

    async fn languages(&self) -> Result<Vec<LanguageInfo>, RunError> {
        Ok(vec![cpp(), python()])
    }

    fn bounds(&self) -> &RunBounds {
        &self.bounds
    }
}
