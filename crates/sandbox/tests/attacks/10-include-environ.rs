// attack: the compiler's environment and command line become constants
// expect: compile_failed
// stopped-by: filesystem
fn main() {
    println!("{}", include_str!("/proc/self/environ"));
    println!("{}", include_str!("/proc/self/cmdline"));
    println!("{}", include_str!("/proc/self/cgroup"));
}
