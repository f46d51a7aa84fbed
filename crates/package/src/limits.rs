//! Time, memory and size limits.
//!
//! Several files may set the time limit. As in DOMjudge, `limits.time_limit` in problem.yaml takes
//! precedence over `timelimit` in domjudge-problem.ini, and that over the file `.timelimit`.
//! DOMjudge refuses some packages whose files disagree; here that is a warning.

use std::time::Duration;

use crate::error::{PackageError, SourceLocation, WarningList, shown};
use crate::file_names::{CALIBRATED_FILE, DOMJUDGE_INI, PROBLEM_YAML, TIMELIMIT};
use crate::ini::DomjudgeIni;
use crate::tree::PackageFolder;
use crate::yaml::Fields;

const MIB: u64 = 1 << 20;

/// Limits on submissions and validators. The format leaves defaults to the system; ours are those
/// of [`ProblemLimits::default`].
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemLimits {
    pub time: TimeLimit,
    pub multipliers: TimeLimitMultipliers,
    pub memory_bytes: u64,
    pub output_bytes: u64,
    /// Size of a submission's source.
    pub code_bytes: u64,
    pub compilation_time: Duration,
    pub compilation_memory_bytes: u64,
    pub validation_time: Duration,
    pub validation_memory_bytes: u64,
    pub validation_output_bytes: u64,
    /// Maximum number of passes of a multi-pass problem on one test.
    pub validation_passes: u32,
}

/// CPU time of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    pub duration: Duration,
    pub provenance: TimeLimitProvenance,
}

/// Source of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLimitProvenance {
    /// `limits.time_limit` in problem.yaml.
    ProblemYaml,
    /// `timelimit` in domjudge-problem.ini.
    DomjudgeIni,
    /// The file `.timelimit`.
    TimelimitFile,
    /// Measured at import from the jury's submissions, saved in [`CALIBRATED_FILE`].
    Calibrated,
    /// No file: 2 s. Better is a multiple of the time that the jury's submissions need, see
    /// [`TimeLimitMultipliers`].
    Default,
}

/// Factors between the time limit and the running times of the jury's submissions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeLimitMultipliers {
    /// The limit is at least the time of the slowest accepted submission times this: legacy
    /// `time_multiplier` (5), since 2023-07 `time_multipliers.ac_to_time_limit` (2).
    pub ac_to_time_limit: f64,
    /// The fastest `time_limit_exceeded` submission needs at least the limit times this: legacy
    /// `time_safety_margin` (2), since 2023-07 `time_multipliers.time_limit_to_tle` (1.5).
    pub time_limit_to_tle: f64,
    /// The limit is rounded up to a multiple of this, in seconds.
    pub resolution_seconds: f64,
}

impl Default for ProblemLimits {
    fn default() -> Self {
        ProblemLimits {
            time: TimeLimit {
                duration: Duration::from_secs(2),
                provenance: TimeLimitProvenance::Default,
            },
            multipliers: TimeLimitMultipliers::LEGACY,
            memory_bytes: 2048 * MIB,
            output_bytes: 8 * MIB,
            code_bytes: 128 << 10,
            compilation_time: Duration::from_secs(60),
            compilation_memory_bytes: 2048 * MIB,
            validation_time: Duration::from_secs(60),
            validation_memory_bytes: 2048 * MIB,
            validation_output_bytes: 8 * MIB,
            validation_passes: 2,
        }
    }
}

impl TimeLimitMultipliers {
    pub const LEGACY: TimeLimitMultipliers = TimeLimitMultipliers {
        ac_to_time_limit: 5.0,
        time_limit_to_tle: 2.0,
        resolution_seconds: 1.0,
    };
    pub const DRAFT: TimeLimitMultipliers = TimeLimitMultipliers {
        ac_to_time_limit: 2.0,
        time_limit_to_tle: 1.5,
        resolution_seconds: 1.0,
    };
}

/// Properties of the problem that the defaults depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProblemKind {
    pub draft: bool,
    pub interactive: bool,
}

/// Default output limit of a submission to an interactive problem. Larger than usual, as the output
/// is not stored and the formats' own tools don't limit it.
const INTERACTIVE_OUTPUT_BYTES: u64 = 64 * MIB;

