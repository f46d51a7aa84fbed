// attack: fork bomb by starting itself
// expect: syscall_denied
fn main() {
    loop {
        std::process::Command::new("/proc/self/exe").spawn().ok();
    }
}
