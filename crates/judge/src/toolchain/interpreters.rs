//! Warm interpreters: started in a cell before a program comes, to fork for each run.

use std::path::Path;

use letscode_languages::{InterpreterKind, Language, Stage, WarmSettings};
use letscode_zygotes::ModuleFile;

use super::environment::environment;
use crate::execute::jail::{ColdStart, RootPart, WarmInterpreter};

/// Folder of the additions to interpreters, in a cell.
const FOLDER: &str = "/usr/lib/letscode";

/// Returns the warm interpreter of a stage, if the language has one, and the additions to the cell's
/// root with or without it.
pub(super) fn warm_interpreter(
    language: &Language,
    stage: Stage,
) -> (Option<WarmInterpreter>, Vec<RootPart>) {
    let (Some(warm), command) = settings(language, stage) else {
        return (None, Vec::new());
    };
    let (files, check) = match warm.interpreter {
        InterpreterKind::Python => (letscode_zygotes::python(), letscode_zygotes::PYTHON_CHECK),
        InterpreterKind::Node => (letscode_zygotes::node(), letscode_zygotes::NODE_CHECK),
    };
    let mut always = Vec::new();
    if stage == Stage::Compile {
        always.push(check);
    } else if warm.interpreter == InterpreterKind::Python {
        always.push(letscode_zygotes::PYTHON_SITE);
    }
    match files {
        Ok(files) => {
            let interpreter = interpreter(language, stage, warm, command);
            always.extend(files);
            (Some(interpreter), parts(&always))
        }
        Err(_) => {
            if warm.interpreter == InterpreterKind::Node {
                always.extend(letscode_zygotes::NODE_COLD_PRELOADS);
            }
            (None, parts(&always))
        }
    }
}

/// Returns the settings of a stage's warm interpreter, if it has one, and its command.
fn settings(language: &Language, stage: Stage) -> (Option<&WarmSettings>, &[String]) {
    match stage {
        Stage::Compile => (language.compile.warm.as_ref(), &language.compile.command),
        Stage::Run | Stage::Validate => (language.run.warm.as_ref(), &language.run.command),
    }
}

/// Returns the options of a stage's programs that are started without a warm interpreter.
pub(super) fn cold_start(language: &Language, stage: Stage) -> Option<ColdStart> {
    let (warm, command) = settings(language, stage);
    match warm?.interpreter {
        InterpreterKind::Python => None,
        InterpreterKind::Node => {
            let preloads = letscode_zygotes::NODE_COLD_PRELOADS.iter();
            let preloads = preloads.map(|file| format!("--require={}", beside(file.path)));
            let check = check_option(stage).map(str::to_owned);
            Some(ColdStart {
                argv_prefix: fixed_arguments(language, command),
                options: preloads.chain(check).collect(),
                stack_option: "--stack-size=".to_owned(),
            })
        }
    }
}

/// Returns the option with which a Node of this stage also checks modules.
fn check_option(stage: Stage) -> Option<&'static str> {
    (stage == Stage::Compile).then_some(letscode_zygotes::NODE_CHECK_OPTION)
}

/// Returns the arguments that every run begins with: those that differ may only come last.
fn fixed_arguments(language: &Language, command: &[String]) -> Vec<String> {
    let fixed = command
        .iter()
        .take_while(|argument| *argument != "{sources}");
    fixed
        .map(|argument| argument.replace("{main}", &language.source))
        .collect()
}

fn beside(file: &str) -> String {
    Path::new(FOLDER).join(file).display().to_string()
}

fn interpreter(
    language: &Language,
    stage: Stage,
    warm: &WarmSettings,
    command: &[String],
) -> WarmInterpreter {
    let argv = fixed_arguments(language, command);
    let (start_argv, extra_env, max_stack_bytes) = match warm.interpreter {
        // The largest stack that a cell is ever granted.
        InterpreterKind::Python => {
            let script = beside(letscode_zygotes::PYTHON_ZYGOTE);
            (vec![argv[0].clone(), script], Vec::new(), 64 << 30)
        }
        // The largest stack of its programs: each of libuv's threads reserves it.
        InterpreterKind::Node => {
            let preload = beside(letscode_zygotes::NODE_PRELOAD);
            let mut options = format!("--require={preload} --v8-pool-size=1");
            if let Some(check) = check_option(stage) {
                options = format!("{options} {check}");
            }
            let extra_env = vec![("NODE_OPTIONS".to_owned(), options)];
            (argv.clone(), extra_env, language.run.stack.most_mib << 20)
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
