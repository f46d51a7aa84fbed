//! Layers that stop a program: their names in a head, and the layers that an outcome reveals.

/// Values of `stopped-by`: layers of the cell first, then other parts of ours, then parts of others.
pub const LAYERS: [(&str, &str); 14] = [
    (
        "namespaces",
        "no other process, mount, host name or IPC object is in reach",
    ),
    (
        "cgroups",
        "memory, processes and CPU quota of all its processes together",
    ),
    (
        "seccomp",
        "the call kills, or is answered with an error without being made",
    ),
    (
        "filesystem",
        "the read-only root has no such thing; what can be written is two bounded tmpfs that end with the cell",
    ),
    ("landlock", "what it wrote can't be executed"),
    ("network", "an empty network namespace"),
    (
        "identity",
        "users of its own, no capabilities, no_new_privs",
    ),
    (
        "rlimits",
        "of a single process: file size, descriptors, stack",
    ),
    (
        "supervisor",
        "the clock, the CPU counter and the output's end, kept and killed from outside",
    ),
    (
        "jail",
        "what the helper hands in and takes out: three descriptors, four variables, sealed copies, files by descriptor",
    ),
    (
        "judge",
        "what a program prints or leaves is data, and is checked",
    ),
    ("compiler", "its own limits, or it does not do such a thing"),
    ("runtime", "the interpreter's own limits"),
    (
        "kernel",
        "what it does for every process, such as fresh addresses",
    ),
];

/// Returns the layers of which one must have stopped a program with this outcome and message.
pub fn given_away_by(outcome: &str, message: &str) -> &'static [&'static str] {
    match outcome {
        "syscall_denied" => &["seccomp"],
        "memory_exceeded" => &["cgroups"],
        "cpu_time_exceeded" | "wall_time_exceeded" => &["supervisor"],
        "output_exceeded" => &["supervisor", "rlimits"],
        "compile_failed" => is_compile_message(message),
        _ => &[],
    }
}

fn is_compile_message(message: &str) -> &'static [&'static str] {
    let table: [(&str, &[&str]); 7] = [
        ("the compiler waited", &["supervisor"]),
        ("the compiler took too long", &["supervisor"]),
        ("the compiler needed too much memory", &["cgroups"]),
        ("the compiler wrote too much", &["supervisor", "rlimits"]),
        ("did something that is not allowed", &["seccomp"]),
        ("the compiler made no static executable", &["judge"]),
        ("File size limit exceeded", &["rlimits"]),
    ];
    let entry = table.iter().find(|(text, _)| message.contains(text));
    entry.map_or(&[], |(_, layers)| layers)
}
