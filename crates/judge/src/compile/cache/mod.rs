//! Compiled programs: in memory, and on disk where there is a folder for them.
//!
//! ```text
//!  key (sources, commands, limits, toolchain) ──► memory ──► disk ──► compile, single flight
//! ```
//!
//! Only results that would be the same again are kept: a program, or a rejection that the compiler
//! gave a reason for. A result that ended at a limit is given to those who waited for it and then
//! forgotten; after an error of the engine the next caller tries again.

mod disk;
mod entry;
pub(crate) mod key;
mod single_flight;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::compiled::CompiledProgram;
use crate::error::EngineError;
use crate::execute::priority::Priority;
use disk::{CacheRead, DiskCache};
use key::CacheKey;
pub(crate) use single_flight::FlightClaim;
use single_flight::{FlightResult, SingleFlight};

/// Machine code in memory. A static C++ program has 2 to 4 MiB.
const MEMORY_BYTES: u64 = 64 << 20;
/// Memory of an entry beside its machine code.
const OVERHEAD_BYTES: u32 = 1 << 10;

#[derive(Debug)]
pub(crate) struct CompileCache {
    memory: moka::sync::Cache<CacheKey, Arc<CompiledProgram>>,
    disk: Option<DiskCache>,
    flights: SingleFlight<CacheKey, Arc<CompiledProgram>>,
    counters: CacheCounters,
}

#[derive(Debug, Default)]
struct CacheCounters {
    compiled: AtomicU64,
    remembered: AtomicU64,
    shared: AtomicU64,
    damaged: AtomicU64,
    unidentified: AtomicU64,
}

/// Number of programs that were compiled, and that needed no compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompileCounts {
    /// A compiler ran.
    pub compiled: u64,
    /// The cache had it.
    pub remembered: u64,
    /// Another thread was compiling the same.
    pub shared: u64,
    /// Entries on disk that were damaged, and are removed.
    pub damaged: u64,
    /// A compiler ran whose toolchain has no identity, so that nothing could be kept.
    pub unidentified: u64,
}

impl Default for CompileCache {
    fn default() -> Self {
        let weigh = |_: &CacheKey, compiled: &Arc<CompiledProgram>| {
            let bytes = u32::try_from(compiled.size_bytes()).unwrap_or(u32::MAX);
            bytes.saturating_add(OVERHEAD_BYTES)
        };
        let memory = moka::sync::Cache::builder().weigher(weigh);
        CompileCache {
            memory: memory.max_capacity(MEMORY_BYTES).build(),
            disk: None,
            flights: SingleFlight::default(),
            counters: CacheCounters::default(),
        }
    }
}

impl CompileCache {
    /// Keeps entries in this folder, too, of `max_bytes` together.
    pub fn open(&mut self, folder: PathBuf, max_bytes: u64) -> io::Result<()> {
        self.disk = Some(DiskCache::open(folder, max_bytes)?);
        Ok(())
    }

    /// True if entries outlive this process, and so perhaps the toolchain.
    pub fn is_persistent(&self) -> bool {
        self.disk.is_some()
    }

    pub fn counts(&self) -> CompileCounts {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CompileCounts {
            compiled: value(&self.counters.compiled),
            remembered: value(&self.counters.remembered),
            shared: value(&self.counters.shared),
            damaged: value(&self.counters.damaged),
            unidentified: value(&self.counters.unidentified),
        }
    }

    /// Counts a program that is compiled without the cache.
    pub fn count_unidentified(&self) {
        increment(&self.counters.compiled);
        increment(&self.counters.unidentified);
    }

    /// Returns the entry of this key, or the result of `compile`. A caller waits while another thread
    /// compiles the same. A failure at background priority may have been caused by it, and is then
    /// not shared: the waiting caller compiles again. A caller that is cancelled gets an error.
    pub fn get_or_compile(
        &self,
        key: CacheKey,
        claim: FlightClaim<'_>,
        compile: impl FnOnce() -> Result<CompiledProgram, EngineError>,
    ) -> Result<Arc<CompiledProgram>, EngineError> {
        if let Some(compiled) = self.memory.get(&key) {
            increment(&self.counters.remembered);
            return Ok(compiled);
        }
        let was_normal = claim.priority.current() == Priority::Normal;
        let is_shared = |compiled: &Arc<CompiledProgram>| was_normal || compiled.cacheable;
        let result = self.flights.run(key, claim, is_shared, || {
            // It may have been added between the lookup above and now.
            if let Some(compiled) = self.memory.get(&key).or_else(|| self.read(&key)) {
                increment(&self.counters.remembered);
                return Ok(compiled);
            }
            increment(&self.counters.compiled);
            let compiled = Arc::new(compile()?);
            if compiled.cacheable {
                self.memory.insert(key, compiled.clone());
                self.write(&key, &compiled);
            }
            Ok(compiled)
        })?;
        Ok(match result {
            FlightResult::Own(compiled) => compiled,
            FlightResult::Shared(compiled) => {
                increment(&self.counters.shared);
                compiled
            }
        })
    }

    fn read(&self, key: &CacheKey) -> Option<Arc<CompiledProgram>> {
        match self.disk.as_ref()?.read(key) {
            CacheRead::Entry(compiled) => {
                let compiled = Arc::new(compiled);
                self.memory.insert(*key, compiled.clone());
                Some(compiled)
            }
            CacheRead::Damaged => {
                increment(&self.counters.damaged);
                None
            }
            CacheRead::Missing => None,
        }
    }

    /// Writes the entry to disk. Failing to, such as on a full disk, only makes the cache slower.
    fn write(&self, key: &CacheKey, compiled: &CompiledProgram) {
        if let Some(disk) = &self.disk {
            let _ = disk.write(key, compiled);
        }
    }
}

fn increment(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

#[cfg(test)]
mod tests;