/// Reads problem.yaml's `limits` and the other files with a time limit.
pub(crate) fn read(
    mut fields: Fields,
    kind: ProblemKind,
    ini: &DomjudgeIni,
    package: &PackageFolder,
    warnings: &mut WarningList,
) -> Result<ProblemLimits, PackageError> {
    let mut default = ProblemLimits::default();
    if kind.interactive {
        default.output_bytes = INTERACTIVE_OUTPUT_BYTES;
    }
    let time_limits = [
        (TimeLimitProvenance::ProblemYaml, yaml_time(&mut fields)?),
        (TimeLimitProvenance::DomjudgeIni, ini_time(ini)?),
        (
            TimeLimitProvenance::TimelimitFile,
            timelimit_file(package, TIMELIMIT)?,
        ),
        (
            TimeLimitProvenance::Calibrated,
            timelimit_file(package, CALIBRATED_FILE)?,
        ),
    ];
    let limits = ProblemLimits {
        time: time_limit(time_limits, warnings),
        multipliers: multipliers(&mut fields, kind.draft, warnings)?,
        memory_bytes: size(&mut fields, "memory", MIB)?.unwrap_or(default.memory_bytes),
        output_bytes: size(&mut fields, "output", MIB)?.unwrap_or(default.output_bytes),
        code_bytes: size(&mut fields, "code", 1 << 10)?.unwrap_or(default.code_bytes),
        compilation_time: time(&mut fields, "compilation_time")?
            .unwrap_or(default.compilation_time),
        compilation_memory_bytes: size(&mut fields, "compilation_memory", MIB)?
            .unwrap_or(default.compilation_memory_bytes),
        validation_time: time(&mut fields, "validation_time")?.unwrap_or(default.validation_time),
        validation_memory_bytes: size(&mut fields, "validation_memory", MIB)?
            .unwrap_or(default.validation_memory_bytes),
        validation_output_bytes: size(&mut fields, "validation_output", MIB)?
            .unwrap_or(default.validation_output_bytes),
        validation_passes: passes(&mut fields)?.unwrap_or(default.validation_passes),
    };
    // An old key of Kattis' own, which is ignored there too.
    fields.ignore(&["time_for_AC_submissions"]);
    fields.finish(warnings);
    Ok(limits)
}

fn time_limit(
    sources: [(TimeLimitProvenance, Option<Duration>); 4],
    warnings: &mut WarningList,
) -> TimeLimit {
    let mut limits = sources.into_iter().filter_map(|(provenance, duration)| {
        duration.map(|duration| TimeLimit {
            duration,
            provenance,
        })
    });
    let Some(first) = limits.next() else {
        return ProblemLimits::default().time;
    };
    for ignored in limits.filter(|limit| limit.duration != first.duration) {
        let message = format!(
            "the time limit of {} s is ignored: {} sets {} s",
            ignored.duration.as_secs_f64(),
            first.provenance.file(),
            first.duration.as_secs_f64(),
        );
        warnings.add_file(ignored.provenance.file(), message);
    }
    first
}

impl TimeLimitProvenance {
    /// Description for users.
    pub fn describe(self) -> &'static str {
        match self {
            TimeLimitProvenance::Calibrated => "measured from the jury's accepted submissions",
            TimeLimitProvenance::Default => "the default",
            file => file.file(),
        }
    }

    /// Name of the file that the limit is read from.
    pub fn file(self) -> &'static str {
        match self {
            TimeLimitProvenance::Calibrated => CALIBRATED_FILE,
            TimeLimitProvenance::ProblemYaml => PROBLEM_YAML,
            TimeLimitProvenance::DomjudgeIni => DOMJUDGE_INI,
            TimeLimitProvenance::TimelimitFile => TIMELIMIT,
            TimeLimitProvenance::Default => "the default",
        }
    }
}

/// 1 TiB.
const MAX_SIZE_BYTES: f64 = (1_u64 << 40) as f64;

const TIME_HELP: &str = "a time is a number of seconds above 0, at most 86400";

