//! Problem packages over HTTP: who may send them, what is refused, and what is left.

use std::io::{Cursor, Write};
use std::sync::Arc;

use crate::common::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, Request};
use letscode_import::{CalibrationFailure, LimitCalibrator, MeasuredLimit};
use letscode_languages::LanguageRegistry;
use letscode_package::{Package, UnpackLimits};
use letscode_queue::QueueSettings;
use letscode_server::{AdminToken, PackageImporter, PackageSettings, ServerSettings};
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const TOKEN: &str = "a-token-of-the-operator";

/// Measures nothing, and says so.
struct PreparedCalibrator;

impl LimitCalibrator for PreparedCalibrator {
    fn measure(&self, package: &Package) -> Result<Option<MeasuredLimit>, CalibrationFailure> {
        if package.title == "Slow" {
            return Err(CalibrationFailure("its solutions run too long".to_owned()));
        }
        Ok(Some(MeasuredLimit {
            seconds: 7.0,
            submission: package.submissions[0].path.clone(),
            slowest: 1400.0,
        }))
    }
}

struct UploadServer {
    server: TestServer,
    uploads: tempfile::TempDir,
}

impl UploadServer {
    async fn start() -> Self {
        Self::with(Some(Arc::new(PreparedCalibrator))).await
    }

    async fn with(calibrator: Option<Arc<dyn LimitCalibrator>>) -> Self {
        let uploads = tempfile::tempdir().unwrap();
        let languages = LanguageRegistry::builtin().unwrap();
        let folder = uploads.path().join("uploads");
        let importer = PackageImporter::open(&folder, languages, calibrator).unwrap();
        let settings = ServerSettings {
            packages: PackageSettings {
                max_bytes: 4 << 20,
                unpacked: UnpackLimits {
                    max_bytes: 4 << 20,
                    max_entries: 5000,
                },
                admin_token: Some(AdminToken::new(TOKEN)),
                importer: Some(importer),
            },
            refusal_delay: std::time::Duration::ZERO,
            ..ServerSettings::default()
        };
        let server = TestServer::with(settings, QueueSettings::default()).await;
        UploadServer { server, uploads }
    }

    async fn send(&self, method: Method, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/zip")
            .header("authorization", format!("Bearer {TOKEN}"));
        let answer = self.server.call(request.body(body.into()).unwrap()).await;
        assert_eq!(self.left_behind(), 0, "{}", answer.text);
        answer
    }

    async fn post(&self, body: impl Into<Body>) -> Answer {
        self.send(Method::POST, "/api/problems", body).await
    }

    fn left_behind(&self) -> usize {
        let folder = self.uploads.path().join("uploads");
        std::fs::read_dir(folder).unwrap().count()
    }
}

struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    fn new() -> Self {
        Archive(ZipWriter::new(Cursor::new(Vec::new())))
    }

    /// A whole package in the folder `hello`.
    fn hello() -> Self {
        Archive::new()
            .file(
                "hello/problem.yaml",
                "name: Hello\nlimits: {time_limit: 1}\n",
            )
            .file("hello/.timelimit", "1\n")
            .file("hello/data/sample/1.in", "1\n")
            .file("hello/data/sample/1.ans", "1\n")
            .file("hello/data/secret/2.in", "2\n")
            .file("hello/data/secret/2.ans", "2\n")
    }

    fn file(mut self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.0
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        self.0.write_all(text.as_ref()).unwrap();
        self
    }

    fn link(mut self, name: &str, target: &str) -> Self {
        let options = SimpleFileOptions::default();
        self.0.add_symlink(name, target, options).unwrap();
        self
    }

    fn bytes(self) -> Vec<u8> {
        self.0.finish().unwrap().into_inner()
    }
}

#[tokio::test]
async fn packages_are_added_replaced_and_removed() {
    let server = UploadServer::start().await;
    let answer = server.post(Archive::hello().bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.header("location"), "/api/problems/hello");
    let added = answer.json();
    assert_eq!(
        (&added["id"], &added["title"]),
        (&json!("hello"), &json!("Hello"))
    );
    assert_eq!(
        (&added["totalTests"], &added["timeLimit"]),
        (&json!(2), &json!(1000.0))
    );
    assert!(added["warnings"].is_array(), "{added}");
    assert_eq!(server.server.get("/api/problems/hello").await.status, 200);

    let again = server.post(Archive::hello().bytes()).await;
    assert_eq!(
        (again.status.as_u16(), again.json()["type"].as_str()),
        (409, Some("urn:letscode:problem:problem-exists"))
    );
    let larger = Archive::hello().file("hello/data/secret/3.in", "3\n");
    let larger = larger.file("hello/data/secret/3.ans", "3\n").bytes();
    let put = server
        .send(Method::PUT, "/api/problems/hello", larger)
        .await;
    assert_eq!(
        (put.status.as_u16(), &put.json()["totalTests"]),
        (200, &json!(3))
    );
    assert_ne!(put.json()["version"], added["version"]);

    let path = "/api/problems/hello";
    assert_eq!(server.send(Method::DELETE, path, "").await.status, 204);
    assert_eq!(server.send(Method::DELETE, path, "").await.status, 404);
    assert_eq!(server.server.get(path).await.status, 404);
    let put = server
        .send(Method::PUT, path, Archive::hello().bytes())
        .await;
    assert_eq!(
        (put.status.as_u16(), &put.json()["version"]),
        (201, &added["version"])
    );
}

