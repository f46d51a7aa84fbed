//! The service in its forms, with their default bounds.

use std::net::Ipv4Addr;
use std::process::Command;

use crate::support::address_client::AddressClient;
use crate::support::distributed::Stores;
use crate::support::nginx::Nginx;
use crate::support::service::Service;
use crate::support::{LETSCODE, letscode, letscode_with_input};

const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const VICTIM: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One process with SQLite and a queue in memory.
    Embedded,
    /// An API server and a worker, with PostgreSQL and Redis.
    Distributed,
    /// The embedded form behind nginx with the shipped settings.
    Nginx,
    /// The embedded form with accounts. Both clients have one, and share an address.
    Accounts,
}

impl Form {
    pub const ALL: [Form; 4] = [
        Form::Embedded,
        Form::Distributed,
        Form::Nginx,
        Form::Accounts,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Form::Embedded => "embedded",
            Form::Distributed => "distributed",
            Form::Nginx => "nginx",
            Form::Accounts => "accounts",
        }
    }
}

/// A service that runs until the value is dropped.
pub struct RunningForm {
    address: String,
    /// Keys of the two clients' accounts, in the form that has accounts.
    keys: Option<[String; 2]>,
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
            keys: None,
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
            Form::Accounts => {
                let keys = ["mallory", "ada"].map(|name| running.new_account(name));
                running.keys = Some(keys);
                running.embed(&["--auth", "accounts"]);
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

    /// Makes an account, and returns a key of it.
    fn new_account(&self, name: &str) -> String {
        let data = ["--data", self._data.path().to_str().unwrap()];
        let add = [&["user", "add", name][..], &data].concat();
        let added = letscode_with_input("a long passphrase\n", add);
        assert_eq!(added.code, Some(0), "{added:#?}");
        let scopes = ["--scope", "run,submit,read", "--user", name];
        let key = letscode([&["key", "add", name][..], &scopes, &data].concat());
        assert_eq!(key.code, Some(0), "{key:#?}");
        key.stdout.trim().to_owned()
    }

    pub fn attacker(&self) -> AddressClient {
        let key = self.keys.as_ref().map(|[attacker, _]| attacker.clone());
        AddressClient::new(ATTACKER, &self.address).with_key(key)
    }

    pub fn victim(&self) -> AddressClient {
        match &self.keys {
            None => AddressClient::new(VICTIM, &self.address),
            Some([_, victim]) => {
                AddressClient::new(ATTACKER, &self.address).with_key(Some(victim.clone()))
            }
        }
    }
}

/// Headers are not precompiled, which would keep a core busy at the start.
fn quiet(mut command: Command) -> Command {
    command.env("LETSCODE_COMPILE_CACHE", "0");
    command
}
