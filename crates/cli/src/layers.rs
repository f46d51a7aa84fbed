//! Tries each layer of isolation on this machine: makes cells and runs a program in them that looks
//! around, takes memory, burns time and opens a socket. What was not seen to hold does not count.

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

/// Which layers a command may do without.
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

/// One layer, as it was found.
#[derive(Debug, Clone, Serialize)]
pub struct LayerFinding {
    pub layer: Layer,
    pub status: LayerStatus,
    /// What was seen; for a layer that is not enforced, also what to do.
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

/// Below this the probe itself would not start.
const PROBE_MEMORY_BYTES: u64 = 64 << 20;
const PROBE_PROCESSES: u32 = 20;

/// Tries all layers, whether or not their absence is accepted.
pub fn examine(isolation: &Isolation) -> Vec<LayerFinding> {
    look(isolation).unwrap_or_else(|error| no_cells(&error))
}

/// An error when not even one cell can be made, with whatever accepted.
fn look(isolation: &Isolation) -> Result<Vec<LayerFinding>, SandboxError> {
    let tolerant = Isolation {
        allow_degraded: Layer::ALL.into(),
        switched_off: isolation.switched_off.clone(),
    };
    ProbeTarget::start(tolerant)?.layers()
}

/// The layers that are not enforced and whose absence was not accepted.
pub fn unacceptable<'a>(
    findings: &'a [LayerFinding],
    isolation: &Isolation,
) -> Vec<&'a LayerFinding> {
    let accepted = |layer: Layer| isolation.allow_degraded.contains(&layer);
    findings
        .iter()
        .filter(|one| one.status != LayerStatus::Enforced && !accepted(one.layer))
        .collect()
}

/// For the service: an error that an administrator can act on, or the layers that are weaker than
/// they should be.
pub fn demand(isolation: &Isolation) -> Result<Vec<LayerFinding>, CliError> {
    let findings = look(isolation).map_err(|error| {
        CliError::new(format!("no cell can be made on this machine: {error}"))
            .with_help("mend it as said above, and see `letscode doctor`")
    })?;
    let refused = unacceptable(&findings, isolation);
    if refused.is_empty() {
        let weak = findings.into_iter();
        return Ok(weak
            .filter(|one| one.status != LayerStatus::Enforced)
            .collect());
    }
    let mut message =
        "this machine does not give the isolation that running strangers' programs needs"
            .to_owned();
    for one in &refused {
        message += &format!(
            "\n  {} is {}: {}",
            one.layer,
            one.status.shown(),
            one.detail
        );
    }
    let flags: Vec<String> = refused
        .iter()
        .map(|one| format!("--allow-degraded {}", one.layer))
        .collect();
    Err(CliError::new(message).with_help(format!(
        "mend it as said above, and see `letscode doctor`; or accept the risk with {}",
        flags.join(" ")
    )))
}

fn no_cells(error: &SandboxError) -> Vec<LayerFinding> {
    // The reason once: it is long, and the same for all.
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

    fn launch(&self, deed: &str) -> Result<RunningCell<'_>, SandboxError> {
        self.jail.launch(RunRequest {
            profile: "probe",
            limits: Limits {
                cpu_time: Duration::from_millis(if deed == "spin" { 100 } else { 3000 }),
                wall_time: Duration::from_secs(10),
                memory_bytes: PROBE_MEMORY_BYTES,
                processes: PROBE_PROCESSES,
                ..Limits::default()
            },
            program: ProgramSource::Artifact(&self.probe),
            argv: ["letscode", "cell-probe", deed].map(str::to_owned).to_vec(),
            env: Vec::new(),
            stdin: StdStream::Null,
            stdout: StdStream::Captured,
            stderr: StdStream::Captured,
            files: Vec::new(),
            collect: Vec::new(),
        })
    }

    /// All deeds at once: the service waits for this when it starts.
    fn layers(self) -> Result<Vec<LayerFinding>, SandboxError> {
        let deeds = ["look", "hog", "spin", "crowd", "connect"];
        let [look, hog, spin, crowd, connect] = deeds.map(|deed| self.launch(deed));
        let sight = sight(look?.wait()?);
        let seen = ProbeResults {
            hog: hog?.wait()?,
            spin: spin?.wait()?,
            crowd: crowd?.wait()?,
            connect: connect?.wait()?,
            info: self.jail.info().clone(),
        };
        Ok(seen.layers(sight))
    }
}

