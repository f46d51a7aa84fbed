// attack: a million links, folders and hard links
// expect: exited | cpu_time_exceeded
// stopped-by: filesystem, supervisor
// exit: 0
use std::{fs, os::unix::fs::symlink};
fn main() {
    fs::write("/workspace/file", "x").unwrap();
    let mut count = 0;
    for i in 0..400_000 {
        let made = [symlink("x".repeat(200), format!("/tmp/s{i}")).is_ok(), fs::create_dir(format!("/tmp/d{i}")).is_ok(),
            fs::hard_link("/workspace/file", format!("/workspace/h{i}")).is_ok()];
        if made == [false; 3] { break; }
        count += made.iter().filter(|made| **made).count();
    }
    if count > 40000 {
        println!("GOT THROUGH: {count}");
        std::process::exit(1);
    }
}
