// finds: native
fn main() {
    let p = libc::getpid();
}
