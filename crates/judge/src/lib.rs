//! Problem package and source in, verdict out.
//!
//! ```text
//!  Engine ── languages (TOML → toolchains found on this machine) ── jail helper
//!    │
//!    ├─ program   files → what a compiler or interpreter gets, and where it starts
//!    ├─ compile   source → executable, once, in a cell
//!    ├─ cache     what was compiled already, in memory and on disk
//!    ├─ headers   the standard library's headers, compiled before anybody includes them
//!    ├─ run       executable + input → what the sandbox saw, each in a cell of its own
//!    ├─ checker   output against answer, streamed
//!    ├─ validator the package's own checker, in a cell of its own
//!    ├─ interact  submission and validator in two cells that talk
//!    ├─ cores     which of the machine's cores are busy with runs of ours
//!    ├─ ahead     runs tests on idle cores before the walk comes to them
//!    ├─ trial     one test: its passes, and its repeats where time is close
//!    ├─ decide    outcome + check → verdict        (pure)
//!    ├─ score     verdicts of a group → its result (pure)
//!    ├─ judge     walks the package's groups and tests with all of these
//!    ├─ calibrate the jury's solutions → a time limit
//!    └─ verify    the jury's solutions → do they get what their author expects?
//! ```
//!
//! The rules are written down in `docs/JUDGING.md`.
//!
//! Everything here blocks and is plain code that one can read from top to bottom; whoever wants
//! concurrency calls it from several threads. Only `ahead` starts some itself, and changes nothing of
//! what comes out. Absent on purpose: no async, no database, no queue, no HTTP, and no system
//! call that makes a namespace (that is the sandbox's).

mod check;
mod compile;
mod engine;
mod execute;
mod judging;
mod jury;
mod language;
mod verdict;

pub use check::checker::{CheckerArgsError, DefaultChecker, Difference, DifferenceKind};
pub use compile::cache::CompileCounts;
pub use compile::sources::Sources;
pub use engine::{Engine, EngineError, HelperCommand};
pub use judging::judge::{Evaluation, Observer, Silent, Thoroughness};
pub use judging::ready::ReadyProgram;
pub use jury::calibrate::Calibration;
pub use jury::verify::{SubmissionReport, VerifyReport};
pub use verdict::decide::{Check, Side, decide, decide_interactive, first_error, icpc, worst};
