//! Tests of hostile messages. The jail helper keeps root while its requester may be compromised: no
//! message may stop it, and it goes on serving others.
#![allow(clippy::unwrap_used)]

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, Command, Stdio};

use proptest::prelude::*;
use rustix::net::{
    AddressFamily, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags,
    SocketType, recv, sendmsg, socketpair,
};

const SETUP: &str = r#"{"profiles":[{"name":"native","root":[],"policy":"native"}],"isolation":{"allow_degraded":[],"switched_off":[]}}"#;

const MAKE_CELL: &str = r#"{"profile":"native"}"#;

const REQUEST: &str = r#"{"limits":{"cpu_time":{"secs":1,"nanos":0},
    "wall_time":{"secs":3,"nanos":0},"memory_bytes":67108864,"output_bytes":1000,"processes":10,
    "stack_bytes":8388608,"workspace_bytes":1048576,"file_bytes":1048576,"open_files":64,
    "cpu_cores":1.0,"io_bytes_per_second":10485760},"argv":["x"],"env":[],"program":{"Path":"/no/such/program"},"stdin":"Null",
    "stdout":"Null","stderr":"Null","files":[],"collect":[]}"#;

struct Helper {
    child: Child,
    socket: Option<OwnedFd>,
}

fn pair() -> (OwnedFd, OwnedFd) {
    let (family, kind) = (AddressFamily::UNIX, SocketType::SEQPACKET);
    socketpair(family, kind, SocketFlags::CLOEXEC, None).unwrap()
}

impl Helper {
    fn start() -> Self {
        let (ours, theirs) = pair();
        let child = Command::new(env!("CARGO_BIN_EXE_jail"))
            .stdin(Stdio::from(theirs))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let helper = Helper {
            child,
            socket: Some(ours),
        };
        // An empty message, and the setup as a file: it may be larger than a message.
        let setup = letscode_sandbox::sealed_copy("setup", SETUP.as_bytes()).unwrap();
        helper.send(b"null", &[setup.as_fd()]);
        let hello = answer(helper.socket.as_ref().unwrap());
        assert!(hello.contains("cgroup_version"), "{hello}");
        helper
    }

    fn send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) {
        send(self.socket.as_ref().unwrap(), bytes, fds);
    }

    fn make_cell(&self) -> OwnedFd {
        let (ours, theirs) = pair();
        self.send(MAKE_CELL.as_bytes(), &[theirs.as_fd()]);
        ours
    }

    /// Checks that a valid request still gets its answer.
    fn assert_serving(&self) {
        let cell = self.make_cell();
        send(&cell, REQUEST.as_bytes(), &[]);
        let text = answer(&cell);
        assert!(
            text.contains("Execute") && text.contains("/no/such/program"),
            "{text}"
        );
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.socket = None;
        assert!(self.child.wait().unwrap().success());
    }
}

fn send(socket: &OwnedFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(100))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() {
        assert!(control.push(SendAncillaryMessage::ScmRights(fds)));
    }
    let flags = SendFlags::NOSIGNAL;
    sendmsg(socket, &[IoSlice::new(bytes)], &mut control, flags).unwrap();
}

fn answer(socket: &OwnedFd) -> String {
    let mut buffer = vec![0; 200_000];
    let (count, _) = recv(socket, &mut buffer, RecvFlags::empty()).unwrap();
    String::from_utf8_lossy(&buffer[..count]).into_owned()
}

#[test]
fn arbitrary_messages_do_not_stop_the_helper() {
    let helper = Helper::start();
    let (end, _other) = pair();
    let message = prop::collection::vec(any::<u8>(), 1..2000);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(bytes in message, with_descriptor: bool)| {
        let fds = [end.as_fd()];
        helper.send(&bytes, if with_descriptor { &fds } else { &[] });
    });
    helper.assert_serving();
}

#[test]
fn malformed_requests_are_refused() {
    let helper = Helper::start();
    let changes = [
        ("\"argv\":[\"x\"]", "\"argv\":[\"a\\u0000b\"]"),
        ("\"stdin\":\"Null\"", "\"stdin\":\"Fd\""),
        (
            "\"files\":[]",
            "\"files\":[{\"name\":\"a\",\"executable\":false}]",
        ),
        ("{\"Path\":\"/no/such/program\"}", "\"Fd\""),
        ("\"memory_bytes\":67108864", "\"memory_bytes\":0"),
        ("\"memory_bytes\":67108864", "\"memory_bytes\":-1"),
        ("\"processes\":10", "\"processes\":0"),
        ("\"cpu_cores\":1.0", "\"cpu_cores\":-1.0"),
        ("\"cpu_cores\":1.0", "\"cpu_cores\":1e308"),
        ("\"stack_bytes\":8388608", "\"stack_bytes\":0"),
        (
            "\"workspace_bytes\":1048576",
            "\"workspace_bytes\":18446744073709551615",
        ),
        ("\"secs\":1", "\"secs\":18446744073709551615"),
        ("\"argv\":[\"x\"]", "\"argv\":[]"),
        (
            "\"collect\":[]",
            "\"collect\":[{\"name\":\"../../etc/passwd\",\"max_bytes\":9}]",
        ),
    ];
    for (from, to) in changes {
        let request = REQUEST.replacen(from, to, 1);
        assert_ne!(request, REQUEST, "{from}");
        let cell = helper.make_cell();
        send(&cell, request.as_bytes(), &[]);
        // An error that names a step, or a closed socket; never a report of success.
        let text = answer(&cell);
        assert!(!text.contains("Exited"), "{to}: {text}");
    }
    helper.assert_serving();
}

#[test]
fn unknown_profiles_are_refused() {
    let helper = Helper::start();
    for profile in ["other", "../../etc", ""] {
        let (ours, theirs) = pair();
        let request = format!("{{\"profile\":{profile:?}}}");
        helper.send(request.as_bytes(), &[theirs.as_fd()]);
        drop(theirs);
        send(&ours, REQUEST.as_bytes(), &[]);
        assert!(answer(&ours).contains("no profile"));
    }
    helper.assert_serving();
}

#[test]
fn arbitrary_messages_end_one_cell_at_most() {
    let helper = Helper::start();
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let (end, _other) = pair();
    let message = prop::collection::vec(any::<u8>(), 1..2000);
    proptest!(config, |(bytes in message, with_descriptor: bool)| {
        let cell = helper.make_cell();
        let fds = [end.as_fd()];
        send(&cell, &bytes, if with_descriptor { &fds } else { &[] });
        prop_assert!(!answer(&cell).contains("Exited"));
    });
    helper.assert_serving();
}

#[test]
fn oversized_messages_are_refused() {
    let helper = Helper::start();
    let (end, _other) = pair();
    helper.send(REQUEST.as_bytes(), &[end.as_fd(); 100]);
    helper.send(&vec![b' '; 150_000], &[end.as_fd()]);
    helper.send(REQUEST.as_bytes(), &[]);
    helper.assert_serving();
}
