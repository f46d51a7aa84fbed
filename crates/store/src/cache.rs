//! Packages on this machine that really are in a database somewhere else: a bounded folder of trees.
//!
//! What is asked for is looked for among the trees that are known to be whole, then on disk, then in
//! the database. A tree is believed when the digest of its files is its name; that is computed when
//! it is written, and once more by each process that finds it on disk.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use letscode_model::ProblemId;
use metrics::counter;
use tokio::sync::OwnedMutexGuard;

use crate::blocking::blocking;
use crate::packages::{Packages, folders};
use crate::store::Hold;
use crate::tree::{Source, TreeDigest};
use crate::{PackageDigest, ProblemPackage, ServeLock, StoreError, contents, locks};

/// Cheap to clone: all clones are the same cache.
#[derive(Debug, Clone)]
pub(crate) struct PackageCache {
    packages: Packages,
    root: PathBuf,
    shelf: Arc<Mutex<Shelf>>,
    max_bytes: u64,
    _lock: Arc<ServeLock>,
}

type Key = (PackageDigest, ProblemId);

#[derive(Debug, Default)]
struct Shelf {
    trees: HashMap<Key, Tree>,
    /// Counts uses.
    now: u64,
    /// Held by who brings a tree here or removes it. One for each package there ever was.
    turns: HashMap<Key, Arc<tokio::sync::Mutex<()>>>,
}

#[derive(Debug)]
struct Tree {
    bytes: u64,
    last_used: u64,
    is_known: bool,
    /// One more than there are users.
    users: Arc<()>,
}

impl PackageCache {
    /// Takes a folder for this process alone.
    pub async fn open(data: &Path, max_bytes: u64) -> Result<Self, StoreError> {
        let data = data.to_owned();
        blocking(move || {
            let root = data.join("packages");
            for folder in [&data.join("locks"), &root] {
                crate::tree::create_dir(folder)?;
            }
            let lock = Arc::new(locks::serve(&data)?);
            let shelf = Shelf::on_disk(&root)?;
            Ok(PackageCache {
                packages: Packages::under(&data),
                root,
                shelf: Arc::new(Mutex::new(shelf)),
                max_bytes,
                _lock: lock,
            })
        })
        .await
    }

    /// `download` writes the tree into a folder that is not there yet and answers its digest, or
    /// `None` when there is no such package: then so does this.
    pub async fn get(
        &self,
        digest: &PackageDigest,
        id: &ProblemId,
        download: impl AsyncFnOnce(PathBuf) -> Result<Option<PackageDigest>, StoreError>,
    ) -> Result<Option<ProblemPackage>, StoreError> {
        let key = (digest.clone(), id.clone());
        if let Some(package) = self.known(&key) {
            count("memory");
            return Ok(Some(package));
        }
        let turn = self.lock().turn(&key);
        let _turn = turn.lock().await;
        match self.known(&key) {
            Some(package) => {
                count("memory");
                Ok(Some(package))
            }
            None => self.bring(&key, download).await,
        }
    }

    async fn bring(
        &self,
        key: &Key,
        download: impl AsyncFnOnce(PathBuf) -> Result<Option<PackageDigest>, StoreError>,
    ) -> Result<Option<ProblemPackage>, StoreError> {
        let dir = self.packages.dir(&key.0, &key.1);
        if dir.exists() {
            let (tree, digest) = (dir.clone(), key.0.clone());
            let bytes = blocking(move || verify(&tree, &digest)).await?;
            if let Some(bytes) = bytes {
                count("disk");
                return Ok(Some(self.put(key, bytes)));
            }
            counter!("letscode_package_cache_damaged_total").increment(1);
            self.lock().trees.remove(key);
            remove(dir.clone()).await?;
        }
        let root = self.root.clone();
        let building = blocking(move || {
            tempfile::Builder::new()
                .prefix(".building-")
                .tempdir_in(&root)
                .map_err(StoreError::io("create a folder in", root))
        })
        .await?;
        let tree = building.path().join(key.1.as_str());
        let Some(written) = download(tree.clone()).await? else {
            return Ok(None);
        };
        if written != key.0 {
            return Err(StoreError::Corrupt {
                what: "a package",
                reason: format!("it should be {} and is {written}", key.0),
            });
        }
        let bytes = blocking(move || {
            let bytes = size(&tree)?;
            if let Some(parent) = dir.parent() {
                crate::tree::create_dir(parent)?;
            }
            fs::rename(&tree, &dir).map_err(StoreError::io("create", dir))?;
            Ok(bytes)
        })
        .await?;
        count("database");
        let package = self.put(key, bytes);
        self.make_room().await?;
        Ok(Some(package))
    }

