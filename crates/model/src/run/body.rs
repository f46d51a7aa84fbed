//! The request of `POST /api/run` as JSON, and how it becomes a [`RunSpec`].

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::bytes::{ByteText, TextEncoding};
use super::check::InvalidSpec;
use super::limits::{LimitSpec, whole_number};
use super::spec::{CheckerProgram, CompareRule, LineRule, RunFile, RunSpec, RunTest, TokenRule};
use crate::{LanguageId, StatedUserId};

/// The body of `POST /api/run`. `code` or `files` is required.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RunRequest))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunBody {
    /// The language's id or an alias.
    #[cfg_attr(feature = "openapi", schema(example = "python"))]
    pub language: String,
    /// The program, if it is one source. `files` are then put beside it.
    #[cfg_attr(
        feature = "openapi",
        schema(max_length = 8388608, example = "print(int(input()) * 2)")
    )]
    pub code: Option<String>,
    /// The program's files and others that it reads.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 32))]
    pub files: Vec<RunFileBody>,
    /// Name of the file that the program starts in. By default `code`, or a file called `main`, or the
    /// first.
    pub entry_point: Option<String>,
    /// Standard input, where a test has none of its own.
    pub stdin: Option<String>,
    /// Arguments, where a test has none of its own.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 64))]
    pub args: Vec<String>,
    /// Environment variables, beside those that every program has.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Options of the compiler, of those that `GET /api/languages` lists.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 64))]
    pub compile_options: Vec<String>,
    /// Limits of each run. `GET /api/config` has the defaults and the maxima.
    #[serde(default)]
    pub limits: LimitSpec,
    /// Limits of the compilation; by default those of the language.
    #[serde(default)]
    pub compile_limits: LimitSpec,
    /// Without any, the program runs once.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub tests: Vec<RunTestBody>,
    /// The comparison of outputs with what tests expect; `tokens` by default.
    pub compare: Option<CompareBody>,
    /// True to run no test after the first that fails.
    #[serde(default)]
    pub stop_on_failure: bool,
    /// Names of files to return after each run.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 8))]
    pub collect: Vec<String>,
    /// Encoding of `stdin`, `expected` and of files here, and of outputs and files in the answer.
    #[serde(default)]
    pub encoding: TextEncoding,
    /// Milliseconds for which the finished run can be fetched by its id; not at all by default.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 86400000))]
    #[serde(default, deserialize_with = "whole_number")]
    pub keep_for: Option<u64>,
    /// Address to which the answer is sent when it is there.
    #[cfg_attr(feature = "openapi", schema(format = "uri", max_length = 2048))]
    pub callback_url: Option<String>,
    /// The user whose share of the queue it takes; `anonymous` when absent.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, example = "user-123"))]
    pub user_id: Option<StatedUserId>,
}

/// A file of a program.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RunFileRequest))]
#[serde(deny_unknown_fields)]
pub struct RunFileBody {
    /// Path from the program's folder.
    #[cfg_attr(feature = "openapi", schema(max_length = 200, example = "main.py"))]
    pub name: String,
    pub content: String,
    /// By default that of the request.
    pub encoding: Option<TextEncoding>,
}

/// A test of a run.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RunTestRequest))]
#[serde(deny_unknown_fields)]
pub struct RunTestBody {
    /// Returned with the result.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub name: Option<String>,
    pub stdin: Option<String>,
    pub args: Option<Vec<String>>,
    /// The output to compare with. Without it, the test has a result and no verdict.
    pub expected: Option<String>,
    /// Limits that replace those of the request.
    #[serde(default)]
    pub limits: LimitSpec,
}

/// A comparison: `"tokens"`, `"lines"`, `"exact"` or an object.
#[derive(Debug, Clone)]
pub enum CompareBody {
    Named(CompareName),
    Options(Box<CompareOptions>),
}

/// A comparison without options.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CompareName {
    Tokens,
    Lines,
    Exact,
}

/// A comparison of tokens with options, or a checker.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompareOptions {
    /// Numbers may be off by so much, or by this share of the expected one.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, example = 1e-6))]
    pub float_tolerance: Option<f64>,
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub float_absolute_tolerance: Option<f64>,
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub float_relative_tolerance: Option<f64>,
    /// False to take `YES` and `yes` for the same; true by default.
    pub case_sensitive: Option<bool>,
    /// True if the white space must be the same as well; false by default.
    pub space_sensitive: Option<bool>,
    /// A program that decides.
    pub checker: Option<CheckerBody>,
}

/// A checker, as an output validator of a problem package: it is started with the paths of the input,
/// the expected output and a folder, reads the output as its standard input, and exits with 42 to
/// accept and 43 to reject. One that includes `testlib.h` is called in testlib's way.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CheckerBody {
    pub language: String,
    /// The checker, if it is one source.
    pub code: Option<String>,
    #[serde(default)]
    pub files: Vec<RunFileBody>,
    /// Arguments behind the three paths.
    #[serde(default)]
    pub args: Vec<String>,
}

