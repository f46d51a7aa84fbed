//! Tries each layer of isolation on this machine: makes cells and runs a probe in them that looks
//! around, takes memory, burns CPU time and opens a socket. A layer counts as enforced only when a
//! probe ran into it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::time::Duration;

use clap::Args;
use letscode_sandbox::{
    Artifact, CellProfile, HelperInfo, Isolation, Jail, JailConfig, Layer, Limits, Outcome,
    ProgramSource, RunRequest, RunResult, RunningCell, SandboxError, StdStream, sealed_copy,
    system_libraries,
};
use serde::Serialize;

use crate::commands::cell_probe::{CellVisibility, namespaces};
use crate::error::CliError;
use crate::input::helper_command;

/// Layers that a command may do without.
#[derive(Args, Clone, Default)]
pub struct IsolationArgs {
    /// Go on although this layer is weaker than it should be, or absent: namespaces, cgroups,
    /// seccomp, filesystem or network. May be repeated
    #[arg(
        long = "allow-degraded",
        value_name = "LAYER",
        env = "LETSCODE_ALLOW_DEGRADED",
        value_delimiter = ','
    )]
    allow_degraded: Vec<Layer>,
}

impl IsolationArgs {
    pub fn isolation(&self) -> Isolation {
        Isolation {
            allow_degraded: self.allow_degraded.iter().copied().collect(),
            switched_off: BTreeSet::new(),
        }
    }
}

/// State of one layer on this machine.
#[derive(Debug, Clone, Serialize)]
pub struct LayerFinding {
    pub layer: Layer,
    pub status: LayerStatus,
    /// Observed behaviour; for a layer that is not enforced, also the remedy.
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerStatus {
    Enforced,
    /// Something weaker is in its place.
    Degraded,
    Missing,
}

impl LayerStatus {
    pub fn shown(self) -> &'static str {
        match self {
            LayerStatus::Enforced => "enforced",
            LayerStatus::Degraded => "DEGRADED",
            LayerStatus::Missing => "MISSING",
        }
    }
}

/// Memory limit of a probe. With less, the probe itself would not start.
const PROBE_MEMORY_BYTES: u64 = 64 << 20;
const PROBE_PROCESSES: u32 = 20;

/// Tries all layers, including those that the user accepts to be degraded.
pub fn examine(isolation: &Isolation) -> Vec<LayerFinding> {
    probe_layers(isolation).unwrap_or_else(|error| no_cells(&error))
}

/// Fails when no cell can be made even with every layer allowed to be degraded.
fn probe_layers(isolation: &Isolation) -> Result<Vec<LayerFinding>, SandboxError> {
    let tolerant = Isolation {
        allow_degraded: Layer::ALL.into(),
        switched_off: isolation.switched_off.clone(),
    };
    ProbeTarget::start(tolerant)?.layers()
}

/// Returns the layers that are not enforced and that the user did not accept as degraded.
pub fn unacceptable<'a>(
    findings: &'a [LayerFinding],
    isolation: &Isolation,
) -> Vec<&'a LayerFinding> {
    let accepted = |layer: Layer| isolation.allow_degraded.contains(&layer);
    findings
        .iter()
        .filter(|finding| finding.status != LayerStatus::Enforced && !accepted(finding.layer))
        .collect()
}

/// Returns the accepted degraded layers, or an error that tells an administrator what to do about
/// the others. Called when a service starts.
pub fn demand(isolation: &Isolation) -> Result<Vec<LayerFinding>, CliError> {
    let findings = probe_layers(isolation).map_err(|error| {
        CliError::new(format!("no cell can be made on this machine: {error}"))
            .with_help("fix the cause above, and see `letscode doctor`")
    })?;
    let refused = unacceptable(&findings, isolation);
    if refused.is_empty() {
        let weak = findings.into_iter();
        return Ok(weak
            .filter(|finding| finding.status != LayerStatus::Enforced)
            .collect());
    }
    let mut message =
        "this machine does not give the isolation that running strangers' programs needs"
            .to_owned();
    for finding in &refused {
        message += &format!(
            "\n  {} is {}: {}",
            finding.layer,
            finding.status.shown(),
            finding.detail
        );
    }
    let flags: Vec<String> = refused
        .iter()
        .map(|finding| format!("--allow-degraded {}", finding.layer))
        .collect();
    Err(CliError::new(message).with_help(format!(
        "fix the causes above, and see `letscode doctor`; or accept the risk with {}",
        flags.join(" ")
    )))
}

