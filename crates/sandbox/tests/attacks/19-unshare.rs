// attack: a new user namespace, then a mount in it
// expect: syscall_denied
// stopped-by: seccomp
extern "C" { fn unshare(flags: i32) -> i32; fn mount(a: *const u8, b: *const u8, c: *const u8, f: u64, d: *const u8) -> i32; }
fn main() {
    unsafe {
        println!("GOT THROUGH: {}", unshare(0x1000_0000 | 0x2_0000));
        println!("{}", mount(b"none\0".as_ptr(), b"/tmp\0".as_ptr(), b"tmpfs\0".as_ptr(), 0, std::ptr::null()));
    }
    std::process::exit(1);
}
