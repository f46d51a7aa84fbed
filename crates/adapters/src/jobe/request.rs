//! `POST /runs`: the request, and how it becomes a run.

use axum::http::StatusCode;
use letscode_model::{ByteText, LanguageInfo, LimitSpec, RunBounds, RunFile, RunSpec};
use serde::Deserialize;

use crate::json::{BoundedList, BoundedMap, JsonScalar};
use crate::outcome::{has_extension, program_text};
use crate::runner::RunError;
use letscode_json::JsonMistake;

const MIB: f64 = (1 << 20) as f64;

/// Jobe's limits where a request states none: seconds, MiB, processes.
const DEFAULT_CPU_SECONDS: f64 = 5.0;
const DEFAULT_MEMORY_MIB: f64 = 400.0;
const DEFAULT_DISK_MIB: f64 = 20.0;
const DEFAULT_STREAM_MIB: f64 = 2.0;
const DEFAULT_PROCESSES: f64 = 30.0;

/// Options of interpreters that change nothing here.
const NEUTRAL_OPTIONS: [&str; 6] = ["-B", "-E", "-BE", "-I", "-s", "-u"];

#[derive(Debug, Deserialize)]
pub(super) struct RunsBody {
    run_spec: RunSpecBody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RunSpecBody {
    language_id: JsonScalar,
    sourcecode: JsonScalar,
    sourcefilename: JsonScalar,
    input: JsonScalar,
    file_list: BoundedList<BoundedList<JsonScalar>>,
    parameters: BoundedMap<ParameterValue>,
}

/// A number, or a list of options.
#[derive(Debug, Clone)]
enum ParameterValue {
    Scalar(JsonScalar),
    Options(Vec<String>),
}

/// A request that has what every request needs.
#[derive(Debug)]
pub(super) struct CheckedRun {
    pub language: String,
    code: String,
    source_name: Option<String>,
    input: String,
    /// Ids and names.
    files: Vec<(String, String)>,
    parameters: Vec<(String, ParameterValue)>,
}

/// A request that is refused: the reason becomes a text as JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct JobeRefusal {
    pub status: StatusCode,
    pub reason: String,
}

impl JobeRefusal {
    pub fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        JobeRefusal {
            status,
            reason: reason.into(),
        }
    }

    fn bad(reason: impl Into<String>) -> Self {
        JobeRefusal::new(StatusCode::BAD_REQUEST, reason)
    }
}

impl From<JsonMistake> for JobeRefusal {
    fn from(mistake: JsonMistake) -> Self {
        JobeRefusal::bad(match mistake.field.as_deref() {
            None => format!("Non-JSON post data received: {}", mistake.reason),
            Some("run_spec") => "No run_spec attribute found in post data".to_owned(),
            Some(field) => format!("{field}: {}", mistake.reason),
        })
    }
}

impl From<RunError> for JobeRefusal {
    fn from(error: RunError) -> Self {
        let status = match &error {
            RunError::Invalid(_)
            | RunError::UnknownLanguage { .. }
            | RunError::LanguageUnavailable { .. } => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        JobeRefusal::new(status, error.to_string())
    }
}

impl RunsBody {
    pub fn check(self) -> Result<CheckedRun, JobeRefusal> {
        let run = self.run_spec;
        let required = |name: &str, value: JsonScalar| {
            value.into_text().ok_or_else(|| {
                let reason = format!("run_spec is missing the required attribute '{name}'");
                JobeRefusal::bad(reason)
            })
        };
        let code = required("sourcecode", run.sourcecode)?;
        let language = required("language_id", run.language_id)?;
        let source_name = run
            .sourcefilename
            .into_text()
            .filter(|name| !name.is_empty());
        let is_plain = |c: char| c.is_alphanumeric() || " ._-".contains(c);
        if source_name
            .as_ref()
            .is_some_and(|name| name.starts_with(['.', '-']) || !name.chars().all(is_plain))
        {
            return Err(JobeRefusal::bad(
                "The sourcefilename for the run_spec is illegal",
            ));
        }
        let mut files = Vec::new();
        for file in run.file_list.0 {
            let texts: Vec<&str> = file.0.iter().filter_map(JsonScalar::text).collect();
            let (Some(id), Some(name)) = (texts.first(), texts.get(1)) else {
                return Err(JobeRefusal::bad(
                    "Invalid file specifier: [id, name] is expected",
                ));
            };
            files.push(((*id).to_owned(), (*name).to_owned()));
        }
        Ok(CheckedRun {
            language,
            code,
            source_name,
            input: run.input.into_text().unwrap_or_default(),
            files,
            parameters: run.parameters.0,
        })
    }
}

impl CheckedRun {
    /// `stored` returns an uploaded file.
    pub fn into_spec(
        self,
        language: &LanguageInfo,
        bounds: &RunBounds,
        stored: impl Fn(&str) -> Option<ByteText>,
    ) -> Result<RunSpec, JobeRefusal> {
        let limits = self.limits(language, bounds)?;
        let mut compile_options = self.options("compileargs")?;
        compile_options.extend(self.options("linkargs")?);
        self.check_interpreter()?;
        let args = self.options("runargs")?;
        let name = self
            .source_name
            .filter(|name| has_extension(language, name));
        let program = RunFile {
            name: name.clone(),
            content: program_text(self.code).into(),
        };
        let mut files = vec![program];
        for (id, name) in self.files {
            let content = stored(&id).ok_or_else(|| {
                let reason = "One or more of the specified files is missing/unavailable";
                JobeRefusal::new(StatusCode::NOT_FOUND, reason)
            })?;
            files.push(RunFile {
                name: Some(name),
                content,
            });
        }
        Ok(RunSpec {
            files,
            entry_point: name,
            compile_options,
            args,
            stdin: self.input.into(),
            limits,
            // Jobe compiles Python before it runs it, and JavaScript not.
            checks_syntax: language.peers.jobe.as_deref() == Some("python3"),
            ..RunSpec::of_source(language.id.as_str(), "")
        })
    }

