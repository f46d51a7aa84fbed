//! The fields of a submission in an answer.

use letscode_model::{ByteText, JobId};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::body::CheckedBody;
use super::records::SubmissionRecord;
use super::result::JudgeResult;
use crate::encoding::encode_base64_lines;

/// Fields of an answer that asks for none in particular.
const DEFAULT_FIELDS: [&str; 8] = [
    "stdout",
    "time",
    "memory",
    "stderr",
    "token",
    "compile_output",
    "message",
    "status",
];

/// All other fields.
const FURTHER_FIELDS: [&str; 28] = [
    "source_code",
    "language_id",
    "stdin",
    "expected_output",
    "status_id",
    "created_at",
    "finished_at",
    "number_of_runs",
    "cpu_time_limit",
    "cpu_extra_time",
    "wall_time_limit",
    "memory_limit",
    "stack_limit",
    "max_processes_and_or_threads",
    "enable_per_process_and_thread_time_limit",
    "enable_per_process_and_thread_memory_limit",
    "max_file_size",
    "exit_code",
    "exit_signal",
    "wall_time",
    "compiler_options",
    "command_line_arguments",
    "redirect_stderr_to_stdout",
    "callback_url",
    "additional_files",
    "enable_network",
    "language",
    "post_execution_filesystem",
];

/// The fields that a client wants, and how it wants texts.
#[derive(Debug, Clone)]
pub(super) struct FieldSelection {
    fields: Vec<&'static str>,
    pub is_base64: bool,
}

/// A text is not UTF-8, and the client does not want base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotConvertible;

impl FieldSelection {
    /// Reads the parameter `fields`: names with commas, or `*`. Fails with the unknown names.
    pub fn parse(fields: Option<&str>, is_base64: bool) -> Result<Self, String> {
        let fields = match fields.map(str::trim) {
            None | Some("") => DEFAULT_FIELDS.to_vec(),
            Some("*") => DEFAULT_FIELDS.into_iter().chain(FURTHER_FIELDS).collect(),
            Some(list) => {
                let all_fields = || DEFAULT_FIELDS.into_iter().chain(FURTHER_FIELDS);
                let names = || list.split(',').map(str::trim);
                let unknown: Vec<&str> = names()
                    .filter(|name| all_fields().all(|k| k != *name))
                    .collect();
                if !unknown.is_empty() {
                    return Err(unknown.join(", "));
                }
                all_fields()
                    .filter(|field| names().any(|name| name == *field))
                    .collect()
            }
        };
        Ok(FieldSelection { fields, is_base64 })
    }

    pub fn default_fields(is_base64: bool) -> Self {
        FieldSelection {
            fields: DEFAULT_FIELDS.to_vec(),
            is_base64,
        }
    }

    /// Returns the submission with these fields. What is not remembered of it is null.
    pub fn submission(
        &self,
        token: JobId,
        result: &JudgeResult,
        record: Option<&SubmissionRecord>,
    ) -> Result<Value, NotConvertible> {
        let mut object = Map::new();
        for field in &self.fields {
            let value = match self.result_field(field, token, result)? {
                Some(value) => value,
                None => match record {
                    Some(record) => self.record_field(field, record)?,
                    None => Value::Null,
                },
            };
            object.insert((*field).to_owned(), value);
        }
        Ok(Value::Object(object))
    }

    fn result_field(
        &self,
        field: &str,
        token: JobId,
        result: &JudgeResult,
    ) -> Result<Option<Value>, NotConvertible> {
        Ok(Some(match field {
            "token" => json!(token.to_string()),
            "stdout" => self.text(result.stdout.as_ref())?,
            "stderr" => self.text(result.stderr.as_ref())?,
            "compile_output" => self.text(result.compile_output.as_ref())?,
            "message" => {
                let message = result.message.as_deref().map(ByteText::from);
                self.text(message.as_ref())?
            }
            "status" => json!(result.status),
            "status_id" => json!(result.status.id),
            "time" => seconds(result.time),
            "wall_time" => seconds(result.wall_time),
            "memory" => json!(result.memory),
            "exit_code" => json!(result.exit_code),
            "exit_signal" => json!(result.exit_signal),
            "post_execution_filesystem" => Value::Null,
            _ => return Ok(None),
        }))
    }

    fn record_field(
        &self,
        field: &str,
        record: &SubmissionRecord,
    ) -> Result<Value, NotConvertible> {
        let body = &record.body;
        Ok(match field {
            "source_code" => self.text(Some(&body.source_code))?,
            "stdin" => self.text(body.stdin.as_ref())?,
            "expected_output" => self.text(body.expected_output.as_ref())?,
            "created_at" => json!(timestamp(record.created_at)),
            "finished_at" => json!(record.finished_at.map(timestamp)),
            "additional_files" => {
                json!(body.additional_files.as_deref().map(encode_base64_lines))
            }
            field => setting(field, body),
        })
    }

    fn text(&self, text: Option<&ByteText>) -> Result<Value, NotConvertible> {
        let Some(text) = text else {
            return Ok(Value::Null);
        };
        if self.is_base64 {
            return Ok(json!(encode_base64_lines(text.as_bytes())));
        }
        text.as_text().map(|text| json!(text)).ok_or(NotConvertible)
    }
}

fn setting(field: &str, body: &CheckedBody) -> Value {
    match field {
        "language_id" => json!(body.language.id),
        "language" => json!(body.language),
        "number_of_runs" => json!(body.number_of_runs),
        "cpu_time_limit" => json!(decimal(body.cpu_time_limit)),
        "cpu_extra_time" => json!(decimal(body.cpu_extra_time)),
        "wall_time_limit" => json!(decimal(body.wall_time_limit)),
        "memory_limit" => json!(body.memory_limit),
        "stack_limit" => json!(body.stack_limit),
        "max_processes_and_or_threads" => json!(body.max_processes_and_or_threads),
        "max_file_size" => json!(body.max_file_size),
        "compiler_options" => json!(body.compiler_options),
        "command_line_arguments" => json!(body.command_line_arguments),
        "redirect_stderr_to_stdout" => json!(body.redirect_stderr_to_stdout),
        "callback_url" => json!(body.callback_url),
        "enable_per_process_and_thread_time_limit"
        | "enable_per_process_and_thread_memory_limit"
        | "enable_network" => json!(false),
        _ => Value::Null,
    }
}

/// Writes a number with at least one decimal, as Ruby does: `5.0`.
fn decimal(number: f64) -> String {
    format!("{number:?}")
}

fn seconds(seconds: Option<f64>) -> Value {
    json!(seconds.map(|seconds| format!("{seconds:.3}")))
}

/// Writes a time as `2026-11-30T10:00:00.000Z`.
fn timestamp(time: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}
