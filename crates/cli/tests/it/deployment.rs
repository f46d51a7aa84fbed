//! Files in deploy/ are consistent with each other and with the repository: names, ports, files. If
//! systemd and kubectl are installed they check them too, and the jail runs with the units' limits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{LETSCODE, repository};
use rstest::rstest;
use serde_json::Value;

fn shipped(path: &str) -> PathBuf {
    repository().join("deploy").join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(shipped(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the documents of a YAML file.
fn yaml(path: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

// ---- Kubernetes ------------------------------------------------------------------------------

fn manifests() -> Vec<Value> {
    ["namespace", "api", "worker", "network"]
        .iter()
        .flat_map(|name| yaml(&format!("kubernetes/base/{name}.yaml")))
        .chain(yaml("kubernetes/keda/scaling.yaml"))
        .chain(yaml("kubernetes/hpa/scaling.yaml"))
        .collect()
}

fn of_kind(kind: &str) -> Vec<Value> {
    let all = manifests().into_iter();
    all.filter(|object| object["kind"] == kind).collect()
}

fn named<'a>(all: &'a [Value], name: &str) -> &'a Value {
    let object = all.iter().find(|object| object["metadata"]["name"] == name);
    object.unwrap_or_else(|| panic!("there is no {name}"))
}

fn labels(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["metadata"]["labels"]
}

fn container(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]["containers"][0]
}

/// Returns the ports of a deployment's container by name.
fn ports(deployment: &Value) -> BTreeMap<String, u64> {
    let ports = container(deployment)["ports"].as_array().unwrap();
    let pair = |port: &Value| {
        let name = port["name"].as_str().unwrap().to_owned();
        (name, port["containerPort"].as_u64().unwrap())
    };
    ports.iter().map(pair).collect()
}

#[test]
fn selectors_match_their_pods() {
    let deployments = of_kind("Deployment");
    assert_eq!(deployments.len(), 2);
    for deployment in &deployments {
        assert_eq!(
            &deployment["spec"]["selector"]["matchLabels"],
            labels(deployment)
        );
    }
    for kind in ["PodDisruptionBudget", "Service"] {
        for object in of_kind(kind) {
            let name = object["metadata"]["name"].as_str().unwrap();
            let selector = match kind {
                "Service" => &object["spec"]["selector"],
                _ => &object["spec"]["selector"]["matchLabels"],
            };
            assert_eq!(selector, labels(named(&deployments, name)), "{kind} {name}");
        }
    }
    for kind in ["ScaledObject", "HorizontalPodAutoscaler"] {
        for object in of_kind(kind) {
            let target = object["spec"]["scaleTargetRef"]["name"].as_str().unwrap();
            let target = named(&deployments, target);
            // Otherwise each `apply` would reset the number that the scaler has chosen.
            assert!(target["spec"].get("replicas").is_none(), "{kind}");
        }
    }
}

/// Behind a proxy that is not trusted, all clients are one.
#[test]
fn proxied_servers_trust_their_proxies() {
    let deployments = of_kind("Deployment");
    let api = container(named(&deployments, "letscode-api"));
    let variables = api["env"].as_array().unwrap();
    let trusted = variables
        .iter()
        .find(|variable| variable["name"] == "LETSCODE_TRUSTED_PROXY");
    for network in trusted.unwrap()["value"].as_str().unwrap().split(',') {
        let parsed: Result<letscode_server::ProxyNetwork, _> = network.parse();
        assert!(parsed.is_ok(), "{network}");
    }
}

#[test]
fn ports_match_the_listen_addresses() {
    let (deployments, services) = (of_kind("Deployment"), of_kind("Service"));
    let policies = of_kind("NetworkPolicy");
    for deployment in &deployments {
        let name = deployment["metadata"]["name"].as_str().unwrap();
        let ports = ports(deployment);
        let (_, port) = ports.iter().next().unwrap();
        let arguments = container(deployment)["args"].to_string();
        assert!(
            arguments.contains(&format!("0.0.0.0:{port}\"")),
            "{arguments}"
        );
        for probe in ["readinessProbe", "livenessProbe"] {
            let port = container(deployment)[probe]["httpGet"]["port"].as_str();
            assert!(ports.contains_key(port.unwrap()), "{name} {probe}");
        }
        let annotations = &deployment["spec"]["template"]["metadata"]["annotations"];
        assert_eq!(annotations["prometheus.io/port"], port.to_string());
        let allowed = &named(&policies, name)["spec"]["ingress"][0]["ports"][0]["port"];
        assert_eq!(allowed, port, "{name}");
    }
    let target = services[0]["spec"]["ports"][0]["targetPort"]
        .as_str()
        .unwrap();
    assert!(ports(named(&deployments, "letscode-api")).contains_key(target));
}

#[test]
fn nothing_in_the_cluster_is_privileged() {
    for deployment in of_kind("Deployment") {
        let pod = &deployment["spec"]["template"]["spec"];
        let security = &container(&deployment)["securityContext"];
        assert!(
            !deployment.to_string().contains("privileged"),
            "{deployment}"
        );
        assert_eq!(security["allowPrivilegeEscalation"], false);
        assert_eq!(security["capabilities"]["drop"], serde_json::json!(["ALL"]));
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        assert_eq!(pod["automountServiceAccountToken"], false);
        for network in ["hostNetwork", "hostPID", "hostIPC"] {
            assert!(pod.get(network).is_none());
        }
        for mounted in container(&deployment)["volumeMounts"].as_array().unwrap() {
            let volumes = pod["volumes"].as_array().unwrap();
            assert!(
                volumes
                    .iter()
                    .any(|object| object["name"] == mounted["name"]),
                "{mounted}"
            );
        }
    }
}

#[test]
fn workers_are_scaled_by_the_queues_metrics() {
    let scaled = &of_kind("ScaledObject")[0];
    let trigger = &scaled["spec"]["triggers"][0]["metadata"];
    assert_eq!(trigger["consumerGroup"], "workers");
    let (prefix, stream) = trigger["stream"].as_str().unwrap().split_once(':').unwrap();
    let queue = repository().join("crates/queue/src/redis");
    let Ok(link) = fs::read_to_string(queue.join("client.rs")) else {
        return eprintln!("skipped: there is no queue in Redis yet");
    };
    assert!(
        link.contains(&format!("\"{prefix}:\"")),
        "{prefix} is not its prefix"
    );
    let lua = fs::read_to_string(queue.join("script/base.lua")).unwrap();
    assert!(
        lua.contains(&format!("P .. '{stream}'")),
        "{stream} is not its stream"
    );
    assert!(lua.contains("GROUP = 'workers'"));
}

#[rstest]
fn kustomize_accepts_the_manifests(#[values("base", "keda", "hpa")] overlay: &str) {
    let built = Command::new("kubectl")
        .arg("kustomize")
        .arg(shipped("kubernetes").join(overlay))
        .output();
    let Ok(built) = built else {
        return eprintln!("skipped: there is no kubectl");
    };
    assert!(built.status.success(), "{built:?}");
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(&String::from_utf8(built.stdout).unwrap()).unwrap();
    let expected = documents
        .iter()
        .filter(|object| object["kind"] != "Namespace");
    assert!(expected.clone().count() >= 9);
    for object in expected {
        assert_eq!(object["metadata"]["namespace"], "letscode", "{object}");
    }
}

// ---- Docker ----------------------------------------------------------------------------------

#[test]
fn compose_names_existing_files() {
    let compose = &yaml("compose.yaml")[0];
    let services = compose["services"].as_object().unwrap();
    let stages = stages();
    for (name, service) in services {
        // YAML merge keys are resolved already.
        if let Some(target) = service["build"]["target"].as_str() {
            assert!(stages.contains(target), "{name}: no stage {target}");
            assert!(
                shipped("..")
                    .join(service["build"]["dockerfile"].as_str().unwrap())
                    .is_file()
            );
        }
        for dependency in service["depends_on"].as_object().into_iter().flatten() {
            assert!(
                services.contains_key(dependency.0),
                "{name} waits for {}",
                dependency.0
            );
        }
        for volume in service["volumes"].as_array().into_iter().flatten() {
            let (source, _) = volume.as_str().unwrap().split_once(':').unwrap();
            let is_there = match source.strip_prefix("./") {
                Some(path) => shipped(path).exists(),
                None => compose["volumes"].get(source).is_some(),
            };
            assert!(is_there, "{name}: {source}");
        }
        for network in service["networks"].as_array().unwrap() {
            assert!(
                compose["networks"].get(network.as_str().unwrap()).is_some(),
                "{name}"
            );
        }
        assert!(service.get("privileged").is_none(), "{name}");
    }
    let worker = services["worker"]["security_opt"].to_string();
    assert!(worker.contains("seccomp:seccomp.json"), "{worker}");
    let image = |path: &str| text(path).contains("\"--listen\", \"0.0.0.0:3002\"");
    assert!(
        image("Dockerfile"),
        "the worker's metrics are scraped at 3002"
    );
    assert!(text("prometheus/prometheus.yaml").contains("port: 3002"));
    for server in ["api-1", "api-2"] {
        assert!(services.contains_key(server));
        assert!(text("nginx/letscode.conf").contains(&format!("server {server}:3001 ")));
        assert!(text("prometheus/prometheus.yaml").contains(&format!("{server}:3001")));
    }
}

fn stages() -> BTreeSet<String> {
    let text = text("Dockerfile");
    let names = text.lines().filter_map(|line| {
        let (_, name) = line.strip_prefix("FROM ")?.split_once(" AS ")?;
        Some(name.to_owned())
    });
    names.collect()
}

#[test]
fn images_copy_existing_files() {
    let (dockerfile, stages) = (text("Dockerfile"), stages());
    let channel = fs::read_to_string(repository().join("rust-toolchain.toml")).unwrap();
    let channel: toml::Table = toml::from_str(&channel).unwrap();
    let version = channel["toolchain"]["channel"].as_str().unwrap();
    let minor = version.rsplit_once('.').unwrap().0;
    assert!(
        dockerfile.contains(&format!("RUST_IMAGE=rust:{minor}-")),
        "not Rust {version}"
    );
    for line in dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
    {
        let mut fields = line.split_whitespace();
        let first = fields.next().unwrap();
        if let Some(stage) = first.strip_prefix("--from=") {
            assert!(stages.contains(stage), "{line}");
            continue;
        }
        let mut sources: Vec<_> = std::iter::once(first).chain(fields).collect();
        sources.pop();
        for source in sources {
            assert!(repository().join(source).exists(), "{line}");
        }
    }
}

// ---- systemd ---------------------------------------------------------------------------------

const UNITS: [&str; 3] = [
    "letscode.service",
    "letscode-worker.service",
    "letscode-api@.service",
];

#[rstest]
fn systemd_accepts_the_units(#[values(0, 1, 2)] which: usize) {
    let folder = tempfile::tempdir().unwrap();
    let unit = text(&format!("systemd/{}", UNITS[which]));
    // systemd checks that the binary exists.
    let unit = unit.replace("/usr/local/bin/letscode", LETSCODE);
    let path = folder.path().join(UNITS[which]);
    fs::write(&path, unit).unwrap();
    let verified = Command::new("systemd-analyze")
        .arg("verify")
        .arg(&path)
        .output();
    let Ok(verified) = verified else {
        return eprintln!("skipped: there is no systemd-analyze");
    };
    let message = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && message.is_empty(), "{message}");
}

