// finds: network
use std::net::TcpStream;
fn main() {
    let s = TcpStream::connect("h:1");
}
