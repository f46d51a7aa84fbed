//! The wall clock jumps, for all processes of a machine.

use letscode_test_servers::{FakeClock, RedisServer};

use super::{SLOW, solution};
use crate::support::distributed::Stores;
use crate::support::problem;
use crate::support::service::{Service, assert_judged_once};

/// Seconds. Events are kept for an hour: watchers get a resync when a jump expires them.
const JUMP: i64 = 20 * 60;

#[test]
fn clock_jumps_lose_nothing() {
    let clock = FakeClock::new();
    let stores = Stores::with_redis(RedisServer::start_with_clock(&clock), &problem("aplusb"));
    let [api, worker] = ["api", "worker"].map(|role| {
        let mut command = stores.command(role, role);
        command.envs(clock.variables());
        if role == "worker" {
            command.args(["--workers", "1"]);
            command.env("LETSCODE_COMPILE_CACHE", "0");
            command.env("LETSCODE_WARM_CELLS", "0");
        }
        Service::spawn(command)
    });
    let mut stream = api.stream();
    let mut last = stream.next()["seq"].as_u64().unwrap();
    for wrong_by in [-JUMP, JUMP, -JUMP, 0] {
        let ids = [SLOW, &solution()].map(|code| api.submit("aplusb", "python", code));
        let mut verdicts = 0;
        while verdicts < ids.len() {
            let message = stream.next();
            if message["type"] == "system_status" {
                continue;
            }
            last += 1;
            assert_eq!(message["seq"], last, "{message}");
            if message["data"]["currentTest"] == 3 && message["data"]["submissionId"] == *ids[0] {
                clock.set_offset(wrong_by);
            }
            verdicts += usize::from(message["data"]["verdict"].is_object());
        }
        for id in &ids {
            assert_judged_once(&api.submission(id));
        }
        api.wait_until_idle();
        assert_eq!(api.get("/readyz").0, 200);
    }
    drop(worker);
}