fn setting<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let values = unit
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    values.flat_map(str::split_whitespace).collect()
}

/// With the restrictions of the units for root, applied as systemd would, every layer is enforced.
#[test]
fn cells_work_under_the_units_restrictions() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: only root can take away what root has");
    }
    for name in ["letscode.service", "letscode-worker.service"] {
        let unit = text(&format!("systemd/{name}"));
        let on = ["NoNewPrivileges", "ProtectHome", "PrivateTmp", "Delegate"];
        assert!(
            on.iter().all(|name| setting(&unit, name) == ["yes"]),
            "{unit}"
        );
        assert_eq!(setting(&unit, "ProtectSystem"), ["full"]);
        let capabilities = setting(&unit, "CapabilityBoundingSet");
        let capabilities: Vec<_> = capabilities
            .iter()
            .map(|capability| capability.trim_start_matches("CAP_").to_lowercase())
            .collect();
        let doctor = doctor_confined(&format!("-all,+{}", capabilities.join(",+")));
        let layers = doctor["layers"].as_array().unwrap();
        assert!(
            layers.iter().all(|layer| layer["status"] == "enforced"),
            "{name}: {doctor}"
        );
    }
}

/// Shows that the test above can fail.
#[test]
fn cells_need_the_right_to_change_users() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: only root can take away what root has");
    }
    let doctor = doctor_confined("-setuid");
    let layers = doctor["layers"].as_array().unwrap();
    assert!(
        layers.iter().all(|layer| layer["status"] == "missing"),
        "{doctor}"
    );
}

fn doctor_confined(bounding_set: &str) -> Value {
    const MOUNTS: &str = "for one in /usr /boot /etc; do
            mount --bind $one $one && mount -o remount,ro,bind $one
        done
        exec \"$@\"";
    let ran = Command::new("unshare")
        .args(["--mount", "sh", "-ec", MOUNTS, "sh"])
        .args(["setpriv", "--no-new-privs", "--bounding-set", bounding_set])
        .args([LETSCODE, "doctor", "--json"])
        .current_dir(Path::new("/"))
        .output()
        .unwrap();
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}
