//! The service that the benchmark measures: this binary on a free port, with its own problems.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::error::CliError;
use crate::input::helper_command;

/// A problem that asks for the sum of two numbers.
#[derive(Debug, Clone, Copy)]
pub struct SumProblem {
    id: &'static str,
    pub tests: usize,
}

pub const FIVE_TESTS: SumProblem = SumProblem {
    id: "bench-sum",
    tests: 5,
};
pub const HUNDRED_TESTS: SumProblem = SumProblem {
    id: "bench-sums",
    tests: 100,
};

impl SumProblem {
    /// Returns a test's input and answer.
    pub fn test(self, number: usize) -> (String, String) {
        (format!("{number} 1000\n"), format!("{}\n", number + 1000))
    }

    pub fn tests(self) -> impl Iterator<Item = (String, String)> {
        (0..self.tests).map(move |number| self.test(number))
    }

    fn write(self, folder: &Path) -> std::io::Result<()> {
        let secret = folder.join("data/secret");
        fs::create_dir_all(&secret)?;
        fs::write(folder.join("problem.yaml"), "name: Sum\n")?;
        fs::write(folder.join(".timelimit"), "5\n")?;
        for (number, (input, answer)) in self.tests().enumerate() {
            fs::write(secret.join(format!("{number:03}.in")), input)?;
            fs::write(secret.join(format!("{number:03}.ans")), answer)?;
        }
        Ok(())
    }
}

/// A running service, which is stopped when the value is dropped.
pub struct BenchServer {
    child: Child,
    address: String,
    /// Held open, because the service may write to it.
    _stdout: BufReader<ChildStdout>,
    stderr: Option<BufReader<ChildStderr>>,
}

impl BenchServer {
    /// Starts the service: with a compile cache and precompiled headers as usual, without them in a
    /// quick benchmark.
    pub fn start(data: &Path, quick: bool) -> Result<BenchServer, CliError> {
        let packages = [FIVE_TESTS, HUNDRED_TESTS].map(|problem| {
            let package = data.with_extension("package").join(problem.id);
            let written = problem.write(&package);
            written.map_err(|error| CliError::new(error).about(package.display()))?;
            Ok(package)
        });
        let packages = packages.into_iter().collect::<Result<Vec<_>, CliError>>()?;
        let imported = letscode(&["problem", "import"])
            .args(&packages)
            .arg("--data")
            .arg(data)
            .stdout(Stdio::null())
            .status()
            .map_err(CliError::new)?;
        if !imported.success() {
            return Err(CliError::new(format!(
                "importing problems ended with {imported}"
            )));
        }
        let mut serve = letscode(&["serve", "--listen", "127.0.0.1:0", "--data"]);
        serve.arg(data).args(["--max-waiting", "10000"]);
        if quick {
            serve.args(["--compile-cache", "0"]).stderr(Stdio::null());
        } else {
            serve
                .env("RUST_LOG", "letscode=info")
                .stderr(Stdio::piped());
        }
        let mut child = serve
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(CliError::new)?;
        let mut stdout = BufReader::new(
            child
                .stdout
                .take()
                .ok_or_else(|| CliError::new("no stdout"))?,
        );
        let mut line = String::new();
        stdout.read_line(&mut line).map_err(CliError::new)?;
        let mut server = BenchServer {
            address: String::new(),
            stderr: child.stderr.take().map(BufReader::new),
            child,
            _stdout: stdout,
        };
        let address = line.trim().strip_prefix("Let'sCode serves on ");
        server.address = address
            .ok_or_else(|| CliError::new("the service did not start; `letscode serve` says why"))?
            .to_owned();
        server.wait_for_headers()?;
        Ok(server)
    }

    /// Waits until the headers are precompiled, because compiling is slower before.
    fn wait_for_headers(&mut self) -> Result<(), CliError> {
        let Some(mut stderr) = self.stderr.take() else {
            return Ok(());
        };
        let mut line = String::new();
        while stderr.read_line(&mut line).map_err(CliError::new)? > 0
            && !line.contains("precompiled")
        {
            line.clear();
        }
        // The log is read to its end, or the service would block.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Ok(())
    }

    pub fn client(&self, user: usize) -> BenchClient {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        BenchClient {
            agent: agent.into(),
            url: format!("{}/api/submit?wait=true", self.address),
            user: format!("bench-{user}"),
        }
    }
}

impl Drop for BenchServer {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

/// A client that keeps its connection open.
pub struct BenchClient {
    agent: ureq::Agent,
    url: String,
    user: String,
}

impl BenchClient {
    /// Submits, and waits for the verdict, which must be Accepted.
    pub fn submit(&self, problem: SumProblem, language: &str, code: &str) -> Result<(), CliError> {
        let body = json!({
            "problemId": problem.id, "language": language, "code": code, "userId": self.user,
        });
        let mut answer = self
            .agent
            .post(&self.url)
            .send_json(&body)
            .map_err(CliError::new)?;
        let answer: Value = answer.body_mut().read_json().map_err(CliError::new)?;
        if answer["verdict"]["status"] == "Accepted" {
            Ok(())
        } else {
            Err(CliError::new(format!("a correct solution got {answer}")))
        }
    }
}

fn letscode(args: &[&str]) -> Command {
    let mut command = Command::new(helper_command().program);
    command.args(args);
    for name in [
        "LETSCODE_DATA",
        "LETSCODE_LISTEN",
        "LETSCODE_WORKERS",
        "LETSCODE_COMPILE_CACHE",
    ] {
        command.env_remove(name);
    }
    command
}
