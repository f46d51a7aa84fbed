//! The two runtimes that open-r1 adds to its Piston: a program with one test and perhaps a checker,
//! whose "output" is the score and whose "errors" are the feedback.
//!
//! | Language | Program | Checker |
//! |---|---|---|
//! | `cf_python3`, `c++17` | the first file | `checker.py` |
//! | `cms_ioi` | `graders/CODE.cpp`, with `graders/grader.cpp` and `stub.cpp` | `checker/checker.cpp` |
//!
//! A checker gets the names of input, expected output and output, and prints the score.

use letscode_model::{
    ByteText, CompareRule, LimitSpec, LineRule, RunBounds, RunFile, RunOutcome, RunReport, RunSpec,
    RunTest, StageReport, Verdict,
};
use serde::Deserialize;

use super::answer::{ExecuteAnswer, StageAnswer};
use super::request::{CheckedRequest, PistonFile, PistonRefusal};
use crate::context::AdapterContext;
use crate::outcome::{is_timeout, program_text};
use crate::runner::RunCaller;
use letscode_json::read_json;

const INPUT: &str = "input.txt";
const EXPECTED: &str = "correct_output.txt";
/// Name of the program's output for the checker.
const OUTPUT: &str = "output.txt";

/// A program with its test.
#[derive(Debug)]
pub(super) struct GradedRun {
    language: String,
    program: RunSpec,
    checker: Option<RunSpec>,
    input: ByteText,
    expected: Option<ByteText>,
    reads_file: bool,
}

/// Score and feedback of a test.
struct GradedResult {
    score: String,
    feedback: String,
}

impl GradedRun {
    /// Returns the run if a request is of this kind.
    pub fn of_request(
        request: &CheckedRequest,
        bounds: &RunBounds,
    ) -> Result<Option<GradedRun>, PistonRefusal> {
        let has = |name: &str| file(&request.files, name).is_some();
        match request.language.as_str() {
            "cf_python3" => codeforces(request, "python", bounds).map(Some),
            "c++17" | "cf_c++17" if has("grader_config") || has(INPUT) => {
                codeforces(request, "cpp", bounds).map(Some)
            }
            "cms_ioi" => olympiad(request, bounds).map(Some),
            _ => Ok(None),
        }
    }

    /// Runs the program, then the checker if there is one.
    pub async fn execute(
        self,
        context: &AdapterContext,
        caller: &RunCaller,
    ) -> Result<ExecuteAnswer, PistonRefusal> {
        let has_checker = self.checker.is_some();
        let mut program = self.program;
        program.tests.push(RunTest {
            stdin: Some(self.input.clone()).filter(|_| !self.reads_file),
            expected: self
                .expected
                .clone()
                .filter(|_| !has_checker && !self.reads_file),
            ..RunTest::default()
        });
        let report = context.run(program, caller).await?;
        let output = output_of(&report, self.reads_file);
        let result = match (failure(&report), self.expected) {
            (Some(failure), _) => failure,
            // Without an expected output the program's own is what the client wants.
            (None, None) => GradedResult {
                score: output.to_text(),
                feedback: String::new(),
            },
            (None, Some(expected)) => match self.checker {
                Some(checker) => {
                    let data = [(INPUT, self.input), (EXPECTED, expected), (OUTPUT, output)];
                    check(checker, data, context, caller).await?
                }
                None if self.reads_file => compare_text(&output, &expected),
                None => of_verdict(&report),
            },
        };
        Ok(answer(self.language, &report, result))
    }
}

fn file<'f>(files: &'f [PistonFile], name: &str) -> Option<&'f PistonFile> {
    files.iter().find(|file| file.name.as_deref() == Some(name))
}

fn content(files: &[PistonFile], name: &str) -> Option<ByteText> {
    file(files, name).map(|file| file.content.clone())
}

fn bad_request(reason: impl Into<String>) -> PistonRefusal {
    PistonRefusal::BadRequest(reason.into())
}

/// Settings in `grader_config`, a line `KEY=VALUE` each.
fn setting<'c>(config: &'c str, key: &str) -> Option<&'c str> {
    let mut lines = config.lines().filter_map(|line| line.split_once('='));
    lines
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value.trim())
}

