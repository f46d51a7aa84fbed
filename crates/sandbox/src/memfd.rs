//! Anonymous files, which carry data into and out of a cell without a path.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{MemfdFlags, Mode, SealFlags, fchmod, fcntl_add_seals, memfd_create};
use rustix::io::Errno;

/// Creates an anonymous file that can still be sealed.
pub(crate) fn create(name: &str) -> io::Result<File> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    Ok(File::from(memfd_create(name, flags)?))
}

/// `MFD_NOEXEC_SEAL`: not executable, for good.
const NOEXEC_SEAL: MemfdFlags = MemfdFlags::from_bits_retain(0x8);

/// Creates an anonymous file that a program may write to but never seal or execute. A kernel before
/// 6.3 knows no file that can't be made executable, but executes none that is open for writing, as
/// this one is by us.
pub(crate) fn create_output(name: &str) -> io::Result<File> {
    match memfd_create(name, MemfdFlags::CLOEXEC | NOEXEC_SEAL) {
        Err(Errno::INVAL) => Ok(File::from(memfd_create(name, MemfdFlags::CLOEXEC)?)),
        file => {
            let file = file?;
            fcntl_add_seals(&file, SealFlags::SEAL)?;
            Ok(File::from(file))
        }
    }
}

/// `F_SEAL_EXEC`: freezes the execute permission.
const EXEC: SealFlags = SealFlags::from_bits_retain(0x20);

/// Makes the contents immutable for good, for ourselves too, and rewinds.
pub(crate) fn seal(mut file: File) -> io::Result<File> {
    file.seek(SeekFrom::Start(0))?;
    // Not writable: a writer can touch mtime but can't choose its value, and equal programs share a
    // file.
    fchmod(&file, Mode::from_raw_mode(0o555))?;
    let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    // Unprivileged, a cell's user is the file's owner and could make it impossible to execute, for
    // later runs of the same submission. The kernel knows this seal since 6.3.
    match fcntl_add_seals(&file, seals | EXEC) {
        Err(Errno::INVAL) => fcntl_add_seals(&file, seals)?,
        result => result?,
    }
    Ok(file)
}

/// Copies `source` into an immutable anonymous file.
///
/// A cell gets its input this way, never as the host's file: so no two cells share an inode (a lock
/// on it would be a channel between runs), and nothing can be opened again for writing.
pub fn sealed_copy(name: &str, mut source: impl Read) -> io::Result<OwnedFd> {
    let mut file = create(name)?;
    io::copy(&mut source, &mut file)?;
    file.flush()?;
    Ok(seal(file)?.into())
}