    fn known(&self, key: &Key) -> Option<ProblemPackage> {
        let mut shelf = self.lock();
        shelf.now += 1;
        let now = shelf.now;
        let tree = shelf.trees.get_mut(key).filter(|tree| tree.is_known)?;
        tree.last_used = now;
        Some(self.package(key, &tree.users))
    }

    fn put(&self, key: &Key, bytes: u64) -> ProblemPackage {
        let mut shelf = self.lock();
        shelf.now += 1;
        let tree = Tree {
            bytes,
            last_used: shelf.now,
            is_known: true,
            users: Arc::default(),
        };
        let package = self.package(key, &tree.users);
        shelf.trees.insert(key.clone(), tree);
        package
    }

    fn package(&self, key: &Key, users: &Arc<()>) -> ProblemPackage {
        ProblemPackage {
            digest: key.0.clone(),
            dir: self.packages.dir(&key.0, &key.1),
            hold: Hold::on(users),
        }
    }

    /// Removes what was not used for longest and nobody uses now, until the rest is within the bound.
    async fn make_room(&self) -> Result<(), StoreError> {
        loop {
            let surplus = self.lock().take_surplus(self.max_bytes);
            let Some((key, _turn)) = surplus else {
                return Ok(());
            };
            remove(self.packages.dir(&key.0, &key.1)).await?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    /// What an earlier process left; half-made trees are removed.
    fn on_disk(root: &Path) -> Result<Self, StoreError> {
        let mut shelf = Shelf::default();
        for (digest, folder) in folders(root)? {
            if digest.starts_with('.') {
                fs::remove_dir_all(&folder).map_err(StoreError::io("remove", folder))?;
                continue;
            }
            for (id, tree) in folders(&folder)? {
                let Ok(id) = ProblemId::parse(&id) else {
                    continue;
                };
                let tree = Tree {
                    bytes: size(&tree)?,
                    last_used: 0,
                    is_known: false,
                    users: Arc::default(),
                };
                shelf
                    .trees
                    .insert((PackageDigest(digest.clone()), id), tree);
            }
        }
        Ok(shelf)
    }

    fn turn(&mut self, key: &Key) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.entry(key.clone()).or_default().clone()
    }

    fn take_surplus(&mut self, max_bytes: u64) -> Option<(Key, OwnedMutexGuard<()>)> {
        let all: u64 = self.trees.values().map(|tree| tree.bytes).sum();
        if all <= max_bytes {
            return None;
        }
        let idle = self.trees.iter();
        let idle = idle.filter(|(_, tree)| Arc::strong_count(&tree.users) == 1);
        let mut idle: Vec<(u64, Key)> = idle
            .map(|(key, tree)| (tree.last_used, key.clone()))
            .collect();
        idle.sort_unstable_by_key(|(last_used, _)| *last_used);
        let (key, turn) = idle.into_iter().find_map(|(_, key)| {
            let turn = self.turn(&key).try_lock_owned().ok()?;
            Some((key, turn))
        })?;
        self.trees.remove(&key);
        Some((key, turn))
    }
}

async fn remove(dir: PathBuf) -> Result<(), StoreError> {
    blocking(move || {
        fs::remove_dir_all(&dir).map_err(StoreError::io("remove", &dir))?;
        // Fails when the same contents have another name as well, and then it has to stay.
        let _ = dir.parent().map(fs::remove_dir);
        Ok(())
    })
    .await
}

/// The tree's size, if it is what it should be.
fn verify(tree: &Path, wanted: &PackageDigest) -> Result<Option<u64>, StoreError> {
    let mut digest = TreeDigest::default();
    let mut bytes = 0;
    // What can't even be listed is damaged, and comes anew.
    for (relative, path) in contents::list(tree).unwrap_or_default() {
        let mut source = Source::open(&path)?;
        digest.file(&relative, source.bytes, source.executable);
        source.read(|piece| {
            digest.contents(piece);
            Ok(())
        })?;
        bytes += source.bytes;
    }
    Ok((digest.finish() == *wanted).then_some(bytes))
}

fn size(tree: &Path) -> Result<u64, StoreError> {
    let contents = contents::list(tree)?;
    let sizes = contents.values().map(|path| Ok(Source::open(path)?.bytes));
    sizes.sum()
}

fn count(source: &'static str) {
    counter!("letscode_packages_total", "source" => source).increment(1);
}
