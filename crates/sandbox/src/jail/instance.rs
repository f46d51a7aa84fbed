//! Names of the helpers' cgroup folders, by which those of dead helpers are found.

/// Returns the name of this helper's cgroup folder. It differs from those of dead helpers, also if
/// the pid has been reused since.
pub fn instance_name() -> String {
    let pid = std::process::id();
    format!("letscode.{pid}.{}", start_time(pid).unwrap_or(0))
}

/// True if a name is that of a helper that has ended.
pub fn is_stale_instance(name: &str) -> bool {
    let mut parts = name.split('.');
    let (Some("letscode"), Some(pid), Some(started), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    match (pid.parse(), started.parse::<u64>()) {
        (Ok(pid), Ok(started)) => start_time(pid) != Some(started),
        _ => false,
    }
}

/// Returns the start time of a living process, in clock ticks since boot: field 22 of
/// `/proc/PID/stat`, counted behind the parenthesised name, which may contain anything. `None` for
/// a zombie.
fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ');
    let state = fields.next()?;
    match state {
        "Z" | "X" => None,
        _ => fields.nth(18)?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_of_other_processes_are_stale() {
        assert!(!is_stale_instance(&instance_name()));
        let pid = std::process::id();
        assert!(is_stale_instance(&format!("letscode.{pid}.1")));
        for foreign in [
            "system.slice",
            "letscode",
            "letscode.1",
            "letscode.a.b",
            "letscode.1.2.3",
        ] {
            assert!(!is_stale_instance(foreign), "{foreign}");
        }
    }
}
