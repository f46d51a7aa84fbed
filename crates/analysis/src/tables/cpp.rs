use std::sync::LazyLock;

use super::{ApiTable, CallGuard, TableSource, guarded, harmless, row};
use crate::facts::FactKind::{File, Native, Network, Process, Threads};

pub(crate) static TABLE: LazyLock<ApiTable> = LazyLock::new(|| ApiTable::new(&SOURCE));

/// Functions that C has too are listed without `std.`.
static SOURCE: TableSource = TableSource {
    rows: &[
        row(File,
            "fopen freopen fopen64 freopen64 tmpfile tmpnam mkstemp mkdtemp opendir readdir scandir nftw ftw mkdir
             rmdir chdir getcwd chmod chown truncate ftruncate symlink readlink unlinkat openat creat mkfifo
             std.ifstream std.ofstream std.fstream std.wifstream std.wofstream std.wfstream std.basic_ifstream
             std.basic_ofstream std.basic_fstream std.filebuf std.basic_filebuf std.filesystem
             std.experimental.filesystem boost.filesystem"),
        guarded(File, CallGuard::Stream, "read write pread pwrite fdopen fstat lseek"),
        guarded(File, CallGuard::Stream, "open"),
        guarded(File, CallGuard::Count(1), "remove unlink"),
        guarded(File, CallGuard::Count(2), "rename stat lstat access"),
        row(Network,
            "socket socketpair getaddrinfo gethostbyname inet_addr inet_aton inet_pton boost.asio asio curl_easy_init
             curl_easy_perform"),
        row(Process,
            "system popen fork vfork clone clone3 execl execlp execle execv execvp execvpe execve execveat fexecve
             posix_spawn posix_spawnp waitpid wait4 ptrace setuid setgid daemon _popen ShellExecuteA CreateProcessA"),
        guarded(Process, CallGuard::Count(2), "kill"),
        row(Native, "syscall dlopen dlsym mmap mprotect asm prctl setns unshare mount ioctl sigaction.sa_sigaction"),
        row(Threads,
            "std.thread std.jthread std.async pthread_create thrd_create std.execution.par std.execution.par_unseq
             boost.thread"),
        harmless("std.thread.id std.this_thread"),
    ],
    specials: &[],
    globals: &[""],
    transparent: &["c_str"],
    renamed: &[("std.experimental.filesystem", "std.filesystem")],
    optional_prefix: "std",
    needs_parsing: &["include", "__asm__", "__asm"],
    hiding: &["##", "%:", "\\u", "\\U", "\\\n", "\\\r"],
    modules: "",
};