#[tokio::test]
async fn the_address_names_the_problem() {
    let server = UploadServer::start().await;
    let bytes = Archive::hello().bytes();
    let put = server
        .send(Method::PUT, "/api/problems/sums", bytes.clone())
        .await;
    assert_eq!(
        (put.status.as_u16(), &put.json()["id"]),
        (201, &json!("sums"))
    );
    let added = server
        .send(Method::POST, "/api/problems?id=other", bytes)
        .await;
    assert_eq!(
        (added.status.as_u16(), &added.json()["id"]),
        (201, &json!("other"))
    );
    let flat = || {
        Archive::new()
            .file("problem.yaml", "")
            .file("data/secret/1.in", "")
            .file("data/secret/1.ans", "")
    };
    let path = "/api/problems?id=flat";
    let added = server.send(Method::POST, path, flat().bytes()).await;
    assert_eq!(
        (added.status.as_u16(), &added.json()["id"]),
        (201, &json!("flat"))
    );
    let unnamed = server.post(flat().bytes()).await;
    assert_eq!(unnamed.status, 422);
    assert!(unnamed.text.contains("?id="), "{}", unnamed.text);
    for id in ["..", ".hidden", "a%2Fb", "a%00b"] {
        let path = format!("/api/problems?id={id}");
        let answer = server.send(Method::POST, &path, flat().bytes()).await;
        assert_eq!(answer.status, 400, "{id}: {}", answer.text);
    }
}

#[tokio::test]
async fn measured_limits_are_stored() {
    let without_limit = || {
        Archive::new()
            .file("timed/problem.yaml", "name: Timed\n")
            .file("timed/data/secret/1.in", "")
            .file("timed/data/secret/1.ans", "")
            .file("timed/submissions/accepted/a.py", "pass\n")
    };
    let server = UploadServer::start().await;
    let answer = server.post(without_limit().bytes()).await;
    assert_eq!(answer.json()["timeLimit"], 7000.0, "{}", answer.text);
    let slow = Archive::new()
        .file("slow/problem.yaml", "name: Slow\n")
        .file("slow/data/secret/1.in", "")
        .file("slow/data/secret/1.ans", "")
        .file("slow/submissions/accepted/a.py", "pass\n");
    let answer = server.post(slow.bytes()).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("run too long"), "{}", answer.text);

    let server = UploadServer::with(None).await;
    let answer = server.post(without_limit().bytes()).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert!(answer.text.contains("time_limit"), "{}", answer.text);
}

#[tokio::test]
async fn bad_packages_are_one_clear_error_each() {
    let server = UploadServer::start().await;
    let half = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let zeros = vec![0; 3 << 20];
    let many = (0..10_000).fold(Archive::hello(), |archive, number| {
        archive.file(&format!("hello/data/{number}"), "")
    });
    let deep = format!("hello/{}x", "a/".repeat(40));
    // The table of contents states another size than the data have.
    let mut lying = Archive::hello().bytes();
    let at = lying
        .windows(4)
        .rposition(|bytes| bytes == b"PK\x01\x02")
        .unwrap();
    lying[at + 24..at + 28].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let renamed =
        |from: &str, to: &[u8]| replace(Archive::hello().file(from, "x").bytes(), from, to);
    let cases: [(&str, Vec<u8>, &str); 14] = [
        ("lying size", lying, "can't be unpacked"),
        (
            "bomb",
            Archive::hello()
                .file("hello/a", &zeros)
                .file("hello/b", &zeros)
                .bytes(),
            "unpacks to more",
        ),
        ("many files", many.bytes(), "more than 5000 files"),
        (
            "deep",
            Archive::hello().file(&deep, "").bytes(),
            "nested too deep",
        ),
        ("leaves", renamed("hello/aa/x", b"hello/../x"), "leads out"),
        (
            "leaves twice",
            renamed("aaaaaaaa/x", b"../../..//"),
            "leads out",
        ),
        (
            "absolute",
            renamed("aetc/passwd", b"/etc/passwd"),
            "absolute",
        ),
        (
            "nul",
            renamed("hello/a_b", b"hello/a\0b"),
            "control character",
        ),
        (
            "link out",
            Archive::hello().link("hello/l", "../../x").bytes(),
            "link",
        ),
        (
            "absolute link",
            Archive::hello().link("hello/l", "/etc/passwd").bytes(),
            "link out",
        ),
        ("half", half(Archive::hello().bytes()), "can't be unpacked"),
        ("no zip", b"hello".to_vec(), "can't be unpacked"),
        ("empty", Vec::new(), "can't be unpacked"),
        (
            "no tests",
            Archive::new().file("hello/problem.yaml", "").bytes(),
            "no tests",
        ),
    ];
    for (name, bytes, reason) in cases {
        let answer = server.post(bytes).await;
        assert_eq!(answer.status, 422, "{name}: {}", answer.text);
        let error = answer.json();
        assert_eq!(
            error["type"], "urn:letscode:problem:invalid-package",
            "{name}"
        );
        let [message] = error["errors"].as_array().unwrap().as_slice() else {
            panic!("{name}: {error}")
        };
        let message = message.as_str().unwrap();
        assert!(message.contains(reason), "{name}: {message}");
        let uploads = server.uploads.path().to_str().unwrap();
        assert!(!answer.text.contains(uploads), "{name}: {}", answer.text);
    }
    assert_eq!(std::fs::read_dir(server.uploads.path()).unwrap().count(), 1);
    let problems = server.server.get("/api/problems").await.json();
    assert!(
        problems["problems"].as_array().unwrap().len() <= 2,
        "{problems}"
    );
}

