use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;

/// Events that change what a folder's files say, or which files there are.
const CONTENTS: WatchFlags = WatchFlags::MODIFY
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVE);

/// Events that put something else in a folder's place.
const PLACE: WatchFlags = WatchFlags::MOVE_SELF.union(WatchFlags::DELETE_SELF);

/// Notices changes in folders by inotify, so that thousands of files need not be looked at before
/// each compilation. A watch that was set with the rights of root holds after they were dropped.
#[derive(Debug)]
pub(super) struct ChangeWatch {
    events: WatchFlags,
    inotify: Option<OwnedFd>,
    changes: Mutex<u64>,
    misses_some: AtomicBool,
}

impl ChangeWatch {
    /// Watches the contents of folders.
    pub fn of_contents() -> ChangeWatch {
        ChangeWatch::open(CONTENTS)
    }

    /// Watches whether folders are moved or removed.
    pub fn of_places() -> ChangeWatch {
        ChangeWatch::open(PLACE)
    }

    fn open(events: WatchFlags) -> ChangeWatch {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        ChangeWatch {
            events,
            misses_some: AtomicBool::new(inotify.is_none()),
            inotify,
            changes: Mutex::default(),
        }
    }

    /// Watches a folder. Doing so again changes nothing.
    pub fn add(&self, folder: &Path) {
        let Some(inotify) = &self.inotify else {
            return;
        };
        if inotify::add_watch(inotify, folder, self.events).is_err() {
            self.misses_some.store(true, Ordering::Relaxed);
        }
    }

    /// Returns a number that differs after a change. Every change that was made before the call
    /// counts: the kernel queues the event while it makes the change.
    pub fn changes(&self) -> u64 {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if self.has_events() {
            *changes += 1;
        }
        *changes
    }

    /// True if a folder could not be watched, as where the user's watches are used up.
    pub fn misses_some(&self) -> bool {
        self.misses_some.load(Ordering::Relaxed)
    }

    /// Empties the queue. Which events there were makes no difference.
    fn has_events(&self) -> bool {
        let Some(inotify) = &self.inotify else {
            return false;
        };
        let mut events = [0_u8; 4096];
        let mut has_events = false;
        loop {
            match rustix::io::read(inotify, &mut events) {
                Ok(1..) => has_events = true,
                Err(Errno::INTR) => {}
                Ok(0) | Err(_) => return has_events,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn changes_of_contents_are_counted_at_once() {
        let host = tempfile::tempdir().unwrap();
        let file = host.path().join("cc1");
        fs::write(&file, "1").unwrap();
        let watch = ChangeWatch::of_contents();
        watch.add(host.path());
        let mut before = watch.changes();
        let mut changed = |action: &dyn Fn()| {
            action();
            let now = watch.changes();
            std::mem::replace(&mut before, now) != now
        };
        assert!(!changed(&|| drop(fs::read(&file).unwrap())));
        assert!(changed(&|| fs::write(&file, "2").unwrap()));
        assert!(changed(&|| fs::write(host.path().join("as"), "").unwrap()));
        let other = host.path().join("cc2");
        assert!(changed(&|| fs::rename(&file, &other).unwrap()));
        assert!(changed(&|| fs::remove_file(&other).unwrap()));
        assert!(!changed(&|| ()));
        assert!(!watch.misses_some());
        watch.add(&other);
        assert!(watch.misses_some());
    }

    #[test]
    fn changes_of_a_place_are_counted() {
        let host = tempfile::tempdir().unwrap();
        let folder = host.path().join("toolchains/stable");
        fs::create_dir_all(&folder).unwrap();
        let watch = ChangeWatch::of_places();
        watch.add(&folder);
        watch.add(&host.path().join("toolchains"));
        fs::write(folder.join("rustc"), "new").unwrap();
        assert_eq!(watch.changes(), 0);
        fs::rename(host.path().join("toolchains"), host.path().join("old")).unwrap();
        assert_eq!(watch.changes(), 1);
    }
}
