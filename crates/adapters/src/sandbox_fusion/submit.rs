//! `POST /submit` with a data set of programs that read and write.

use std::fmt;

use letscode_model::{
    CompareRule, LanguageInfo, LineRule, RunBounds, RunReport, RunSpec, RunTest, TestRunReport,
};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::answer::RunCodeAnswer;
use super::extraction::{CodeOrigin, ExtractedCode, extract_code};
use super::request::{FusionRefusal, program, seconds, wall_limit};
use crate::json::{BoundedList, BoundedMap, JsonScalar};
use letscode_json::read_json;

/// The only class of data sets whose tests can come with the request.
const DATASET_CLASS: &str = "CommonOJDataset";

#[derive(Debug, Deserialize)]
pub(super) struct SubmitBody {
    id: SampleId,
    completion: String,
    config: TestConfig,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(try_from = "JsonScalar", untagged)]
enum SampleId {
    Number(i64),
    Text(String),
}

impl TryFrom<JsonScalar> for SampleId {
    type Error = &'static str;

    fn try_from(value: JsonScalar) -> Result<Self, Self::Error> {
        match value {
            JsonScalar::Number(number) if number.fract() == 0.0 => {
                Ok(SampleId::Number(number as i64))
            }
            JsonScalar::Text(text) => Ok(SampleId::Text(text)),
            _ => Err("a whole number or a text is expected"),
        }
    }
}

#[derive(Debug, Deserialize)]
struct TestConfig {
    dataset_type: Option<String>,
    language: Option<String>,
    #[serde(default)]
    compile_timeout: JsonScalar,
    #[serde(default)]
    run_timeout: JsonScalar,
    custom_extract_logic: Option<String>,
    provided_data: Option<ProvidedData>,
    #[serde(default)]
    extra: BoundedMap<JsonScalar>,
}

#[derive(Debug, Deserialize)]
struct ProvidedData {
    test: Option<TestList>,
}

/// Tests, as a list or as the JSON of one.
#[derive(Debug)]
enum TestList {
    Json(String),
    Tests(BoundedList<StdioTest>),
}

impl<'de> Deserialize<'de> for TestList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TestListVisitor)
    }
}

struct TestListVisitor;

