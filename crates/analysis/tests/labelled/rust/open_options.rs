// finds: file
use std::fs::OpenOptions;
fn main() {
    OpenOptions::new().write(true).open("x");
}
