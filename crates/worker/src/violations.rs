//! Programs that were ended for a denied call: recorded with their evidence before their verdict is
//! published, so that no crash in between loses one that somebody has seen.

use std::fs::File;
use std::io::Read;

use letscode_influx::{MetricPoint, record};
use letscode_judge::{ProgramOutput, TestReport};
use letscode_model::{
    ByteText, DeniedCall, FlagSubject, JobId, JudgementKey, LimitSpec, NewSubmission, NewViolation,
    OutputExcerpt, RunOutcome, RunReport, RunSpec, RunStage, ShareHolder, StageReport, TurnTerms,
    UserId, Verdict, ViolationEvidence, ViolationKind,
};
use letscode_package::{Package, TestCase};
use letscode_store::JudgeInput;

use crate::error::WorkerError;
use crate::metrics;
use crate::worker::Worker;

/// The client that a job is of.
#[derive(Debug, Clone)]
pub(crate) struct JobClient {
    pub user_id: UserId,
    pub terms: TurnTerms,
}

/// Denied calls of one judgement, as they are seen.
#[derive(Debug, Default)]
pub(crate) struct DeniedRuns {
    first: Option<DeniedRun>,
    count: u32,
}

/// The first denied call of a submission or run.
#[derive(Debug)]
struct DeniedRun {
    stage: RunStage,
    call: Option<DeniedCall>,
    test: Option<u32>,
    execution_time: f64,
    wall_time: f64,
    memory_used: u64,
    stdout: OutputExcerpt,
    stderr: OutputExcerpt,
}

impl DeniedRun {
    fn of_stage(report: &StageReport, stage: RunStage, test: Option<u32>) -> Self {
        DeniedRun {
            stage,
            call: report.denied_call.clone(),
            test,
            execution_time: report.execution_time,
            wall_time: report.wall_time,
            memory_used: report.memory_used,
            stdout: OutputExcerpt::of(report.stdout.as_bytes()),
            stderr: OutputExcerpt::of(report.stderr.as_bytes()),
        }
    }

    /// Returns the evidence. `run` is what repeats it.
    fn evidence(self, run: RunSpec, toolchain: String) -> ViolationEvidence {
        ViolationEvidence {
            run,
            is_truncated: false,
            execution_time: self.execution_time,
            wall_time: self.wall_time,
            memory_used: self.memory_used,
            stdout: self.stdout,
            stderr: self.stderr,
            toolchain,
            policy: letscode_judge::policy_version(),
        }
    }
}

impl DeniedRuns {
    /// Adds a test on which the program was ended for a denied call; others change nothing.
    pub fn add_test(&mut self, report: &TestReport) {
        let result = &report.result;
        if result.verdict != Verdict::SecurityViolation {
            return;
        }
        self.count += 1;
        let ProgramOutput { stdout, stderr } = report.output.clone().unwrap_or_default();
        self.first.get_or_insert(DeniedRun {
            stage: RunStage::Run,
            call: result.denied_call.clone(),
            test: Some(result.test_case_number),
            execution_time: result.execution_time,
            wall_time: result.wall_time,
            memory_used: result.memory_used,
            stdout,
            stderr,
        });
    }

    /// Adds a compiler that was ended for a denied call.
    pub fn add_compiler(&mut self, stage: &StageReport) {
        self.count += 1;
        let denied = DeniedRun::of_stage(stage, RunStage::Compile, None);
        self.first.get_or_insert(denied);
    }
}

impl Worker {
    /// Records the denied calls of a judgement, if there are any.
    pub(crate) async fn record_denied_runs(
        &self,
        denied: &mut DeniedRuns,
        key: JudgementKey,
        work: &JudgeInput,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let count = denied.count;
        let Some(first) = denied.first.take() else {
            return Ok(());
        };
        let submission = &work.submission;
        let violation = NewViolation {
            problem_id: Some(submission.problem_id.clone()),
            submission_id: Some(key.submission_id),
            judgement: Some(key.number),
            // A rejudge is nobody's deed.
            counts_against: if key.number == JudgementKey::FIRST {
                FlagSubject::of_client(&client.user_id, &client.terms)
            } else {
                Vec::new()
            },
            ..self.violation(&first, count, submission, client)
        };
        let languages = self.engine.toolchains().registry();
        let package = self.packages.get(&work.package.dir, languages)?;
        let run = repeating_run(submission, &package, first.test);
        self.record_violation(violation, first, run, client).await
    }

