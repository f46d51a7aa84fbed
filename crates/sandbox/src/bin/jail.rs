//! The jail helper alone, for this crate's tests. The product re-executes its own binary.

fn main() {
    if let Err(error) = letscode_sandbox::run_helper() {
        eprintln!("letscode jail: {error}");
        std::process::exit(1);
    }
}
