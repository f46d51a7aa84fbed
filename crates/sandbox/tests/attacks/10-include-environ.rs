// attack: the compiler's environment and command line become constants
// expect: exited | compile_failed
// stopped-by: jail, namespaces
// stdout-lacks: LETSCODE
fn main() {
    println!("{}", include_str!("/proc/self/environ"));
    println!("{}", include_str!("/proc/self/cmdline"));
    println!("{}", include_str!("/proc/self/cgroup"));
}
