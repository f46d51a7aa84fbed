//! Rates of system calls and of memory: measured as they are, and ended where they are enforced.

use std::time::Duration;

use letscode_sandbox::{
    Limits, Outcome, RunActivity, RunRequest, RunResult, WatchLimits, WatchedRate,
};

use super::denied_calls::descendants;
use super::support::*;

/// No machine comes near.
const NEVER: WatchLimits = WatchLimits {
    syscalls_per_second: u64::MAX,
    counts_reads_and_writes: true,
    memory_growth_per_second: u64::MAX,
    enforced: false,
};
const CALLS: WatchLimits = WatchLimits {
    syscalls_per_second: 20_000,
    enforced: true,
    ..NEVER
};
const MEMORY: WatchLimits = WatchLimits {
    memory_growth_per_second: 20 << 20,
    enforced: true,
    ..NEVER
};

fn watched(body: &str, watch: WatchLimits) -> RunResult {
    let program = c(&format!("{TIME} {body}"));
    let limits = Limits {
        cpu_time: Duration::from_secs(10),
        wall_time: Duration::from_secs(20),
        memory_bytes: 256 << 20,
        ..Limits::default()
    };
    let request = RunRequest {
        limits,
        watch: Some(watch),
        ..launch(&program)
    };
    jail().run(request).unwrap()
}

/// Declares `now()`, the seconds of the clock.
const TIME: &str = "double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); \
    return t.tv_sec + t.tv_nsec * 1e-9; } static double begin; begin = now();";

/// True if this machine lets us count system calls; the tests say so otherwise.
fn counts_calls() -> bool {
    let why = jail().info().uncounted_calls.as_ref();
    if let Some(why) = why {
        eprintln!("skipped: {why}");
    }
    why.is_none()
}

/// About `calls` a second, in steps of a millisecond.
fn calling(calls: u32, seconds: f64) -> String {
    let each = calls / 1000;
    format!(
        "long made = 0; double next = begin; while (now() - begin < {seconds}) {{ \
         for (int i = 0; i < {each}; i++, made++) syscall(SYS_getppid); \
         next += 0.001; while (now() < next) {{}} }}"
    )
}

#[test]
fn rates_of_calls_are_measured_as_they_are() {
    if !counts_calls() {
        return;
    }
    // The program says how many it made a second, in all that time.
    let tell = "printf(\"%.0f\", made / (now() - begin))";
    let steady = format!("{}; {tell}", calling(200_000, 2.5));
    let busy = "long made = 0; while (now() - begin < 2.5) \
        for (int i = 0; i < 1000; i++, made++) syscall(SYS_getppid)";
    // In four threads, and two of them started late.
    let threads = "static long made[4]; \
         void *call(void *at) { if (at >= (void *)(made + 2)) usleep(300000); \
         while (now() - begin < 2.5) for (int i = 0; i < 100; i++, (*(long *)at)++) syscall(SYS_getppid); return 0; } \
         pthread_t t[4]; for (int i = 0; i < 4; i++) pthread_create(t + i, 0, call, made + i); \
         for (int i = 0; i < 4; i++) pthread_join(t[i], 0); \
         printf(\"%.0f\", (made[0] + made[1] + made[2] + made[3]) / (now() - begin))".to_owned();
    for body in [steady, format!("{busy}; {tell}"), threads] {
        let mut result = watched(&body, NEVER);
        assert_eq!(result.outcome, EXITED, "{body}");
        let truth: f64 = text(&mut result.stdout).parse().unwrap();
        let seen = result.activity.syscalls_per_second.unwrap() as f64;
        // The lowest sample counts, and beside other tests a program's pace varies.
        assert!(
            (0.2..2.0).contains(&(seen / truth)),
            "{seen} of {truth}: {body}"
        );
        assert_eq!(result.activity.above, None);
    }
}

#[test]
fn reads_and_writes_count_only_if_they_should() {
    if !counts_calls() {
        return;
    }
    let body = "int null = open(\"/dev/null\", O_WRONLY); \
        while (now() - begin < 2) for (int i = 0; i < 1000; i++) write(null, \"\\n\", 1)";
    let all = watched(body, NEVER).activity.syscalls_per_second.unwrap();
    assert!(all > 50_000, "{all}");
    let others = WatchLimits {
        counts_reads_and_writes: false,
        ..NEVER
    };
    let others = watched(body, others).activity.syscalls_per_second.unwrap();
    assert!(others < all / 20, "{others} of {all}");
}

