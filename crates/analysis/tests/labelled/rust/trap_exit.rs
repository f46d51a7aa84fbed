// finds: nothing
fn main() {
    std::process::exit(0);
}
