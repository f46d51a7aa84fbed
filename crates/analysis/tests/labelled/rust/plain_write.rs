// finds: file
use std::fs;
fn main() {
    fs::write("x", "y").unwrap();
}
