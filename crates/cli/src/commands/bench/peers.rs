//! Other sandboxes for programs, where they are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::report::SkippedPart;
use super::subjects::{BareCommand, ENVIRONMENT, on_path};

/// Sandboxes that work on this machine, and why the others do not.
#[derive(Debug, Default)]
pub struct InstalledPeers {
    usable: Vec<PeerSandbox>,
    pub skipped: Vec<SkippedPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerSandbox {
    Bubblewrap,
    Crun,
    Docker,
}

impl PeerSandbox {
    pub fn name(self) -> &'static str {
        match self {
            PeerSandbox::Bubblewrap => "bubblewrap",
            PeerSandbox::Crun => "crun run, no cgroups",
            PeerSandbox::Docker => "docker run",
        }
    }

    /// True if its CPU time is spent in our control group.
    pub fn is_counted(self) -> bool {
        self != PeerSandbox::Docker
    }
}

const IMAGE: &str = "letscode-bench";

impl InstalledPeers {
    pub fn detect() -> InstalledPeers {
        let mut peers = InstalledPeers::default();
        let checks = [
            (PeerSandbox::Bubblewrap, has("bwrap", "bubblewrap")),
            (PeerSandbox::Crun, crun()),
            (PeerSandbox::Docker, docker()),
        ];
        for (peer, check) in checks {
            match check {
                Ok(()) => peers.usable.push(peer),
                Err(why) => peers.skipped.push(SkippedPart::new(peer.name(), why)),
            }
        }
        let zygo = match on_path("zygo") {
            Some(_) => {
                "it runs what is in an image of a registry, not the very programs that are compared here"
            }
            None => "not installed: cargo install zygo-cli",
        };
        peers.skipped.push(SkippedPart::new("zygo", zygo));
        peers
    }

    /// Returns the command that runs the program in each sandbox. `folder` contains the program.
    pub fn commands(&self, bare: &BareCommand, folder: &Path) -> Vec<(PeerSandbox, BareCommand)> {
        let each = self.usable.iter();
        each.filter_map(|peer| Some((*peer, wrap(*peer, bare, folder)?)))
            .collect()
    }
}

fn has(command: &str, package: &str) -> Result<(), String> {
    match on_path(command) {
        Some(_) => Ok(()),
        None => Err(format!("not installed: apt-get install {package}")),
    }
}

/// Checks for crun, which refuses machines with control groups of both versions.
fn crun() -> Result<(), String> {
    const SECOND: &str = "/sys/fs/cgroup/unified";
    has("crun", "crun")?;
    if Path::new(SECOND).join("cgroup.procs").exists() {
        return Err(format!(
            "it refuses machines with control groups of both versions: run the benchmark with one, \
             as with unshare -m sh -c 'umount {SECOND} && exec letscode bench'"
        ));
    }
    Ok(())
}

/// Checks for Docker and imports an empty image, in which the host's folders are mounted.
fn docker() -> Result<(), String> {
    has("docker", "docker.io, and start dockerd")?;
    let quiet = |command: &mut Command| {
        let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        ended.is_ok_and(|status| status.success())
    };
    if !quiet(Command::new("docker").arg("info")) {
        return Err("installed, but its daemon does not answer: start dockerd".to_owned());
    }
    // An empty tar archive.
    let imported = (|| {
        let mut import = Command::new("docker")
            .args(["import", "-", IMAGE])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = import.stdin.take() {
            std::io::Write::write_all(&mut stdin, &[0; 10240])?;
        }
        import.wait()
    })();
    match imported {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("docker import ended with {status}")),
        Err(error) => Err(format!("docker import: {error}")),
    }
}

fn wrap(peer: PeerSandbox, bare: &BareCommand, folder: &Path) -> Option<BareCommand> {
    let (command, mut args) = match peer {
        PeerSandbox::Bubblewrap => ("bwrap", bubblewrap(folder)),
        PeerSandbox::Crun => {
            let bundle = crun_bundle(bare, folder)?;
            let id = format!("letscode-bench-{}", std::process::id());
            // Its processes stay in our control group, so that their CPU time is counted.
            let manager = "--cgroup-manager=disabled";
            let bundle = bundle.display().to_string();
            let args = [manager, "run", "--bundle", &bundle, &id];
            ("crun", args.map(str::to_owned).to_vec())
        }
        PeerSandbox::Docker => ("docker", docker_run(folder)),
    };
    if peer != PeerSandbox::Crun {
        args.push(bare.program.display().to_string());
        args.extend(
            bare.args
                .iter()
                .map(|argument| argument.to_string_lossy().into_owned()),
        );
    }
    Some(BareCommand {
        program: on_path(command)?,
        args: args.into_iter().map(Into::into).collect(),
        input: bare.input.clone(),
    })
}

/// Arguments of bubblewrap: all namespaces, the host's programs read-only.
fn bubblewrap(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let args = [
        "--unshare-all",
        "--die-with-parent",
        "--ro-bind",
        "/usr",
        "/usr",
        "--symlink",
        "usr/lib",
        "/lib",
        "--symlink",
        "usr/lib64",
        "/lib64",
        "--symlink",
        "usr/bin",
        "/bin",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",
        "--ro-bind",
        &folder,
        &folder,
        "--chdir",
        "/tmp",
        "--",
    ];
    args.map(str::to_owned).to_vec()
}

fn docker_run(folder: &Path) -> Vec<String> {
    let folder = folder.display();
    let own = format!("{folder}:{folder}:ro");
    let args = [
        "run",
        "--rm",
        "-i",
        "--network",
        "none",
        "-v",
        "/usr:/usr:ro",
        "-v",
        "/lib:/lib:ro",
        "-v",
        "/lib64:/lib64:ro",
        "-v",
        &own,
        IMAGE,
    ];
    args.map(str::to_owned).to_vec()
}

/// Writes the bundle of `crun spec`, changed to run our program with the host's folders.
fn crun_bundle(bare: &BareCommand, folder: &Path) -> Option<PathBuf> {
    let bundle = folder.join("bundle");
    let root = bundle.join("rootfs");
    // The program's own folder is mounted below it.
    let _ = fs::remove_dir_all(&bundle);
    fs::create_dir_all(&root).ok()?;
    for (text, name) in [
        ("usr/lib", "lib"),
        ("usr/lib64", "lib64"),
        ("usr/bin", "bin"),
    ] {
        std::os::unix::fs::symlink(text, root.join(name)).ok()?;
    }
    let written = Command::new("crun")
        .arg("spec")
        .current_dir(&bundle)
        .status()
        .ok()?;
    if !written.success() {
        return None;
    }
    let path = bundle.join("config.json");
    let mut config: Value = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    let program = std::iter::once(bare.program.display().to_string());
    let args = bare
        .args
        .iter()
        .map(|argument| argument.to_string_lossy().into_owned());
    config["process"]["terminal"] = json!(false);
    config["process"]["args"] = program.chain(args).collect();
    let variables = ENVIRONMENT.iter();
    config["process"]["env"] = variables
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mounts = config["mounts"].as_array_mut()?;
    for shown in [Path::new("/usr"), folder] {
        mounts.push(json!({
            "destination": shown, "source": shown, "type": "bind", "options": ["rbind", "ro"],
        }));
    }
    fs::write(&path, config.to_string()).ok()?;
    Some(bundle)
}
