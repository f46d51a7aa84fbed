//! A hostile program: its expected result from the head, and the check of the actual result.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::header;
use crate::host::Host;
use crate::layer::{LAYERS, given_away_by};
use crate::{FOLDER, PROBLEMS, SECRET, runs_per_core};

/// One hostile program and its expected result.
#[derive(Debug)]
pub struct Attack {
    pub path: PathBuf,
    pub name: String,
    pub line: u32,
    pub what: String,
    pub expect: Vec<String>,
    pub stopped_by: Vec<String>,
    pub exit: Option<i64>,
    pub stdout_lacks: Vec<String>,
    pub stderr_lacks: Vec<String>,
    pub stderr_has: Vec<String>,
    pub inputs: Vec<String>,
    pub runs: usize,
    pub at_once: usize,
    pub stdout_differs: bool,
    pub problem: Option<String>,
    pub within: Duration,
}

impl Attack {
    pub fn all() -> Vec<Attack> {
        let mut attacks: Vec<Attack> = header::programs(FOLDER)
            .iter()
            .map(|path| Attack::load(path))
            .collect();
        if on_a_slow_machine() {
            // Python first, because it needs no compiler.
            attacks
                .sort_by_key(|attack| (attack.attempt().to_owned(), !attack.name.ends_with(".py")));
            attacks.dedup_by(|next, first| next.attempt() == first.attempt());
        }
        attacks
    }

