// finds: file
fn main() {
    let s = std::fs::read_to_string("x").unwrap();
}
