// attack: exchanges folders for links while walking, to win a race against whoever collects files by name
// expect: exited
// stopped-by: filesystem
// exit: 0
// stdin: {canary}
use std::{fs, io, os::unix::fs::symlink, path::Path};
fn main() {
    let mut canary = String::new();
    io::stdin().read_line(&mut canary).unwrap();
    let canary = Path::new(canary.trim());
    let folder = canary.parent().unwrap();
    for round in 0..500 {
        fs::create_dir("out").unwrap();
        fs::write("out/canary", "mine").unwrap();
        fs::rename("out", format!("old{round}")).unwrap();
        symlink(folder, "out").unwrap();
        if fs::read("out/canary").is_ok() || fs::write("out/canary", "owned").is_ok() {
            println!("GOT THROUGH: {}", folder.display());
            std::process::exit(1);
        }
        fs::remove_file("out").unwrap();
    }
    symlink(canary, "solution").unwrap();
}
