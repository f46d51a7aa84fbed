//! Every layer is needed: for each there is an action that it alone prevents. The action fails with
//! all layers on, and also with any other layer off; it succeeds with its own layer off.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::process::Command;
use std::time::Duration;

use letscode_sandbox::{
    Artifact, CellProfile, Isolation, Jail, JailConfig, Layer, Limits, Outcome, ProgramSource,
    RunRequest, StdStream, sealed_copy,
};

/// A forbidden action, as the body of a C `main` that returns 0 on success.
struct ForbiddenAction {
    name: &'static str,
    prevented_by: Layer,
    body: &'static str,
}

const ACTIONS: [ForbiddenAction; 6] = [
    ForbiddenAction {
        name: "see the host's processes",
        prevented_by: Layer::Namespaces,
        body: r#"int n = 0; struct dirent *e; DIR *d = opendir("/proc"); if (!d) return 2;
            while ((e = readdir(d))) n += atoi(e->d_name) > 0; return n <= 5"#,
    },
    ForbiddenAction {
        // Not in files or on the heap: those are polled if there is no group.
        name: "hold more memory than allowed, in pipes",
        prevented_by: Layer::Cgroups,
        body: r#"int p[2]; static char b[1 << 16];
            for (int i = 0; i < 400; i++)
                if (pipe(p) || write(p[1], b, sizeof b) != sizeof b) return 2"#,
    },
    ForbiddenAction {
        name: "make a socket",
        prevented_by: Layer::Seccomp,
        body: "return socket(AF_UNIX, SOCK_STREAM, 0) < 0",
    },
    ForbiddenAction {
        name: "look into the host's folders",
        prevented_by: Layer::Filesystem,
        body: r#"return access("/sys/kernel", F_OK) != 0"#,
    },
    // Landlock's part of the layer: the mounts alone would allow it.
    ForbiddenAction {
        name: "execute what it wrote",
        prevented_by: Layer::Filesystem,
        body: r#"if (argc > 2) return 0;
            char b[65536]; int n, in = open("/proc/self/exe", O_RDONLY);
            int out = open("copy", O_CREAT | O_WRONLY, 0755);
            while ((n = read(in, b, sizeof b)) > 0) write(out, b, n); close(out);
            char *args[] = {"copy", "was", "executed", 0}; execv("./copy", args); return errno"#,
    },
    ForbiddenAction {
        name: "be in the host's network",
        prevented_by: Layer::Network,
        body: r#"char own[64] = {0}; readlink("/proc/self/ns/net", own, 63);
            return strcmp(own, argv[1]) != 0"#,
    },
];

#[test]
fn each_layer_prevents_its_own_action() {
    let programs: Vec<Artifact> = ACTIONS.iter().map(|action| compile(action.body)).collect();
    let nothing_off = start(None);
    for (action, program) in ACTIONS.iter().zip(&programs) {
        assert!(
            !succeeds(&nothing_off, program),
            "{}: with all layers on",
            action.name
        );
    }
    for off in Layer::ALL {
        let jail = start(Some(off));
        for (action, program) in ACTIONS.iter().zip(&programs) {
            assert_eq!(
                succeeds(&jail, program),
                action.prevented_by == off,
                "{}: with {off} off",
                action.name
            );
        }
    }
}

#[test]
fn switched_off_layers_are_reported() {
    for off in Layer::ALL {
        let jail = start(Some(off));
        let degraded = jail.info().degraded.iter();
        let layers: Vec<Layer> = degraded.map(|degradation| degradation.layer).collect();
        assert_eq!(layers, [off]);
    }
    assert_eq!(start(None).info().degraded, []);
}

fn start(off: Option<Layer>) -> Jail {
    Jail::start(JailConfig {
        helper: env!("CARGO_BIN_EXE_jail").into(),
        helper_args: Vec::new(),
        profiles: vec![CellProfile {
            name: "native".into(),
            root: Vec::new(),
            policy: "native".into(),
            interpreter: None,
            cold_start: None,
        }],
        isolation: Isolation {
            switched_off: off.into_iter().collect(),
            ..Isolation::default()
        },
    })
    .unwrap()
}

fn succeeds(jail: &Jail, program: &Artifact) -> bool {
    let network = std::fs::read_link("/proc/self/ns/net").unwrap();
    let finished = jail.run(RunRequest {
        profile: "native",
        limits: Limits {
            wall_time: Duration::from_secs(10),
            memory_bytes: 16 << 20,
            open_files: 1023,
            ..Limits::default()
        },
        program: ProgramSource::Artifact(program),
        argv: vec!["deed".into(), network.display().to_string()],
        env: Vec::new(),
        stdin: StdStream::Null,
        stdout: StdStream::Null,
        stderr: StdStream::Null,
        files: Vec::new(),
        collect: Vec::new(),
        watch: None,
    });
    finished.unwrap().outcome == Outcome::Exited { code: 0 }
}

fn compile(body: &str) -> Artifact {
    let folder = tempfile::tempdir().unwrap();
    let (source, binary) = (folder.path().join("a.c"), folder.path().join("a"));
    let headers = [
        "dirent.h",
        "errno.h",
        "fcntl.h",
        "stdlib.h",
        "string.h",
        "sys/socket.h",
        "unistd.h",
    ];
    let includes: String = headers.map(|name| format!("#include <{name}>\n")).concat();
    let text = format!(
        "#define _GNU_SOURCE\n{includes}int main(int argc, char **argv) {{ {body}; return 0; }}"
    );
    std::fs::write(&source, text).unwrap();
    let status = Command::new("gcc")
        .args(["-O1", "-static", "-w", "-o"])
        .args([&binary, &source])
        .status()
        .expect("gcc is needed for this test: apt-get install gcc libc6-dev");
    assert!(status.success());
    sealed_copy("deed", File::open(binary).unwrap())
        .unwrap()
        .into()
}
