// finds: file
fn main() {
    let f = std::fs::read;
    f("x").unwrap();
}
