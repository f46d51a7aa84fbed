// attack: waits for a lock that it holds
// expect: wall_time_exceeded
// stopped-by: supervisor
use std::sync::mpsc;
fn main() {
    let (_sender, receiver) = mpsc::channel::<()>();
    receiver.recv().ok();
}
