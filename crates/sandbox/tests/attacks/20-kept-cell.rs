// attack: leaves marks for its own next test, which may be run in the same cell
// expect: Accepted
// stopped-by: filesystem, jail
// judge: aplusb
use std::fs;
use std::os::unix::fs::PermissionsExt;
fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let sum: i64 = text.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum();
    let count = |folder: &str| fs::read_dir(folder).map_or(99, |entries| entries.count());
    let comm = fs::read_to_string("/proc/self/comm").unwrap_or_default();
    let is_clean = count("/tmp") + count("/workspace") == 0 && comm.trim() != "mark";
    if is_clean && std::env::vars().all(|(name, _)| name != "MARK") {
        println!("{sum}");
    } else {
        println!("GOT THROUGH");
    }
    let _ = fs::write("/proc/self/comm", "mark");
    for folder in ["/tmp", "/workspace", "/dev/shm", "/run"] {
        let _ = fs::write(format!("{folder}/letscode-attack-mark"), "seen");
        let _ = fs::create_dir_all(format!("{folder}/a/b/c"));
        let _ = std::os::unix::fs::symlink("/etc/passwd", format!("{folder}/solution"));
        let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0));
    }
}
