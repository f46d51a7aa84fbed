// honest: threads, scopes, channels, locks, names, a deep stack of a thread's own
// stdout: 4950 400 1000000 worker 3
use std::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use std::thread;
use std::time::Duration;
fn depth(n: u64) -> u64 {
    std::hint::black_box(if n == 0 { 0 } else { 1 + depth(n - 1) })
}
fn main() {
    let (sender, receiver) = mpsc::channel();
    for n in 0..4 {
        let sender = sender.clone();
        thread::spawn(move || (n * 25..n * 25 + 25).for_each(|n: u32| sender.send(n).unwrap()));
    }
    drop(sender);
    let sum: u32 = receiver.iter().sum();
    let total = Arc::new(Mutex::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| *total.lock().unwrap() += 1));
        }
    });
    let large = thread::Builder::new().name("worker".into()).stack_size(200 << 20);
    let large = large.spawn(|| (depth(1_000_000), thread::current().name().unwrap().to_owned())).unwrap();
    let (deep, name) = large.join().unwrap();
    let pair = Arc::new((RwLock::new(3), Mutex::new(false), Condvar::new()));
    let other = pair.clone();
    thread::spawn(move || { *other.1.lock().unwrap() = true; other.2.notify_all() });
    let ready = pair.1.lock().unwrap();
    let _ready = pair.2.wait_timeout_while(ready, Duration::from_secs(5), |ready| !*ready).unwrap();
    println!("{sum} {} {deep} {name} {}", total.lock().unwrap(), pair.0.read().unwrap());
}
