//! The measured programs, and the commands that run them without a sandbox.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use letscode_judge::ReadyProgram;
use letscode_model::LanguageId;

use crate::error::CliError;

/// A program in one of our languages.
#[derive(Debug, Clone, Copy)]
pub struct BenchProgram {
    pub name: &'static str,
    pub language: &'static str,
    pub source: &'static str,
}

impl BenchProgram {
    pub fn language(&self) -> LanguageId {
        LanguageId(self.language.to_owned())
    }
}

pub const HELLO: &str = "hello\n";

/// Programs that print [`HELLO`].
pub const HELLOS: [BenchProgram; 5] = [
    BenchProgram {
        name: "static native",
        language: "cpp",
        source: "#include <unistd.h>\nint main() { return write(1, \"hello\\n\", 6) != 6; }\n",
    },
    BenchProgram {
        name: "Python",
        language: "python",
        source: "print('hello')\n",
    },
    BenchProgram {
        name: "Node",
        language: "javascript",
        source: "console.log('hello');\n",
    },
    BenchProgram {
        name: "C++ iostream",
        language: "cpp",
        source: "#include <iostream>\nint main() { std::cout << \"hello\" << std::endl; }\n",
    },
    BenchProgram {
        name: "Rust",
        language: "rust",
        source: "fn main() { println!(\"hello\"); }\n",
    },
];

/// Only computes, for about a quarter of a second: shows if a layer slows programs down.
pub const COMPUTING: BenchProgram = BenchProgram {
    name: "C++, computing",
    language: "cpp",
    source: "#include <cstdio>\n\
             int main() {\n    \
             unsigned long long x = 88172645463325252, sum = 0;\n    \
             for (int i = 0; i < 150000000; i++) x ^= x << 13, x ^= x >> 7, x ^= x << 17, sum += x;\n    \
             printf(\"%llu\\n\", sum);\n}\n",
};
pub const COMPUTED: &str = "14143616757504471022\n";

/// Programs that add two numbers, in the usual style of each language.
pub const SUMS: [BenchProgram; 4] = [
    BenchProgram {
        name: "Python",
        language: "python",
        source: "a, b = map(int, input().split())\nprint(a + b)\n",
    },
    BenchProgram {
        name: "JavaScript",
        language: "javascript",
        source: "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\n\
                 console.log(a + b);\n",
    },
    BenchProgram {
        name: "C++ bits/stdc++.h",
        language: "cpp",
        source: "#include <bits/stdc++.h>\nusing namespace std;\n\
                 int main() { long long a, b; cin >> a >> b; cout << a + b << endl; }\n",
    },
    BenchProgram {
        name: "Rust",
        language: "rust",
        source: "use std::io::read_to_string;\nfn main() {\n    \
                 let text = read_to_string(std::io::stdin()).unwrap();\n    \
                 let sum: i64 = text.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum();\n    \
                 println!(\"{sum}\");\n}\n",
    },
];

/// The same as a minimal program, which shows the cost of a run itself.
pub const NATIVE_SUM: BenchProgram = BenchProgram {
    name: "static native",
    language: "cpp",
    source: "#include <cstdio>\n\
             int main() { long a, b; return scanf(\"%ld %ld\", &a, &b) != 2 || printf(\"%ld\\n\", a + b) < 0; }\n",
};

/// A command without a sandbox, or in another sandbox.
#[derive(Debug, Clone)]
pub struct BareCommand {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Input file, opened for each run.
    pub input: PathBuf,
}

impl BareCommand {
    /// The same program that the cells run: the same bytes, or the same interpreter and source.
    pub fn from_ready(
        subject: BenchProgram,
        ready: &ReadyProgram<'_>,
        folder: &Path,
        input: &str,
    ) -> Result<BareCommand, CliError> {
        let at = |error: io::Error| CliError::new(error).about(folder.display());
        fs::create_dir_all(folder).map_err(at)?;
        let input_path = folder.join("input");
        fs::write(&input_path, input).map_err(at)?;
        let (program, args) = match (ready.artifact(), subject.language) {
            (Some(artifact), _) => {
                let path = folder.join("program");
                let mut copy = File::create(&path).map_err(at)?;
                let mut contents = artifact.open().map_err(at)?;
                io::copy(&mut contents, &mut copy).map_err(at)?;
                copy.set_permissions(Permissions::from_mode(0o755))
                    .map_err(at)?;
                (path, Vec::new())
            }
            (None, language) => {
                let source = folder.join("solution");
                fs::write(&source, subject.source).map_err(at)?;
                (interpreter(language)?, vec![source.into_os_string()])
            }
        };
        Ok(BareCommand {
            program,
            args,
            input: input_path,
        })
    }

    /// A program that exists only when it is run, because it is compiled first.
    pub fn from_path(
        program: PathBuf,
        folder: &Path,
        input: &str,
    ) -> Result<BareCommand, CliError> {
        let at = |error: io::Error| CliError::new(error).about(folder.display());
        fs::create_dir_all(folder).map_err(at)?;
        let path = folder.join("input");
        fs::write(&path, input).map_err(at)?;
        Ok(BareCommand {
            program,
            args: Vec::new(),
            input: path,
        })
    }

    /// Runs it in a clean environment, which lets the standard library use posix_spawn. As in a cell,
    /// stdin is a file, stdout a pipe that is read to its end, and stderr is discarded.
    pub fn run(&self, expected: &str) -> Result<Duration, CliError> {
        let at = |error: io::Error| CliError::new(error).about(self.program.display());
        let started = Instant::now();
        let mut child = self.command().map_err(at)?.spawn().map_err(at)?;
        let mut output = String::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout.read_to_string(&mut output).map_err(at)?;
        }
        let status = child.wait().map_err(at)?;
        let took = started.elapsed();
        if status.success() && output == expected {
            return Ok(took);
        }
        let message = format!("it ended with {status} and wrote {output:?}");
        Err(CliError::new(message).about(self.program.display()))
    }

    fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(ENVIRONMENT)
            .stdin(File::open(&self.input)?)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        Ok(command)
    }
}

/// Environment of a run, the same as in a cell.
pub const ENVIRONMENT: [(&str, &str); 4] = [
    ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
    ("HOME", "/tmp"),
    ("LANG", "C.UTF-8"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
];

/// Returns the interpreter that cells use too.
fn interpreter(language: &str) -> Result<PathBuf, CliError> {
    let path = match language {
        "python" => Some(PathBuf::from("/usr/bin/python3")),
        _ => on_path("node"),
    };
    path.ok_or_else(|| CliError::new(format!("there is no interpreter of {language}")))
}

pub fn on_path(command: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let each = std::env::split_paths(&path).map(|folder| folder.join(command));
    each.into_iter().find(|candidate| candidate.is_file())
}
