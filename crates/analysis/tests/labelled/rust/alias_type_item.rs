// finds: file
type F = std::fs::File;
fn main() {
    F::create("x").unwrap();
}
