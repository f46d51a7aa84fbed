// attack: looks for the compiler's temporary files and the source
// expect: exited
// stopped-by: filesystem, namespaces
// exit: 0
fn main() {
    for folder in ["/tmp", "/workspace", "/opt", "/usr"] {
        if let Some(entry) = std::fs::read_dir(folder).ok().and_then(|mut entries| entries.next()) {
            println!("GOT THROUGH: {entry:?}");
            std::process::exit(1);
        }
    }
}
