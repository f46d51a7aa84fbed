use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::watch::ChangeWatch;

/// Extent to which a part of the host counts for a toolchain's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    /// A file, or all files of a folder.
    Whole,
    /// A folder of the system's libraries: what is linked, and what the toolchain's own programs
    /// load. Any package of the host may put files beside them.
    Libraries,
}

/// A file or folder of the host that compile cells see.
///
/// A service that was started as root may not look at it later, as at a toolchain in root's home. So
/// it is opened at the start. This gives a service no more than its compile cells have: not the
/// folders above, of which only the moves are watched.
#[derive(Debug)]
pub(super) struct HostPart {
    pub source: PathBuf,
    pub kind: PartKind,
    held: Option<File>,
    places: Arc<ChangeWatch>,
}

/// Reason that a part can't be looked at.
#[derive(Debug, thiserror::Error)]
pub(super) enum PartError {
    #[error(
        "{0} may not be looked at: a change of it goes unnoticed until the service is restarted"
    )]
    Hidden(PathBuf),
    #[error("{0} was moved, and may not be looked at: restart the service")]
    Moved(PathBuf),
    #[error("{0}: {1}")]
    Unreadable(PathBuf, io::Error),
}

impl HostPart {
    pub fn new(source: &Path, kind: PartKind, places: Arc<ChangeWatch>) -> HostPart {
        let real = source.canonicalize().ok();
        let held = real.filter(|real| is_private(source) || is_private(real));
        let held = held.and_then(|real| {
            real.ancestors().for_each(|folder| places.add(folder));
            File::open(real).ok()
        });
        HostPart {
            source: source.to_owned(),
            kind,
            held,
            places,
        }
    }

    /// Returns a path to the part. Links are followed: another file at their end is another
    /// toolchain.
    pub fn path(&self) -> Result<PathBuf, PartError> {
        match (self.source.canonicalize(), &self.held) {
            (Ok(path), _) => Ok(path),
            (Err(error), _) if error.kind() != io::ErrorKind::PermissionDenied => {
                Err(PartError::Unreadable(self.source.clone(), error))
            }
            (Err(_), Some(_)) if self.places.changes() > 0 => {
                Err(PartError::Moved(self.source.clone()))
            }
            (Err(_), Some(file)) => Ok(format!("/proc/self/fd/{}", file.as_raw_fd()).into()),
            (Err(_), None) => Err(PartError::Hidden(self.source.clone())),
        }
    }

    pub fn error(&self, error: io::Error) -> PartError {
        let source = self.source.clone();
        match error.kind() {
            io::ErrorKind::PermissionDenied => PartError::Hidden(source),
            _ => PartError::Unreadable(source, error),
        }
    }
}

/// True if a folder above is not open to all users.
fn is_private(path: &Path) -> bool {
    let mut above = path.ancestors().skip(1);
    above.any(|folder| {
        folder
            .metadata()
            .map_or(true, |metadata| metadata.mode() & 0o001 == 0)
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn folders_below_a_closed_one_are_private() {
        let host = tempfile::tempdir().unwrap();
        let folder = host.path().join("home/rust");
        fs::create_dir_all(&folder).unwrap();
        let home = host.path().join("home");
        for path in [host.path(), &home] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        assert!(!is_private(&folder));
        fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
        assert!(is_private(&folder) && !is_private(&home));
        assert!(is_private(Path::new("/no-such-folder/rust")));
    }

    #[test]
    fn moved_part_is_noticed_only_where_it_matters() {
        let host = tempfile::tempdir().unwrap();
        let (home, folder) = (host.path().join("home"), host.path().join("home/rust"));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
        let places = Arc::new(ChangeWatch::of_places());
        let part = HostPart::new(&folder, PartKind::Whole, places.clone());
        assert!(part.held.is_some());
        assert_eq!(part.path().unwrap(), folder.canonicalize().unwrap());
        fs::rename(&folder, home.join("old")).unwrap();
        assert_eq!(places.changes(), 1);
        assert!(matches!(part.path(), Err(PartError::Unreadable(..))));
    }
}
