// attack: the mount table, control group and maps of the compiler become constants
// expect: compile_failed
// stopped-by: filesystem
const MOUNTS: &str = include_str!("/proc/self/mountinfo");
const GROUP: &str = include_str!("/proc/self/../self/cgroup");
const MAPS: &[u8] = include_bytes!("/proc/thread-self/maps");
fn main() {
    println!("{MOUNTS}{GROUP}{}", MAPS.len());
}
