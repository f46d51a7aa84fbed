use std::time::Duration;

use letscode_model::LimitCaps;
use letscode_package::{ProblemLimits, TimeLimitProvenance};

const MIB: u64 = 1 << 20;

/// Returns a warning for each limit that a package states above the operator's caps. Limits that it
/// leaves to the judge, or states as the judge has them, are the judge's to lower.
pub(crate) fn cap_warnings(limits: &ProblemLimits, caps: &LimitCaps) -> Vec<String> {
    let default = ProblemLimits::default();
    let stated = |value: u64, default: u64| (value != default).then_some(value);
    let stated_time = (limits.time.provenance != TimeLimitProvenance::Default)
        .then_some(limits.time.duration)
        .and_then(|time| time_warning(time, caps));
    let validation_time = (limits.validation_time != default.validation_time)
        .then_some(limits.validation_time)
        .zip(caps.limits.cpu_time.map(Duration::from_millis))
        .filter(|(limit, cap)| limit > cap)
        .map(|(limit, cap)| {
            let (limit, cap) = (limit.as_secs_f64(), cap.as_secs_f64());
            format!("limits.validation_time: {limit} s is above this judge's cap of {cap} s")
        });
    let sizes = [
        (
            "memory",
            stated(limits.memory_bytes, default.memory_bytes),
            caps.limits.memory,
        ),
        (
            "output",
            stated(limits.output_bytes, default.output_bytes),
            caps.limits.output,
        ),
        (
            "validation_memory",
            stated(
                limits.validation_memory_bytes,
                default.validation_memory_bytes,
            ),
            caps.limits.memory,
        ),
    ];
    let sizes = sizes.into_iter().filter_map(|(name, limit, cap)| {
        let (limit, cap) = (limit?, cap?);
        (limit > cap).then(|| {
            let (limit, cap) = (mebibytes(limit), mebibytes(cap));
            format!("limits.{name}: {limit} MiB is above this judge's cap of {cap} MiB")
        })
    });
    let times = stated_time.into_iter().chain(validation_time);
    times.chain(sizes).collect()
}

/// Returns a size in MiB with as few digits as it takes.
fn mebibytes(bytes: u64) -> f64 {
    const DIGITS: f64 = 1000.0;
    (bytes as f64 / MIB as f64 * DIGITS).round() / DIGITS
}

/// Returns a warning for a time limit that no program can use up.
pub(crate) fn time_warning(limit: Duration, caps: &LimitCaps) -> Option<String> {
    let usable = Duration::from_millis(caps.usable_cpu_time()?);
    if limit <= usable {
        return None;
    }
    let share = match caps.cpu_percent {
        Some(percent) if percent < 100 => format!(", at {percent} % of a core"),
        _ => String::new(),
    };
    Some(format!(
        "the time limit of {} s is above this judge's caps: programs have {} s of CPU time{share}",
        limit.as_secs_f64(),
        usable.as_secs_f64(),
    ))
}

#[cfg(test)]
mod tests {
    use letscode_model::LimitProfile;
    use letscode_package::TimeLimit;

    use super::*;

    fn limits(seconds: u64, provenance: TimeLimitProvenance, mebibytes: u64) -> ProblemLimits {
        ProblemLimits {
            time: TimeLimit {
                duration: Duration::from_secs(seconds),
                provenance,
            },
            memory_bytes: mebibytes * MIB,
            ..ProblemLimits::default()
        }
    }

    #[test]
    fn only_stated_limits_above_a_cap_are_warned_of() {
        let caps = LimitProfile::Hardened.caps();
        let stated = TimeLimitProvenance::ProblemYaml;
        let greedy = cap_warnings(&limits(10, stated, 1024), &caps);
        assert_eq!(
            greedy,
            [
                "the time limit of 10 s is above this judge's caps: programs have 2.5 s of CPU \
                 time, at 50 % of a core",
                "limits.memory: 1024 MiB is above this judge's cap of 512 MiB",
            ]
        );
        assert!(cap_warnings(&limits(2, stated, 512), &caps).is_empty());
        let unstated = ProblemLimits::default();
        assert!(cap_warnings(&unstated, &caps).is_empty());
        let standard = LimitProfile::Standard.caps();
        assert!(cap_warnings(&limits(600, stated, 9999), &standard).is_empty());
    }

    #[test]
    fn small_caps_are_spelled_out() {
        let caps = LimitCaps {
            limits: letscode_model::LimitSpec {
                memory: Some(MIB + MIB / 2),
                ..letscode_model::LimitSpec::default()
            },
            ..LimitCaps::default()
        };
        let warnings = cap_warnings(&limits(1, TimeLimitProvenance::Default, 3), &caps);
        assert_eq!(
            warnings,
            ["limits.memory: 3 MiB is above this judge's cap of 1.5 MiB"]
        );
    }

    #[test]
    fn validators_have_caps_too() {
        let validators = ProblemLimits {
            validation_time: Duration::from_secs(90),
            validation_memory_bytes: 4096 * MIB,
            ..ProblemLimits::default()
        };
        let warnings = cap_warnings(&validators, &LimitProfile::Hardened.caps());
        assert_eq!(
            warnings,
            [
                "limits.validation_time: 90 s is above this judge's cap of 5 s",
                "limits.validation_memory: 4096 MiB is above this judge's cap of 512 MiB",
            ]
        );
    }
}
