//! A submission as it is sent, and its checks.

use letscode_model::{ByteText, LanguageInfo};
use serde::Deserialize;

use super::config::JudgeConfig;
use super::languages::{self, JudgeLanguage};
use super::mistakes::FieldMistakes;
use crate::encoding::decode_base64;
use crate::json::JsonScalar;

/// Longest text of options or arguments.
const MAX_OPTIONS: usize = 512;
/// Characters that arguments can't have: Judge0 hands them to a shell.
const SHELL_CHARACTERS: &str = "$&;<>|`";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SubmissionBody {
    source_code: JsonScalar,
    language_id: JsonScalar,
    compiler_options: JsonScalar,
    command_line_arguments: JsonScalar,
    stdin: JsonScalar,
    expected_output: JsonScalar,
    cpu_time_limit: JsonScalar,
    cpu_extra_time: JsonScalar,
    wall_time_limit: JsonScalar,
    memory_limit: JsonScalar,
    stack_limit: JsonScalar,
    max_processes_and_or_threads: JsonScalar,
    enable_per_process_and_thread_time_limit: JsonScalar,
    enable_per_process_and_thread_memory_limit: JsonScalar,
    max_file_size: JsonScalar,
    redirect_stderr_to_stdout: JsonScalar,
    enable_network: JsonScalar,
    number_of_runs: JsonScalar,
    additional_files: JsonScalar,
    callback_url: JsonScalar,
}

/// A submission without mistakes. Times are seconds, sizes are KiB.
#[derive(Debug, Clone)]
pub(super) struct CheckedBody {
    pub source_code: ByteText,
    pub language: JudgeLanguage,
    pub compiler_options: Option<String>,
    pub command_line_arguments: Option<String>,
    pub stdin: Option<ByteText>,
    pub expected_output: Option<ByteText>,
    pub cpu_time_limit: f64,
    pub cpu_extra_time: f64,
    pub wall_time_limit: f64,
    pub memory_limit: u64,
    pub stack_limit: u64,
    pub max_processes_and_or_threads: u64,
    pub max_file_size: u64,
    pub redirect_stderr_to_stdout: bool,
    pub number_of_runs: u32,
    pub additional_files: Option<Vec<u8>>,
    pub callback_url: Option<String>,
}

/// Bounds of a number, and its value unless stated.
struct NumberRule {
    default: f64,
    min: f64,
    /// False if `min` itself is too small.
    includes_min: bool,
    max: f64,
}

impl SubmissionBody {
    pub fn check(
        self,
        config: &JudgeConfig,
        languages: &[LanguageInfo],
        is_base64: bool,
    ) -> Result<CheckedBody, FieldMistakes> {
        let mut mistakes = FieldMistakes::default();
        let source_code = bytes("source_code", self.source_code, is_base64, &mut mistakes);
        if source_code.as_ref().is_none_or(ByteText::is_empty) {
            mistakes.add("source_code", "can't be blank");
        }
        let language = language(&self.language_id, languages, &mut mistakes);
        for (field, flag) in [
            (
                "enable_per_process_and_thread_time_limit",
                &self.enable_per_process_and_thread_time_limit,
            ),
            (
                "enable_per_process_and_thread_memory_limit",
                &self.enable_per_process_and_thread_memory_limit,
            ),
        ] {
            if flag.boolean() == Some(true) {
                mistakes.add(field, "this option cannot be enabled");
            }
        }
        if self.enable_network.boolean() == Some(true) {
            mistakes.add("enable_network", "enabling network is not allowed");
        }
        let callback_url = text("callback_url", self.callback_url, usize::MAX, &mut mistakes);
        if callback_url.is_some() && !config.enable_callbacks {
            mistakes.add("callback_url", "setting callback is not allowed");
        }
        let additional_files = bytes(
            "additional_files",
            self.additional_files,
            true,
            &mut mistakes,
        );
        let arguments = arguments(self.command_line_arguments, &mut mistakes);
        let options = text(
            "compiler_options",
            self.compiler_options,
            MAX_OPTIONS,
            &mut mistakes,
        );
        let stdin = bytes("stdin", self.stdin, is_base64, &mut mistakes);
        let expected = bytes(
            "expected_output",
            self.expected_output,
            is_base64,
            &mut mistakes,
        );
        let numbers = [
            ("cpu_time_limit", &self.cpu_time_limit),
            ("cpu_extra_time", &self.cpu_extra_time),
            ("wall_time_limit", &self.wall_time_limit),
            ("memory_limit", &self.memory_limit),
            ("stack_limit", &self.stack_limit),
            (
                "max_processes_and_or_threads",
                &self.max_processes_and_or_threads,
            ),
            ("max_file_size", &self.max_file_size),
            ("number_of_runs", &self.number_of_runs),
        ];
        let rules = number_rules(config);
        let mut values = [0.0; 8];
        for (index, (field, value)) in numbers.into_iter().enumerate() {
            values[index] = rules[index].read(field, value, &mut mistakes);
        }
        let [cpu, extra, wall, memory, stack, processes, file_size, runs] = values;
        let (Some(source_code), Some(language)) = (source_code, language) else {
            return Err(mistakes);
        };
        mistakes.or(CheckedBody {
            source_code,
            language,
            compiler_options: options,
            command_line_arguments: arguments,
            stdin,
            expected_output: expected,
            cpu_time_limit: cpu,
            cpu_extra_time: extra,
            wall_time_limit: wall,
            memory_limit: memory as u64,
            stack_limit: stack as u64,
            max_processes_and_or_threads: processes as u64,
            max_file_size: file_size as u64,
            redirect_stderr_to_stdout: self.redirect_stderr_to_stdout.boolean() == Some(true),
            number_of_runs: runs as u32,
            additional_files: additional_files.map(|files| files.0),
            callback_url,
        })
    }
}

