// attack: eight threads that burn CPU while the main thread sleeps
// expect: cpu_time_exceeded
// stopped-by: supervisor, cgroups
use std::{hint::black_box, thread, time::Duration};
fn main() {
    for _ in 0..8 {
        thread::spawn(|| loop { black_box(0); });
    }
    thread::sleep(Duration::from_secs(3600));
}