impl<'de> Visitor<'de> for TestListVisitor {
    type Value = TestList;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of tests")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TestList, E> {
        Ok(TestList::Json(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<TestList, A::Error> {
        BoundedList::deserialize(SeqAccessDeserializer::new(list)).map(TestList::Tests)
    }
}

/// Texts by stream. Streams other than `stdin` and `stdout` are files, which have no counterpart.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct StdioTest {
    input: StdioInput,
    output: StdioOutput,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct StdioInput {
    #[serde(default)]
    stdin: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
struct StdioOutput {
    #[serde(default)]
    stdout: String,
}

/// A submission whose body has no mistake.
#[derive(Debug)]
pub(super) struct CheckedSubmission {
    id: SampleId,
    completion: String,
    pub language: String,
    compile_seconds: f64,
    run_seconds: f64,
    runs_all_cases: bool,
    tests: Vec<StdioTest>,
}

#[derive(Debug, Serialize)]
pub(super) struct SubmitAnswer {
    id: SampleId,
    accepted: bool,
    extracted_code: String,
    full_code: String,
    test_code: Option<String>,
    tests: Vec<CaseAnswer>,
    extracted_type: CodeOrigin,
    extra: Option<()>,
}

#[derive(Debug, Serialize)]
struct CaseAnswer {
    passed: bool,
    exec_info: RunCodeAnswer,
    test_info: StdioTest,
}

impl SubmitBody {
    pub fn check(self) -> Result<CheckedSubmission, FusionRefusal> {
        let config = self.config;
        let class = config.dataset_type.as_deref().unwrap_or(DATASET_CLASS);
        let data = config.provided_data.and_then(|data| data.test);
        let (DATASET_CLASS, Some(tests)) = (class, data) else {
            return Err(FusionRefusal::NotImplemented(format!(
                "there are no data sets here: send `dataset_type` \"{DATASET_CLASS}\" and \
                 `provided_data` with `test`"
            )));
        };
        if config.custom_extract_logic.is_some() {
            let reason = "`custom_extract_logic` is not available here";
            return Err(FusionRefusal::NotImplemented(reason.to_owned()));
        }
        let language = config.language.ok_or_else(|| {
            FusionRefusal::of_field("config.language", "Field required", "missing")
        })?;
        let flag = |name: &str| config.extra.0.iter().find(|(key, _)| key == name);
        let runs_all_cases = flag("run_all_cases").and_then(|(_, value)| value.boolean());
        Ok(CheckedSubmission {
            id: self.id,
            completion: self.completion,
            language,
            compile_seconds: seconds("config.compile_timeout", &config.compile_timeout)?,
            run_seconds: seconds("config.run_timeout", &config.run_timeout)?,
            runs_all_cases: runs_all_cases.unwrap_or(false),
            tests: tests.read()?,
        })
    }
}

impl TestList {
    fn read(self) -> Result<Vec<StdioTest>, FusionRefusal> {
        #[derive(Deserialize)]
        struct WrappedTests {
            tests: BoundedList<StdioTest>,
        }
        match self {
            TestList::Tests(tests) => Ok(tests.0),
            TestList::Json(text) => {
                let wrapped = format!("{{\"tests\":{text}}}");
                let tests: WrappedTests = read_json(wrapped.as_bytes()).map_err(|mistake| {
                    FusionRefusal::of_field(
                        "config.provided_data.test",
                        mistake.reason,
                        "json_invalid",
                    )
                })?;
                Ok(tests.tests.0)
            }
        }
    }
}

impl CheckedSubmission {
    pub fn extract(&self) -> ExtractedCode {
        extract_code(&self.completion, &self.language)
    }

    /// Returns the run of the program on all tests; `None` if there is no program or no test.
    pub fn spec(
        &self,
        extracted: &ExtractedCode,
        language: &LanguageInfo,
        bounds: &RunBounds,
    ) -> Option<RunSpec> {
        if extracted.origin == CodeOrigin::Empty || self.tests.is_empty() {
            return None;
        }
        let tests = self.tests.iter().map(|test| RunTest {
            stdin: Some(test.input.stdin.as_str().into()),
            expected: Some(test.output.stdout.as_str().into()),
            ..RunTest::default()
        });
        Some(RunSpec {
            tests: tests.collect(),
            compare: common_rule(),
            stop_on_failure: !self.runs_all_cases,
            limits: wall_limit(self.run_seconds, bounds.max_limits.wall_time),
            compile_limits: wall_limit(self.compile_seconds, bounds.max_compile_limits.wall_time),
            ..program(extracted.code.clone(), language)
        })
    }

    /// Returns the answer to a submission that can't be run.
    pub fn without_program(&self, extracted: &ExtractedCode) -> SubmitAnswer {
        self.answer(extracted, Vec::new())
    }

    pub fn result(
        &self,
        extracted: &ExtractedCode,
        report: &RunReport,
        is_compiled: bool,
    ) -> SubmitAnswer {
        let case = |test: Option<&TestRunReport>, info: &StdioTest| CaseAnswer {
            passed: test.is_some_and(TestRunReport::passed),
            exec_info: RunCodeAnswer::of_test(report, test, is_compiled),
            test_info: info.clone(),
        };
        let cases = if report.compile_failed() {
            let count = if self.runs_all_cases {
                self.tests.len()
            } else {
                1
            };
            let tests = self.tests.iter().take(count);
            tests.map(|info| case(None, info)).collect()
        } else {
            let tests = report.runs.iter().zip(&self.tests);
            tests.map(|(test, info)| case(Some(test), info)).collect()
        };
        self.answer(extracted, cases)
    }

    fn answer(&self, extracted: &ExtractedCode, tests: Vec<CaseAnswer>) -> SubmitAnswer {
        let has_all = tests.len() == self.tests.len() && !tests.is_empty();
        SubmitAnswer {
            id: self.id.clone(),
            accepted: has_all && tests.iter().all(|test| test.passed),
            extracted_code: extracted.code.clone(),
            full_code: extracted.code.clone(),
            test_code: None,
            tests,
            extracted_type: extracted.origin,
            extra: None,
        }
    }
}

/// The comparison of such data sets: lines without the white space around them, in whatever case;
/// numbers may be off by a hundred-thousandth.
fn common_rule() -> CompareRule {
    CompareRule::Lines(LineRule {
        ignores_case: true,
        ignores_indent: true,
        relative_tolerance: Some(1e-5),
    })
}
