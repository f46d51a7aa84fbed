// attack: the password hashes, the compiler's environment and other submissions become constants
// expect: compile_failed
// stopped-by: filesystem
// stderr-lacks: root:
// stderr-lacks: $6$
fn main() {
    println!("{}", include_str!("/etc/shadow"));
    println!("{:?}", include_bytes!("/proc/1/environ"));
    println!("{}", include_str!("../../../../var/lib/dpkg/status"));
}
