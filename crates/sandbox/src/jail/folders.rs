//! The folders that a program can write to, seen from outside: has anything been changed, and are they
//! as new again?

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{fstat, fstatvfs};

/// More files than this are not taken away one by one: the cell is not used again.
const MOST_TO_CLEAN: u64 = 64;

/// Descriptors that lead to the roots of file systems which nobody but the cell uses.
pub struct WritableFolders {
    each: Vec<WatchedFolder>,
}

struct WatchedFolder {
    fd: OwnedFd,
    new: FolderStat,
    files_left: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderState {
    Untouched,
    /// So little was left that it can be taken away.
    Dirty,
    Unusable,
}

impl WritableFolders {
    /// Remembers how they look while they are new.
    pub fn new(fds: Vec<OwnedFd>) -> io::Result<Self> {
        let each = fds.into_iter().map(|fd| {
            let new = FolderStat::at(&fd)?;
            let files_left = fstatvfs(&fd)?.f_ffree;
            Ok(WatchedFolder {
                fd,
                new,
                files_left,
            })
        });
        each.collect::<io::Result<_>>()
            .map(|each| WritableFolders { each })
    }

    /// Also where something was put in and taken out again, they are not untouched. What could not be
    /// looked at is spent.
    pub fn condition(&self) -> FolderState {
        let each = self.each.iter().map(WatchedFolder::condition);
        each.fold(FolderState::Untouched, |worst, one| match (worst, one) {
            (FolderState::Untouched, other) | (other, FolderState::Untouched) => other,
            (FolderState::Dirty, FolderState::Dirty) => FolderState::Dirty,
            _ => FolderState::Unusable,
        })
    }

    /// What lies in them is in memory.
    pub fn used_bytes(&self) -> u64 {
        let used = |folder: &WatchedFolder| {
            let system = fstatvfs(&folder.fd).ok()?;
            Some(system.f_blocks.saturating_sub(system.f_bfree) * system.f_frsize)
        };
        self.each.iter().filter_map(used).sum()
    }

    /// To be called when they have been cleaned. False when they can be told from new ones.
    pub fn are_as_new(&mut self) -> bool {
        self.each.iter_mut().all(|folder| folder.is_as_new())
    }
}

impl WatchedFolder {
    fn condition(&self) -> FolderState {
        let (Ok(look), Ok(system)) = (FolderStat::at(&self.fd), fstatvfs(&self.fd)) else {
            return FolderState::Unusable;
        };
        let files = self.files_left.saturating_sub(system.f_ffree);
        match look == self.new {
            true => FolderState::Untouched,
            false if files <= MOST_TO_CLEAN => FolderState::Dirty,
            false => FolderState::Unusable,
        }
    }

    /// When the status last changed can't be set back: it is the time of the cleaning, which is ours.
    fn is_as_new(&mut self) -> bool {
        let (Ok(look), Ok(system)) = (FolderStat::at(&self.fd), fstatvfs(&self.fd)) else {
            return false;
        };
        let changed = look.changed;
        let as_new = look
            == FolderStat {
                changed,
                ..self.new
            };
        self.new = look;
        as_new && system.f_ffree == self.files_left && system.f_bfree == system.f_blocks
    }
}

/// What a program could change of a folder, or by putting something into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FolderStat {
    mode: u32,
    owner: (u32, u32),
    links: u64,
    size: i64,
    accessed: (i64, u64),
    modified: (i64, u64),
    changed: (i64, u64),
}

impl FolderStat {
    fn at(folder: &OwnedFd) -> io::Result<Self> {
        let stat = fstat(folder)?;
        Ok(FolderStat {
            mode: stat.st_mode,
            owner: (stat.st_uid, stat.st_gid),
            links: stat.st_nlink as u64,
            size: stat.st_size,
            accessed: (stat.st_atime, stat.st_atime_nsec),
            modified: (stat.st_mtime, stat.st_mtime_nsec),
            changed: (stat.st_ctime, stat.st_ctime_nsec),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_came_and_went_has_changed_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let fd = || OwnedFd::from(fs::File::open(folder.path()).unwrap());
        let mut folders = WritableFolders::new(vec![fd()]).unwrap();
        assert_eq!(folders.condition(), FolderState::Untouched);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        fs::remove_file(&file).unwrap();
        assert_ne!(folders.condition(), FolderState::Untouched);
        assert!(!folders.are_as_new());
        let folders = WritableFolders::new(vec![fd()]).unwrap();
        assert_eq!(folders.condition(), FolderState::Untouched);
    }
}
