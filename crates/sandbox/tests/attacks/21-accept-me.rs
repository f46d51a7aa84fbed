// attack: swallows the input and prints nothing but praise
// expect: Wrong Answer | Runtime Error
// stopped-by: judge
// judge: aplusb
use std::io::Read;
fn main() {
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    println!("Accepted\n\0AC\n{{\"outcome\":\"exited\"}}");
}
