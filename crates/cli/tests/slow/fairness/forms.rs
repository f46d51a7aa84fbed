//! The service in its three forms, with their default bounds.

use std::process::Command;

use crate::support::LETSCODE;
use crate::support::distributed::Stores;
use crate::support::nginx::Nginx;
use crate::support::service::Service;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One process with SQLite and a queue in memory.
    Embedded,
    /// An API server and a worker, with PostgreSQL and Redis.
    Distributed,
    /// The embedded form behind nginx with the shipped settings.
    Nginx,
}

impl Form {
    pub const ALL: [Form; 3] = [Form::Embedded, Form::Distributed, Form::Nginx];

    pub fn name(self) -> &'static str {
        match self {
            Form::Embedded => "embedded",
            Form::Distributed => "distributed",
            Form::Nginx => "nginx",
        }
    }
}

/// A service that runs until the value is dropped.
pub struct RunningForm {
    address: String,
    _nginx: Option<Nginx>,
    services: Vec<Service>,
    _stores: Option<Stores>,
    _data: tempfile::TempDir,
}

impl RunningForm {
    pub fn start(form: Form) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut running = RunningForm {
            address: String::new(),
            _nginx: None,
            services: Vec::new(),
            _stores: None,
            _data: data,
        };
        match form {
            Form::Embedded => running.embed(&[]),
            Form::Nginx => {
                running.embed(&["--trusted-proxy", "127.0.0.1"]);
                let upstreams = [running.address.clone(), running.address.clone()];
                let nginx = Nginx::start(&upstreams, |site| site);
                running.address = nginx.address();
                running._nginx = Some(nginx);
            }
            Form::Distributed => {
                let stores = Stores::start();
                let api = Service::spawn(stores.command("api", "api"));
                let worker = Service::spawn(quiet(stores.command("worker", "worker")));
                running.address = api.address().to_owned();
                running.services = vec![api, worker];
                running._stores = Some(stores);
            }
        }
        running
    }

    fn embed(&mut self, more: &[&str]) {
        let mut command = Command::new(LETSCODE);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(self._data.path())
            .args(more)
            .env("RUST_LOG", "error");
        let service = Service::spawn(quiet(command));
        self.address = service.address().to_owned();
        self.services.push(service);
    }

    /// Returns address and port that clients use.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// Headers are not precompiled, which would keep a core busy at the start.
fn quiet(mut command: Command) -> Command {
    command.env("LETSCODE_COMPILE_CACHE", "0");
    command
}