/// What the probes came to.
struct ProbeResults {
    hog: RunResult,
    spin: RunResult,
    crowd: RunResult,
    connect: RunResult,
    info: HelperInfo,
}

impl ProbeResults {
    fn layers(self, sight: Result<CellVisibility, String>) -> Vec<LayerFinding> {
        let info = self.info.clone();
        let of_sight = |judge: fn(&CellVisibility) -> Result<String, String>| {
            sight.as_ref().map_err(Clone::clone).and_then(judge)
        };
        let judged = [
            (Layer::Namespaces, of_sight(judge_namespaces)),
            (
                Layer::Seccomp,
                of_sight(|sight| Ok(sight.status.get("Seccomp").cloned().unwrap_or_default()))
                    .and_then(|mode| judge_seccomp(&mode, self.connect.outcome)),
            ),
            (Layer::Filesystem, of_sight(judge_filesystem)),
            (Layer::Network, of_sight(judge_network)),
            (Layer::Cgroups, self.judge_cgroups()),
        ];
        let mut findings: Vec<LayerFinding> = judged
            .into_iter()
            .map(|(layer, judged)| finding(layer, judged, &info))
            .collect();
        findings.sort_by_key(|one| one.layer);
        findings
    }

    /// A limit that is set counts for nothing until something has run into it.
    fn judge_cgroups(self) -> Result<String, String> {
        for (finished, expected) in [
            (&self.hog, Outcome::MemoryExceeded),
            (&self.spin, Outcome::CpuTimeExceeded),
        ] {
            if finished.outcome != expected {
                return Err(format!(
                    "a probe that should meet {expected:?} met {:?}",
                    finished.outcome
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
        let io = match self.info.limits_io {
            true => "I/O is limited",
            false => "I/O is not limited (its controller isn't ours here, or there is no disk)",
        };
        Ok(format!(
            "version {version}; memory, CPU time and process limits were met and held; {io}"
        ))
    }
}

fn sight(look: RunResult) -> Result<CellVisibility, String> {
    let outcome = look.outcome;
    serde_json::from_str(&text(look.stdout))
        .map_err(|error| format!("the probe ended with {outcome:?} and no report ({error})"))
}

fn judge_seccomp(mode: &str, outcome: Outcome) -> Result<String, String> {
    match (mode, outcome) {
        ("2", Outcome::SyscallDenied) => {
            Ok("a filter is in force, and socket() ended the probe".to_owned())
        }
        (mode, outcome) => Err(format!("Seccomp mode {mode}; socket() led to {outcome:?}")),
    }
}

/// What the helper says of a layer comes before what was seen of it: where something weaker is in
/// its place, the probes may well have met it.
fn finding(layer: Layer, judged: Result<String, String>, info: &HelperInfo) -> LayerFinding {
    let weaker = info.degraded.iter().find(|one| one.layer == layer);
    let (status, detail) = match (judged, weaker) {
        (Ok(detail), None) => (LayerStatus::Enforced, detail),
        (Ok(_), Some(weaker)) => (LayerStatus::Degraded, weaker.detail.clone()),
        (Err(seen), None) => (LayerStatus::Missing, seen),
        (Err(seen), Some(weaker)) => (LayerStatus::Missing, format!("{}; {seen}", weaker.detail)),
    };
    LayerFinding {
        layer,
        status,
        detail,
    }
}

fn judge_namespaces(sight: &CellVisibility) -> Result<String, String> {
    // The network's is a layer of its own.
    let mut outside = namespaces();
    outside.remove("net");
    let shared: Vec<&str> = outside
        .iter()
        .filter(|(name, identity)| sight.namespaces.get(*name) == Some(identity))
        .map(|(name, _)| name.as_str())
        .collect();
    let some_right = sight
        .status
        .iter()
        .any(|(name, value)| name.starts_with("Cap") && !value.trim_matches('0').is_empty());
    if !shared.is_empty()
        || outside
            .keys()
            .any(|name| !sight.namespaces.contains_key(name))
    {
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

fn judge_filesystem(sight: &CellVisibility) -> Result<String, String> {
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

fn judge_network(sight: &CellVisibility) -> Result<String, String> {
    if sight.namespaces.get("net") == namespaces().get("net") {
        return Err("the probe is in the host's network".to_owned());
    }
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
