//! The adapters in the distributed form: what one API server accepts, another one knows.

use serde_json::{Value, json};

use crate::support::distributed::Stores;
use crate::support::service::Service;
use crate::support::{TIMEOUT, eventually};

const ADAPTERS: &str = "sandbox-fusion,piston,judge0,jobe";
const JUDGE0: &str = "/compat/judge0/submissions";
const JOBE: &str = "/compat/jobe/jobe/index.php/restapi";

fn api(stores: &Stores, name: &str) -> Service {
    let mut command = stores.command("api", name);
    command.args(["--compat", ADAPTERS]);
    Service::spawn(command)
}

fn run_code(service: &Service) {
    let body = json!({"code": "print(int(input())*2)", "language": "python", "stdin": "21\n"});
    let (status, answer) = service.post("/compat/sandbox-fusion/run_code", &body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["run_result"]["stdout"], "42\n", "{answer}");
}

fn execute(service: &Service) {
    let files = json!([{"content": "print(input())"}]);
    let body = json!({"language": "python", "version": "*", "files": files, "stdin": "hi"});
    let (status, answer) = service.post("/compat/piston/api/v2/execute", &body);
    assert_eq!(
        (status, &answer["run"]["stdout"]),
        (200, &json!("hi\n")),
        "{answer}"
    );
}

fn jobe_run(service: &Service, files: &Value) -> (u16, Value) {
    let spec = json!({
        "language_id": "python3", "sourcecode": "print(open('d.txt').read())", "file_list": files,
    });
    service.post(&format!("{JOBE}/runs"), &json!({"run_spec": spec}))
}

#[test]
fn adapters_work_on_every_server() {
    let stores = Stores::start();
    let (first, second) = (api(&stores, "first"), api(&stores, "second"));
    let _worker = stores.worker("worker");
    eventually("a worker is known", TIMEOUT, || {
        let (status, answer) = second.get("/compat/judge0/languages");
        let count = answer.as_array().map_or(0, Vec::len);
        if status == 200 && count > 0 {
            Ok(())
        } else {
            Err(answer.to_string())
        }
    });
    for service in [&first, &second] {
        run_code(service);
        execute(service);
    }

    // A token of the first server is known by the second, while it runs and when it has ended.
    let body = json!({"source_code": "print(6*7)", "language_id": 71, "expected_output": "42"});
    let (status, submission) = first.post(JUDGE0, &body);
    assert_eq!(status, 201, "{submission}");
    let token = submission["token"].as_str().unwrap();
    let path = format!("{JUDGE0}/{token}?fields=stdout,status_id");
    let judged = eventually("it is judged", TIMEOUT, || {
        let (status, answer) = second.get(&path);
        assert_eq!(status, 200, "{answer}");
        match answer["status_id"].as_u64() {
            Some(1 | 2) => Err(answer.to_string()),
            _ => Ok(answer),
        }
    });
    assert_eq!(
        judged,
        json!({"stdout": "42
", "status_id": 3})
    );

    // A file is known where it was uploaded; elsewhere it is missing, and clients upload it again.
    let files = json!([["9f86d081884c7d65", "d.txt"]]);
    for service in [&first, &second] {
        let (status, answer) = jobe_run(service, &files);
        assert_eq!(status, 404, "{answer}");
        let upload = json!({"file_contents": "aGk="});
        let path = format!("{JOBE}/files/9f86d081884c7d65");
        assert_eq!(service.put(&path, &upload).0, 204);
        let (status, answer) = jobe_run(service, &files);
        assert_eq!(
            (status, &answer["stdout"]),
            (200, &json!("hi\n")),
            "{answer}"
        );
    }
}
