// finds: file
use std::fs::*;
fn main() {
    read_to_string("x").unwrap();
}