#[test]
fn sustained_calls_end_a_program_and_bursts_do_not() {
    if !counts_calls() {
        return;
    }
    let result = watched(&calling(500_000, 15.0), CALLS);
    assert_eq!(result.outcome, Outcome::SyscallRateExceeded);
    assert_eq!(result.activity.above, Some(WatchedRate::Syscalls));
    let rate = result.activity.syscalls_per_second.unwrap();
    assert!((20_001..1_000_000).contains(&rate), "{rate}");
    assert!(
        result.usage.wall_time < Duration::from_secs(5),
        "{:?}",
        result.usage
    );

    // A fifth of a second, and then nothing.
    let burst = format!("{}; usleep(1500000)", calling(40_000, 0.2));
    let spaced = "for (int n = 0; n < 3; n++) { \
        for (int i = 0; i < 5000; i++) syscall(SYS_getppid); usleep(900000); }";
    for body in [burst.as_str(), spaced] {
        let result = watched(body, CALLS);
        assert_eq!(result.outcome, EXITED, "{:?}: {body}", result.activity);
        assert_eq!(result.activity.above, None, "{body}");
    }
    // The same is only reported where nothing is enforced.
    let observed = WatchLimits {
        enforced: false,
        ..CALLS
    };
    let result = watched(&calling(500_000, 2.5), observed);
    assert_eq!(result.outcome, EXITED);
    assert_eq!(result.activity.above, Some(WatchedRate::Syscalls));
}

#[test]
fn calls_of_threads_that_are_made_one_after_another_count() {
    if !counts_calls() {
        return;
    }
    let body = "void *call(void *x) { for (int i = 0; i < 200; i++) syscall(SYS_getppid); return 0; } \
        while (now() - begin < 15) { pthread_t t; if (pthread_create(&t, 0, call, 0)) return 3; \
        pthread_join(t, 0); }";
    assert_eq!(watched(body, CALLS).outcome, Outcome::SyscallRateExceeded);
}

/// A process without its first thread has no memory in its own `status`.
#[test]
fn calls_count_when_the_first_thread_has_ended() {
    if !counts_calls() {
        return;
    }
    let body = format!(
        "void *call(void *x) {{ {}; exit(0); }} \
         pthread_t t; pthread_create(&t, 0, call, 0); syscall(SYS_exit, 0)",
        calling(500_000, 8.0)
    );
    assert_eq!(watched(&body, CALLS).outcome, Outcome::SyscallRateExceeded);
}

/// Each thread starts the next and ends, before a slow counter could have found it.
#[test]
fn calls_count_that_threads_hand_over() {
    if !counts_calls() {
        return;
    }
    let body = "void *call(void *x) { double mine = now(); \
        while (now() - mine < 0.005) for (int i = 0; i < 100; i++) syscall(SYS_getppid); \
        pthread_t t; if (now() - begin > 10 || pthread_create(&t, 0, call, 0)) exit(0); \
        pthread_detach(t); return 0; } \
        pthread_t t; pthread_create(&t, 0, call, 0); syscall(SYS_exit, 0)";
    assert_eq!(watched(body, CALLS).outcome, Outcome::SyscallRateExceeded);
}

/// Programs of policies that may start processes: a rate is that of all of them together.
#[test]
fn calls_of_children_count() {
    if !counts_calls() {
        return;
    }
    let compiler = letscode_sandbox::CellProfile {
        name: "compiler".into(),
        policy: "compiler".into(),
        ..native_profile()
    };
    let jail = start_jail(vec![compiler]);
    let program = c(&format!(
        "{TIME} if (!fork()) {{ {}; _exit(0); }} wait(0)",
        calling(500_000, 8.0)
    ));
    let result = jail
        .run(RunRequest {
            profile: "compiler",
            limits: Limits {
                cpu_time: Duration::from_secs(10),
                wall_time: Duration::from_secs(20),
                ..Limits::default()
            },
            watch: Some(CALLS),
            ..launch(&program)
        })
        .unwrap();
    assert_eq!(result.outcome, Outcome::SyscallRateExceeded);
}

