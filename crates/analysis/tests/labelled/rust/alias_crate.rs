// finds: process
use std as s;
fn main() {
    s::process::Command::new("ls");
}
