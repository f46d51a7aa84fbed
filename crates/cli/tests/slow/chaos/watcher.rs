//! One who follows a user's stream for the whole time: at another API server when his own has gone,
//! and resuming after what he saw.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use super::cluster::Addresses;
use super::load::{Kind, Load};
use crate::support::service::is_final;

const PAUSE: Duration = Duration::from_millis(50);

pub struct Watcher {
    pub kind: Kind,
    addresses: Addresses,
    seen: Mutex<Seen>,
}

#[derive(Default, Clone)]
pub struct Seen {
    /// The number of the last event.
    last: Option<u64>,
    pub events: usize,
    pub connections: usize,
    /// How often the server said that events were lost, so that submissions are to be looked up.
    pub resyncs: usize,
    /// Numbers that did not follow the ones before.
    pub gaps: Vec<String>,
    /// How often each submission's verdict was told since events were lost last.
    told: HashMap<String, u32>,
    /// Verdicts that were told more than once.
    pub doubled: Vec<String>,
    /// Final when they were looked up, or told in an earlier stream.
    looked_up: HashSet<String>,
}

impl Watcher {
    pub fn of(kind: Kind, addresses: Addresses) -> Self {
        Watcher {
            kind,
            addresses,
            seen: Mutex::default(),
        }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// Accepted submissions whose end is not known here.
    pub fn unknown(&self, load: &Load) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let accepted = load.accepted_of(self.kind.user).into_iter();
        accepted.filter(|id| !seen.knows(id)).collect()
    }

    pub fn follow(&self, load: &Load, watching: &AtomicBool) {
        let mut place = 0;
        while watching.load(Relaxed) {
            match self.connect(place) {
                Ok(mut socket) => {
                    self.seen.lock().unwrap().connections += 1;
                    self.read(&mut socket, load, watching);
                }
                Err(_) => thread::sleep(PAUSE),
            }
            place = 1 - place;
        }
    }

    fn connect(
        &self,
        place: usize,
    ) -> Result<WebSocket<MaybeTlsStream<TcpStream>>, tungstenite::Error> {
        let api = self.addresses.lock().unwrap()[place].clone();
        let mut url = format!("ws://{api}/?userId={}", self.kind.user);
        if let Some(last) = self.seen.lock().unwrap().last {
            url += &format!("&after={last}");
        }
        let stream = TcpStream::connect(&api)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let stream = MaybeTlsStream::Plain(stream);
        let (socket, _) =
            tungstenite::client(url, stream).map_err(|_| tungstenite::Error::ConnectionClosed)?;
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(Duration::from_millis(200)))?;
        }
        Ok(socket)
    }

    /// Until the connection ends.
    fn read(
        &self,
        socket: &mut WebSocket<MaybeTlsStream<TcpStream>>,
        load: &Load,
        watching: &AtomicBool,
    ) {
        while watching.load(Relaxed) {
            match socket.read() {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    self.seen.lock().unwrap().take(&message);
                    if message["type"] == "resync" {
                        self.look_up(load, watching);
                    }
                }
                Ok(Message::Close(_)) => return,
                Ok(_) => {}
                Err(tungstenite::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }

    /// As a page does when it is told that events were lost.
    fn look_up(&self, load: &Load, watching: &AtomicBool) {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        let agent = ureq::Agent::from(agent);
        let mut wanted = self.unknown(load);
        let mut place = 0;
        while let Some(id) = wanted.last()
            && watching.load(Relaxed)
        {
            let api = self.addresses.lock().unwrap()[place].clone();
            let asked = agent
                .get(format!("http://{api}/api/submission/{id}"))
                .call();
            match asked.and_then(|mut answer| answer.body_mut().read_json::<Value>()) {
                Ok(submission) => {
                    if is_final(&submission) {
                        self.seen.lock().unwrap().looked_up.insert(id.clone());
                    }
                    wanted.pop();
                }
                Err(_) => {
                    place = 1 - place;
                    thread::sleep(PAUSE);
                }
            }
        }
    }
}

impl Seen {
    fn knows(&self, id: &str) -> bool {
        self.told.contains_key(id) || self.looked_up.contains(id)
    }

    fn take(&mut self, message: &Value) {
        let seq = message["seq"].as_u64().unwrap();
        match message["type"].as_str().unwrap() {
            "system_status" => {
                if *self.last.get_or_insert(seq) != seq {
                    self.gaps
                        .push(format!("{:?} and then {message}", self.last));
                }
                return;
            }
            "resync" => {
                self.resyncs += 1;
                let told = std::mem::take(&mut self.told);
                self.looked_up.extend(told.into_keys());
                self.last = Some(seq);
                return;
            }
            _ => {}
        }
        self.events += 1;
        if self.last.is_some_and(|last| seq != last + 1) {
            self.gaps
                .push(format!("{:?} and then {message}", self.last));
        }
        self.last = Some(seq);
        let data = &message["data"];
        if data["verdict"].is_object() {
            let id = data["submissionId"].as_str().unwrap();
            let times = self.told.entry(id.to_owned()).or_insert(0);
            *times += 1;
            if *times > 1 {
                self.doubled.push(id.to_owned());
            }
        }
    }
}
