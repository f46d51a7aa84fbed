//! Turns a submission into a run.

use letscode_model::{
    CompareRule, InvalidSpec, LanguageInfo, LimitSpec, LineRule, RunBounds, RunFile, RunSpec,
    RunTest,
};

use super::archive;
use super::body::CheckedBody;
use super::config::JudgeConfig;
use super::mistakes::FieldMistakes;

const KIB: u64 = 1 << 10;

/// Returns the run of a submission.
pub(super) fn run_spec(
    body: &CheckedBody,
    language: &LanguageInfo,
    config: &JudgeConfig,
    bounds: &RunBounds,
) -> Result<RunSpec, FieldMistakes> {
    let files = body.additional_files.as_deref().unwrap_or_default();
    let files = match files {
        [] => Vec::new(),
        zip => archive::unpack(zip, config.max_extract_size * KIB, bounds)
            .map_err(|reason| FieldMistakes::of("additional_files", reason))?,
    };
    let program = RunFile {
        name: None,
        content: body.source_code.clone(),
    };
    let test = RunTest {
        expected: body.expected_output.clone(),
        ..RunTest::default()
    };
    Ok(RunSpec {
        files: std::iter::once(program).chain(files).collect(),
        compile_options: split_words("compiler_options", body.compiler_options.as_deref())?,
        args: split_words(
            "command_line_arguments",
            body.command_line_arguments.as_deref(),
        )?,
        stdin: body.stdin.clone().unwrap_or_default(),
        limits: limits(body),
        tests: vec![test; body.number_of_runs as usize],
        compare: CompareRule::Lines(LineRule::default()),
        stop_on_failure: true,
        checks_syntax: false,
        ..RunSpec::of_source(language.id.as_str(), "")
    })
}

/// Splits a text as a shell does.
fn split_words(field: &'static str, text: Option<&str>) -> Result<Vec<String>, FieldMistakes> {
    let split = shlex::split(text.unwrap_or_default());
    split.ok_or_else(|| FieldMistakes::of(field, "has a quotation mark without its counterpart"))
}

fn limits(body: &CheckedBody) -> LimitSpec {
    let milliseconds = |seconds: f64| Some(((seconds * 1000.0).round() as u64).max(1));
    let bytes = |kib: u64| Some((kib * KIB).max(1));
    LimitSpec {
        cpu_time: milliseconds(body.cpu_time_limit),
        wall_time: milliseconds(body.wall_time_limit),
        memory: bytes(body.memory_limit),
        stack: bytes(body.stack_limit),
        processes: Some(body.max_processes_and_or_threads),
        // Judge0 redirects the output to a file.
        output: bytes(body.max_file_size),
        file_size: bytes(body.max_file_size),
    }
}

/// Returns Judge0's field for a mistake that the engine found.
pub(super) fn field_of(mistake: &InvalidSpec) -> &'static str {
    let field = mistake.field.as_str();
    let fields = [
        ("compileOptions", "compiler_options"),
        ("args", "command_line_arguments"),
        ("stdin", "stdin"),
        ("tests", "expected_output"),
        ("files[0]", "source_code"),
        ("code", "source_code"),
        ("files", "additional_files"),
        ("limits.cpuTime", "cpu_time_limit"),
        ("limits.wallTime", "wall_time_limit"),
        ("limits.memory", "memory_limit"),
        ("limits.stack", "stack_limit"),
        ("limits.processes", "max_processes_and_or_threads"),
        ("limits", "max_file_size"),
    ];
    let mut matching = fields
        .iter()
        .filter(|(prefix, _)| field.starts_with(prefix));
    matching.next().map_or("source_code", |(_, name)| name)
}
