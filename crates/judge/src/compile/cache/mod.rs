//! What was compiled already: in memory, and on disk where there is a folder for it.
//!
//! ```text
//!  key (sources, commands, limits, toolchain) ──► memory ──► disk ──► compile, once at a time
//! ```
//!
//! Only what would come out the same again is kept: a program, or a refusal that the compiler gave
//! a reason for. What ended at a limit is given to those who waited for it and then forgotten, and a
//! fault of ours is nobody's: the next one tries again.

mod disk;
mod entry;
mod key;
mod single_flight;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::compile::compiler::Compiled;
use crate::execute::priority::Urgency;
use disk::{Disk, Found};
pub(crate) use key::{Dependencies, Key};
use single_flight::{Arrival, Flights};

/// Of machine code in memory. A static C++ program has 2 to 4 MiB.
const MEMORY_BYTES: u64 = 64 << 20;
/// What an entry costs beside its machine code.
const OVERHEAD_BYTES: u32 = 1 << 10;

#[derive(Debug)]
pub(crate) struct CompileCache {
    memory: moka::sync::Cache<Key, Arc<Compiled>>,
    disk: Option<Disk>,
    flights: Flights<Key, Arc<Compiled>>,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    compiled: AtomicU64,
    remembered: AtomicU64,
    shared: AtomicU64,
    damaged: AtomicU64,
}

/// How often programs were compiled, and how often that was not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompileCounts {
    /// A compiler ran.
    pub compiled: u64,
    /// It was in the cache.
    pub remembered: u64,
    /// Somebody else was compiling the same.
    pub shared: u64,
    /// Entries on disk that were not what was written, and are gone.
    pub damaged: u64,
}

impl Default for CompileCache {
    fn default() -> Self {
        let weigh = |_: &Key, compiled: &Arc<Compiled>| {
            let bytes = u32::try_from(compiled.size_bytes()).unwrap_or(u32::MAX);
            bytes.saturating_add(OVERHEAD_BYTES)
        };
        let memory = moka::sync::Cache::builder().weigher(weigh);
        CompileCache {
            memory: memory.max_capacity(MEMORY_BYTES).build(),
            disk: None,
            flights: Flights::default(),
            counts: Counts::default(),
        }
    }
}

impl CompileCache {
    /// Keeps entries in this folder, too, of so many bytes altogether.
    pub fn open(&mut self, folder: PathBuf, max_bytes: u64) -> io::Result<()> {
        self.disk = Some(Disk::open(folder, max_bytes)?);
        Ok(())
    }

    /// Whether entries outlive this process, and so perhaps the toolchain.
    pub fn is_lasting(&self) -> bool {
        self.disk.is_some()
    }

    pub fn counts(&self) -> CompileCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        CompileCounts {
            compiled: of(&self.counts.compiled),
            remembered: of(&self.counts.remembered),
            shared: of(&self.counts.shared),
            damaged: of(&self.counts.damaged),
        }
    }

    /// What is known under this key, or what `compile` makes. Whoever asks while somebody else is
    /// compiling waits for that; but what a compiler that gave way to others came to may be the giving way's
    /// doing, and then it is asked again.
    pub fn get_or_compile<E>(
        &self,
        key: Key,
        urgency: &Arc<Urgency>,
        compile: impl FnOnce() -> Result<Compiled, E>,
    ) -> Result<Arc<Compiled>, E> {
        if let Some(known) = self.memory.get(&key) {
            count(&self.counts.remembered);
            return Ok(known);
        }
        let was_due = urgency.is_due();
        let is_for_all = |compiled: &Arc<Compiled>| was_due || compiled.is_lasting();
        let arrival = self.flights.take(key, urgency, is_for_all, || {
            // It may have come while nobody looked, between the question above and now.
            if let Some(known) = self.memory.get(&key).or_else(|| self.read(&key)) {
                count(&self.counts.remembered);
                return Ok(known);
            }
            count(&self.counts.compiled);
            let compiled = Arc::new(compile()?);
            if compiled.is_lasting() {
                self.memory.insert(key, compiled.clone());
                self.write(&key, &compiled);
            }
            Ok(compiled)
        })?;
        Ok(match arrival {
            Arrival::Own(compiled) => compiled,
            Arrival::Shared(compiled) => {
                count(&self.counts.shared);
                compiled
            }
        })
    }

    fn read(&self, key: &Key) -> Option<Arc<Compiled>> {
        match self.disk.as_ref()?.read(key) {
            Found::Entry(compiled) => {
                let compiled = Arc::new(compiled);
                self.memory.insert(*key, compiled.clone());
                Some(compiled)
            }
            Found::Damaged => {
                count(&self.counts.damaged);
                None
            }
            Found::Nothing => None,
        }
    }

    /// A cache that can't be written to, such as on a full disk, is slow and not wrong.
    fn write(&self, key: &Key, compiled: &Compiled) {
        if let Some(disk) = &self.disk {
            let _ = disk.write(key, compiled);
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
