//! A local cache of packages that are in a database elsewhere: a bounded folder of trees.
//!
//! A package is looked up among the verified trees, then on disk, then in the database. A tree is
//! verified when the digest of its files is its name: that is computed when it is written, and once
//! more by each process that finds it on disk.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use letscode_model::ProblemId;
use metrics::counter;
use tokio::sync::OwnedMutexGuard;

use crate::blocking::blocking;
use crate::packages::{PackageTrees, folders};
use crate::store::PackageGuard;
use crate::tree::{SourceFile, TreeDigest};
use crate::{PackageDigest, ProblemPackage, ServeLock, StoreError, contents, folder_locks};

/// Cheap to clone: all clones are the same cache.
#[derive(Debug, Clone)]
pub(crate) struct PackageCache {
    packages: PackageTrees,
    root: PathBuf,
    index: Arc<Mutex<CacheIndex>>,
    max_bytes: u64,
    _lock: Arc<ServeLock>,
}

type PackageKey = (PackageDigest, ProblemId);

#[derive(Debug, Default)]
struct CacheIndex {
    trees: HashMap<PackageKey, CachedTree>,
    /// Number of uses so far.
    use_count: u64,
    /// Locks on the entries, held while a tree is added or removed. One for each package ever used.
    entry_locks: HashMap<PackageKey, Arc<tokio::sync::Mutex<()>>>,
}

#[derive(Debug)]
struct CachedTree {
    bytes: u64,
    /// [`CacheIndex::use_count`] at the last use.
    last_used: u64,
    is_verified: bool,
    /// Its strong count is one more than the number of users.
    users: Arc<()>,
}

impl PackageCache {
    /// Opens the cache and locks its folder for this process alone.
    pub async fn open(data: &Path, max_bytes: u64) -> Result<Self, StoreError> {
        let data = data.to_owned();
        blocking(move || {
            let root = data.join("packages");
            for folder in [&data.join("locks"), &root] {
                crate::tree::create_dir(folder)?;
            }
            let lock = Arc::new(folder_locks::acquire_serving(&data)?);
            let index = CacheIndex::on_disk(&root)?;
            Ok(PackageCache {
                packages: PackageTrees::under(&data),
                root,
                index: Arc::new(Mutex::new(index)),
                max_bytes,
                _lock: lock,
            })
        })
        .await
    }

    /// Returns a package, from the cache or with `download`, which writes the tree into a folder that
    /// does not exist yet and returns its digest. Returns `None` when `download` does: there is no such
    /// package.
    pub async fn get(
        &self,
        digest: &PackageDigest,
        id: &ProblemId,
        download: impl AsyncFnOnce(PathBuf) -> Result<Option<PackageDigest>, StoreError>,
    ) -> Result<Option<ProblemPackage>, StoreError> {
        let key = (digest.clone(), id.clone());
        if let Some(package) = self.verified(&key) {
            count("memory");
            return Ok(Some(package));
        }
        let entry_lock = self.lock().entry_lock(&key);
        let _guard = entry_lock.lock().await;
        match self.verified(&key) {
            Some(package) => {
                count("memory");
                Ok(Some(package))
            }
            None => self.load(&key, download).await,
        }
    }

    async fn load(
        &self,
        key: &PackageKey,
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

    fn verified(&self, key: &PackageKey) -> Option<ProblemPackage> {
        let mut index = self.lock();
        index.use_count += 1;
        let now = index.use_count;
        let tree = index.trees.get_mut(key).filter(|tree| tree.is_verified)?;
        tree.last_used = now;
        Some(self.package(key, &tree.users))
    }

    fn put(&self, key: &PackageKey, bytes: u64) -> ProblemPackage {
        let mut index = self.lock();
        index.use_count += 1;
        let tree = CachedTree {
            bytes,
            last_used: index.use_count,
            is_verified: true,
            users: Arc::default(),
        };
        let package = self.package(key, &tree.users);
        index.trees.insert(key.clone(), tree);
        package
    }

    fn package(&self, key: &PackageKey, users: &Arc<()>) -> ProblemPackage {
        ProblemPackage {
            digest: key.0.clone(),
            dir: self.packages.dir(&key.0, &key.1),
            guard: PackageGuard::on(users),
        }
    }

    /// Evicts trees without users, least recently used first, until the others are within the bound.
    async fn make_room(&self) -> Result<(), StoreError> {
        loop {
            let surplus = self.lock().take_surplus(self.max_bytes);
            let Some((key, _guard)) = surplus else {
                return Ok(());
            };
            remove(self.packages.dir(&key.0, &key.1)).await?;
        }
    }

    fn lock(&self) -> MutexGuard<'_, CacheIndex> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CacheIndex {
    /// Lists the trees of an earlier process, and removes half-made ones.
    fn on_disk(root: &Path) -> Result<Self, StoreError> {
        let mut index = CacheIndex::default();
        for (digest, folder) in folders(root)? {
            if digest.starts_with('.') {
                fs::remove_dir_all(&folder).map_err(StoreError::io("remove", folder))?;
                continue;
            }
            for (id, tree) in folders(&folder)? {
                let Ok(id) = ProblemId::parse(&id) else {
                    continue;
                };
                let tree = CachedTree {
                    bytes: size(&tree)?,
                    last_used: 0,
                    is_verified: false,
                    users: Arc::default(),
                };
                index
                    .trees
                    .insert((PackageDigest(digest.clone()), id), tree);
            }
        }
        Ok(index)
    }

    fn entry_lock(&mut self, key: &PackageKey) -> Arc<tokio::sync::Mutex<()>> {
        self.entry_locks.entry(key.clone()).or_default().clone()
    }

    fn take_surplus(&mut self, max_bytes: u64) -> Option<(PackageKey, OwnedMutexGuard<()>)> {
        let all: u64 = self.trees.values().map(|tree| tree.bytes).sum();
        if all <= max_bytes {
            return None;
        }
        let idle = self.trees.iter();
        let idle = idle.filter(|(_, tree)| Arc::strong_count(&tree.users) == 1);
        let mut idle: Vec<(u64, PackageKey)> = idle
            .map(|(key, tree)| (tree.last_used, key.clone()))
            .collect();
        idle.sort_unstable_by_key(|(last_used, _)| *last_used);
        let (key, guard) = idle.into_iter().find_map(|(_, key)| {
            let guard = self.entry_lock(&key).try_lock_owned().ok()?;
            Some((key, guard))
        })?;
        self.trees.remove(&key);
        Some((key, guard))
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

/// Returns the size of a tree, if its digest is the expected one.
fn verify(tree: &Path, expected: &PackageDigest) -> Result<Option<u64>, StoreError> {
    let mut digest = TreeDigest::default();
    let mut bytes = 0;
    // A tree that can't be listed is damaged, and will be downloaded again.
    for (relative, path) in contents::list(tree).unwrap_or_default() {
        let mut source = SourceFile::open(&path)?;
        digest.file(&relative, source.bytes, source.executable);
        source.read(|piece| {
            digest.contents(piece);
            Ok(())
        })?;
        bytes += source.bytes;
    }
    Ok((digest.finish() == *expected).then_some(bytes))
}

pub(crate) fn size(tree: &Path) -> Result<u64, StoreError> {
    let contents = contents::list(tree)?;
    let sizes = contents
        .values()
        .map(|path| Ok(SourceFile::open(path)?.bytes));
    sizes.sum()
}

fn count(source: &'static str) {
    counter!("letscode_packages_total", "source" => source).increment(1);
}
