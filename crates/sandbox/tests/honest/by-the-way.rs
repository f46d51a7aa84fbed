// honest: names, locks and sockets that are asked for by the way
// stdout: true PermissionDenied
use std::net::{ToSocketAddrs, UdpSocket};

fn main() {
    let file = std::fs::File::create("own").unwrap();
    file.lock().unwrap();
    file.unlock().unwrap();
    let unknown = "localhost:80".to_socket_addrs().is_err();
    let refused = UdpSocket::bind("127.0.0.1:0").unwrap_err();
    println!("{unknown} {:?}", refused.kind());
}
