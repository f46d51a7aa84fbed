//! `POST /api/v2/execute`: the request, its checks in Piston's order, and how it becomes a run.

use std::fmt;

use letscode_model::{ByteText, LanguageInfo, LimitSpec, RunBounds, RunFile, RunSpec};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::encoding::decode_base64;
use crate::json::{BoundedList, JsonScalar};
use crate::outcome::{has_extension, program_text};
use crate::runner::RunError;
use letscode_json::JsonMistake;

/// Limits of time, in milliseconds, where a request states none.
const DEFAULT_COMPILE_MS: u64 = 10_000;
const DEFAULT_RUN_MS: u64 = 3_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExecuteBody {
    language: JsonScalar,
    version: JsonScalar,
    files: FileList,
    stdin: JsonScalar,
    args: BoundedList<JsonScalar>,
    compile_timeout: JsonScalar,
    run_timeout: JsonScalar,
    compile_cpu_time: JsonScalar,
    run_cpu_time: JsonScalar,
    compile_memory_limit: JsonScalar,
    run_memory_limit: JsonScalar,
}

#[derive(Debug, Deserialize)]
pub(super) struct PackageBody {
    pub language: String,
    pub version: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FileBody {
    name: JsonScalar,
    content: JsonScalar,
    encoding: JsonScalar,
}

#[derive(Debug, Default)]
enum FileList {
    #[default]
    NoList,
    Files(Vec<FileBody>),
}

/// A request that has what every request needs.
#[derive(Debug)]
pub(super) struct CheckedRequest {
    pub language: String,
    pub version: String,
    /// The main file is the first that is text.
    pub files: Vec<PistonFile>,
    stdin: String,
    args: Vec<String>,
    limits: [StatedLimit; 6],
}

#[derive(Debug)]
pub(super) struct PistonFile {
    pub name: Option<String>,
    pub content: ByteText,
    pub is_text: bool,
}

/// A limit that a request states.
#[derive(Debug)]
struct StatedLimit {
    name: &'static str,
    value: JsonScalar,
}

/// A request that is refused.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PistonRefusal {
    BadRequest(String),
    /// No runtime is called this and has this version: `cobol-1`.
    UnknownRuntime(String),
    Failed(RunError),
}

impl From<JsonMistake> for PistonRefusal {
    fn from(mistake: JsonMistake) -> Self {
        PistonRefusal::BadRequest(match mistake.field {
            Some(field) => format!("{field}: {}", mistake.reason),
            None => mistake.reason,
        })
    }
}

impl From<RunError> for PistonRefusal {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Invalid(_)
            | RunError::UnknownLanguage { .. }
            | RunError::LanguageUnavailable { .. } => PistonRefusal::BadRequest(error.to_string()),
            error => PistonRefusal::Failed(error),
        }
    }
}

fn bad<T>(reason: impl Into<String>) -> Result<T, PistonRefusal> {
    Err(PistonRefusal::BadRequest(reason.into()))
}

impl ExecuteBody {
    /// Checks what has to be there, in Piston's order.
    pub fn check(self) -> Result<CheckedRequest, PistonRefusal> {
        let text = |value: JsonScalar| value.into_text().filter(|text| !text.is_empty());
        let Some(language) = text(self.language) else {
            return bad("language is required as a string");
        };
        let Some(version) = text(self.version) else {
            return bad("version is required as a string");
        };
        let FileList::Files(files) = self.files else {
            return bad("files is required as an array");
        };
        let mut checked = Vec::new();
        for (index, file) in files.into_iter().enumerate() {
            checked.push(file.check(index)?);
        }
        let limit = |name, value| StatedLimit { name, value };
        Ok(CheckedRequest {
            language,
            version,
            files: checked,
            stdin: self.stdin.into_text().unwrap_or_default(),
            args: self.args.0.into_iter().filter_map(argument).collect(),
            limits: [
                limit("compile_memory_limit", self.compile_memory_limit),
                limit("run_memory_limit", self.run_memory_limit),
                limit("compile_timeout", self.compile_timeout),
                limit("run_timeout", self.run_timeout),
                limit("compile_cpu_time", self.compile_cpu_time),
                limit("run_cpu_time", self.run_cpu_time),
            ],
        })
    }
}

fn argument(value: JsonScalar) -> Option<String> {
    match value {
        JsonScalar::Number(number) => Some(number.to_string()),
        JsonScalar::Bool(value) => Some(value.to_string()),
        value => value.into_text(),
    }
}

impl FileBody {
    fn check(self, index: usize) -> Result<PistonFile, PistonRefusal> {
        let Some(content) = self.content.into_text() else {
            return bad(format!("files[{index}].content is required as a string"));
        };
        let wrong =
            |reason: String| PistonRefusal::BadRequest(format!("files[{index}].content: {reason}"));
        let encoding = self.encoding.text();
        let content = match encoding {
            Some("base64") => decode_base64(&content).map_err(wrong)?,
            Some("hex") => hex::decode(content.trim())
                .map_err(|error| wrong(format!("it is not hexadecimal: {error}")))?,
            _ => content.into_bytes(),
        };
        Ok(PistonFile {
            is_text: !matches!(encoding, Some("base64" | "hex")),
            name: self.name.into_text().filter(|name| !name.is_empty()),
            content: content.into(),
        })
    }
}

