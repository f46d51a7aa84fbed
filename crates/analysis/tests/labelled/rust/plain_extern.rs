// finds: native
extern "C" {
    fn getpid() -> i32;
}
fn main() {}
