// attack: many runs at once write and read the same names
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
// at-once: 6
use std::fs;
fn main() {
    let own = format!("{:?} {:p}", std::time::Instant::now(), Box::new(0));
    for _ in 0..200 {
        fs::write("/tmp/same", &own).unwrap();
        if fs::read_to_string("/tmp/same").unwrap() != own {
            println!("GOT THROUGH");
            std::process::exit(1);
        }
    }
}