impl RunBody {
    /// Decodes everything that is base64, and checks what the JSON's form alone doesn't say.
    pub fn into_spec(self) -> Result<RunSpec, InvalidSpec> {
        let encoding = self.encoding;
        let is_named_rule = self.compare.is_some();
        let compare = match self.compare {
            Some(compare) => compare.into_rule(encoding)?,
            None => CompareRule::default(),
        };
        let mut tests = Vec::with_capacity(self.tests.len());
        for (index, test) in self.tests.into_iter().enumerate() {
            let needs_expected = is_named_rule && !matches!(compare, CompareRule::Checker(_));
            if needs_expected && test.expected.is_none() {
                let reason = "it is required, since `compare` is given";
                return Err(InvalidSpec::new(format!("tests[{index}].expected"), reason));
            }
            tests.push(test.into_test(index, encoding)?);
        }
        if is_named_rule && tests.is_empty() && !matches!(compare, CompareRule::Checker(_)) {
            let reason = "there is nothing to compare: no test has an `expected` output";
            return Err(InvalidSpec::new("compare", reason));
        }
        Ok(RunSpec {
            language: LanguageId(self.language),
            files: program_files("files", self.code, self.files, encoding)?,
            entry_point: self.entry_point,
            compile_options: self.compile_options,
            compile_limits: self.compile_limits,
            checks_syntax: true,
            stdin: decode_optional("stdin", self.stdin, encoding)?.unwrap_or_default(),
            args: self.args,
            env: self.env,
            limits: self.limits,
            tests,
            compare,
            stop_on_failure: self.stop_on_failure,
            collect: self.collect,
        })
    }
}

impl RunTestBody {
    fn into_test(self, index: usize, encoding: TextEncoding) -> Result<RunTest, InvalidSpec> {
        let field = |name: &str| format!("tests[{index}].{name}");
        Ok(RunTest {
            name: self.name,
            stdin: decode_optional(&field("stdin"), self.stdin, encoding)?,
            args: self.args,
            expected: decode_optional(&field("expected"), self.expected, encoding)?,
            limits: self.limits,
        })
    }
}

impl CompareBody {
    fn into_rule(self, encoding: TextEncoding) -> Result<CompareRule, InvalidSpec> {
        match self {
            CompareBody::Named(CompareName::Tokens) => Ok(CompareRule::default()),
            CompareBody::Named(CompareName::Lines) => Ok(CompareRule::Lines(LineRule::default())),
            CompareBody::Named(CompareName::Exact) => Ok(CompareRule::Exact),
            CompareBody::Options(options) => options.into_rule(encoding),
        }
    }
}

impl CompareOptions {
    fn into_rule(self, encoding: TextEncoding) -> Result<CompareRule, InvalidSpec> {
        let tolerances = [
            self.float_tolerance,
            self.float_absolute_tolerance,
            self.float_relative_tolerance,
        ];
        let has_options = tolerances.iter().any(Option::is_some)
            || self.case_sensitive.is_some()
            || self.space_sensitive.is_some();
        let Some(checker) = self.checker else {
            return Ok(CompareRule::Tokens(TokenRule {
                ignores_case: self.case_sensitive == Some(false),
                compares_space: self.space_sensitive == Some(true),
                absolute_tolerance: self.float_absolute_tolerance.or(self.float_tolerance),
                relative_tolerance: self.float_relative_tolerance.or(self.float_tolerance),
            }));
        };
        if has_options {
            let reason = "a checker decides alone: leave the other options out";
            return Err(InvalidSpec::new("compare.checker", reason));
        }
        Ok(CompareRule::Checker(CheckerProgram {
            language: LanguageId(checker.language),
            files: program_files(
                "compare.checker.files",
                checker.code,
                checker.files,
                encoding,
            )?,
            args: checker.args,
        }))
    }
}

fn program_files(
    field: &str,
    code: Option<String>,
    files: Vec<RunFileBody>,
    encoding: TextEncoding,
) -> Result<Vec<RunFile>, InvalidSpec> {
    let code = code.map(|code| RunFile {
        name: None,
        content: ByteText::from(code),
    });
    let mut decoded: Vec<RunFile> = code.into_iter().collect();
    for (index, file) in files.into_iter().enumerate() {
        let field = format!("{field}[{index}].content");
        decoded.push(RunFile {
            name: Some(file.name),
            content: decode(&field, file.content, file.encoding.unwrap_or(encoding))?,
        });
    }
    Ok(decoded)
}

fn decode(field: &str, text: String, encoding: TextEncoding) -> Result<ByteText, InvalidSpec> {
    encoding
        .decode(text)
        .map_err(|reason| InvalidSpec::new(field, reason))
}

fn decode_optional(
    field: &str,
    text: Option<String>,
    encoding: TextEncoding,
) -> Result<Option<ByteText>, InvalidSpec> {
    text.map(|text| decode(field, text, encoding)).transpose()
}

