//! The binary: parses the command line and calls the command. Each command is a file in `commands/`.

mod calibrator;
mod caps;
mod commands;
mod config_file;
mod data_folder;
mod error;
mod influx;
mod input;
mod languages;
mod layers;
mod samples;
mod units;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use error::CliError;

/// Runs programs that strangers wrote, safely, and judges them against test cases.
#[derive(Parser)]
#[command(name = "letscode", version, max_term_width = 100, long_about = languages::about(), after_help = AFTER_HELP)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  letscode doctor                                  what works on this machine
  letscode run hello.py                            run a program in a cell
  letscode judge problems/aplusb solution.cpp      judge a solution
  letscode problem verify problems/*               judge all jury solutions
  letscode serve                                   the service on http://127.0.0.1:3001

Exit codes: 0 all is well, 1 the program or a solution failed, 2 wrong usage or an internal error.";

#[derive(Subcommand)]
enum Command {
    Serve(commands::service::serve::ServeArgs),
    Api(commands::service::api::ApiArgs),
    Worker(commands::service::worker::WorkerArgs),
    Run(commands::run::RunArgs),
    Judge(commands::judge::JudgeArgs),
    #[command(subcommand)]
    Problem(commands::problem::ProblemCommand),
    #[command(subcommand)]
    Key(commands::key::KeyCommand),
    #[command(subcommand)]
    Queue(commands::queue::QueueCommand),
    Violations(commands::violations::ViolationsArgs),
    Audit(commands::audit::AuditArgs),
    #[command(subcommand)]
    User(commands::user::UserCommand),
    #[command(subcommand)]
    Db(commands::db::DbCommand),
    #[command(subcommand)]
    Config(commands::config::ConfigCommand),
    Doctor(commands::doctor::DoctorArgs),
    Bench(commands::bench::BenchArgs),
    Mcp(commands::mcp::McpArgs),
    /// The process that makes cells; started by the others.
    #[command(hide = true)]
    JailHelper,
    /// Looks around from inside a cell; started by doctor.
    #[command(hide = true)]
    CellProbe(commands::cell_probe::CellProbeArgs),
}

/// Exit code that a shell reports for a program that SIGPIPE ended.
const BROKEN_PIPE_EXIT: i32 = 141;

/// Turns a closed standard output into a silent exit, as in `letscode doctor | head -1`.
fn exit_quietly_on_broken_pipe() {
    let default_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to stdout") && message.contains("Broken pipe") {
            std::process::exit(BROKEN_PIPE_EXIT);
        }
        default_hook(panic);
    }));
}

fn main() -> ExitCode {
    exit_quietly_on_broken_pipe();
    let arguments = std::env::args_os().collect();
    let result = config_file::complete(arguments, &CommandLine::command())
        .map(|completed| CommandLine::parse_from(completed).command)
        .and_then(execute);
    result.unwrap_or_else(|error| {
        eprint!("{error}");
        ExitCode::from(2)
    })
}

fn execute(command: Command) -> Result<ExitCode, CliError> {
    match command {
        Command::Serve(serve) => serve.execute(),
        Command::Api(api) => api.execute(),
        Command::Worker(worker) => worker.execute(),
        Command::Key(key) => key.execute(),
        Command::Queue(queue) => queue.execute(),
        Command::Violations(violations) => violations.execute(),
        Command::Audit(audit) => audit.execute(),
        Command::User(user) => user.execute(),
        Command::Db(db) => db.execute(),
        Command::Config(config) => config.execute(&CommandLine::command()),
        Command::Run(run) => run.execute(),
        Command::Judge(judge) => judge.execute(),
        Command::Problem(problem) => problem.execute(),
        Command::Doctor(doctor) => doctor.execute(),
        Command::Bench(bench) => bench.execute(),
        Command::Mcp(mcp) => mcp.execute(),
        Command::JailHelper => letscode_sandbox::run_helper()
            .map(|()| ExitCode::SUCCESS)
            .map_err(CliError::new),
        Command::CellProbe(probe) => probe.execute(),
    }
}
