// attack: listens, so that somebody may connect from outside
// expect: syscall_denied
// stopped-by: seccomp, network
fn main() {
    println!("GOT THROUGH: {:?}", std::net::TcpListener::bind("0.0.0.0:0"));
    std::process::exit(1);
}
