//! Programs that were ended for a violation: recorded with their evidence before their verdict is
//! published, so that no crash in between loses one that somebody has seen.

use std::fs::File;
use std::io::Read;
use std::time::{Duration, Instant};

use letscode_influx::{MetricPoint, record};
use letscode_judge::{DeniedCheck, ProgramOutput, TestReport};
use letscode_model::{
    ByteText, DeniedCall, Draft, Event, FlagChanged, FlagSubject, Hint, JobId, JudgementKey,
    LanguageId, LimitSpec, NewSubmission, NewViolation, OutputExcerpt, RunActivity, RunReport,
    RunSpec, RunStage, ShareHolder, StageReport, TurnTerms, UserId, ViolationEvidence,
    ViolationKind, WatchMode,
};
use letscode_package::{Package, TestCase};
use letscode_store::{JudgeInput, StoreError};

use crate::error::WorkerError;
use crate::metrics;
use crate::worker::Worker;

/// The client that a job is of.
#[derive(Debug, Clone)]
pub(crate) struct JobClient {
    pub user_id: UserId,
    pub terms: TurnTerms,
    /// Time at which the job was handed out.
    began: Instant,
    /// Time that counts as well, of before.
    waited: Duration,
}

impl JobClient {
    /// Returns the client of a job that is handed out now.
    pub fn now(user_id: UserId, terms: TurnTerms) -> Self {
        JobClient {
            user_id,
            terms,
            began: Instant::now(),
            waited: Duration::ZERO,
        }
    }

    /// Returns the client of a hint that is handed out now: what was written before its user was erased
    /// leaves nothing.
    pub fn of_hint(hint: &Hint) -> Self {
        JobClient {
            waited: hint.age(),
            ..JobClient::now(hint.user_id.clone(), TurnTerms::default())
        }
    }
}

/// Violations of one judgement, as they are seen: those of the submission, and those of the package's
/// checkers.
#[derive(Debug, Default)]
pub(crate) struct SubmissionViolations {
    first: Option<ViolatingRun>,
    count: u32,
    checker: Option<ViolatingRun>,
    /// Name of the test of the checker.
    checked_test: String,
}

/// The first violation of a submission or run.
#[derive(Debug)]
struct ViolatingRun {
    kind: ViolationKind,
    stage: RunStage,
    call: Option<DeniedCall>,
    test: Option<u32>,
    execution_time: f64,
    wall_time: f64,
    memory_used: u64,
    activity: Option<RunActivity>,
    stdout: OutputExcerpt,
    stderr: OutputExcerpt,
}

impl ViolatingRun {
    fn of_stage(report: &StageReport, stage: RunStage, test: Option<u32>) -> Self {
        ViolatingRun {
            kind: report.violation().unwrap_or(ViolationKind::DeniedCall),
            stage,
            call: report.denied_call.clone(),
            test,
            execution_time: report.execution_time,
            wall_time: report.wall_time,
            memory_used: report.memory_used,
            activity: report.activity,
            stdout: OutputExcerpt::of(report.stdout.as_bytes()),
            stderr: OutputExcerpt::of(report.stderr.as_bytes()),
        }
    }

    /// Returns the evidence. `run` is what repeats it.
    fn evidence(self, run: RunSpec, toolchain: String, watch: WatchMode) -> ViolationEvidence {
        ViolationEvidence {
            run,
            is_truncated: false,
            execution_time: self.execution_time,
            wall_time: self.wall_time,
            memory_used: self.memory_used,
            activity: self.activity,
            watch,
            stdout: self.stdout,
            stderr: self.stderr,
            toolchain,
            policy: letscode_judge::policy_version(),
        }
    }
}

impl SubmissionViolations {
    /// Adds a test on which the program was ended for a violation; others change nothing. Its verdict
    /// may be another: a validator may have rejected the program before.
    pub fn add_test(&mut self, report: &TestReport) {
        let result = &report.result;
        let Some(output) = report.output.clone() else {
            return;
        };
        self.count += 1;
        let ProgramOutput {
            violation,
            call,
            stdout,
            stderr,
        } = output;
        self.first.get_or_insert(ViolatingRun {
            kind: violation,
            stage: RunStage::Run,
            call,
            test: Some(result.test_case_number),
            execution_time: result.execution_time,
            wall_time: result.wall_time,
            memory_used: result.memory_used,
            activity: result.activity,
            stdout,
            stderr,
        });
    }

    /// Adds a compiler that was ended for a denied call.
    pub fn add_compiler(&mut self, stage: &StageReport) {
        self.count += 1;
        let denied = ViolatingRun::of_stage(stage, RunStage::Compile, None);
        self.first.get_or_insert(denied);
    }

    /// Adds a checker that was ended for a denied call: the package's fault.
    pub fn add_checker(&mut self, denied: &DeniedCheck) {
        let run = ViolatingRun::of_stage(&denied.stage, RunStage::Check, None);
        self.checker.get_or_insert(run);
        self.checked_test.clone_from(&denied.test);
    }
}

impl Worker {
    /// Records the violations of a judgement, if there are any.
    pub(crate) async fn record_violations(
        &self,
        seen: &mut SubmissionViolations,
        key: JudgementKey,
        work: &JudgeInput,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let (first, checker) = (seen.first.take(), seen.checker.take());
        if first.is_none() && checker.is_none() {
            return Ok(());
        }
        let languages = self.engine.toolchains().registry();
        let package = self.packages.get(&work.package.dir, languages)?;
        if let Some(mut checker) = checker {
            checker.test = test_number(&package, &seen.checked_test);
            self.record_run(checker, 1, key, work, &package, client)
                .await?;
        }
        match first {
            Some(first) => {
                self.record_run(first, seen.count, key, work, &package, client)
                    .await
            }
            None => Ok(()),
        }
    }

