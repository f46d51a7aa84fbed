//! A cell of low priority beside others that want the whole machine.

#![allow(clippy::unwrap_used)]

mod support;

use std::thread;
use std::time::Duration;

use letscode_sandbox::{Artifact, Limits, Outcome, RunRequest};
use support::{EXITED, c, jail, launch, run};

fn busy(program: &Artifact, wall_time: Duration, low_priority: bool) -> RunRequest<'_> {
    RunRequest {
        limits: Limits {
            cpu_time: Duration::from_secs(60),
            wall_time,
            low_priority,
            ..Limits::default()
        },
        ..launch(program)
    }
}

/// Measures the CPU time of a cell of low priority beside two ordinary cells for each core, and the
/// least of theirs. Runs longer if the machine is too busy to give those enough for a comparison.
fn cpu_shares(boost: bool) -> (Duration, Duration) {
    const ENOUGH: Duration = Duration::from_millis(200);
    let program = c("for (volatile int i = 0;; i++)");
    let competitors = 2 * thread::available_parallelism().unwrap().get();
    let mut shares = (Duration::ZERO, Duration::ZERO);
    for wall_time in [1, 3, 9].map(Duration::from_secs) {
        shares = thread::scope(|scope| {
            let run_ordinary = || run(busy(&program, wall_time, false)).usage.cpu_time;
            let ordinary: Vec<_> = (0..competitors)
                .map(|_| scope.spawn(run_ordinary))
                .collect();
            let cell = jail().launch(busy(&program, wall_time, true)).unwrap();
            if boost {
                cell.priority_boost().unwrap().apply();
            }
            let done = cell.wait().unwrap();
            assert_eq!(done.outcome, Outcome::WallTimeExceeded);
            let least = ordinary
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .min();
            (done.usage.cpu_time, least.unwrap())
        });
        if shares.1 > ENOUGH {
            break;
        }
    }
    shares
}

#[test]
fn low_priority_yields_until_boosted() {
    if jail().info().cgroup_version.is_none() {
        eprintln!("skipped: no control groups");
        return;
    }
    let (low, ordinary) = cpu_shares(false);
    println!("low {low:?} beside {ordinary:?}");
    assert!(low * 3 < ordinary, "{low:?} beside {ordinary:?}");
    let (boosted, ordinary) = cpu_shares(true);
    println!("boosted {boosted:?} beside {ordinary:?}");
    assert!(boosted * 2 > ordinary, "{boosted:?} beside {ordinary:?}");
}

/// The sender can't know that the run has just ended.
#[test]
fn late_boosts_are_harmless() {
    let program = c("");
    let low = || {
        let mut launch = launch(&program);
        launch.limits.low_priority = true;
        launch
    };
    for _ in 0..3 {
        let cell = jail().launch(low()).unwrap();
        let boost = cell.priority_boost().unwrap();
        assert_eq!(cell.wait().unwrap().outcome, EXITED);
        boost.apply();
        boost.apply();
        assert_eq!(run(launch(&program)).outcome, EXITED);
    }
}