    /// Records the denied calls of an ad-hoc run, if there are any.
    pub(crate) async fn record_denied_report(
        &self,
        id: JobId,
        spec: &RunSpec,
        report: &RunReport,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let is_denied = |stage: &StageReport| stage.outcome == RunOutcome::SyscallDenied;
        let compile = report.compile.iter().filter(|compile| !compile.succeeded);
        let compile = compile.map(|compile| (None, RunStage::Compile, &compile.stage));
        let runs = (1..).zip(&report.runs);
        let runs = runs.map(|(test, run)| (Some(test), RunStage::Run, &run.stage));
        let mut denied = compile.chain(runs).filter(|(_, _, stage)| is_denied(stage));
        let Some((test, stage, first)) = denied.next() else {
            return Ok(());
        };
        let count = 1 + u32::try_from(denied.count()).unwrap_or(u32::MAX);
        let first = DeniedRun::of_stage(first, stage, test);
        let violation = NewViolation {
            kind: ViolationKind::DeniedCall,
            stage,
            call: first.call.clone(),
            user_id: client.user_id.clone(),
            address: address_of(client),
            language: spec.language.clone(),
            problem_id: None,
            submission_id: None,
            judgement: None,
            run_id: Some(id),
            test,
            count,
            counts_against: FlagSubject::of_client(&client.user_id, &client.terms),
            worker: self.id.clone(),
        };
        let run = single_run(spec, test);
        self.record_violation(violation, first, run, client).await
    }

    fn violation(
        &self,
        first: &DeniedRun,
        count: u32,
        submission: &NewSubmission,
        client: &JobClient,
    ) -> NewViolation {
        NewViolation {
            kind: ViolationKind::DeniedCall,
            stage: first.stage,
            call: first.call.clone(),
            user_id: client.user_id.clone(),
            address: address_of(client),
            language: submission.language.clone(),
            problem_id: None,
            submission_id: None,
            judgement: None,
            run_id: None,
            test: first.test,
            count,
            counts_against: Vec::new(),
            worker: self.id.clone(),
        }
    }

    async fn record_violation(
        &self,
        violation: NewViolation,
        first: DeniedRun,
        run: RunSpec,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let (engine, language) = (self.engine.clone(), violation.language.clone());
        let identify = move || engine.toolchains().identity_text(&language);
        let identity = tokio::task::spawn_blocking(identify).await?;
        let version = self.version_of(&violation.language);
        let toolchain = format!("{version} {}", identity.unwrap_or_default());
        let evidence = first.evidence(run, toolchain);
        let recording = self
            .store
            .record_violation(&violation, evidence, &self.flag_rule);
        let recorded = recording.await?;
        if recorded.is_new {
            let call = violation.call.as_ref();
            record(MetricPoint::Violation {
                language: violation.language.clone(),
                denied: metrics::SYSTEM_CALL,
                user: client.user_id.clone(),
                call: call.map(|call| call.name.clone()),
            });
            tracing::warn!(id = recorded.id, user = %client.user_id, call = ?call, "a violation");
        }
        for flag in &recorded.flags {
            metrics::flag_set(flag.subject.kind);
            tracing::warn!(subject = %flag.subject, reason = flag.reason, "flagged");
        }
        Ok(())
    }
}

fn address_of(client: &JobClient) -> Option<String> {
    let address = client.terms.address.map(|address| address.to_string());
    address.or_else(|| match &client.terms.share {
        Some(ShareHolder::Address(address)) => Some(address.to_string()),
        _ => None,
    })
}

/// Returns a run of a submission on one test, with the problem's limits.
fn repeating_run(submission: &NewSubmission, package: &Package, test: Option<u32>) -> RunSpec {
    let limits = &package.limits;
    let test = package
        .data
        .tests
        .iter()
        .find(|candidate| Some(candidate.number) == test);
    RunSpec {
        stdin: test.map(bounded_input).unwrap_or_default(),
        args: test.map(|test| test.args.clone()).unwrap_or_default(),
        limits: LimitSpec {
            cpu_time: u64::try_from(limits.time.duration.as_millis()).ok(),
            memory: Some(limits.memory_bytes),
            output: Some(limits.output_bytes),
            ..LimitSpec::default()
        },
        ..RunSpec::of_source(submission.language.as_str(), submission.code.as_str())
    }
}

/// Reads a test's input up to a byte more than evidence keeps. One that can't be read is empty.
fn bounded_input(test: &TestCase) -> ByteText {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(&test.input) {
        let bound = ViolationEvidence::MAX_RUN_BYTES as u64 + 1;
        let _ = file.take(bound).read_to_end(&mut bytes);
    }
    bytes.into()
}

/// Returns a run of the same program on one of its tests.
fn single_run(spec: &RunSpec, test: Option<u32>) -> RunSpec {
    let index = test.and_then(|test| usize::try_from(test - 1).ok());
    let test = index.and_then(|index| spec.tests.get(index)).cloned();
    let test = test.unwrap_or_default();
    RunSpec {
        stdin: test.stdin.unwrap_or_else(|| spec.stdin.clone()),
        args: test.args.unwrap_or_else(|| spec.args.clone()),
        limits: test.limits.or(spec.limits),
        language: spec.language.clone(),
        files: spec.files.clone(),
        entry_point: spec.entry_point.clone(),
        compile_options: spec.compile_options.clone(),
        compile_limits: spec.compile_limits,
        checks_syntax: spec.checks_syntax,
        env: spec.env.clone(),
        ..RunSpec::of_source("", "")
    }
}
