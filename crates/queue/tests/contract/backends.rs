//! The backends that the contract is tested with, all with the same small bounds.

use std::time::Duration;

use letscode_queue::{Broker, InProcessBroker, QueueSettings, RedisBroker};
use letscode_test_servers::RedisServer;

/// A broker, and the server that it needs.
pub struct TestBackend {
    pub broker: Broker,
    _server: Option<RedisServer>,
}

fn settings() -> QueueSettings {
    QueueSettings {
        max_waiting: 4,
        max_waiting_per_user: 3,
        max_waiting_per_share: 2,
        turn_quantum: Duration::from_secs(1),
        max_hints: 2,
        ..Default::default()
    }
}

pub async fn in_process() -> TestBackend {
    TestBackend {
        broker: Broker::new(InProcessBroker::new(settings())),
        _server: None,
    }
}

pub async fn redis() -> TestBackend {
    let server = RedisServer::start();
    let connected = RedisBroker::connect(&server.url(), settings()).await;
    TestBackend {
        broker: Broker::new(connected.unwrap()),
        _server: Some(server),
    }
}
