use std::sync::LazyLock;

use super::{ApiTable, CallGuard, KnownFunction, TableSource, guarded, harmless, row};
use crate::facts::FactKind::{DynamicCode, File, Native, Network, NotInBrowsers, Process, Threads};

pub(crate) static TABLE: LazyLock<ApiTable> = LazyLock::new(|| ApiTable::new(&SOURCE));

/// Modules have the prefix `node:`, so that a variable `fs` is not taken for one.
static SOURCE: TableSource = TableSource {
    rows: &[
        guarded(File, CallGuard::Stream, "node:fs.*"),
        row(File,
            "node:fs.promises.* node:sqlite localStorage sessionStorage indexedDB
             caches process.chdir process.cwd process.umask navigator.storage Deno.readTextFile Deno.readTextFileSync
             Deno.writeTextFile Bun.file"),
        row(Network,
            "node:net node:http node:https node:http2 node:tls node:dgram node:dns node:undici fetch XMLHttpRequest
             WebSocket WebSocketStream EventSource WebTransport RTCPeerConnection navigator.sendBeacon node:axios
             node:ws node:node-fetch node:request BroadcastChannel FontFace Image"),
        row(Process,
            "node:child_process node:cluster process.kill process.abort process.send process.setuid process.setgid
             process._debugProcess"),
        row(DynamicCode,
            "eval Function AsyncFunction GeneratorFunction node:vm node:module node:repl
             importScripts execScript ? node:inspector node:v8"),
        guarded(DynamicCode, CallGuard::TextOnly, "setTimeout setInterval setImmediate"),
        row(Native,
            "process.binding process._linkedBinding process.dlopen WebAssembly node:ffi-napi node:ffi node:wasi
             node:process.binding node:process.dlopen"),
        row(Threads, "node:worker_threads Worker SharedWorker ServiceWorker SharedArrayBuffer Atomics"),
        row(NotInBrowsers,
            "node:async_hooks node:diagnostics_channel node:trace_events node:tty node:zlib node:querystring
             node:punycode node:test"),
        harmless("node:fs.constants"),
    ],
    specials: &[
        ("require", KnownFunction::Import("node:")),
        ("import", KnownFunction::Import("node:")),
        ("process.getBuiltinModule", KnownFunction::Import("node:")),
        ("Reflect.get", KnownFunction::Member),
        ("Object.assign", KnownFunction::First),
        ("Object.freeze", KnownFunction::First),
        ("node:module.createRequire()", KnownFunction::Import("node:")),
        ("node:util.promisify", KnownFunction::First),
    ],
    globals: &["globalThis", "global", "window", "self", "frames", "top", "parent"],
    transparent: &["default", "__proto__"],
    renamed: &[
        ("module.require", "require"),
        ("require.main.require", "require"),
        ("process.mainModule.require", "require"),
        ("node:process", "process"),
    ],
    optional_prefix: "",
    needs_parsing: &["import", "export", "require", "constructor"],
    hiding: &["\\u"],
    modules: "
        node:assert node:buffer node:console node:crypto node:events node:fs node:os node:path node:perf_hooks
        node:process node:readline node:stream node:string_decoder node:timers node:url node:util",
};