/// Returns the rules in the order in which `check` reads the numbers.
fn number_rules(config: &JudgeConfig) -> [NumberRule; 8] {
    let rule = |default: f64, min: f64, max: f64| NumberRule {
        default,
        min,
        includes_min: true,
        max,
    };
    let positive = |default: u64, max: u64| NumberRule {
        includes_min: false,
        ..rule(default as f64, 0.0, max as f64)
    };
    [
        rule(config.cpu_time_limit, 0.0, config.max_cpu_time_limit),
        rule(config.cpu_extra_time, 0.0, config.max_cpu_extra_time),
        rule(config.wall_time_limit, 1.0, config.max_wall_time_limit),
        rule(
            config.memory_limit as f64,
            2048.0,
            config.max_memory_limit as f64,
        ),
        rule(
            config.stack_limit as f64,
            0.0,
            config.max_stack_limit as f64,
        ),
        positive(
            config.max_processes_and_or_threads,
            config.max_max_processes_and_or_threads,
        ),
        rule(
            config.max_file_size as f64,
            0.0,
            config.max_max_file_size as f64,
        ),
        positive(1, u64::from(config.max_number_of_runs)),
    ]
}

impl NumberRule {
    fn read(&self, field: &'static str, value: &JsonScalar, mistakes: &mut FieldMistakes) -> f64 {
        if value.is_null() || value.text() == Some("") {
            return self.default;
        }
        let Some(number) = value.number() else {
            mistakes.add(field, "is not a number");
            return self.default;
        };
        if number > self.max {
            mistakes.add(field, format!("must be less than or equal to {}", self.max));
        } else if self.includes_min && number < self.min {
            mistakes.add(
                field,
                format!("must be greater than or equal to {}", self.min),
            );
        } else if !self.includes_min && number <= self.min {
            mistakes.add(field, format!("must be greater than {}", self.min));
        }
        number
    }
}

fn language(
    value: &JsonScalar,
    languages: &[LanguageInfo],
    mistakes: &mut FieldMistakes,
) -> Option<JudgeLanguage> {
    let Some(number) = value.number() else {
        mistakes.add("language_id", "can't be blank");
        return None;
    };
    // Saturates; no language has the number 4294967295.
    let id = number as u32;
    let language = languages::find(languages, id).filter(|_| f64::from(id) == number);
    if language.is_none() {
        let reason = format!("language with id {number} doesn't exist");
        mistakes.add("language_id", reason);
    }
    language.map(|language| languages::named(id, language))
}

/// Reads a text; an empty one is none.
fn text(
    field: &'static str,
    value: JsonScalar,
    max: usize,
    mistakes: &mut FieldMistakes,
) -> Option<String> {
    let text = match value {
        JsonScalar::Null => return None,
        JsonScalar::Number(number) => number.to_string(),
        JsonScalar::Text(text) => text,
        JsonScalar::Bool(_) | JsonScalar::Nested => {
            mistakes.add(field, "is not a text");
            return None;
        }
    };
    if text.chars().count() > max {
        mistakes.add(field, format!("is too long (maximum is {max} characters)"));
    }
    Some(text).filter(|text| !text.trim().is_empty())
}

fn arguments(value: JsonScalar, mistakes: &mut FieldMistakes) -> Option<String> {
    let arguments = text("command_line_arguments", value, MAX_OPTIONS, mistakes)?;
    if arguments.contains(|c| SHELL_CHARACTERS.contains(c)) {
        let reason = format!("can't contain any of {SHELL_CHARACTERS}");
        mistakes.add("command_line_arguments", reason);
    }
    Some(arguments)
}

fn bytes(
    field: &'static str,
    value: JsonScalar,
    is_base64: bool,
    mistakes: &mut FieldMistakes,
) -> Option<ByteText> {
    let text = match value {
        JsonScalar::Null => return None,
        JsonScalar::Text(text) => text,
        JsonScalar::Number(number) => number.to_string(),
        JsonScalar::Bool(_) | JsonScalar::Nested => {
            mistakes.add(field, "is not a text");
            return None;
        }
    };
    if !is_base64 {
        return Some(text.into());
    }
    let decoded = decode_base64(&text);
    let decoded = decoded.map_err(|reason| mistakes.add(field, reason));
    decoded.ok().map(ByteText)
}
