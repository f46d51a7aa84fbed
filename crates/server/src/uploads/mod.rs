//! Problem packages that are sent to the service.
//!
//! `receive` writes the archive to a file, bounded in size and time and never in memory as a whole;
//! `import` has it unpacked, vetted and copied into the store, on threads where nobody waits for it.
//! Each upload has a folder of its own, which is gone when its answer is.

mod import;
mod receive;
mod settings;
mod slots;
mod take;

pub(crate) use import::PackageBounds;
pub use settings::{PackageImporter, PackageSettings};
pub(crate) use slots::UploadSlots;
pub(crate) use take::{UploadSource, importer, parse_id, take_package};
