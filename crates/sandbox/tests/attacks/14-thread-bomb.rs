// attack: thread bomb
// expect: exited
// stopped-by: cgroups
// exit: 0
use std::{thread, time::Duration};
fn main() {
    let started = (0..5000).take_while(|_| thread::Builder::new().spawn(|| thread::sleep(Duration::from_secs(60))).is_ok()).count();
    if started > 60 {
        println!("GOT THROUGH: {started}");
        std::process::exit(1);
    }
}