    /// Returns the name without the language.
    fn attempt(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    pub fn load(path: &Path) -> Attack {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let mut attack = Attack {
            path: path.to_owned(),
            line: name.split('-').next().unwrap().parse().unwrap(),
            what: String::new(),
            expect: Vec::new(),
            stopped_by: Vec::new(),
            exit: None,
            stdout_lacks: Vec::new(),
            stderr_lacks: Vec::new(),
            stderr_has: Vec::new(),
            inputs: Vec::new(),
            runs: 1,
            at_once: 1,
            stdout_differs: false,
            problem: None,
            within: Duration::from_secs(30),
            name,
        };
        for (key, value) in header::header(path) {
            let number = || value.parse().unwrap();
            match key.as_str() {
                "attack" => attack.what = value,
                "expect" => attack.expect = value.split(" | ").map(str::to_owned).collect(),
                "stopped-by" => {
                    attack.stopped_by = value.split(", ").map(str::to_owned).collect();
                }
                "exit" => attack.exit = Some(value.parse().unwrap()),
                "stdout-lacks" => attack.stdout_lacks.push(value),
                "stderr-lacks" => attack.stderr_lacks.push(value),
                "stderr-has" => attack.stderr_has.push(value),
                "stdin" => attack.inputs.push(value),
                "runs" => attack.runs = number(),
                "at-once" => attack.at_once = number(),
                "stdout-differs" => attack.stdout_differs = value == "yes",
                "judge" => attack.problem = Some(value),
                "within" => attack.within = Duration::from_secs(number() as u64),
                _ => panic!("{}: unknown key `{key}`", attack.name),
            }
        }
        assert!(!attack.what.is_empty(), "{}: no attack", attack.name);
        assert!(!attack.expect.is_empty(), "{}: no expect", attack.name);
        assert!(
            !attack.stopped_by.is_empty(),
            "{}: no stopped-by",
            attack.name
        );
        for layer in &attack.stopped_by {
            let is_known = LAYERS.iter().any(|(name, _)| name == layer);
            assert!(is_known, "{}: `{layer}` is no layer", attack.name);
        }
        if attack.inputs.is_empty() {
            attack.inputs.push(String::new());
        }
        attack
    }

    /// True if the program takes time, but no CPU.
    pub fn only_waits(&self) -> bool {
        self.expect == ["wall_time_exceeded"]
    }

    /// Runs it as its head says; returns the failures.
    pub fn run_all(&self, host: &Host) -> Vec<String> {
        let mut all: Vec<RunObservation> = Vec::new();
        for input in &self.inputs {
            for _ in 0..self.runs {
                thread::scope(|scope| {
                    let runs: Vec<_> = (0..self.at_once)
                        .map(|_| scope.spawn(|| self.run(host, input)))
                        .collect();
                    all.extend(runs.into_iter().map(|run| run.join().unwrap()));
                });
            }
        }
        let mut faults: Vec<String> = all
            .iter()
            .filter_map(|observation| self.fault(observation))
            .collect();
        let leftovers = all.iter().flat_map(|observation| &observation.leftovers);
        faults.extend(leftovers.map(|fault| format!("after {}: {fault}", self.name)));
        let printed: BTreeSet<String> = all.iter().map(RunObservation::stdout).collect();
        if self.stdout_differs && printed.len() != all.len() {
            faults.push(format!(
                "{}: two runs printed the same: {printed:?}",
                self.name
            ));
        }
        // Progress, for slow machines.
        println!("{}: {} faults", self.name, faults.len());
        faults
    }

    pub fn run(&self, host: &Host, input: &str) -> RunObservation {
        // Programs that share a core take longer.
        let within = self.within * runs_per_core();
        let input = input.replace("{canary}", &host.canary.to_string_lossy());
        match &self.problem {
            None => host.run(
                &["run", "--json", "--after-others"],
                &self.path,
                &format!("{input}\n"),
                within,
            ),
            Some(problem) => {
                let problem = format!("{PROBLEMS}/{problem}");
                host.run(&["judge", "--json", &problem], &self.path, "", within)
            }
        }
    }

    pub fn fault(&self, observation: &RunObservation) -> Option<String> {
        let report = observation.json();
        let outcome = match self.problem {
            None => report["outcome"].as_str(),
            Some(_) => report["verdict"]["status"].as_str(),
        };
        let why = match outcome {
            None if observation.timed_out => "was still running".to_owned(),
            None => "gave no report".to_owned(),
            Some("sandbox_error" | "Internal Error") => {
                "was reported as an internal error".to_owned()
            }
            // The machine is busy, so that either limit is right.
            Some("wall_time_exceeded")
                if self.expects("cpu_time_exceeded")
                    && (runs_per_core() > 1 || report["executionTime"].as_f64() > Some(1000.0)) =>
            {
                self.leak(observation)?
            }
            // Too slow to reach the other limit before this one.
            Some("cpu_time_exceeded") if on_a_slow_machine() && self.expects("memory_exceeded") => {
                self.leak(observation)?
            }
            Some(outcome) if !self.expects(outcome) => {
                format!("{outcome}, not {}", self.expect.join(" or "))
            }
            Some("exited") if self.exit.is_some_and(|code| report["exitCode"] != code) => {
                format!("exit code {}", report["exitCode"])
            }
            Some(outcome) => match self.leak(observation) {
                Some(leak) => leak,
                None => self
                    .missing_message(&report)
                    .or_else(|| self.other_layer(outcome, &report))?,
            },
        };
        Some(format!(
            "{}: {why}\n  ({})\n  {observation:?}",
            self.name, self.what
        ))
    }

    /// Returns a failure if an expected message is missing in stderr.
    fn missing_message(&self, report: &Value) -> Option<String> {
        let stderr = report["stderr"].as_str().unwrap_or_default();
        let missing_message = self
            .stderr_has
            .iter()
            .find(|text| !stderr.contains(*text))?;
        Some(format!("did not say `{missing_message}`"))
    }

    /// Returns a failure if another layer than the expected ones stopped it.
    fn other_layer(&self, outcome: &str, report: &Value) -> Option<String> {
        let message = report["stderr"].as_str().unwrap_or_default();
        let at_work = if self.expects("*") {
            &[]
        } else {
            given_away_by(outcome, message)
        };
        let is_expected = at_work
            .iter()
            .any(|layer| self.stopped_by.iter().any(|expected| expected == layer));
        (!at_work.is_empty() && !is_expected).then(|| {
            format!(
                "{outcome} by {}, not by {}",
                at_work.join(" or "),
                self.stopped_by.join(", ")
            )
        })
    }

    pub fn expects(&self, outcome: &str) -> bool {
        self.expect
            .iter()
            .any(|expected| expected == outcome || expected == "*")
    }

    pub fn leak(&self, observation: &RunObservation) -> Option<String> {
        let report = observation.json();
        let (stdout, stderr) = (
            observation.stdout(),
            report["stderr"].as_str().unwrap_or_default(),
        );
        if stdout.contains("GOT THROUGH") {
            return Some("got through".to_owned());
        }
        let secret = SECRET.1.to_owned();
        let in_stdout = self.stdout_lacks.iter().chain([&secret]);
        let in_stderr = self.stderr_lacks.iter().chain([&secret]);
        let mut leaked = in_stdout.filter(|text| stdout.contains(*text));
        let mut stderr = in_stderr.filter(|text| stderr.contains(*text));
        let leaked = leaked.next().or(stderr.next())?;
        Some(format!("`{leaked}` leaked"))
    }
}

/// True on an emulated machine.
fn on_a_slow_machine() -> bool {
    std::env::var("LETSCODE_ATTACKS").is_ok_and(|which| which == "sample")
}

/// Output of one run, and its leftovers.
pub struct RunObservation {
    pub stdin: String,
    pub stdout: String,
    pub stderr: String,
    pub timed_out: bool,
    pub took: Duration,
    /// Things on the host after the run that were not there before.
    pub leftovers: Vec<String>,
}

impl RunObservation {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_default()
    }

    /// Returns the standard output of the program itself.
    pub fn stdout(&self) -> String {
        self.json()["stdout"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

impl std::fmt::Debug for RunObservation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The end too, which has the reason.
        let short = |text: &str| {
            let (all, kept) = (text.chars().count(), 1500);
            let begin: String = text.chars().take(kept).collect();
            let end: String = text
                .chars()
                .skip(kept.max(all.saturating_sub(300)))
                .collect();
            begin + " … " + &end
        };
        let (took, stdin) = (self.took, &self.stdin);
        let (stdout, stderr) = (short(&self.stdout), short(&self.stderr));
        write!(
            f,
            "after {took:.1?}, stdin {stdin:?}:\n  {stdout}\n  {stderr}"
        )
    }
}