    fn parameter(&self, name: &str) -> Option<&ParameterValue> {
        let mut parameters = self.parameters.iter();
        parameters
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// Returns a number; what is no number is the default, as in Jobe.
    fn number(&self, name: &str, default: f64) -> f64 {
        match self.parameter(name) {
            Some(ParameterValue::Scalar(value)) => value.number().unwrap_or(default),
            _ => default,
        }
    }

    fn options(&self, name: &str) -> Result<Vec<String>, JobeRefusal> {
        match self.parameter(name) {
            None | Some(ParameterValue::Scalar(JsonScalar::Null)) => Ok(Vec::new()),
            Some(ParameterValue::Options(options)) => Ok(options.clone()),
            Some(ParameterValue::Scalar(_)) => Err(JobeRefusal::bad(format!(
                "parameters.{name} is not a list of texts"
            ))),
        }
    }

    fn check_interpreter(&self) -> Result<(), JobeRefusal> {
        let options = self.options("interpreterargs")?;
        let mut foreign = options.iter();
        match foreign.find(|option| !NEUTRAL_OPTIONS.contains(&option.as_str())) {
            Some(option) => Err(JobeRefusal::bad(format!(
                "the interpreter's option {option} is not available on this server"
            ))),
            None => Ok(()),
        }
    }

    /// Limits above the operator's are the operator's, but that of CPU time, which Jobe refuses.
    fn limits(
        &self,
        language: &LanguageInfo,
        bounds: &RunBounds,
    ) -> Result<LimitSpec, JobeRefusal> {
        let max = &bounds.max_limits;
        let cpu_ms = self.number("cputime", DEFAULT_CPU_SECONDS) * 1000.0;
        if cpu_ms > max.cpu_time as f64 {
            let seconds = max.cpu_time / 1000;
            return Err(JobeRefusal::bad(format!(
                "cputime exceeds maximum allowed on this Jobe server ({seconds} secs)"
            )));
        }
        // Jobe gives Node.js all memory that there is.
        let memory = match language.peers.jobe.as_deref() {
            Some("nodejs") => 0.0,
            _ => DEFAULT_MEMORY_MIB,
        };
        // 0 is no limit. Saturates.
        let clamp = |value: f64, max: u64| match value {
            value if value <= 0.0 => Some(max),
            value => Some((value.round() as u64).clamp(1, max)),
        };
        Ok(LimitSpec {
            cpu_time: clamp(cpu_ms, max.cpu_time),
            wall_time: clamp(cpu_ms * 2.0, max.wall_time),
            memory: clamp(self.number("memorylimit", memory) * MIB, max.memory),
            file_size: clamp(
                self.number("disklimit", DEFAULT_DISK_MIB) * MIB,
                max.file_size,
            ),
            output: clamp(
                self.number("streamsize", DEFAULT_STREAM_MIB) * MIB,
                max.output,
            ),
            processes: clamp(self.number("numprocs", DEFAULT_PROCESSES), max.processes),
            stack: None,
        })
    }
}

impl<'de> Deserialize<'de> for ParameterValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ParameterVisitor)
    }
}

struct ParameterVisitor;

impl<'de> serde::de::Visitor<'de> for ParameterVisitor {
    type Value = ParameterValue;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a number or a list of texts")
    }

    fn visit_unit<E>(self) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Scalar(JsonScalar::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Scalar(JsonScalar::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Scalar(JsonScalar::Number(value as f64)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Scalar(JsonScalar::Number(value as f64)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Scalar(JsonScalar::Number(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Scalar(JsonScalar::Text(value.to_owned())))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(
        self,
        mut map: A,
    ) -> Result<ParameterValue, A::Error> {
        use serde::de::IgnoredAny;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(ParameterValue::Scalar(JsonScalar::Nested))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, list: A) -> Result<ParameterValue, A::Error> {
        let access = serde::de::value::SeqAccessDeserializer::new(list);
        BoundedList::deserialize(access).map(|options| ParameterValue::Options(options.0))
    }
}