impl CheckedRequest {
    /// Returns the run. The main file comes first; it gets the language's usual name if it has none
    /// or one that compilers would not take for a source.
    pub fn into_spec(
        self,
        language: &LanguageInfo,
        bounds: &RunBounds,
    ) -> Result<RunSpec, PistonRefusal> {
        let Some(main) = self.files.iter().position(|file| file.is_text) else {
            return bad("files must include at least one utf8 encoded file");
        };
        let limits = run_limits(&self.limits, bounds)?;
        let compile_limits = compile_limits(&self.limits, bounds)?;
        let mut files = Vec::new();
        let mut program = None;
        for (index, file) in self.files.into_iter().enumerate() {
            if index == main {
                let name = file.name.filter(|name| has_extension(language, name));
                let text = program_text(file.content.to_text());
                program = Some(RunFile {
                    name,
                    content: text.into(),
                });
            } else {
                let name = file.name.unwrap_or_else(|| format!("file{index}.code"));
                files.push(RunFile {
                    name: Some(name),
                    content: file.content,
                });
            }
        }
        files.splice(..0, program);
        let mut stdin = self.stdin;
        if !stdin.is_empty() && !stdin.ends_with('\n') {
            stdin.push('\n');
        }
        Ok(RunSpec {
            entry_point: files.first().and_then(|file| file.name.clone()),
            files,
            stdin: stdin.into(),
            args: self.args,
            limits,
            compile_limits,
            checks_syntax: false,
            ..RunSpec::of_source(language.id.as_str(), "")
        })
    }
}

fn compile_limits(
    limits: &[StatedLimit; 6],
    bounds: &RunBounds,
) -> Result<LimitSpec, PistonRefusal> {
    let [memory, _, wall_time, _, cpu_time, _] = limits;
    let max = &bounds.max_compile_limits;
    let default = |max: u64| Some(DEFAULT_COMPILE_MS.min(max));
    Ok(LimitSpec {
        memory: memory.bytes(max.memory)?,
        wall_time: wall_time
            .milliseconds(max.wall_time)?
            .or(default(max.wall_time)),
        cpu_time: cpu_time
            .milliseconds(max.cpu_time)?
            .or(default(max.cpu_time)),
        ..LimitSpec::default()
    })
}

fn run_limits(limits: &[StatedLimit; 6], bounds: &RunBounds) -> Result<LimitSpec, PistonRefusal> {
    let [_, memory, _, wall_time, _, cpu_time] = limits;
    let max = &bounds.max_limits;
    let default = |max: u64| Some(DEFAULT_RUN_MS.min(max));
    Ok(LimitSpec {
        memory: memory.bytes(max.memory)?,
        wall_time: wall_time
            .milliseconds(max.wall_time)?
            .or(default(max.wall_time)),
        cpu_time: cpu_time
            .milliseconds(max.cpu_time)?
            .or(default(max.cpu_time)),
        ..LimitSpec::default()
    })
}

impl StatedLimit {
    /// Returns the limit; `None` for null and 0, which are as good as nothing.
    fn number(&self, max: u64) -> Result<Option<f64>, PistonRefusal> {
        let name = self.name;
        match &self.value {
            JsonScalar::Null => Ok(None),
            JsonScalar::Number(0.0) => Ok(None),
            JsonScalar::Number(number) if *number > max as f64 => bad(format!(
                "{name} cannot exceed the configured limit of {max}"
            )),
            JsonScalar::Number(number) => Ok(Some(*number)),
            _ => bad(format!("If specified, {name} must be a number")),
        }
    }

    fn milliseconds(&self, max: u64) -> Result<Option<u64>, PistonRefusal> {
        match self.number(max)? {
            Some(number) if number < 0.0 => bad(format!("{} must be non-negative", self.name)),
            number => Ok(number.map(|number| (number.round() as u64).max(1))),
        }
    }

    /// Returns a size; a negative one means no limit, and is the largest.
    fn bytes(&self, max: u64) -> Result<Option<u64>, PistonRefusal> {
        let number = self.number(max)?;
        Ok(number.map(|number| match number {
            number if number < 0.0 => max,
            number => (number as u64).max(1),
        }))
    }
}

impl<'de> Deserialize<'de> for FileList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FileListVisitor)
    }
}

struct FileListVisitor;

impl<'de> Visitor<'de> for FileListVisitor {
    type Value = FileList;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of files")
    }

    fn visit_unit<E: Error>(self) -> Result<FileList, E> {
        Ok(FileList::NoList)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<FileList, E> {
        Ok(FileList::NoList)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<FileList, E> {
        Ok(FileList::NoList)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<FileList, E> {
        Ok(FileList::NoList)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<FileList, E> {
        Ok(FileList::NoList)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<FileList, E> {
        Ok(FileList::NoList)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FileList, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(FileList::NoList)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<FileList, A::Error> {
        let files = BoundedList::deserialize(SeqAccessDeserializer::new(list))?;
        Ok(FileList::Files(files.0))
    }
}
