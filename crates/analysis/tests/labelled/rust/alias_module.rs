// finds: file
use std::fs as f;
fn main() {
    f::remove_file("x").unwrap();
}
