// attack: lists all processes
// expect: exited
// stopped-by: filesystem, namespaces, identity
// exit: 0
fn main() {
    let own = std::process::id().to_string();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if !["self", "thread-self", &own].contains(&name.as_str()) {
            println!("GOT THROUGH: {name}");
            std::process::exit(1);
        }
    }
}
