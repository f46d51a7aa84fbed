//! deploy/nginx/letscode.conf in Debian's nginx.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{TIMEOUT, eventually, repository};

/// A running nginx. It ends when the value is dropped, and by the kernel if the test is killed.
pub struct Nginx {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    /// Starts it with the shipped file, in which only the addresses and `change` differ.
    pub fn start(upstreams: &[String], change: impl Fn(String) -> String) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let shipped = fs::read_to_string(repository().join("deploy/nginx/letscode.conf")).unwrap();
        let mut site = shipped.replace("listen 80;", &format!("listen 127.0.0.1:{port};"));
        for (server, address) in ["api-1:3001", "api-2:3001"].iter().zip(upstreams) {
            site = site.replace(server, address);
        }
        site = site.replace("/var/log/nginx", folder.path().to_str().unwrap());
        fs::write(folder.path().join("site.conf"), change(site)).unwrap();
        fs::write(
            folder.path().join("nginx.conf"),
            configuration(folder.path()),
        )
        .unwrap();
        let child = Command::new("setpriv")
            .args(["--pdeathsig=TERM", "--", "/usr/sbin/nginx", "-p"])
            .arg(folder.path())
            .args(["-e", "error.log", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        eventually("nginx is up", TIMEOUT, || {
            TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())
        });
        Nginx {
            child,
            folder,
            port,
        }
    }

    /// Returns address and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn post(&self, path: &str, body: &str, client: &str) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .build()
            .into();
        let mut answer = agent
            .post(self.url(path))
            .header("x-forwarded-for", client)
            .content_type("application/json")
            .send(body)
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_json().unwrap())
    }

    /// Waits until the log contains all texts: a line is written after its answer was sent.
    pub fn log_with(&self, parts: &[&str]) -> String {
        eventually("it is in the log", TIMEOUT, || {
            let log = fs::read_to_string(self.folder.path().join("letscode.log")).unwrap();
            if parts.iter().all(|part| log.contains(part)) {
                Ok(log)
            } else {
                Err(log)
            }
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        // SIGTERM ends the workers too, SIGKILL would not.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path) -> String {
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let folder = folder.display();
    format!(
        "{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
        events {{ worker_connections 4096; }}
        http {{
            client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers;
            fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
            include {folder}/site.conf;
        }}"
    )
}

/// Returns a port that nobody listens at.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}
