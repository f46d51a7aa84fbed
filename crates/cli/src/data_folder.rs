//! The service's data folder, and the user that the service runs as.
//!
//! Started as root, the process that serves HTTP and judges drops root and becomes the owner of its
//! data folder. Only the jail helper, which was started before, keeps the rights that cells need.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::{Path, PathBuf};

use letscode_sandbox::privileges::{bind_privately, can_list, drop_root};

use crate::error::CliError;

/// User id of a service that was started as root on a data folder of root's: a number without an
/// account, just below the ids of the cells.
const SERVICE_USER: u32 = 1_499_999_999;

/// Mount point of a data folder whose real path its owner can't reach. It exists in the service's
/// own mount namespace only; the host's folder is not touched.
const MOUNT_POINT: &str = "/mnt";

/// Folder that a data folder can be told by, with the database.
const LOCKS: &str = "locks";
const DATABASE: &str = "letscode.db";
/// Socket by which operators reach the service.
pub const OPERATOR_SOCKET: &str = "operator.sock";
/// Packages that are being sent to the service.
pub const UPLOADS: &str = "uploads";
/// All that a service makes in its data folder. Nothing else is ever given to another user.
const OWN_ENTRIES: [&str; 9] = [
    DATABASE,
    "letscode.db-wal",
    "letscode.db-shm",
    LOCKS,
    "packages",
    "compiled",
    "headers",
    OPERATOR_SOCKET,
    UPLOADS,
];
/// Files in `locks/`.
const LOCK_FILES: [&str; 3] = ["open", "serve", "packages"];
/// Entry that an empty file system has.
const LOST_AND_FOUND: &str = "lost+found";

/// Creates the folder if need be, changes to its owner if we are root, and returns its path as the
/// process sees it from now on.
///
/// Must be called while the process has one thread.
pub fn enter(data: &Path) -> Result<PathBuf, CliError> {
    let at = |error: io::Error| CliError::new(format!("{}: {error}", data.display()));
    if !rustix::process::geteuid().is_root() {
        return Ok(data.to_owned());
    }
    let owner = take_over(data)?;
    let data = data.canonicalize().map_err(at)?;
    let path = if can_list(&data, owner).map_err(CliError::new)? {
        data
    } else {
        let help = format!("use a --data folder that user {owner} can reach");
        bind_privately(&data, Path::new(MOUNT_POINT))
            .map_err(|error| CliError::new(error).with_help(help))?;
        PathBuf::from(MOUNT_POINT)
    };
    drop_root(owner).map_err(CliError::new)?;
    Ok(path)
}

/// Makes a folder the service's, as root, and returns its owner. Refuses a folder with something
/// else in it: only what a service has made changes its owner.
fn take_over(data: &Path) -> Result<u32, CliError> {
    let at = |error: io::Error| CliError::new(format!("{}: {error}", data.display()));
    let mut private = fs::DirBuilder::new();
    private.recursive(true).mode(0o700);
    private.create(data).map_err(at)?;
    let metadata = fs::metadata(data).map_err(at)?;
    let entries = entries(data).map_err(at)?;
    let is_ours = is_data_folder(data, &entries);
    if let Some(foreign) = entries.first().filter(|_| !is_ours) {
        return Err(refuse_foreign(data, foreign));
    }
    if metadata.uid() != 0 {
        return match roots_entry(data, &entries) {
            Some(entry) => Err(refuse_roots_entry(&data.join(entry), metadata.uid())),
            None => Ok(metadata.uid()),
        };
    }
    if !entries.is_empty() && is_open_to_others(&metadata) {
        let message = format!("others may write to the data folder {}", data.display());
        let help = format!("chmod go-w {}", data.display());
        return Err(CliError::new(message).with_help(help));
    }
    // From here on it can be told, also when this process dies before it has made anything else.
    private.create(data.join(LOCKS)).map_err(at)?;
    for entry in OWN_ENTRIES {
        hand_over(&data.join(entry), SERVICE_USER).map_err(at)?;
    }
    lchown(data, Some(SERVICE_USER), Some(SERVICE_USER)).map_err(at)?;
    Ok(SERVICE_USER)
}

/// Returns the names of a folder's entries in alphabetical order, but those of an empty file system.
fn entries(folder: &Path) -> io::Result<Vec<OsString>> {
    let names: io::Result<Vec<OsString>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name()))
        .collect();
    let mut names = names?;
    names.retain(|name| name != LOST_AND_FOUND);
    names.sort();
    Ok(names)
}

