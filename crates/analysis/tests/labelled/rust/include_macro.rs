// finds: file
fn main() {
    println!("{}", include_str!("/etc/passwd"));
}
