use std::fs::File;
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use comfy_table::{Table, presets};
use letscode_judge::builtin_languages;
use letscode_model::{LanguageInfo, LanguageStatus};
use letscode_sandbox::{
    Artifact, CellProfile, Finished, Jail, JailConfig, Launch, Limits, Outcome, Program,
    SandboxError, Stream, sealed_copy, system_libraries,
};
use serde::Serialize;

use super::cell_probe::{Sight, namespaces};
use super::print_json;
use crate::fault::Fault;
use crate::input::{engine, helper_command};

/// Say what works on this machine: each security layer, and each language.
///
/// Layers are tried, not looked up: doctor makes cells and runs a program in them that looks
/// around, takes memory, burns time and opens a socket. A language answers from inside a cell too.
///
/// Exit code: 0 when every layer that `serve` needs is enforced, 1 when one is not.
#[derive(Args)]
#[command(after_help = "Example:
  letscode doctor --json | python3 -m json.tool")]
pub struct Doctor {
    /// Print one JSON object: layers (layer, status, detail) and languages (id, version, status)
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Findings {
    layers: Vec<Layer>,
    languages: Vec<LanguageInfo>,
}

#[derive(Serialize)]
struct Layer {
    layer: &'static str,
    status: LayerStatus,
    /// What was seen; for a layer that is not enforced, also what to do.
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum LayerStatus {
    Enforced,
    Missing,
}

/// Below this the probe itself would not start.
const PROBE_MEMORY_BYTES: u64 = 64 << 20;
const PROBE_PROCESSES: u32 = 20;

impl Doctor {
    pub fn execute(self) -> Result<ExitCode, Fault> {
        let layers = match Patient::start() {
            Ok(patient) => patient.layers(),
            Err(error) => no_cells(&error),
        };
        let languages = match engine(builtin_languages()?) {
            Ok(engine) => engine.probe_languages(),
            Err(_) => Vec::new(),
        };
        let sound = layers
            .iter()
            .all(|layer| layer.status == LayerStatus::Enforced);
        let findings = Findings { layers, languages };
        match self.json {
            true => print_json(&findings),
            false => show(&findings),
        }
        Ok(ExitCode::from(u8::from(!sound)))
    }
}

fn no_cells(error: &SandboxError) -> Vec<Layer> {
    let detail = format!("no cell can be made: {error}");
    ["namespaces", "cgroups", "seccomp", "filesystem", "network"]
        .into_iter()
        .map(|layer| Layer {
            layer,
            status: LayerStatus::Missing,
            detail: detail.clone(),
        })
        .collect()
}

/// A jail helper with one kind of cell, whose program is this binary.
struct Patient {
    jail: Jail,
    probe: Artifact,
}

impl Patient {
    fn start() -> Result<Self, SandboxError> {
        let helper = helper_command();
        let unreadable = |error: &dyn std::fmt::Display| SandboxError {
            step: letscode_sandbox::Step::StartHelper,
            detail: error.to_string(),
        };
        let root = system_libraries().map_err(|error| unreadable(&error))?;
        let jail = Jail::start(JailConfig {
            helper: helper.program.clone(),
            helper_args: helper.args,
            profiles: vec![CellProfile {
                name: "probe".to_owned(),
                root,
                policy: "native".to_owned(),
            }],
        })?;
        let binary = File::open(helper.program).map_err(|error| unreadable(&error))?;
        let probe = sealed_copy("probe", binary).map_err(|error| unreadable(&error))?;
        Ok(Patient {
            jail,
            probe: probe.into(),
        })
    }

    fn run(&self, deed: &str) -> Result<Finished, SandboxError> {
        self.jail.run(Launch {
            profile: "probe",
            limits: Limits {
                cpu_time: Duration::from_millis(300),
                wall_time: Duration::from_secs(10),
                memory_bytes: PROBE_MEMORY_BYTES,
                processes: PROBE_PROCESSES,
                ..Limits::default()
            },
            program: Program::Given(&self.probe),
            argv: ["letscode", "cell-probe", deed].map(str::to_owned).to_vec(),
            env: Vec::new(),
            stdin: Stream::Null,
            stdout: Stream::Captured,
            stderr: Stream::Captured,
            files: Vec::new(),
            collect: Vec::new(),
        })
    }

    fn layers(&self) -> Vec<Layer> {
        let sight = self.look();
        let of_sight = |layer, judge: fn(&Sight) -> Result<String, String>| {
            finding(layer, sight.as_ref().map_err(Clone::clone).and_then(judge))
        };
        vec![
            of_sight("namespaces", judge_namespaces),
            finding("cgroups", self.judge_cgroups()),
            finding(
                "seccomp",
                sight.clone().and_then(|sight| self.judge_seccomp(&sight)),
            ),
            of_sight("filesystem", judge_filesystem),
            of_sight("network", judge_network),
        ]
    }

