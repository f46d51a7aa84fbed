// attack: a user list becomes a string constant
// expect: exited | compile_failed
// stopped-by: filesystem
// stdout-lacks: root:
// stdout-lacks: daemon
fn main() {
    println!("{}", include_str!("/etc/passwd"));
}
