// attack: kills its whole group, of which only it should be
// expect: signaled
// stopped-by: seccomp, namespaces
extern "C" { fn kill(pid: i32, signal: i32) -> i32; }
fn main() {
    unsafe {
        kill(1, 9);
        kill(-1, 9);
        kill(0, 9);
    }
    println!("GOT THROUGH");
    std::process::exit(1);
}
