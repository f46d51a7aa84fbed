// finds: nothing
fn main() {
    let a: std::net::Ipv4Addr = "1.2.3.4".parse().unwrap();
    println!("{}", a);
}