impl<'de> Deserialize<'de> for CompareBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CompareVisitor;

        impl<'de> Visitor<'de> for CompareVisitor {
            type Value = CompareBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#""tokens", "lines", "exact" or an object with options or a checker"#)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CompareBody, E> {
                match text {
                    "tokens" => Ok(CompareBody::Named(CompareName::Tokens)),
                    "lines" => Ok(CompareBody::Named(CompareName::Lines)),
                    "exact" => Ok(CompareBody::Named(CompareName::Exact)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CompareBody, A::Error> {
                let options = CompareOptions::deserialize(MapAccessDeserializer::new(map))?;
                Ok(CompareBody::Options(Box::new(options)))
            }
        }

        deserializer.deserialize_any(CompareVisitor)
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaType, Type};
    use utoipa::openapi::{Ref, RefOr, Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::{CompareBody, CompareOptions};

    impl PartialSchema for CompareBody {
        fn schema() -> RefOr<Schema> {
            let name = ObjectBuilder::new()
                .schema_type(SchemaType::new(Type::String))
                .enum_values(Some(["tokens", "lines", "exact"]));
            let options = Ref::from_schema_name(CompareOptions::name());
            OneOfBuilder::new().item(name).item(options).into()
        }
    }

    impl ToSchema for CompareBody {
        fn name() -> std::borrow::Cow<'static, str> {
            "Compare".into()
        }

        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            let options = (
                CompareOptions::name().into_owned(),
                CompareOptions::schema(),
            );
            schemas.push(options);
            CompareOptions::schemas(schemas);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: &str) -> Result<RunSpec, String> {
        let body: RunBody = serde_json::from_str(json).map_err(|error| error.to_string())?;
        body.into_spec().map_err(|error| error.to_string())
    }

    #[test]
    fn smallest_request_is_one_source() {
        let spec = spec(r#"{"language":"python","code":"print(1)"}"#).unwrap();
        assert_eq!(spec, RunSpec::of_source("python", "print(1)"));
    }

    #[test]
    fn base64_holds_for_data_and_not_for_code() {
        let spec = spec(
            r#"{"language":"c","code":"x","encoding":"base64","stdin":"aGk=",
                "files":[{"name":"a","content":"/w=="},{"name":"b","content":"t","encoding":"utf8"}],
                "tests":[{"expected":"aGk="}]}"#,
        )
        .unwrap();
        let contents: Vec<&[u8]> = spec
            .files
            .iter()
            .map(|file| file.content.as_bytes())
            .collect();
        assert_eq!(contents, [&b"x"[..], b"\xff", b"t"]);
        assert_eq!(spec.stdin.as_bytes(), b"hi");
        assert_eq!(spec.tests[0].expected, Some("hi".into()));
    }

    #[test]
    fn comparisons_have_names_and_options() {
        let rule = |compare: &str| {
            let json = format!(
                r#"{{"language":"c","code":"x","tests":[{{"expected":""}}],"compare":{compare}}}"#
            );
            spec(&json).map(|spec| spec.compare)
        };
        assert_eq!(rule(r#""tokens""#), Ok(CompareRule::default()));
        assert_eq!(rule(r#""exact""#), Ok(CompareRule::Exact));
        assert_eq!(
            rule(r#""lines""#),
            Ok(CompareRule::Lines(LineRule::default()))
        );
        let tolerant = CompareRule::Tokens(TokenRule {
            absolute_tolerance: Some(1e-6),
            relative_tolerance: Some(1e-9),
            ignores_case: true,
            compares_space: false,
        });
        let options =
            r#"{"floatTolerance":1e-6,"floatRelativeTolerance":1e-9,"caseSensitive":false}"#;
        assert_eq!(rule(options), Ok(tolerant));
        let checker = rule(r#"{"checker":{"language":"python","code":"y","args":["a"]}}"#).unwrap();
        let CompareRule::Checker(checker) = checker else {
            panic!("{checker:?}");
        };
        assert_eq!(checker.files[0].content, "y".into());
    }

    #[test]
    fn mistakes_are_named() {
        for (rest, expected) in [
            (r#""timeLimit":1"#, "unknown field `timeLimit`"),
            (r#""tests":[{"input":"1"}]"#, "unknown field `input`"),
            (r#""compare":"fuzzy","tests":[{"expected":""}]"#, "fuzzy"),
            (
                r#""compare":{"floatTolerence":1}"#,
                "unknown field `floatTolerence`",
            ),
            (
                r#""compare":"tokens","tests":[{"expected":"1"},{}]"#,
                "`tests[1].expected`",
            ),
            (
                r#""compare":"tokens""#,
                "`compare`: there is nothing to compare",
            ),
            (
                r#""encoding":"base64","stdin":"?""#,
                "`stdin`: it is not base64",
            ),
            (
                r#""encoding":"base64","tests":[{"stdin":"aGk="},{"stdin":"?"}]"#,
                "`tests[1].stdin`: it is not base64",
            ),
            (
                r#""files":[{"name":"a","content":"?","encoding":"base64"}]"#,
                "`files[0].content`",
            ),
            (
                r#""compare":{"caseSensitive":true,"checker":{"language":"c","code":"x"}}"#,
                "`compare.checker`",
            ),
        ] {
            let error = spec(&format!(r#"{{"language":"c","code":"x",{rest}}}"#)).unwrap_err();
            assert!(error.contains(expected), "{rest}: {error}");
        }
    }
}