/// True if a service has made the folder, or it is a back-up of such a one.
fn is_data_folder(folder: &Path, names: &[OsString]) -> bool {
    let has_locks = || {
        let locks = folder.join(LOCKS);
        fs::symlink_metadata(&locks).is_ok_and(|metadata| metadata.is_dir())
            && entries(&locks).is_ok_and(|names| {
                let mut names = names.iter();
                names.all(|name| LOCK_FILES.iter().any(|lock| name == lock))
            })
    };
    names.iter().any(|name| name == DATABASE)
        || (names.iter().any(|name| name == LOCKS) && has_locks())
}

/// Returns an entry of ours that belongs to root, which a service without root's rights can't use.
fn roots_entry(data: &Path, names: &[OsString]) -> Option<OsString> {
    let is_roots = |name: &&OsString| {
        OWN_ENTRIES.iter().any(|entry| *name == entry)
            && fs::symlink_metadata(data.join(name)).is_ok_and(|metadata| metadata.uid() == 0)
    };
    names.iter().find(is_roots).cloned()
}

fn refuse_foreign(data: &Path, foreign: &OsStr) -> CliError {
    let message = format!(
        "{} is not empty and is no data folder of letscode: it has `{}`",
        data.display(),
        foreign.display()
    );
    CliError::new(message).with_help(
        "name a new or an empty folder with --data; started as root, the service makes it its own",
    )
}

fn refuse_roots_entry(entry: &Path, owner: u32) -> CliError {
    let entry = entry.display();
    let message = format!(
        "{entry} belongs to root; the service runs as user {owner}, the data folder's owner"
    );
    CliError::new(message).with_help(format!("chown -hR {owner}:{owner} {entry}"))
}

fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o022 != 0
}

/// Changes the owner of a file or folder and of all in it, if it is there. Follows no link, and
/// passes over what is not root's and what has a second name somewhere else. A folder that others
/// may write to is an error: they could put something else in a file's place meanwhile.
fn hand_over(path: &Path, user: u32) -> io::Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    let has_second_name = !metadata.is_dir() && metadata.nlink() > 1;
    if metadata.uid() != 0 || has_second_name {
        return Ok(());
    }
    if metadata.is_dir() {
        if is_open_to_others(&metadata) {
            let message = format!("others may write to {}", path.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        for entry in fs::read_dir(path)? {
            hand_over(&entry?.path(), user)?;
        }
    }
    lchown(path, Some(user), Some(user))
}

/// Copies a package into a folder that the owner of the data folder can read.
pub fn stage(package: &Path, into: &Path) -> io::Result<PathBuf> {
    let name = package.file_name().unwrap_or_default();
    fs::create_dir(into)?;
    let target = into.join(name);
    copy_tree(package, &target)?;
    Ok(target)
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_tree(&source, &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&source)?, &target)?;
        } else if kind.is_file() {
            fs::copy(&source, &target)?;
        }
    }
    Ok(())
}

