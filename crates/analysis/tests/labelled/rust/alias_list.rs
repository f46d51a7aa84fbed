// finds: file, network
use std::{fs::{self, File}, net::TcpListener};
fn main() {
    File::open("x");
    TcpListener::bind("h:1");
}