/// Replaces a name in an archive, in both places where it is; the writer corrects bad names.
fn replace(mut bytes: Vec<u8>, from: &str, to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut count = 0;
    for at in 0..bytes.len() - to.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to);
            count += 1;
        }
    }
    assert_eq!(count, 2, "{from}");
    bytes
}

#[tokio::test]
async fn archives_are_bounded() {
    let server = UploadServer::start().await;
    let answer = server.post(vec![0; (4 << 20) + 1]).await;
    assert_eq!(answer.status, 413, "{}", answer.text);
    let config = server.server.get("/api/config").await.json();
    let expected = json!({"maxBytes": 4 << 20, "maxUnpackedBytes": 4 << 20, "maxFiles": 5000});
    assert_eq!(config["packages"], expected);
}

#[tokio::test]
async fn only_the_token_manages_problems() {
    let server = UploadServer::start().await;
    for (authorization, status, kind) in [
        (None, 401, "admin-token-required"),
        (Some("Basic YTpi"), 401, "admin-token-required"),
        (
            Some("Bearer another-token-of-nobody"),
            403,
            "wrong-admin-token",
        ),
    ] {
        for (method, path) in [
            (Method::POST, "/api/problems"),
            (Method::PUT, "/api/problems/aplusb"),
            (Method::DELETE, "/api/problems/aplusb"),
            (Method::GET, "/api/problems/aplusb/package"),
        ] {
            let mut request = Request::builder().method(method.clone()).uri(path);
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            let request = request.body(Body::from(Archive::hello().bytes())).unwrap();
            let answer = server.server.call(request).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            let expected = format!("urn:letscode:problem:{kind}");
            assert_eq!(answer.json()["type"], expected.as_str());
            assert_eq!(answer.header("www-authenticate") == "Bearer", status == 401);
        }
    }
    assert_eq!(server.server.get("/api/problems/aplusb").await.status, 200);
}

#[tokio::test]
async fn exported_packages_are_the_same_again() {
    let server = UploadServer::start().await;
    let added = server.post(Archive::hello().bytes()).await.json();
    let request = Request::get("/api/problems/hello/package");
    let request = request.header("authorization", format!("Bearer {TOKEN}"));
    let router = server.server.router();
    let response = tower::ServiceExt::oneshot(router, request.body(Body::empty()).unwrap());
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/zip");
    let body = http_body_util::BodyExt::collect(response.into_body()).await;
    let bytes = body.unwrap().to_bytes();
    let put = server.send(Method::PUT, "/api/problems/hello", bytes).await;
    assert_eq!(
        (put.status.as_u16(), &put.json()["version"]),
        (200, &added["version"])
    );
    let missing = server
        .send(Method::GET, "/api/problems/none/package", "")
        .await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_key_adds_a_problem_once() {
    let server = UploadServer::start().await;
    let send = async |key: &str, body: Vec<u8>| {
        let request = Request::post("/api/problems")
            .header("content-type", "application/zip")
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("idempotency-key", key);
        server
            .server
            .call(request.body(Body::from(body)).unwrap())
            .await
    };
    let first = send("one", Archive::hello().bytes()).await;
    let second = send("one", Archive::hello().bytes()).await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(send("two", Archive::hello().bytes()).await.status, 409);
}
