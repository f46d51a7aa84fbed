// attack: looks for anything but its own four variables
// expect: exited
// stopped-by: jail
// exit: 0
fn main() {
    let names: Vec<String> = std::env::vars().map(|(name, value)| { println!("{name}={value}"); name }).collect();
    let foreign = names.iter().any(|name| !["PATH", "HOME", "TMPDIR", "LANG"].contains(&name.as_str()));
    if foreign || std::fs::read("/proc/1/environ").is_ok() {
        println!("GOT THROUGH: {names:?}");
        std::process::exit(1);
    }
}
