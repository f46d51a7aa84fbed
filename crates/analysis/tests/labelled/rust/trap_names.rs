// finds: nothing
fn main() {
    let (reopen, offs, fork, executed) = (1, [2, 3], 4, 5);
    println!("{} {} {} {}", reopen, offs.len(), fork, executed);
}