/// Gives a staged copy to the owner of the data folder. Does nothing unless we are root.
pub fn hand_staged_over(staged: &Path, data: &Path) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let owner = match fs::metadata(data).map(|metadata| metadata.uid()) {
        Ok(0) | Err(_) => SERVICE_USER,
        Ok(owner) => owner,
    };
    hand_over(staged, owner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn is_root() -> bool {
        let is_root = rustix::process::geteuid().is_root();
        if !is_root {
            eprintln!("skipped: only root can give files away");
        }
        is_root
    }

    fn owner(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().uid()
    }

    fn message(refused: Result<u32, CliError>) -> String {
        format!("{:?}", refused.unwrap_err())
    }

    /// A folder as a service makes it, in another one.
    fn data_folder(host: &Path) -> PathBuf {
        let data = host.join("data");
        fs::create_dir_all(data.join("packages/aplusb")).unwrap();
        fs::create_dir(data.join("locks")).unwrap();
        for file in ["letscode.db", "locks/serve", "packages/aplusb/problem.yaml"] {
            fs::write(data.join(file), "").unwrap();
        }
        data
    }

    #[test]
    fn new_and_empty_folders_become_ours() {
        if !is_root() {
            return;
        }
        let host = tempfile::tempdir().unwrap();
        let mounted = host.path().join("mounted");
        fs::create_dir_all(mounted.join(LOST_AND_FOUND)).unwrap();
        for data in [host.path().join("new/data"), mounted.clone()] {
            assert_eq!(take_over(&data).unwrap(), SERVICE_USER);
            assert_eq!(owner(&data), SERVICE_USER);
            // Again, and as its owner.
            assert_eq!(take_over(&data).unwrap(), SERVICE_USER);
        }
        assert_eq!(owner(&mounted.join(LOST_AND_FOUND)), 0);
    }

    #[test]
    fn folders_with_something_else_are_refused_and_stay() {
        if !is_root() {
            return;
        }
        let host = tempfile::tempdir().unwrap();
        let elsewhere = host.path().join("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        let fill: [&dyn Fn(&Path); 5] = [
            &|data| fs::write(data.join("thesis.tex"), "").unwrap(),
            &|data| fs::create_dir(data.join("packages")).unwrap(),
            &|data| symlink(&elsewhere, data.join("link")).unwrap(),
            &|data| symlink("/var/lock", data.join("locks")).unwrap(),
            &|data| {
                fs::create_dir(data.join("locks")).unwrap();
                fs::write(data.join("locks/door"), "").unwrap();
            },
        ];
        for (index, fill) in fill.into_iter().enumerate() {
            for user in [0, 12345] {
                let data = host.path().join(format!("{index}-{user}"));
                fs::create_dir(&data).unwrap();
                fill(&data);
                chown(&data, Some(user), Some(user)).unwrap();
                let message = message(take_over(&data));
                assert!(message.contains("is no data folder"), "{message}");
                assert_eq!(owner(&data), user);
                for entry in entries(&data).unwrap() {
                    assert_eq!(owner(&data.join(entry)), 0);
                }
            }
        }
        assert_eq!(owner(&elsewhere), 0);
    }

    #[test]
    fn only_what_we_made_changes_its_owner() {
        if !is_root() {
            return;
        }
        let host = tempfile::tempdir().unwrap();
        let data = data_folder(host.path());
        let elsewhere = host.path().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let secret = elsewhere.join("secret");
        fs::write(&secret, "").unwrap();
        fs::write(data.join("notes.txt"), "").unwrap();
        symlink(&elsewhere, data.join("packages/folder")).unwrap();
        symlink(&secret, data.join("packages/file")).unwrap();
        fs::hard_link(&secret, data.join("packages/second-name")).unwrap();
        symlink(&elsewhere, data.join("compiled")).unwrap();
        fs::create_dir(data.join("packages/of-another")).unwrap();
        fs::write(data.join("packages/of-another/file"), "").unwrap();
        chown(data.join("packages/of-another"), Some(12345), None).unwrap();

        assert_eq!(take_over(&data).unwrap(), SERVICE_USER);
        for ours in ["letscode.db", "locks/serve", "packages/aplusb/problem.yaml"] {
            assert_eq!(owner(&data.join(ours)), SERVICE_USER, "{ours}");
        }
        for other in [
            data.join("notes.txt"),
            data.join("packages/of-another/file"),
            elsewhere,
            secret,
        ] {
            assert_eq!(owner(&other), 0, "{other:?}");
        }
    }

    #[test]
    fn folder_of_a_user_stays_with_files_of_root_named() {
        if !is_root() {
            return;
        }
        let host = tempfile::tempdir().unwrap();
        let data = data_folder(host.path());
        chown(&data, Some(12345), Some(12345)).unwrap();
        let message = message(take_over(&data));
        assert!(message.contains("letscode.db belongs to root"), "{message}");
        for entry in OWN_ENTRIES {
            let _ = chown(data.join(entry), Some(12345), Some(12345));
        }
        fs::write(data.join("notes.txt"), "").unwrap();
        assert_eq!(take_over(&data).unwrap(), 12345);
        assert_eq!(owner(&data.join("notes.txt")), 0);
    }

    #[test]
    fn folders_that_others_may_write_to_are_refused() {
        if !is_root() {
            return;
        }
        let host = tempfile::tempdir().unwrap();
        let data = data_folder(host.path());
        for folder in [data.join("packages"), data.clone()] {
            let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode));
            mode(0o777).unwrap();
            let message = message(take_over(&data));
            assert!(message.contains("others may write"), "{message}");
            assert_eq!(owner(&data), 0);
            mode(0o755).unwrap();
        }
    }
}
