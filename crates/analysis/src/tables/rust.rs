use std::sync::LazyLock;

use super::{ApiTable, CallGuard, TableSource, guarded, harmless, row};
use crate::facts::FactKind::{File, Native, Network, Process, Threads};

pub(crate) static TABLE: LazyLock<ApiTable> = LazyLock::new(|| ApiTable::new(&SOURCE));

static SOURCE: TableSource = TableSource {
    rows: &[
        guarded(File, CallGuard::Stream,
            "std.fs.File.open std.fs.read std.fs.read_to_string std.fs.File.create"),
        row(File,
            "std.fs.* std.env.current_dir std.env.set_current_dir std.env.current_exe include_str include_bytes
             include std.os.unix.fs tokio.fs memmap memmap2"),
        row(Network, "std.net std.os.unix.net tokio.net reqwest hyper ureq mio"),
        row(Process, "std.process.Command std.process.Child std.os.unix.process nix.unistd.fork tokio.process"),
        row(Native,
            "libc nix std.arch std.intrinsics asm global_asm std.mem.transmute std.ptr.read std.ptr.write
             std.slice.from_raw_parts std.slice.from_raw_parts_mut"),
        row(Threads, "std.thread.spawn std.thread.scope std.thread.Builder rayon crossbeam tokio.spawn"),
        harmless(
            "std.fs.File std.net.Ipv4Addr std.net.Ipv6Addr std.net.IpAddr std.net.AddrParseError
             libc.c_int libc.c_char libc.c_void"),
    ],
    specials: &[],
    globals: &[],
    transparent: &[],
    renamed: &[
        ("core", "std"),
        ("alloc", "std"),
        ("std.arch.asm", "asm"),
        ("std.arch.global_asm", "global_asm"),
    ],
    optional_prefix: "",
    needs_parsing: &["unsafe", "extern"],
    hiding: &["r#"],
    modules: "",
};