#[test]
fn sustained_growth_ends_a_program_and_one_array_does_not() {
    let grow = |bytes: u32, naps: u32| {
        format!(
            "for (int n = 0; n < {naps}; n++) {{ memset(malloc({bytes}), 1, {bytes}); usleep(10000); }}"
        )
    };
    // 2 MB every 10 ms or more: 60 to 200 MB a second.
    let result = watched(&grow(2 << 20, 100), MEMORY);
    assert_eq!(result.outcome, Outcome::MemoryGrowthExceeded);
    assert_eq!(result.activity.above, Some(WatchedRate::MemoryGrowth));
    let rate = result.activity.memory_growth_per_second.unwrap();
    assert!((20 << 20..400 << 20).contains(&rate), "{rate}");
    // 40 MB at once, and 10 MB a second.
    let array = format!("{}; usleep(1200000)", grow(40 << 20, 1));
    let slow =
        "for (int n = 0; n < 15; n++) { memset(malloc(1 << 20), 1, 1 << 20); usleep(100000); }";
    for body in [array.as_str(), slow] {
        let result = watched(body, MEMORY);
        assert_eq!(result.outcome, EXITED, "{:?}: {body}", result.activity);
        assert!(result.activity.memory_growth_per_second.is_some());
    }
    // Files are memory of the cell.
    let files = "char *b = calloc(1, 1 << 20); int f = open(\"/tmp/f\", O_CREAT | O_WRONLY, 0600); \
        for (int n = 0; n < 90; n++) { write(f, b, 1 << 20); usleep(10000); }";
    assert_eq!(
        watched(files, MEMORY).outcome,
        Outcome::MemoryGrowthExceeded
    );
}

#[test]
fn short_runs_and_others_that_are_not_watched_have_no_rates() {
    assert_eq!(
        watched("usleep(100000)", CALLS).activity,
        RunActivity::default()
    );
    let unwatched = run(launch(&c("usleep(700000)")));
    assert_eq!(unwatched.activity, RunActivity::default());
}

/// Cells that take one run after another leave no process that counted, and no descriptor.
#[test]
fn counting_leaves_nothing_behind() {
    if !counts_calls() {
        return;
    }
    let jail = start_jail(vec![native_profile()]);
    let program = c("usleep(900000)");
    let request = || RunRequest {
        watch: Some(NEVER),
        ..launch(&program)
    };
    let mut open = Vec::new();
    for _ in 0..4 {
        assert_eq!(jail.run(request()).unwrap().outcome, EXITED);
        // It ends in tens of milliseconds, and is reaped at the next run.
        std::thread::sleep(Duration::from_millis(300));
        let generations = (1..6).flat_map(|count| descendants(jail.helper_pid(), count));
        let processes: Vec<u32> = generations.collect();
        let fds =
            |pid: &u32| std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
        open.push((processes.len(), processes.iter().map(fds).sum::<usize>()));
    }
    let (processes, fds) = open[0];
    for (later_processes, later_fds) in &open[1..] {
        assert!(*later_processes <= processes + 1, "{open:?}");
        assert!(*later_fds <= fds, "{open:?}");
    }
}

/// A program can neither see the event that counts its calls, nor switch it off.
#[test]
fn programs_cannot_switch_counting_off() {
    if !counts_calls() {
        return;
    }
    // PR_TASK_PERF_EVENTS_DISABLE
    let denied = run(launch(&c("syscall(SYS_prctl, 31, 0, 0, 0, 0)")));
    if denied.outcome != Outcome::SyscallDenied {
        let body = format!("prctl(31, 0, 0, 0, 0); {}", calling(500_000, 15.0));
        assert_eq!(watched(&body, CALLS).outcome, Outcome::SyscallRateExceeded);
    }
    let own = run(launch(&c("syscall(SYS_perf_event_open, 0, 0, -1, -1, 0)")));
    assert_eq!(own.outcome, Outcome::SyscallDenied);
}
