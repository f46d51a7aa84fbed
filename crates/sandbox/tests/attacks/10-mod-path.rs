// attack: the compiler quotes a file of the host because it is no Rust
// expect: compile_failed
// stopped-by: filesystem
// stderr-lacks: root:
// stderr-lacks: daemon
#[path = "/etc/passwd"]
mod passwd;
#[path = "/etc/shadow"]
mod shadow;
#[path = "/etc/hostname"]
mod hostname;
include!("/etc/group");
fn main() {}
