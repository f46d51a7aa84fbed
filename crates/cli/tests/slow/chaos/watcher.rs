//! Follows a user's stream for the whole test: reconnects to the other API server when one has died,
//! and resumes after the last event.

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
    observed: Mutex<StreamObservation>,
}

#[derive(Default, Clone)]
pub struct StreamObservation {
    /// The number of the last event.
    last: Option<u64>,
    pub events: usize,
    pub connections: usize,
    /// Number of resyncs: the server reported lost events, so that submissions are looked up.
    pub resyncs: usize,
    /// Gaps between event numbers.
    pub gaps: Vec<String>,
    /// Number of verdict events per submission since the last resync.
    verdict_counts: HashMap<String, u32>,
    /// Submissions with more than one verdict event.
    pub duplicated: Vec<String>,
    /// Submissions that were final when looked up, or reported in an earlier stream.
    looked_up: HashSet<String>,
}

impl Watcher {
    pub fn of(kind: Kind, addresses: Addresses) -> Self {
        Watcher {
            kind,
            addresses,
            observed: Mutex::default(),
        }
    }

    pub fn observed(&self) -> StreamObservation {
        self.observed.lock().unwrap().clone()
    }

    /// Returns accepted submissions whose verdict is not known yet.
    pub fn unknown(&self, load: &Load) -> Vec<String> {
        let observed = self.observed.lock().unwrap();
        let accepted = load.accepted_of(self.kind.user).into_iter();
        accepted.filter(|id| !observed.is_known(id)).collect()
    }

    pub fn follow(&self, load: &Load, watching: &AtomicBool) {
        let mut place = 0;
        while watching.load(Relaxed) {
            match self.connect(place) {
                Ok(mut socket) => {
                    self.observed.lock().unwrap().connections += 1;
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
        if let Some(last) = self.observed.lock().unwrap().last {
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

    /// Reads events until the connection ends.
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
                    self.observed.lock().unwrap().take(&message);
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

    /// Looks up submissions after a resync, like the page does.
    fn look_up(&self, load: &Load, watching: &AtomicBool) {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        let agent = ureq::Agent::from(agent);
        let mut unknown = self.unknown(load);
        let mut place = 0;
        while let Some(id) = unknown.last()
            && watching.load(Relaxed)
        {
            let api = self.addresses.lock().unwrap()[place].clone();
            let response = agent
                .get(format!("http://{api}/api/submission/{id}"))
                .call();
            match response.and_then(|mut answer| answer.body_mut().read_json::<Value>()) {
                Ok(submission) => {
                    if is_final(&submission) {
                        self.observed.lock().unwrap().looked_up.insert(id.clone());
                    }
                    unknown.pop();
                }
                Err(_) => {
                    place = 1 - place;
                    thread::sleep(PAUSE);
                }
            }
        }
    }
}

impl StreamObservation {
    fn is_known(&self, id: &str) -> bool {
        self.verdict_counts.contains_key(id) || self.looked_up.contains(id)
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
                let verdict_counts = std::mem::take(&mut self.verdict_counts);
                self.looked_up.extend(verdict_counts.into_keys());
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
            let times = self.verdict_counts.entry(id.to_owned()).or_insert(0);
            *times += 1;
            if *times > 1 {
                self.duplicated.push(id.to_owned());
            }
        }
    }
}
