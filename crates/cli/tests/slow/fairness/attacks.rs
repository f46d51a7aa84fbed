//! The worst that one client with ten connections can do within the defaults.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::address_client::{AddressClient, read_head};

const CONNECTIONS: usize = 10;
/// Pause after an error, such as a refused connection.
const RETRY_PAUSE: Duration = Duration::from_millis(20);
/// Interval at which a waiting connection looks if the attack is over.
const STOP_CHECK: Duration = Duration::from_millis(200);

/// One kind of attack: what each connection does again and again.
pub struct Attack {
    pub name: &'static str,
    step: fn(&mut Seat) -> io::Result<()>,
}

pub const ATTACKS: [Attack; 12] = [
    Attack {
        name: "sleep",
        step: |seat| seat.run("python", "import time\ntime.sleep(60)"),
    },
    Attack {
        name: "spin",
        step: |seat| seat.run("python", "while True: pass"),
    },
    Attack {
        name: "short-spin",
        step: |seat| seat.run("python", "for i in range(5_000_000): pass"),
    },
    Attack {
        name: "compile",
        step: |seat| {
            let code = slow_to_compile(seat.next_number());
            seat.run("cpp", &code)
        },
    },
    Attack {
        name: "spin-then-sleep",
        step: |seat| seat.run("python", SPIN_THEN_SLEEP),
    },
    Attack {
        name: "sleeping-submissions",
        step: |seat| {
            seat.submit("import time\ntime.sleep(4.5)\nprint(sum(map(int, input().split())))")?;
            seat.pause(Duration::from_millis(100));
            Ok(())
        },
    },
    Attack {
        name: "endless-bodies",
        step: endless_body,
    },
    Attack {
        name: "slow-readers",
        step: slow_reader,
    },
    Attack {
        name: "10000-names",
        step: |seat| seat.submit("print(0)"),
    },
    Attack {
        name: "drafts",
        step: |seat| {
            let draft = json!({
                "problemId": "aplusb",
                "code": slow_to_compile(seat.next_number()),
            });
            let body = json!({"language": "cpp", "userId": seat.next_name(), "draft": draft});
            seat.post("/api/hints", &body)
        },
    },
    Attack {
        name: "routes",
        step: |seat| {
            let code = "getattr(os,'a'+".repeat(69_000);
            seat.post("/api/route", &json!({"language": "python", "code": code}))
        },
    },
    Attack {
        name: "sockets",
        step: |seat| {
            let mut socket = seat.client.connect()?;
            let user = seat.next_name();
            let head = seat.client.socket_head(&user);
            socket.write_all(head.as_bytes())?;
            let mut reader = io::BufReader::new(&socket);
            if read_head(&mut reader)?.0 == 101 {
                seat.held.push(socket);
            }
            Ok(())
        },
    },
];

/// A third of the time limit, then as long as it may.
const SPIN_THEN_SLEEP: &str = "import time
while time.process_time() < 1.6: pass
time.sleep(60)";

/// A C++ program of its own that keeps the compiler busy up to its limit.
fn slow_to_compile(number: usize) -> String {
    let mut code = String::from(
        "template <int K> constexpr unsigned f() {
            unsigned s = K;
            for (int i = 0; i < 4000; i++) for (int j = 0; j < 1500; j++) s = s * 31 + j;
            return s;
        }\n",
    );
    for at in 0..40 {
        let seed = number * 40 + at;
        code += &format!("constexpr unsigned v{at} = f<{seed}>();\n");
    }
    code + "int main() {}\n"
}

/// Sends most of a large body at once, and then just enough not to be cut off.
fn endless_body(seat: &mut Seat) -> io::Result<()> {
    const BYTES: usize = 6 << 20;
    let mut stream = seat.client.connect()?;
    stream.write_all(seat.client.post_head("/api/submit", BYTES).as_bytes())?;
    stream.write_all(&vec![b' '; BYTES - (1 << 20)])?;
    while !seat.is_over() {
        stream.write_all(&[b' '; 512])?;
        seat.pause(STOP_CHECK);
    }
    Ok(())
}

/// Asks for a large answer and reads a byte at a time.
fn slow_reader(seat: &mut Seat) -> io::Result<()> {
    let body = seat
        .run_body("python", "print('x' * 1_000_000)")
        .to_string();
    let mut stream = seat.client.connect()?;
    let head = seat.client.post_head("/api/test", body.len());
    stream.write_all((head + &body).as_bytes())?;
    while !seat.is_over() && stream.read(&mut [0])? > 0 {
        seat.pause(STOP_CHECK);
    }
    Ok(())
}

/// One of the attacker's connections.
struct Seat {
    client: AddressClient,
    stop: Arc<AtomicBool>,
    number: usize,
    count: usize,
    /// Connection that is kept open for the next request.
    open: Option<TcpStream>,
    /// Connections that only have to stay open.
    held: Vec<TcpStream>,
}

impl Seat {
    fn is_over(&self) -> bool {
        self.stop.load(Relaxed)
    }

    fn pause(&self, length: Duration) {
        if !self.is_over() {
            thread::sleep(length);
        }
    }

    fn next_number(&mut self) -> usize {
        self.count += 1;
        self.number + CONNECTIONS * self.count
    }

    fn next_name(&mut self) -> String {
        format!("greedy-{}", self.next_number())
    }

    fn run_body(&mut self, language: &str, code: &str) -> Value {
        json!({"language": language, "code": code, "input": "", "userId": self.next_name()})
    }

    fn run(&mut self, language: &str, code: &str) -> io::Result<()> {
        let body = self.run_body(language, code);
        self.post("/api/test", &body)
    }

    fn submit(&mut self, code: &str) -> io::Result<()> {
        let body = json!({
            "problemId": "aplusb",
            "language": "python",
            "code": code,
            "userId": self.next_name(),
        });
        self.post("/api/submit", &body)
    }

    /// Sends a request and reads the answer, whatever it says.
    fn post(&mut self, path: &str, body: &Value) -> io::Result<()> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => self.client.connect()?,
        };
        self.client.post_on(&mut stream, path, body)?;
        self.open = Some(stream);
        Ok(())
    }
}

/// An attack that goes on until it is stopped.
pub struct RunningAttack {
    stop: Arc<AtomicBool>,
    seats: Vec<JoinHandle<()>>,
}

impl RunningAttack {
    pub fn start(attack: &Attack, client: &AddressClient) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let seats = (0..CONNECTIONS).map(|number| {
            let mut seat = Seat {
                client: client.clone(),
                stop: stop.clone(),
                number,
                count: 0,
                open: None,
                held: Vec::new(),
            };
            let step = attack.step;
            thread::spawn(move || {
                while !seat.is_over() {
                    if step(&mut seat).is_err() {
                        seat.pause(RETRY_PAUSE);
                    }
                }
            })
        });
        RunningAttack {
            seats: seats.collect(),
            stop,
        }
    }

    /// Sends nothing further. Answers that are awaited still are, until the service has ended.
    pub fn stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Waits until all connections have ended, which they do with the service.
    pub fn join(self) {
        self.stop();
        for seat in self.seats {
            seat.join().unwrap();
        }
    }
}
