//! The distributed service, whose parts can be killed and restarted.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::Signal;

use crate::support::distributed::{LEASE, Stores};
use crate::support::package::Package;
use crate::support::service::Service;
use crate::support::{TIMEOUT, eventually};

const APIS: [&str; 2] = ["api-0", "api-1"];
const WORKERS: [&str; 2] = ["worker-0", "worker-1"];

/// Number of hidden tests of the only problem, which also has a sample.
pub const SECRET_TESTS: usize = 2;
pub const PROBLEM: &str = "echo";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Death {
    Api(usize),
    Worker(usize),
    /// Stopped until another worker has its jobs, then continued.
    WorkerPaused(usize),
    Postgres,
    RedisKeeps,
    RedisForgets,
}

#[derive(PartialEq)]
pub enum Victim {
    Api(usize),
    Worker(usize),
    Postgres,
    Redis,
}

impl Death {
    /// Each death as often as it should occur.
    pub const ALL: [Death; 12] = [
        Death::Api(0),
        Death::Api(1),
        Death::Api(0),
        Death::Api(1),
        Death::Worker(0),
        Death::Worker(1),
        Death::WorkerPaused(0),
        Death::WorkerPaused(1),
        Death::Postgres,
        Death::Postgres,
        Death::RedisKeeps,
        Death::RedisForgets,
    ];

    pub fn victim(self) -> Victim {
        match self {
            Death::Api(number) => Victim::Api(number),
            Death::Worker(number) | Death::WorkerPaused(number) => Victim::Worker(number),
            Death::Postgres => Victim::Postgres,
            Death::RedisKeeps | Death::RedisForgets => Victim::Redis,
        }
    }

    pub fn is_of_a_store(self) -> bool {
        matches!(self.victim(), Victim::Postgres | Victim::Redis)
    }
}

/// Present addresses of the API servers; a killed one has its last address here.
pub type Addresses = Arc<Mutex<[String; 2]>>;

pub struct Cluster {
    apis: [Option<Service>; 2],
    workers: [Option<Service>; 2],
    addresses: Addresses,
    // Last field, so that it is dropped last.
    stores: Stores,
}

impl Cluster {
    pub fn start() -> Self {
        let stores = Stores::with(&Package::echo(PROBLEM, SECRET_TESTS).path());
        let stores = stores.log_to(std::env::var_os("LETSCODE_CHAOS_LOG").map(Into::into));
        let apis = APIS.map(|name| stores.api(name));
        let addresses = [0, 1].map(|number| apis[number].address().to_owned());
        let workers = WORKERS.map(|name| Some(stores.worker(name)));
        Cluster {
            apis: apis.map(Some),
            workers,
            addresses: Arc::new(Mutex::new(addresses)),
            stores,
        }
    }

    pub fn addresses(&self) -> Addresses {
        self.addresses.clone()
    }

    pub fn api(&self) -> &Service {
        self.apis[0].as_ref().unwrap()
    }

    pub fn kill(&mut self, death: Death) {
        match death {
            Death::Api(number) => self.apis[number].take().unwrap().kill(),
            Death::Worker(number) => self.workers[number].take().unwrap().kill(),
            Death::WorkerPaused(number) => self.signal(number, Signal::STOP),
            Death::Postgres => self.stores.postgres.kill(),
            Death::RedisKeeps | Death::RedisForgets => self.stores.redis.kill(),
        }
    }

    pub fn wait_for_its_lease(&self, death: Death) {
        if matches!(death, Death::WorkerPaused(_)) {
            // Until the lease has expired and the other worker has checked, three times per lease.
            std::thread::sleep(Duration::from_secs(LEASE) * 4 / 3);
        }
    }

    pub fn bring_back(&mut self, death: Death) {
        match death {
            Death::Api(number) => {
                let api = self.stores.api(APIS[number]);
                self.addresses.lock().unwrap()[number] = api.address().to_owned();
                self.apis[number] = Some(api);
            }
            Death::Worker(number) => {
                self.workers[number] = Some(self.stores.worker(WORKERS[number]));
            }
            Death::WorkerPaused(number) => self.signal(number, Signal::CONT),
            Death::Postgres => self.stores.postgres.start_again(),
            Death::RedisKeeps => self.stores.redis.start_again(),
            Death::RedisForgets => self.stores.redis.start_again_empty(),
        }
    }

    fn signal(&self, worker: usize, signal: Signal) {
        self.workers[worker].as_ref().unwrap().signal(signal);
    }

    /// Waits until no submission is open in the database and no job waits or is in progress.
    pub fn wait_until_idle(&self) {
        eventually("nothing is left to do", TIMEOUT, || {
            let open = self.stores.open_submissions();
            let (_, status) = self.api().get("/api/status");
            match (open, status["queued"].as_u64(), status["running"].as_u64()) {
                (0, Some(0), Some(0)) => Ok(()),
                _ => Err(format!("{open} open, {status}")),
            }
        });
    }
}
