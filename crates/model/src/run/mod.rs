//! `POST /api/run`: one program, compiled once, run on any number of tests.
//!
//! ```text
//!  RunBody (JSON) ──► RunSpec (bytes, checked against RunBounds) ──► RunReport (bytes) ──► RunAnswer (JSON)
//! ```
//!
//! The queue carries [`RunSpec`] and [`RunReport`]; adapters make the one and read the other. Only
//! the first and the last know how bytes are spelled on the wire.

mod answer;
mod body;
mod bounds;
mod bytes;
mod caps;
mod check;
mod limits;
mod options;
mod report;
mod spec;

pub use answer::{CompileAnswer, RunAnswer, RunFileAnswer, StageAnswer, TestRunAnswer};
pub use body::{
    CheckerBody, CompareBody, CompareName, CompareOptions, RunBody, RunFileBody, RunTestBody,
};
pub use bounds::RunBounds;
pub use bytes::{ByteText, TextEncoding};
pub use caps::{LimitCaps, LimitProfile};
pub use check::{InvalidSpec, MAX_NAME_BYTES};
pub use limits::{LimitSpec, LimitValues};
pub use options::CompileOption;
pub use report::{
    CollectedFile, CompileReport, KeptRun, OutputTruncation, RunOutcome, RunReport, RunStatus,
    StageReport, TestRunReport,
};
pub use spec::{CheckerProgram, CompareRule, LineRule, RunFile, RunSpec, RunTest, TokenRule};