fn seconds(number: f64) -> Option<Duration> {
    let plausible = number > 0.0 && number <= 86_400.0;
    let duration = Duration::try_from_secs_f64(if plausible { number } else { 0.0 }).ok()?;
    (!duration.is_zero()).then_some(duration)
}

fn time(fields: &mut Fields, key: &str) -> Result<Option<Duration>, PackageError> {
    let number = fields.number_in(key, |n| seconds(n).is_some(), TIME_HELP)?;
    Ok(number.and_then(seconds))
}

fn yaml_time(fields: &mut Fields) -> Result<Option<Duration>, PackageError> {
    time(fields, "time_limit")
}

fn ini_time(ini: &DomjudgeIni) -> Result<Option<Duration>, PackageError> {
    let Some((line, text)) = &ini.timelimit else {
        return Ok(None);
    };
    let location = SourceLocation {
        file: DOMJUDGE_INI.into(),
        line: *line,
        column: 1,
    };
    parse_seconds(text, location, "timelimit").map(Some)
}

fn timelimit_file(package: &PackageFolder, name: &str) -> Result<Option<Duration>, PackageError> {
    let Some(file) = package.file(name) else {
        return Ok(None);
    };
    let (text, _) = file.read_text(1 << 10)?;
    let location = SourceLocation {
        line: 1,
        column: 1,
        ..SourceLocation::file(&file.relative)
    };
    let first_line = text.trim().lines().next().unwrap_or_default();
    parse_seconds(first_line, location, name).map(Some)
}

fn parse_seconds(
    text: &str,
    location: SourceLocation,
    key: &str,
) -> Result<Duration, PackageError> {
    let number = text.trim().parse::<f64>().ok();
    number
        .and_then(seconds)
        .ok_or_else(|| PackageError::InvalidValue {
            location,
            key: key.to_owned(),
            problem: format!("is `{}`", shown(text.trim())),
            help: TIME_HELP,
        })
}

fn multipliers(
    fields: &mut Fields,
    draft: bool,
    warnings: &mut WarningList,
) -> Result<TimeLimitMultipliers, PackageError> {
    let default = if draft {
        TimeLimitMultipliers::DRAFT
    } else {
        TimeLimitMultipliers::LEGACY
    };
    let help = "a multiplier is a number from 1 to 1000";
    let fits = |n: f64| (1.0..=1000.0).contains(&n);
    let mut multipliers = fields.fields("time_multipliers", warnings)?;
    let to_limit = multipliers.number_in("ac_to_time_limit", fits, help)?;
    let to_tle = multipliers.number_in("time_limit_to_tle", fits, help)?;
    multipliers.finish(warnings);
    let legacy_to_limit = fields.number_in("time_multiplier", fits, help)?;
    let legacy_to_tle = fields.number_in("time_safety_margin", fits, help)?;
    let resolution = fields.number_in("time_resolution", |n| seconds(n).is_some(), TIME_HELP)?;
    Ok(TimeLimitMultipliers {
        ac_to_time_limit: to_limit
            .or(legacy_to_limit)
            .unwrap_or(default.ac_to_time_limit),
        time_limit_to_tle: to_tle
            .or(legacy_to_tle)
            .unwrap_or(default.time_limit_to_tle),
        resolution_seconds: resolution.unwrap_or(default.resolution_seconds),
    })
}

/// Reads a size in multiples of `unit_bytes`, such as 8.5, and returns bytes; at most 1 TiB.
fn size(fields: &mut Fields, key: &str, unit_bytes: u64) -> Result<Option<u64>, PackageError> {
    let help =
        "a size is a number above 0, at most 1 TiB; memory and output are in MiB, code in KiB";
    let bytes = |number: f64| number * unit_bytes as f64;
    let fits = |number: f64| bytes(number) >= 1.0 && bytes(number) <= MAX_SIZE_BYTES;
    let number = fields.number_in(key, fits, help)?;
    Ok(number.map(|number| bytes(number).ceil() as u64))
}

fn passes(fields: &mut Fields) -> Result<Option<u32>, PackageError> {
    let number = fields.whole_in(
        "validation_passes",
        (2, 1000),
        "use a whole number from 2 to 1000",
    )?;
    Ok(number.and_then(|n| u32::try_from(n).ok()))
}
