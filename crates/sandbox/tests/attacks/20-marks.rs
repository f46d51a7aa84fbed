// attack: leaves marks wherever it can, and looks for those of an earlier run
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
// runs: 2
use std::{fs, path::Path};
fn main() {
    for place in ["/tmp", "/var/tmp", "/workspace", "/run/lock", "/opt/rust", "/usr/lib", "/proc/self/cwd"].map(Path::new) {
        let mark = place.join(format!("letscode-attack-mark-{}", place.display()).replace('/', "_"));
        if mark.exists() {
            println!("GOT THROUGH: {}", mark.display());
            std::process::exit(1);
        }
        fs::write(mark, "seen").ok();
    }
}
