// finds: process
use std::process::Command as C;
fn main() {
    C::new("ls").spawn().unwrap();
}
