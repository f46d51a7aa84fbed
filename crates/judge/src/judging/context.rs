use std::sync::Arc;

use letscode_model::LimitCaps;

use super::cores::CorePool;
use crate::compile::compiler::Compiler;
use crate::execute::Executor;
use crate::toolchain::Toolchains;

/// The parts of an engine. Shared by all threads that judge.
#[derive(Debug)]
pub(crate) struct JudgeContext {
    pub executor: Arc<dyn Executor>,
    pub toolchains: Arc<Toolchains>,
    pub compiler: Compiler,
    pub cores: CorePool,
    /// Limits that the executor lowers those of all programs to.
    pub caps: LimitCaps,
}
