// attack: Command with a shell
// expect: syscall_denied
// stopped-by: seccomp, filesystem
use std::process::Command;
fn main() {
    let output = Command::new("/bin/sh").arg("-c").arg("touch letscode-attack-mark; id").output();
    println!("GOT THROUGH: {output:?}");
    std::process::exit(1);
}