    async fn record_run(
        &self,
        first: ViolatingRun,
        count: u32,
        key: JudgementKey,
        work: &JudgeInput,
        package: &Package,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let submission = &work.submission;
        let is_submissions = first.stage != RunStage::Check;
        let violation = NewViolation {
            problem_id: Some(submission.problem_id.clone()),
            submission_id: Some(key.submission_id),
            judgement: Some(key.number),
            // A rejudge is nobody's deed, and a checker its setter's.
            counts_against: if key.number == JudgementKey::FIRST && is_submissions {
                FlagSubject::of_client(&client.user_id, &client.terms)
            } else {
                Vec::new()
            },
            ..self.violation(&first, count, &submission.language, client)
        };
        let run = repeating_run(submission, package, first.test);
        self.record_violation(violation, first, run, client).await
    }

    /// Records the violations of an ad-hoc run, its checker's too, if there are any.
    pub(crate) async fn record_run_violations(
        &self,
        id: JobId,
        spec: &RunSpec,
        report: &RunReport,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let Some((first, count)) = violations_of(report) else {
            return Ok(());
        };
        let violation = NewViolation {
            run_id: Some(id),
            counts_against: FlagSubject::of_client(&client.user_id, &client.terms),
            ..self.violation(&first, count, &spec.language, client)
        };
        let run = single_run(spec, first.test);
        self.record_violation(violation, first, run, client).await
    }

    /// Records the violation of a draft that was compiled. Nobody has submitted it, so it counts
    /// against nobody.
    pub(crate) async fn record_draft_violation(
        &self,
        hint: &Hint,
        draft: &Draft,
        stage: &StageReport,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let first = ViolatingRun::of_stage(stage, RunStage::Compile, None);
        let violation = NewViolation {
            problem_id: Some(draft.problem_id.clone()),
            ..self.violation(&first, 1, &hint.language, client)
        };
        let run = RunSpec::of_source(hint.language.as_str(), draft.code.as_str());
        self.record_violation(violation, first, run, client).await
    }

    fn violation(
        &self,
        first: &ViolatingRun,
        count: u32,
        language: &LanguageId,
        client: &JobClient,
    ) -> NewViolation {
        NewViolation {
            kind: first.kind,
            stage: first.stage,
            call: first.call.clone(),
            user_id: client.user_id.clone(),
            address: address_of(client),
            language: language.clone(),
            problem_id: None,
            submission_id: None,
            judgement: None,
            run_id: None,
            test: first.test,
            count,
            counts_against: Vec::new(),
            worker: self.id.clone(),
            work_age: client.waited.saturating_add(client.began.elapsed()),
        }
    }

    async fn record_violation(
        &self,
        violation: NewViolation,
        first: ViolatingRun,
        run: RunSpec,
        client: &JobClient,
    ) -> Result<(), WorkerError> {
        let (engine, language) = (self.engine.clone(), violation.language.clone());
        let identify = move || engine.toolchains().identity_text(&language);
        let identity = tokio::task::spawn_blocking(identify).await?;
        let version = self.version_of(&violation.language);
        let toolchain = format!("{version} {}", identity.unwrap_or_default());
        let evidence = first.evidence(run, toolchain, self.engine.watch());
        let recording = self
            .store
            .record_violation(&violation, evidence, &self.flag_rule);
        let recorded = match recording.await {
            // What they did is forgotten with them.
            Err(StoreError::ErasedUser) => return Ok(()),
            recorded => recorded?,
        };
        if recorded.is_new {
            let call = violation.call.as_ref();
            metrics::violation(&violation.language, violation.kind);
            record(MetricPoint::Violation {
                language: violation.language.clone(),
                denied: metrics::denied_thing(violation.kind),
                user: client.user_id.clone(),
                call: call.map(|call| call.name.clone()),
            });
            let kind = violation.kind.as_str();
            tracing::warn!(id = recorded.id, user = %client.user_id, kind, call = ?call, "a violation");
        }
        for flag in &recorded.flags {
            metrics::flag_set(flag.subject.kind);
            tracing::warn!(subject = %flag.subject, reason = flag.reason, "flagged");
        }
        if let Some(flag) = recorded.flags.first() {
            let until = Some(flag.until);
            let event = Event::FlagChanged(FlagChanged { until });
            self.broker.events.publish(&client.user_id, event).await?;
        }
        Ok(())
    }
}

/// Returns the first violation of an ad-hoc run, and the number of all.
fn violations_of(report: &RunReport) -> Option<(ViolatingRun, u32)> {
    let compile = report.compile.iter().filter(|compile| !compile.succeeded);
    let compile = compile.map(|compile| (None, RunStage::Compile, &compile.stage));
    let runs = (1..).zip(&report.runs).flat_map(|(test, run)| {
        let check = run.denied_check.as_ref();
        let check = check.map(|stage| (Some(test), RunStage::Check, stage));
        let run = [(Some(test), RunStage::Run, &run.stage)];
        run.into_iter().chain(check)
    });
    let stages = compile.chain(runs);
    let mut ended = stages.filter(|(_, _, stage)| stage.violation().is_some());
    let (test, stage, report) = ended.next()?;
    let first = ViolatingRun::of_stage(report, stage, test);
    Some((first, 1 + u32::try_from(ended.count()).unwrap_or(u32::MAX)))
}

fn test_number(package: &Package, name: &str) -> Option<u32> {
    let mut tests = package.data.tests.iter();
    tests.find(|test| test.name == name).map(|test| test.number)
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
