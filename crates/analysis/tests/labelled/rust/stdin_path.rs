// finds: nothing
fn main() {
    let f = std::fs::File::open("/dev/stdin").unwrap();
}
