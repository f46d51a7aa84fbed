// attack: fork bomb by starting itself
// expect: syscall_denied
// stopped-by: seccomp, cgroups
fn main() {
    loop {
        std::process::Command::new("/proc/self/exe").spawn().ok();
    }
}
