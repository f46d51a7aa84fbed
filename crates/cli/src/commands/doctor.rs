use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use comfy_table::{Table, presets};
use letscode_judge::exercise_interpreters;
use letscode_model::{LanguageId, LanguageInfo, LanguageStatus, LimitCaps};
use letscode_sandbox::{Isolation, Layer};
use serde::Serialize;

use super::print_json;
use super::service::auth_args::AuthArgs;
use super::watch_args::MonitorFinding;
use crate::error::CliError;
use crate::input::engine;
use crate::languages::LanguageArgs;
use crate::layers::{IsolationArgs, LayerFinding, examine, unacceptable};

/// Check this machine: each security layer, and each language.
///
/// Layers are tried, not looked up: doctor makes cells and runs a program in them that looks
/// around, takes memory, burns CPU time and opens a socket. Each language is tried in a cell too.
///
/// A layer is enforced, degraded (something weaker is in its place) or missing; the remedy is
/// printed beside it.
///
/// Exit code: 0 when `serve` with the same --allow-degraded would start, 1 when it would refuse.
#[derive(Args)]
#[command(after_help = "Examples:
  letscode doctor
  letscode doctor --json | python3 -m json.tool
  letscode doctor --allow-degraded cgroups && echo serve would start")]
pub struct DoctorArgs {
    /// Print one JSON object: layers (layer, status, detail), languages (id, version, status) and
    /// monitors (monitor, works, detail)
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    languages: LanguageArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    auth: AuthArgs,
    /// Leave this layer out, to see that doctor notices: for tests
    #[arg(long, hide = true, value_name = "LAYER")]
    switch_off: Option<Layer>,
}

#[derive(Serialize)]
struct DoctorReport {
    layers: Vec<LayerFinding>,
    languages: Vec<LanguageInfo>,
    /// Rates that `--watch` measures.
    monitors: Vec<MonitorFinding>,
    /// Access to a service that is started with the same options.
    auth: String,
    /// Packages that would make judging faster if installed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    advice: Vec<String>,
    /// Languages without warm interpreters, whose programs start slowly, with reasons.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    cold_interpreters: BTreeMap<LanguageId, String>,
    /// Languages whose toolchain can't be told from another one, so that a service keeps nothing that
    /// it has compiled, with reasons.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unidentified_toolchains: BTreeMap<LanguageId, String>,
}

impl DoctorArgs {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let isolation = Isolation {
            switched_off: self.switch_off.into_iter().collect(),
            ..self.isolation.isolation()
        };
        let layers = examine(&isolation);
        let refused = !unacceptable(&layers, &isolation).is_empty();
        let tolerant = Isolation {
            allow_degraded: Layer::ALL.into(),
            ..Isolation::default()
        };
        let mut report = DoctorReport {
            layers,
            languages: Vec::new(),
            monitors: Vec::new(),
            auth: self.auth.summary(),
            advice: Vec::new(),
            cold_interpreters: BTreeMap::new(),
            unidentified_toolchains: BTreeMap::new(),
        };
        if let Ok(engine) = engine(self.languages.read()?, tolerant, LimitCaps::default()) {
            report.monitors = MonitorFinding::all(&engine);
            report.languages = engine.toolchains().probe();
            report.advice = engine.toolchains().advice().to_vec();
            exercise_interpreters(&engine);
            report.cold_interpreters = engine.toolchains().cold_interpreters();
            let identities = engine.toolchains().identities().into_iter();
            report.unidentified_toolchains = identities
                .filter_map(|(id, identity)| Some((id, identity.trouble?)))
                .collect();
        }
        if self.json {
            print_json(&report);
        } else {
            show(&report);
        }
        Ok(ExitCode::from(u8::from(refused)))
    }
}

fn show(report: &DoctorReport) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["layer", "status", ""]);
    for layer in &report.layers {
        table.add_row([layer.layer.name(), layer.status.shown(), &layer.detail]);
    }
    println!("{table}");
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["language", "status", ""]);
    for language in &report.languages {
        let status = match language.status {
            LanguageStatus::Available => "available",
            LanguageStatus::Missing => "MISSING",
        };
        let details = [Some(&language.version), language.detail.as_ref()];
        let details: Vec<&str> = details.into_iter().flatten().map(String::as_str).collect();
        table.add_row([language.id.as_str(), status, details.join("\n").trim()]);
    }
    println!("{table}");
    println!("who may use the service: {}", report.auth);
    for monitor in &report.monitors {
        println!("watched: {}", monitor.shown());
    }
    for advice in &report.advice {
        println!("faster: {advice}");
    }
    for (language, why) in &report.cold_interpreters {
        println!("slower: {language} has no warm interpreter: {why}");
    }
    for (language, why) in &report.unidentified_toolchains {
        println!("slower: what is compiled of {language} can't be kept: {why}");
    }
}