fn no_cells(error: &SandboxError) -> Vec<LayerFinding> {
    // The reason is long and the same for all layers, so that only the first gets it.
    let mut detail = format!("no cell can be made: {error}");
    Layer::ALL
        .into_iter()
        .map(|layer| LayerFinding {
            layer,
            status: LayerStatus::Missing,
            detail: std::mem::replace(&mut detail, "no cell can be made".to_owned()),
        })
        .collect()
}

/// A jail helper with one kind of cell, whose program is this binary.
struct ProbeTarget {
    jail: Jail,
    probe: Artifact,
}

impl ProbeTarget {
    fn start(isolation: Isolation) -> Result<Self, SandboxError> {
        let helper = helper_command();
        let unreadable = |error: &dyn std::fmt::Display| SandboxError {
            step: letscode_sandbox::SandboxStep::StartHelper,
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
                interpreter: None,
                cold_start: None,
            }],
            isolation,
        })?;
        let binary = File::open(helper.program).map_err(|error| unreadable(&error))?;
        let probe = sealed_copy("probe", binary).map_err(|error| unreadable(&error))?;
        Ok(ProbeTarget {
            jail,
            probe: probe.into(),
        })
    }

    fn launch(&self, action: &str) -> Result<RunningCell<'_>, SandboxError> {
        self.jail.launch(RunRequest {
            profile: "probe",
            limits: Limits {
                cpu_time: Duration::from_millis(if action == "spin" { 100 } else { 3000 }),
                wall_time: Duration::from_secs(10),
                memory_bytes: PROBE_MEMORY_BYTES,
                processes: PROBE_PROCESSES,
                ..Limits::default()
            },
            program: ProgramSource::Artifact(&self.probe),
            argv: ["letscode", "cell-probe", action]
                .map(str::to_owned)
                .to_vec(),
            env: Vec::new(),
            stdin: StdStream::Null,
            stdout: StdStream::Captured,
            stderr: StdStream::Captured,
            files: Vec::new(),
            collect: Vec::new(),
            watch: None,
        })
    }

    /// Runs all probes at the same time, because a service waits for them when it starts.
    fn layers(self) -> Result<Vec<LayerFinding>, SandboxError> {
        let actions = ["look", "hog", "spin", "crowd", "connect"];
        let [look, hog, spin, crowd, connect] = actions.map(|action| self.launch(action));
        let visibility = parse_visibility(look?.wait()?);
        let results = ProbeResults {
            hog: hog?.wait()?,
            spin: spin?.wait()?,
            crowd: crowd?.wait()?,
            connect: connect?.wait()?,
            info: self.jail.info().clone(),
        };
        Ok(results.layers(visibility))
    }
}

/// Results of the probes that run into limits, and what the jail helper reported.
struct ProbeResults {
    hog: RunResult,
    spin: RunResult,
    crowd: RunResult,
    connect: RunResult,
    info: HelperInfo,
}

impl ProbeResults {
    fn layers(self, visibility: Result<CellVisibility, String>) -> Vec<LayerFinding> {
        let info = self.info.clone();
        let from_inside = |judge: fn(&CellVisibility) -> Result<String, String>| {
            visibility.as_ref().map_err(Clone::clone).and_then(judge)
        };
        let judged = [
            (Layer::Namespaces, from_inside(judge_namespaces)),
            (
                Layer::Seccomp,
                from_inside(|visibility| {
                    Ok(visibility
                        .status
                        .get("Seccomp")
                        .cloned()
                        .unwrap_or_default())
                })
                .and_then(|mode| judge_seccomp(&mode, &self.connect, &self.info)),
            ),
            (Layer::Filesystem, from_inside(judge_filesystem)),
            (Layer::Network, from_inside(judge_network)),
            (Layer::Cgroups, self.judge_cgroups()),
        ];
        let mut findings: Vec<LayerFinding> = judged
            .into_iter()
            .map(|(layer, judged)| finding(layer, judged, &info))
            .collect();
        findings.sort_by_key(|finding| finding.layer);
        findings
    }

    /// Checks that the probes ran into their limits: a limit that is only set proves nothing.
    fn judge_cgroups(self) -> Result<String, String> {
        for (result, expected) in [
            (&self.hog, Outcome::MemoryExceeded),
            (&self.spin, Outcome::CpuTimeExceeded),
        ] {
            if result.outcome != expected {
                return Err(format!(
                    "a probe should have ended with {expected:?} and ended with {:?}",
                    result.outcome
                ));
            }
        }
        let threads: u32 = text(self.crowd.stdout).trim().parse().unwrap_or(u32::MAX);
        if threads >= PROBE_PROCESSES {
            return Err(format!(
                "{threads} threads ran where {PROBE_PROCESSES} were allowed"
            ));
        }
        let version = self.info.cgroup_version.unwrap_or(0);
        let io = if self.info.limits_io {
            "I/O is limited"
        } else {
            "I/O is not limited (its controller isn't ours here, or there is no disk)"
        };
        Ok(format!(
            "version {version}; memory, CPU time and process limits were met and held; {io}"
        ))
    }
}