fn codeforces(
    request: &CheckedRequest,
    language: &str,
    bounds: &RunBounds,
) -> Result<GradedRun, PistonRefusal> {
    let main = request.files.first();
    let main = main.ok_or_else(|| bad_request("files must include the program, as the first"))?;
    let config = content(&request.files, "grader_config").unwrap_or_default();
    let config = config.to_text();
    let number = |key: &str| setting(&config, key).and_then(|value| value.parse::<f64>().ok());
    let checker = content(&request.files, "checker.py").map(|checker| RunSpec {
        checks_syntax: false,
        ..RunSpec::of_source("python", checker)
    });
    let mut program = RunSpec::of_source(language, program_text(main.content.to_text()));
    let memory = number("MEMORY_LIMIT").map(|mib| mib * f64::from(1 << 20));
    program.limits = limits(number("TIME_LIMIT"), memory, bounds);
    finish(
        request,
        program,
        checker,
        setting(&config, "INPUT_MODE") == Some("file"),
    )
}

/// A problem's settings in `graders/grader_config.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GraderConfig {
    task_type: String,
    code: String,
    time_limit: Option<f64>,
    /// In bytes.
    memory_limit: Option<f64>,
}

fn olympiad(request: &CheckedRequest, bounds: &RunBounds) -> Result<GradedRun, PistonRefusal> {
    let config = match content(&request.files, "graders/grader_config.json") {
        Some(config) => read_json(config.as_bytes())?,
        None => GraderConfig::default(),
    };
    if !matches!(config.task_type.as_str(), "" | "Batch") {
        let reason = format!("tasks of type {} are not available here", config.task_type);
        return Err(bad_request(reason));
    }
    let first = request.files.first().and_then(|file| file.name.clone());
    let submission = match config.code.as_str() {
        "" => first.unwrap_or_default(),
        code => format!("graders/{}.cpp", code.to_lowercase()),
    };
    let is_program = |name: &str| {
        let shared = ["graders/grader.cpp", "graders/stub.cpp"];
        name == submission || shared.contains(&name) || name.ends_with(".h")
    };
    let files = below(&request.files, "graders/", is_program);
    let mut program = RunSpec::of_source("cpp", "");
    program.files = files;
    program.entry_point = Some(submission);
    program.limits = limits(config.time_limit, config.memory_limit, bounds);
    let checker_name = "checker/checker.cpp";
    let checker = file(&request.files, checker_name).map(|_| {
        let is_source = |name: &str| name.ends_with(".cpp") || name.ends_with(".h");
        RunSpec {
            files: below(&request.files, "checker/", is_source),
            entry_point: Some(checker_name.to_owned()),
            ..RunSpec::of_source("cpp", "")
        }
    });
    finish(request, program, checker, false)
}

/// Returns the files of a folder whose names `is_meant` accepts.
fn below(files: &[PistonFile], folder: &str, is_meant: impl Fn(&str) -> bool) -> Vec<RunFile> {
    let named = files
        .iter()
        .filter_map(|file| Some((file.name.as_deref()?, file)));
    let meant = named.filter(|(name, _)| name.starts_with(folder) && is_meant(name));
    let files = meant.map(|(name, file)| RunFile {
        name: Some(name.to_owned()),
        content: file.content.clone(),
    });
    files.collect()
}

fn finish(
    request: &CheckedRequest,
    mut program: RunSpec,
    checker: Option<RunSpec>,
    reads_file: bool,
) -> Result<GradedRun, PistonRefusal> {
    program.compare = CompareRule::Lines(LineRule::default());
    let input = content(&request.files, INPUT).unwrap_or_default();
    if reads_file {
        program.collect = vec![OUTPUT.to_owned()];
        program.files.push(RunFile {
            name: Some(INPUT.to_owned()),
            content: input.clone(),
        });
    }
    Ok(GradedRun {
        language: request.language.clone(),
        program,
        checker,
        input,
        expected: content(&request.files, EXPECTED),
        reads_file,
    })
}

fn limits(seconds: Option<f64>, memory: Option<f64>, bounds: &RunBounds) -> LimitSpec {
    let max = &bounds.max_limits;
    // Saturates.
    let clamp = |value: f64, max: u64| (value.round() as u64).clamp(1, max);
    LimitSpec {
        cpu_time: seconds.map(|seconds| clamp(seconds * 1000.0, max.cpu_time)),
        memory: memory.map(|bytes| clamp(bytes, max.memory)),
        ..LimitSpec::default()
    }
}

