use std::sync::LazyLock;

use super::{ApiTable, CallGuard, KnownFunction, TableSource, guarded, harmless, row};
use crate::facts::FactKind::{DynamicCode, File, Native, Network, NotInBrowsers, Process, Threads};

pub(crate) static TABLE: LazyLock<ApiTable> = LazyLock::new(|| ApiTable::new(&SOURCE));

static SOURCE: TableSource = TableSource {
    rows: &[
        guarded(File, CallGuard::Stream,
            "builtins.open io.open io.open_code io.FileIO codecs.open os.open os.fdopen os.read os.write os.fstat
             os.stat os.sendfile os.lseek mmap.mmap pathlib.Path pathlib.PosixPath"),
        row(File,
            "os.listdir os.scandir os.walk os.fwalk os.mkdir os.makedirs os.remove os.unlink os.rmdir
             os.removedirs os.rename os.renames os.replace os.link os.symlink os.readlink os.chmod os.chown
             os.chdir os.chroot os.getcwd os.access os.truncate os.mkfifo os.mknod os.path.exists os.path.isfile
             os.path.isdir os.path.getsize shutil tempfile glob fileinput.FileInput sqlite3 dbm shelve zipfile
             tarfile gzip bz2 lzma linecache filecmp fcntl"),
        row(Network,
            "socket ssl select selectors urllib.request http.client http.server ftplib smtplib poplib imaplib
             telnetlib nntplib xmlrpc socketserver asyncio.open_connection asyncio.start_server
             asyncio.open_unix_connection asyncio.start_unix_server requests aiohttp httpx urllib3 websockets
             paramiko webbrowser"),
        row(Process,
            "subprocess multiprocessing pty os.system os.popen os.fork os.forkpty os.kill os.killpg os.execl
             os.execle os.execlp os.execlpe os.execv os.execve os.execvp os.execvpe os.spawnl os.spawnle
             os.spawnlp os.spawnlpe os.spawnv os.spawnve os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp
             os.startfile os.wait os.waitpid os.nice os.setuid os.setgid asyncio.create_subprocess_exec
             asyncio.create_subprocess_shell commands concurrent.futures.ProcessPoolExecutor"),
        row(DynamicCode,
            "builtins.eval builtins.exec builtins.compile builtins.execfile code codeop runpy pickle.loads
             pickle.load marshal.loads marshal.load types.FunctionType types.CodeType importlib.util
             importlib.machinery imp builtins.? os.? sys.modules.?"),
        row(Native, "ctypes cffi _ctypes builtins.__loader__ sys.setprofile sys.settrace gc.get_objects mmap.PROT_EXEC"),
        row(Threads,
            "threading _thread concurrent.futures.ThreadPoolExecutor asyncio.to_thread queue.Queue.join"),
        row(NotInBrowsers, "resource signal termios tty pwd grp curses readline syslog"),
        harmless("os.path os.environ sys.modules signal.SIGPIPE"),
    ],
    specials: &[
        ("builtins.__import__", KnownFunction::Import("")),
        ("importlib.import_module", KnownFunction::Import("")),
        ("importlib.__import__", KnownFunction::Import("")),
        ("builtins.getattr", KnownFunction::Member),
        ("operator.getitem", KnownFunction::Member),
        ("builtins.vars", KnownFunction::First),
        ("importlib.reload", KnownFunction::First),
        ("builtins.globals", KnownFunction::Everything("builtins")),
        ("builtins.locals", KnownFunction::Everything("builtins")),
    ],
    globals: &["sys.modules"],
    transparent: &["__dict__", "__func__", "__wrapped__"],
    renamed: &[
        ("builtins.__builtins__", "builtins"),
        ("__builtins__", "builtins"),
        ("posix", "os"),
        ("_io", "io"),
        ("_socket", "socket"),
        ("_pickle", "pickle"),
        ("cPickle", "pickle"),
        ("thread", "_thread"),
        ("urllib2", "urllib.request"),
        ("__builtin__", "builtins"),
    ],
    optional_prefix: "",
    needs_parsing: &["import"],
    hiding: &[],
    modules: "
        __future__ _bisect _collections _collections_abc _functools _heapq _io _operator _pickle _socket _thread
        abc argparse array ast asyncio atexit base64 binascii bisect builtins bz2 calendar cmath cmd code codecs
        codeop collections colorsys concurrent configparser contextlib contextvars copy copyreg csv ctypes
        dataclasses datetime dbm decimal difflib dis doctest email encodings enum errno faulthandler fcntl filecmp
        fileinput fnmatch fractions ftplib functools gc getopt getpass gettext glob graphlib gzip hashlib heapq
        hmac html http imaplib imp importlib inspect io ipaddress itertools json keyword linecache locale logging
        lzma mailbox marshal math mimetypes mmap numbers opcode operator optparse os pathlib pickle pickletools
        pkgutil platform plistlib poplib posix posixpath pprint profile pty pyclbr pydoc queue quopri random re
        reprlib rlcompleter runpy sched secrets select selectors shelve shlex shutil site smtplib socket
        socketserver sqlite3 sre_compile sre_parse ssl stat statistics string stringprep struct subprocess symtable
        sys sysconfig tabnanny tarfile tempfile textwrap threading time timeit token tokenize tomllib trace
        traceback tracemalloc types typing unicodedata unittest urllib uuid warnings wave weakref webbrowser xml
        xmlrpc zipapp zipfile zipimport zlib zoneinfo multiprocessing __main__",
};
