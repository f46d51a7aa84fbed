//! The queries that docs/OPERATIONS.md tells operators to send, as they are written there.

use std::path::Path;
use std::process::Command;

use crate::support::distributed::Stores;
use crate::support::service::Service;

const VIOLATION: &str = "import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)\n";
/// The database file of the shipped unit, as the document has it.
const INSTALLED_DATABASE: &str = "/var/lib/letscode/letscode.db";

/// Returns the commands of the section on security violations.
fn documented_commands() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = std::fs::read_to_string(root.join("docs/OPERATIONS.md")).unwrap();
    let (_, section) = document.split_once("### SecurityViolations").unwrap();
    let (_, commands) = section.split_once("```sh\n").unwrap();
    commands.split_once("```").unwrap().0.to_owned()
}

/// Runs the command that begins with a program's name, and returns its output.
fn run(program: &str, replace: (&str, &str), variables: &[(&str, String)]) -> String {
    let commands = documented_commands();
    let start = commands.find(program).unwrap();
    let length = commands[start..].find("LIMIT 20\"\n").unwrap() + "LIMIT 20\"\n".len();
    let command = commands[start..start + length].replace(replace.0, replace.1);
    let mut shell = Command::new("sh");
    shell.args(["-c", &command]);
    let ran = shell.envs(variables.iter().cloned()).output().unwrap();
    assert!(ran.status.success(), "{command}: {ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

fn violate(service: &Service) {
    let judged = service.judge("aplusb", "python", VIOLATION);
    assert_eq!(
        judged["verdict"]["status"], "Security Violation",
        "{judged}"
    );
    service.judge("aplusb", "python", "print(1)");
}

#[test]
fn violations_are_listed_by_user_with_sqlite() {
    let data = tempfile::tempdir().unwrap();
    let service = Service::start(data.path());
    violate(&service);
    let database = data.path().join("letscode.db");
    let replace = (INSTALLED_DATABASE, database.to_str().unwrap());
    let list = run("sqlite3", replace, &[]);
    assert_eq!(list, "ada|python|1\n");
}

#[test]
fn violations_are_listed_by_user_with_postgresql() {
    let stores = Stores::start();
    let service = Service::spawn(stores.command("api", "api"));
    let _worker = Service::spawn(stores.command("worker", "worker"));
    violate(&service);
    let database = ("LETSCODE_DATABASE", stores.postgres.url());
    let list = run("psql", ("psql ", "psql --csv --tuples-only "), &[database]);
    assert_eq!(list, "ada,python,1\n");
}
