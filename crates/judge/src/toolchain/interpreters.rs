//! Warm interpreters: started in a cell before a program comes, to fork for each run.

use std::path::Path;

use letscode_languages::{InterpreterKind, Language, Stage, WarmSettings};
use letscode_zygotes::ModuleFile;

use super::environment::environment;
use crate::execute::jail::{RootPart, WarmInterpreter};

/// Folder of the additions to interpreters, in a cell.
const FOLDER: &str = "/usr/lib/letscode";

/// Returns the warm interpreter of a stage, if the language has one, and the additions to the cell's
/// root with or without it.
pub(super) fn warm_interpreter(
    language: &Language,
    stage: Stage,
) -> (Option<WarmInterpreter>, Vec<RootPart>) {
    let (warm, command) = match stage {
        Stage::Compile => (&language.compile.warm, &language.compile.command),
        Stage::Run | Stage::Validate => (&language.run.warm, &language.run.command),
    };
    let Some(warm) = warm else {
        return (None, Vec::new());
    };
    let (files, mut always) = match warm.interpreter {
        InterpreterKind::Python => (
            letscode_zygotes::python(),
            vec![letscode_zygotes::PYTHON_CHECK],
        ),
        InterpreterKind::Node => (letscode_zygotes::node(), vec![letscode_zygotes::NODE_CHECK]),
    };
    if stage != Stage::Compile {
        always.clear();
    }
    match files {
        Ok(files) => {
            let interpreter = interpreter(language, stage, warm, command);
            always.extend(files);
            (Some(interpreter), parts(&always))
        }
        Err(_) => (None, parts(&always)),
    }
}

fn interpreter(
    language: &Language,
    stage: Stage,
    warm: &WarmSettings,
    command: &[String],
) -> WarmInterpreter {
    // Arguments that differ from run to run may only come last.
    let fixed = command
        .iter()
        .take_while(|argument| *argument != "{sources}");
    let argv: Vec<String> = fixed
        .map(|argument| argument.replace("{main}", &language.source))
        .collect();
    let beside = |file: &str| Path::new(FOLDER).join(file).display().to_string();
    let (start_argv, extra_env, max_stack_bytes) = match warm.interpreter {
        // The largest stack that a cell is ever granted.
        InterpreterKind::Python => {
            let script = beside(letscode_zygotes::PYTHON_ZYGOTE);
            (vec![argv[0].clone(), script], Vec::new(), 64 << 30)
        }
        // The stack of a run with 2 GiB of memory: each of libuv's threads reserves it.
        InterpreterKind::Node => {
            let preload = beside(letscode_zygotes::NODE_PRELOAD);
            let options = format!("--require={preload} --v8-pool-size=1");
            let extra_env = vec![("NODE_OPTIONS".to_owned(), options)];
            (argv.clone(), extra_env, 1536 << 20)
        }
    };
    WarmInterpreter {
        program: argv[0].clone(),
        start_argv,
        argv_prefix: argv,
        env: environment(language, stage),
        extra_env,
        min_memory_bytes: warm.least_memory_mib << 20,
        max_stack_bytes,
        // It runs several programs for a trial first.
        starts_slowly: warm.interpreter == InterpreterKind::Node,
    }
}

fn parts(files: &[ModuleFile]) -> Vec<RootPart> {
    let part = |file: &ModuleFile| RootPart::File {
        contents: file.bytes.to_vec(),
        target: Path::new(FOLDER).join(file.path),
    };
    files.iter().map(part).collect()
}