fn parse_visibility(look: RunResult) -> Result<CellVisibility, String> {
    let outcome = look.outcome;
    serde_json::from_str(&text(look.stdout))
        .map_err(|error| format!("the probe ended with {outcome:?} and no report ({error})"))
}

fn judge_seccomp(mode: &str, connect: &RunResult, info: &HelperInfo) -> Result<String, String> {
    let call = connect.denied_call.as_ref();
    match (mode, connect.outcome) {
        ("2", Outcome::SyscallDenied) => Ok(match (&info.unnamed_calls, call) {
            (Some(why), _) => format!(
                "a filter is in force, and socket() ended the probe; denied calls are not named: {why}"
            ),
            (None, Some(call)) if call.name == "socket" => {
                "a filter is in force, and socket() ended the probe, which was told by name"
                    .to_owned()
            }
            (None, call) => return Err(format!("socket() was told as {call:?}")),
        }),
        (mode, outcome) => Err(format!("Seccomp mode {mode}; socket() led to {outcome:?}")),
    }
}

/// Combines a probe's observation with the helper's own report. The helper's report of a degraded
/// layer wins: the probes may well have run into the weaker substitute.
fn finding(layer: Layer, judged: Result<String, String>, info: &HelperInfo) -> LayerFinding {
    let weaker = info
        .degraded
        .iter()
        .find(|degraded| degraded.layer == layer);
    let (status, detail) = match (judged, weaker) {
        (Ok(detail), None) => (LayerStatus::Enforced, detail),
        (Ok(_), Some(weaker)) => (LayerStatus::Degraded, weaker.detail.clone()),
        (Err(observed), None) => (LayerStatus::Missing, observed),
        (Err(observed), Some(weaker)) => (
            LayerStatus::Missing,
            format!("{}; {observed}", weaker.detail),
        ),
    };
    LayerFinding {
        layer,
        status,
        detail,
    }
}

fn judge_namespaces(visibility: &CellVisibility) -> Result<String, String> {
    // The network namespace is a layer of its own.
    let mut outside = namespaces();
    outside.remove("net");
    let shared: Vec<&str> = outside
        .iter()
        .filter(|(name, identity)| visibility.namespaces.get(*name) == Some(identity))
        .map(|(name, _)| name.as_str())
        .collect();
    let has_capability = visibility
        .status
        .iter()
        .any(|(name, value)| name.starts_with("Cap") && !value.trim_matches('0').is_empty());
    if !shared.is_empty()
        || outside
            .keys()
            .any(|name| !visibility.namespaces.contains_key(name))
    {
        return Err(format!("shared with the host: {}", shared.join(", ")));
    }
    if has_capability || visibility.status.get("NoNewPrivs").map(String::as_str) != Some("1") {
        return Err("the probe has capabilities or could gain them".to_owned());
    }
    let names: Vec<&str> = outside.keys().map(String::as_str).collect();
    Ok(format!(
        "own {}; no capabilities, no_new_privs",
        names.join(", ")
    ))
}

fn judge_filesystem(visibility: &CellVisibility) -> Result<String, String> {
    if !visibility.visible.is_empty() {
        return Err(format!("the probe sees {}", visibility.visible.join(", ")));
    }
    if visibility.can_execute_written {
        return Err("the probe can execute what it wrote: Landlock is not in force".to_owned());
    }
    match (visibility.can_write_root, visibility.can_write_workspace) {
        (false, true) => Ok("read-only root without the host's folders, and Landlock".to_owned()),
        (true, _) => Err("the root can be written".to_owned()),
        (_, false) => Err("/workspace can't be written".to_owned()),
    }
}

fn judge_network(visibility: &CellVisibility) -> Result<String, String> {
    if visibility.namespaces.get("net") == namespaces().get("net") {
        return Err("the probe is in the host's network".to_owned());
    }
    let interfaces: Vec<&str> = visibility
        .interfaces
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "lo")
        .collect();
    if interfaces.is_empty() {
        Ok("no interface but a loopback that is down".to_owned())
    } else {
        Err(format!("the probe sees {}", interfaces.join(", ")))
    }
}

fn text(stream: Option<File>) -> String {
    let mut text = String::new();
    if let Some(mut stream) = stream {
        let _ = stream.read_to_string(&mut text);
    }
    text
}
