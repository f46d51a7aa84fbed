// finds: process
use std::process::Command;
fn main( {
    Command::new("ls").spawn();
