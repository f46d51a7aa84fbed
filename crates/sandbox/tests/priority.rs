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

/// What a cell of low priority gets of the machine beside two others for each core, and the least that one of
/// those gets. The machine may have more to do than this, so they go on until that is enough to compare.
fn shares(hurry: bool) -> (Duration, Duration) {
    const ENOUGH: Duration = Duration::from_millis(200);
    let program = c("for (volatile int i = 0;; i++)");
    let others = 2 * thread::available_parallelism().unwrap().get();
    let mut shares = (Duration::ZERO, Duration::ZERO);
    for wall_time in [1, 3, 9].map(Duration::from_secs) {
        shares = thread::scope(|scope| {
            let ordinary = || run(busy(&program, wall_time, false)).usage.cpu_time;
            let others: Vec<_> = (0..others).map(|_| scope.spawn(ordinary)).collect();
            let cell = jail().launch(busy(&program, wall_time, true)).unwrap();
            if hurry {
                cell.priority_boost().unwrap().apply();
            }
            let done = cell.wait().unwrap();
            assert_eq!(done.outcome, Outcome::WallTimeExceeded);
            let least = others.into_iter().map(|one| one.join().unwrap()).min();
            (done.usage.cpu_time, least.unwrap())
        });
        if shares.1 > ENOUGH {
            break;
        }
    }
    shares
}

#[test]
fn a_cell_of_low_priority_gives_way_until_somebody_waits_for_it() {
    if jail().info().cgroup_version.is_none() {
        eprintln!("skipped: no control groups");
        return;
    }
    let (low, others) = shares(false);
    println!("low {low:?} beside {others:?}");
    assert!(low * 3 < others, "{low:?} beside {others:?}");
    let (hurried, others) = shares(true);
    println!("hurried {hurried:?} beside {others:?}");
    assert!(hurried * 2 > others, "{hurried:?} beside {others:?}");
}

/// Whoever says so cannot know that the run has just ended.
#[test]
fn hurry_that_comes_too_late_harms_no_later_run() {
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