    fn look(&self) -> Result<Sight, String> {
        let finished = self.run("look").map_err(|error| error.to_string())?;
        let outcome = finished.outcome;
        serde_json::from_str(&text(finished.stdout))
            .map_err(|error| format!("the probe ended with {outcome:?} and no report ({error})"))
    }

    fn outcome(&self, deed: &str) -> Result<Outcome, String> {
        self.run(deed)
            .map(|finished| finished.outcome)
            .map_err(|error| error.to_string())
    }

    /// A limit that is set counts for nothing until something has run into it.
    fn judge_cgroups(&self) -> Result<String, String> {
        for (deed, expected) in [
            ("hog", Outcome::MemoryExceeded),
            ("spin", Outcome::CpuTimeExceeded),
        ] {
            let outcome = self.outcome(deed)?;
            if outcome != expected {
                return Err(format!(
                    "a probe that should meet {expected:?} met {outcome:?}"
                ));
            }
        }
        let crowd = self.run("crowd").map_err(|error| error.to_string())?;
        let threads: u32 = text(crowd.stdout).trim().parse().unwrap_or(u32::MAX);
        if threads >= PROBE_PROCESSES {
            return Err(format!(
                "{threads} threads ran where {PROBE_PROCESSES} were allowed"
            ));
        }
        let version = self.jail.info().cgroup_version;
        Ok(format!(
            "version {version}; memory, CPU time and process limits were met and held"
        ))
    }

    fn judge_seccomp(&self, sight: &Sight) -> Result<String, String> {
        let mode = sight.status.get("Seccomp").map(String::as_str);
        match (mode, self.outcome("connect")?) {
            (Some("2"), Outcome::SyscallDenied) => {
                Ok("a filter is in force, and socket() ended the probe".to_owned())
            }
            (mode, outcome) => Err(format!(
                "Seccomp mode {mode:?}; socket() led to {outcome:?}"
            )),
        }
    }
}

fn finding(layer: &'static str, judged: Result<String, String>) -> Layer {
    let (status, detail) = match judged {
        Ok(detail) => (LayerStatus::Enforced, detail),
        Err(detail) => (LayerStatus::Missing, detail),
    };
    Layer {
        layer,
        status,
        detail,
    }
}

fn judge_namespaces(sight: &Sight) -> Result<String, String> {
    let outside = namespaces();
    let shared: Vec<&str> = outside
        .iter()
        .filter(|(name, identity)| sight.namespaces.get(*name) == Some(identity))
        .map(|(name, _)| name.as_str())
        .collect();
    let some_right = sight
        .status
        .iter()
        .any(|(name, value)| name.starts_with("Cap") && !value.trim_matches('0').is_empty());
    if !shared.is_empty() || sight.namespaces.len() != outside.len() {
        return Err(format!("shared with the host: {}", shared.join(", ")));
    }
    if some_right || sight.status.get("NoNewPrivs").map(String::as_str) != Some("1") {
        return Err("the probe has capabilities or could gain them".to_owned());
    }
    let names: Vec<&str> = outside.keys().map(String::as_str).collect();
    Ok(format!(
        "own {}; no capabilities, no_new_privs",
        names.join(", ")
    ))
}

fn judge_filesystem(sight: &Sight) -> Result<String, String> {
    if !sight.visible.is_empty() {
        return Err(format!("the probe sees {}", sight.visible.join(", ")));
    }
    if sight.can_execute_written {
        return Err("the probe can execute what it wrote: Landlock is not in force".to_owned());
    }
    match (sight.can_write_root, sight.can_write_workspace) {
        (false, true) => Ok("read-only root without the host's folders, and Landlock".to_owned()),
        (true, _) => Err("the root can be written".to_owned()),
        (_, false) => Err("/workspace can't be written".to_owned()),
    }
}

fn judge_network(sight: &Sight) -> Result<String, String> {
    let others: Vec<&str> = sight
        .interfaces
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "lo")
        .collect();
    match others.is_empty() {
        true => Ok("no interface but a loopback that is down".to_owned()),
        false => Err(format!("the probe sees {}", others.join(", "))),
    }
}

fn text(stream: Option<File>) -> String {
    let mut text = String::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_string(&mut text);
    }
    text
}

fn show(findings: &Findings) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["layer", "status", ""]);
    for layer in &findings.layers {
        let status = match layer.status {
            LayerStatus::Enforced => "enforced",
            LayerStatus::Missing => "MISSING",
        };
        table.add_row([layer.layer, status, &layer.detail]);
    }
    println!("{table}");
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["language", "status", ""]);
    for language in &findings.languages {
        let (status, detail) = match language.status {
            LanguageStatus::Available => ("available", language.version.as_str()),
            LanguageStatus::Missing => ("MISSING", language.detail.as_deref().unwrap_or("")),
        };
        table.add_row([language.id.as_str(), status, detail]);
    }
    println!("{table}");
}
