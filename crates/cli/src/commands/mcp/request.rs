//! The arguments of the tool `run_code`.

use letscode_model::{LimitSpec, RunFile, RunSpec, RunTest};
use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;

/// A program, and what it is run on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunCodeRequest {
    /// The language's id or an alias, such as `python`, `cpp`, `rust` or `js`.
    language: String,
    /// The program: one source. It reads standard input and writes standard output.
    code: String,
    /// Standard input.
    #[serde(default)]
    stdin: String,
    /// Arguments of the program.
    #[serde(default)]
    args: Vec<String>,
    /// Text files that the program finds in its folder.
    #[serde(default)]
    files: Vec<TextFile>,
    /// Tests to run the program on instead of `stdin`; it is compiled once.
    #[serde(default)]
    tests: Vec<TextTest>,
    /// CPU time of each run in milliseconds; 5000 by default.
    cpu_time_ms: Option<u64>,
    /// Memory of each run in MiB; 512 by default.
    memory_mib: Option<u64>,
}

/// A file beside the program.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TextFile {
    /// Path from the program's folder.
    name: String,
    content: String,
}

/// A test of a program.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TextTest {
    #[serde(default)]
    stdin: String,
    /// The output to compare with, token by token. Without it, the test has no verdict.
    expected: Option<String>,
}

impl RunCodeRequest {
    pub fn into_spec(self) -> RunSpec {
        let mut spec = RunSpec::of_source(self.language, self.code);
        let files = self.files.into_iter().map(|file| RunFile {
            name: Some(file.name),
            content: file.content.into(),
        });
        spec.files.extend(files);
        spec.stdin = self.stdin.into();
        spec.args = self.args;
        spec.tests = self.tests.into_iter().map(TextTest::into_test).collect();
        spec.limits = LimitSpec {
            cpu_time: self.cpu_time_ms,
            memory: self
                .memory_mib
                .map(|mebibytes| mebibytes.saturating_mul(1 << 20)),
            ..LimitSpec::default()
        };
        spec
    }
}

impl TextTest {
    fn into_test(self) -> RunTest {
        RunTest {
            stdin: Some(self.stdin.into()),
            expected: self.expected.map(Into::into),
            ..RunTest::default()
        }
    }
}
