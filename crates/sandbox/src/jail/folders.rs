//! Checks a cell's writable folders from outside: has a run changed them, and are they as new
//! again?

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{fstat, fstatvfs};

/// Most files that are removed one by one; with more, the cell is not used again.
const MAX_FILES_TO_CLEAN: u64 = 64;

/// Descriptors of the roots of file systems that only this cell uses.
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
    /// Few enough files are left to remove them.
    Dirty,
    Unusable,
}

impl WritableFolders {
    /// Records their metadata while they are new.
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

    /// Returns the worst state of all. A file that was created and removed again leaves its folder
    /// `Dirty`. A folder that can't be examined is `Unusable`.
    pub fn state(&self) -> FolderState {
        let each = self.each.iter().map(WatchedFolder::state);
        each.fold(FolderState::Untouched, |worst, state| {
            match (worst, state) {
                (FolderState::Untouched, state) | (state, FolderState::Untouched) => state,
                (FolderState::Dirty, FolderState::Dirty) => FolderState::Dirty,
                _ => FolderState::Unusable,
            }
        })
    }

    /// Bytes of all files in them, which are in memory.
    pub fn used_bytes(&self) -> u64 {
        let used = |folder: &WatchedFolder| {
            let system = fstatvfs(&folder.fd).ok()?;
            Some(system.f_blocks.saturating_sub(system.f_bfree) * system.f_frsize)
        };
        self.each.iter().filter_map(used).sum()
    }

    /// Called after cleaning. False if they can be told from new ones.
    pub fn are_pristine(&mut self) -> bool {
        self.each.iter_mut().all(|folder| folder.is_pristine())
    }
}

impl WatchedFolder {
    fn state(&self) -> FolderState {
        let (Ok(stat_now), Ok(system)) = (FolderStat::at(&self.fd), fstatvfs(&self.fd)) else {
            return FolderState::Unusable;
        };
        let files = self.files_left.saturating_sub(system.f_ffree);
        if stat_now == self.new {
            FolderState::Untouched
        } else if files <= MAX_FILES_TO_CLEAN {
            FolderState::Dirty
        } else {
            FolderState::Unusable
        }
    }

    /// Like new in all but the time of the last status change, which can't be set back: it is the
    /// time of the cleaning.
    fn is_pristine(&mut self) -> bool {
        let (Ok(stat_now), Ok(system)) = (FolderStat::at(&self.fd), fstatvfs(&self.fd)) else {
            return false;
        };
        let changed = stat_now.changed;
        let as_new = stat_now
            == FolderStat {
                changed,
                ..self.new
            };
        self.new = stat_now;
        as_new && system.f_ffree == self.files_left && system.f_bfree == system.f_blocks
    }
}

/// Metadata that a program can change of a folder, also by creating a file in it.
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
    fn removed_files_leave_their_folder_changed() {
        let folder = tempfile::tempdir().unwrap();
        let fd = || OwnedFd::from(fs::File::open(folder.path()).unwrap());
        let mut folders = WritableFolders::new(vec![fd()]).unwrap();
        assert_eq!(folders.state(), FolderState::Untouched);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        fs::remove_file(&file).unwrap();
        assert_ne!(folders.state(), FolderState::Untouched);
        assert!(!folders.are_pristine());
        let folders = WritableFolders::new(vec![fd()]).unwrap();
        assert_eq!(folders.state(), FolderState::Untouched);
    }
}