fn output_of(report: &RunReport, reads_file: bool) -> ByteText {
    let Some(run) = report.runs.first() else {
        return ByteText::default();
    };
    if reads_file {
        let mut files = run.files.iter();
        let file = files.find(|file| file.name == OUTPUT);
        return file.map(|file| file.content.clone()).unwrap_or_default();
    }
    run.stage.stdout.clone()
}

/// Returns the result of a program that did not end well.
fn failure(report: &RunReport) -> Option<GradedResult> {
    let feedback = match report.runs.first() {
        None => "Compilation error".to_owned(),
        Some(run) if run.stage.success() => return None,
        Some(run) if is_timeout(run.stage.outcome) => "Time limit exceeded".to_owned(),
        Some(run) if run.stage.outcome == RunOutcome::MemoryExceeded => {
            "Memory limit exceeded".to_owned()
        }
        Some(run) => format!("Runtime error\n{}", run.stage.stderr.to_text()),
    };
    Some(GradedResult {
        score: "0".to_owned(),
        feedback,
    })
}

fn of_verdict(report: &RunReport) -> GradedResult {
    let run = report.runs.first();
    of_comparison(run.is_some_and(|run| run.verdict == Some(Verdict::Accepted)))
}

fn of_comparison(is_correct: bool) -> GradedResult {
    let (score, feedback) = if is_correct {
        ("1", "Output is correct")
    } else {
        ("0", "Output isn't correct")
    };
    GradedResult {
        score: score.to_owned(),
        feedback: feedback.to_owned(),
    }
}

/// Compares a file that a program wrote, by the rule that the engine has for its output.
fn compare_text(output: &ByteText, expected: &ByteText) -> GradedResult {
    let lines = |text: &ByteText| {
        let text = text.to_text();
        let lines = text
            .trim_end()
            .lines()
            .map(|line| line.trim_end().to_owned());
        lines.collect::<Vec<_>>()
    };
    of_comparison(lines(output) == lines(expected))
}

/// Runs the checker, whose output is the score.
async fn check(
    mut checker: RunSpec,
    data: [(&str, ByteText); 3],
    context: &AdapterContext,
    caller: &RunCaller,
) -> Result<GradedResult, PistonRefusal> {
    checker.args = data.iter().map(|(name, _)| (*name).to_owned()).collect();
    let data = data.into_iter().map(|(name, content)| RunFile {
        name: Some(name.to_owned()),
        content,
    });
    checker.files.extend(data);
    let report = context.run(checker, caller).await?;
    let run = report.runs.first().filter(|run| run.stage.success());
    let stage = run.map(|run| &run.stage);
    Ok(match stage {
        Some(stage) => GradedResult {
            score: stage.stdout.to_text().trim().to_owned(),
            feedback: stage.stderr.to_text(),
        },
        None => GradedResult {
            score: "0".to_owned(),
            feedback: "the checker failed".to_owned(),
        },
    })
}

fn answer(language: String, report: &RunReport, result: GradedResult) -> ExecuteAnswer {
    let passed = StageReport {
        outcome: RunOutcome::Exited,
        exit_code: Some(0),
        ..StageReport::sandbox_error("")
    };
    // Clients look at the compiler's result for every language.
    let compile = report
        .compile
        .as_ref()
        .map_or(&passed, |compile| &compile.stage);
    let compile = StageAnswer::of_stage(compile);
    let usage = report.runs.first().map(|run| &run.stage);
    let stage = StageReport {
        stdout: result.score.into(),
        stderr: result.feedback.into(),
        execution_time: usage.map_or(0.0, |stage| stage.execution_time),
        wall_time: usage.map_or(0.0, |stage| stage.wall_time),
        memory_used: usage.map_or(0, |stage| stage.memory_used),
        ..passed
    };
    let run = if report.compile_failed() {
        compile.clone()
    } else {
        StageAnswer::of_stage(&stage)
    };
    ExecuteAnswer {
        language,
        version: "1.0.0".to_owned(),
        compile: Some(compile),
        run,
    }
}
