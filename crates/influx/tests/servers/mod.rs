//! Real servers of a test's own, on a free port of the loopback with their data in a temporary
//! folder. They end with their value, and by the kernel when the test is killed.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const PATIENCE: Duration = Duration::from_secs(60);

/// InfluxDB 1, from Debian.
pub struct InfluxDb {
    child: Option<Child>,
    folder: tempfile::TempDir,
    port: u16,
}

impl InfluxDb {
    pub const DATABASE: &'static str = "letscode";

    pub fn start() -> Self {
        let mut server = InfluxDb {
            child: None,
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
        };
        server.start_again();
        server.query("q=CREATE+DATABASE+letscode");
        server
    }

    /// After [`InfluxDb::kill`], with what it had written.
    pub fn start_again(&mut self) {
        let folder = self.folder.path();
        let config = folder.join("influxdb.conf");
        fs::write(&config, configuration(folder, self.port)).unwrap();
        let mut command = mortal("influxd");
        command.args(["run", "-config"]).arg(config);
        self.child = Some(spawn(command));
        let ping = format!("http://127.0.0.1:{}/ping", self.port);
        eventually("InfluxDB is up", || ureq::get(&ping).call().is_ok());
    }

    pub fn kill(&mut self) {
        self.child.take().into_iter().for_each(end);
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}?db={}", self.port, Self::DATABASE)
    }

    /// The rows of the first series that a SELECT finds.
    pub fn select(&self, statement: &str) -> Vec<Value> {
        let statement = statement.replace(' ', "+").replace('=', "%3D");
        let answer = self.query(&format!("db={}&q={statement}", Self::DATABASE));
        let rows = &answer["results"][0]["series"][0]["values"];
        rows.as_array().cloned().unwrap_or_default()
    }

    fn query(&self, query: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/query", self.port);
        let mut answer = ureq::post(url)
            .content_type("application/x-www-form-urlencoded")
            .send(query)
            .unwrap();
        answer.body_mut().read_json().unwrap()
    }
}

impl Drop for InfluxDb {
    fn drop(&mut self) {
        self.kill();
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let (folder, other) = (folder.display(), free_port());
    format!(
        r#"
        reporting-disabled = true
        bind-address = "127.0.0.1:{other}"
        [meta]
        dir = "{folder}/meta"
        [data]
        dir = "{folder}/data"
        wal-dir = "{folder}/wal"
        query-log-enabled = false
        [monitor]
        store-enabled = false
        [http]
        bind-address = "127.0.0.1:{port}"
        log-enabled = false
        [logging]
        level = "error"
        "#
    )
}

/// VictoriaMetrics, from Debian: it takes what InfluxDB 2 takes, which Debian does not have.
pub struct VictoriaMetrics {
    child: Option<Child>,
    port: u16,
    _folder: tempfile::TempDir,
}

impl VictoriaMetrics {
    pub fn start() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut command = mortal("victoria-metrics");
        command
            .arg(format!("-storageDataPath={}", folder.path().display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"));
        let server = VictoriaMetrics {
            child: Some(spawn(command)),
            port,
            _folder: folder,
        };
        eventually("VictoriaMetrics is up", || {
            ureq::get(server.at("/health")).call().is_ok()
        });
        server
    }

    pub fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Every series of a name, as `{"metric":{…},"values":[…]}`.
    pub fn export(&self, name: &str) -> Vec<Value> {
        ureq::get(self.at("/internal/force_flush")).call().unwrap();
        let url = self.at(&format!("/api/v1/export?match%5B%5D={name}"));
        let text = ureq::get(url).call().unwrap();
        let text = text.into_body().read_to_string().unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

impl Drop for VictoriaMetrics {
    fn drop(&mut self) {
        self.child.take().into_iter().for_each(end);
    }
}

fn mortal(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig=KILL", "--", program]);
    command
}

fn spawn(mut command: Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; scripts/install-missing test"))
}

fn end(mut child: Child) {
    let _ = child.kill();
    child.wait().unwrap();
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: not in {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
