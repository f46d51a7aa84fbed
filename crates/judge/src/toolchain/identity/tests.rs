use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn bind(source: &Path) -> RootPart {
    RootPart::Bind {
        source: source.to_owned(),
        target: "/opt/tool".into(),
    }
}

fn toolchain(source: &Path) -> ToolchainFiles {
    ToolchainFiles::new(&[bind(source)], &ToolchainWatches::new())
}

fn identity(source: &Path, version: &str) -> Hash {
    toolchain(source)
        .identity(|_| Ok(version.to_owned()))
        .unwrap()
}

fn version(_is_changed: bool) -> Result<String, String> {
    Ok("1.0".to_owned())
}

#[test]
fn version_and_files_change_the_identity() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path().join("tool");
    fs::create_dir_all(folder.join("lib/doc")).unwrap();
    fs::write(folder.join("lib/cc1"), "1").unwrap();
    let first = identity(&folder, "1.0");
    assert_eq!(first, identity(&folder, "1.0"));
    assert_ne!(first, identity(&folder, "1.1"));

    fs::write(folder.join("lib/doc/page"), "no part of it").unwrap();
    assert_eq!(first, identity(&folder, "1.0"));

    fs::write(folder.join("lib/crt1.o"), "").unwrap();
    let second = identity(&folder, "1.0");
    assert_ne!(first, second);
    fs::write(folder.join("lib/cc1"), "22").unwrap();
    assert_ne!(second, identity(&folder, "1.0"));
}

#[test]
fn files_of_the_engine_change_the_identity() {
    let identity = |contents: &str| {
        let file = RootPart::File {
            contents: contents.into(),
            target: "/usr/lib/check.py".into(),
        };
        ToolchainFiles::new(&[file], &ToolchainWatches::new()).identity(version)
    };
    assert_eq!(identity("1"), identity("1"));
    assert_ne!(identity("1"), identity("2"));
}

/// Every change below is of a file deep in a folder, of equal size and with the same times.
#[test]
fn changes_are_noticed_while_the_service_runs() {
    let host = tempfile::tempdir().unwrap();
    let folder = host.path().join("tool/lib/gcc/12");
    fs::create_dir_all(&folder).unwrap();
    let (file, other) = (folder.join("cc1"), host.path().join("cc1"));
    fs::write(&file, "1").unwrap();
    let toolchain = toolchain(&host.path().join("tool"));
    let first = toolchain.identity(version);
    assert!(first.is_some());
    assert_eq!(toolchain.identity(|_| unreachable!()), first);

    let metadata = fs::metadata(&file).unwrap();
    let keep_time = |path: &Path| {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(metadata.modified().unwrap()).unwrap();
    };
    fs::write(&file, "2").unwrap();
    keep_time(&file);
    let written = toolchain.identity(version);
    assert_ne!(written, first);

    fs::write(&other, "3").unwrap();
    keep_time(&other);
    fs::rename(&other, &file).unwrap();
    let replaced = toolchain.identity(version);
    assert!(replaced != first && replaced != written);

    fs::create_dir(folder.join("include")).unwrap();
    let with_folder = toolchain.identity(version);
    fs::write(folder.join("include/new.h"), "").unwrap();
    assert_ne!(toolchain.identity(version), with_folder);
    let report = toolchain.report();
    assert_eq!((report.files, report.changes), (2, 4));
    assert!(report.is_identified && report.trouble.is_none());
}

#[test]
fn replaced_program_changes_the_identity() {
    let host = tempfile::tempdir().unwrap();
    let program = host.path().join("g++");
    fs::write(&program, "1").unwrap();
    let toolchain = toolchain(&program);
    let calls = Cell::new(0);
    let version = |is_changed| {
        assert_eq!(is_changed, calls.get() > 0);
        calls.set(calls.get() + 1);
        version(is_changed)
    };
    let first = toolchain.identity(version);
    assert_eq!(toolchain.identity(version), first);
    fs::write(host.path().join("unrelated"), "").unwrap();
    assert_eq!(toolchain.identity(version), first);
    assert_eq!(calls.get(), 1);
    fs::write(&program, "22").unwrap();
    assert_ne!(toolchain.identity(version), first);
    assert_eq!(calls.get(), 2);
    fs::remove_file(&program).unwrap();
    assert_eq!(toolchain.identity(version), None);
    let report = toolchain.report();
    assert!(!report.is_identified);
    assert!(report.trouble.unwrap().contains("g++"));
    fs::write(&program, "22").unwrap();
    assert!(toolchain.identity(version).is_some());
    assert_eq!(calls.get(), 3);
}

#[test]
fn toolchain_without_version_has_no_identity_until_it_has() {
    let host = tempfile::tempdir().unwrap();
    let toolchain = toolchain(host.path());
    let no_version = |_| Err("the machine is too busy".to_owned());
    assert_eq!(toolchain.identity(no_version), None);
    assert_eq!(
        toolchain.report().trouble.unwrap(),
        "the machine is too busy"
    );
    assert!(toolchain.identity(version).is_some());
    assert_eq!(toolchain.report().trouble, None);
}

/// Runs `test` in a thread that has the rights of an ordinary user, as a service that was started as
/// root has later.
fn as_user(test: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let user = scope.spawn(|| {
            let (user, group) = (
                rustix::process::Uid::from_raw(12345),
                rustix::process::Gid::from_raw(12345),
            );
            rustix::thread::set_thread_res_gid(group, group, group).unwrap();
            rustix::thread::set_thread_res_uid(user, user, user).unwrap();
            test();
        });
        user.join().unwrap();
    });
}

/// A toolchain in root's home, which a service without root's rights can't reach.
#[test]
fn private_toolchain_is_looked_at_without_rights() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: needs root");
        return;
    }
    let host = tempfile::tempdir().unwrap();
    let closed = fs::Permissions::from_mode(0o700);
    fs::set_permissions(host.path(), closed.clone()).unwrap();
    let folder = host.path().join("rust");
    fs::create_dir_all(folder.join("lib")).unwrap();
    fs::write(folder.join("lib/rustc"), "1").unwrap();
    let toolchain = toolchain(&folder);
    toolchain.scan_now();
    let first = toolchain.identity(version);
    let write = |text: &str| fs::write(folder.join("lib/rustc"), text).unwrap();
    write("1 and more");
    as_user(|| {
        assert!(fs::read_dir(&folder).is_err());
        let changed = toolchain.identity(version);
        assert!(changed.is_some() && changed != first);
        assert_eq!(toolchain.report().trouble, None);
    });

    // What may not be looked at is kept, as long as nobody may.
    let before = toolchain.identity(version);
    fs::set_permissions(folder.join("lib"), closed).unwrap();
    as_user(|| {
        assert_eq!(toolchain.identity(version), before);
        let trouble = toolchain.report().trouble.unwrap();
        assert!(trouble.contains("may not be looked at"), "{trouble}");
    });

    // Another in its place is known to be another.
    fs::rename(&folder, host.path().join("old")).unwrap();
    fs::create_dir(&folder).unwrap();
    as_user(|| {
        assert_eq!(toolchain.identity(version), None);
        let trouble = toolchain.report().trouble.unwrap();
        assert!(trouble.contains("restart the service"), "{trouble}");
    });
    assert!(
        toolchain.identity(version).is_some(),
        "root sees the new one"
    );
}
