//! The queue, for operators.

pub mod socket;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use letscode_model::{Lane, ShareHolder, UserId};
use letscode_queue::{Broker, JobFilter, JobWork, QueueSettings, RedisBroker, WaitingJob};
use letscode_store::PostgresStore;
use serde::Serialize;

use super::print_json;
use super::service::args::about_database;
use crate::error::CliError;
use socket::{QueueReply, QueueRequest, perform};

/// Show and cancel the jobs that wait in a running service.
#[derive(Subcommand)]
pub enum QueueCommand {
    /// List the jobs that wait, in the order of their turns
    List(QueueListArgs),
    /// Cancel jobs that wait: submissions end as Internal Error, runs without a result. Jobs that run
    /// are not touched
    Cancel(QueueCancelArgs),
}

/// Place of the service: its data folder, or its database and Redis.
#[derive(Args)]
struct QueueLocation {
    /// The data folder of a running `letscode serve`, which is reached by the socket in it: as root, or
    /// as the service's user
    #[arg(
        long,
        value_name = "DIR",
        default_value = "./data",
        env = "LETSCODE_DATA"
    )]
    data: PathBuf,
    /// With --redis: the PostgreSQL database of a service of many machines
    #[arg(
        long,
        value_name = "URL",
        requires = "redis",
        env = "LETSCODE_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
    /// With --database: its Redis
    #[arg(
        long,
        value_name = "URL",
        requires = "database",
        env = "LETSCODE_REDIS",
        hide_env_values = true
    )]
    redis: Option<String>,
}

#[derive(Args)]
struct QueueSelection {
    /// Only jobs of this user
    #[arg(long, value_name = "ID", value_parser = user)]
    user: Option<UserId>,
    /// Only jobs of this share: a client address (IPv6: its /64), `key:NAMESPACE` or `account:ID`
    #[arg(long, visible_alias = "address", value_name = "SHARE")]
    share: Option<ShareHolder>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  letscode queue list --data /var/lib/letscode
  letscode queue list --share 203.0.113.7 --json
  letscode queue list --database postgres://letscode@db/letscode --redis redis://redis

Exit codes: 0 listed, 2 the service can't be reached.")]
pub struct QueueListArgs {
    #[command(flatten)]
    location: QueueLocation,
    #[command(flatten)]
    selection: QueueSelection,
    /// List at most this many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  letscode queue cancel --user mallory --data /var/lib/letscode
  letscode queue cancel --share 203.0.113.7
  letscode queue cancel --all

Exit codes: 0 cancelled, also if there was nothing; 2 the service can't be reached.")]
pub struct QueueCancelArgs {
    #[command(flatten)]
    location: QueueLocation,
    #[command(flatten)]
    selection: QueueSelection,
    /// All jobs that wait; needed where neither --user nor --share is given
    #[arg(long, conflicts_with_all = ["user", "share"])]
    all: bool,
}

impl QueueCommand {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(CliError::new)?;
        match self {
            QueueCommand::List(list) => {
                let request = QueueRequest::List {
                    filter: list.selection.filter(),
                    limit: list.limit,
                };
                let reply = runtime.block_on(list.location.ask(request))?;
                print_jobs(reply, list.json)
            }
            QueueCommand::Cancel(cancel) => {
                let filter = cancel.selection.filter();
                if filter == JobFilter::default() && !cancel.all {
                    let error = CliError::new("nothing says which jobs to cancel");
                    return Err(error.with_help("give --user, --share or --all"));
                }
                let request = QueueRequest::Cancel { filter };
                let reply = runtime.block_on(cancel.location.ask(request))?;
                if let QueueReply::Cancelled { count } = reply {
                    println!("cancelled {count} waiting jobs");
                }
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl QueueLocation {
    async fn ask(&self, request: QueueRequest) -> Result<QueueReply, CliError> {
        let reply = match (&self.database, &self.redis) {
            (Some(database), Some(redis)) => {
                let unused = tempfile::tempdir().map_err(CliError::new)?;
                let store = PostgresStore::open(database, unused.path(), 0).await;
                let store = store.map_err(about_database)?;
                let broker = RedisBroker::connect(redis, QueueSettings::default()).await;
                let broker = broker.map_err(|error| CliError::new(error).about("`redis`"))?;
                perform(&store, &Broker::new(broker), request).await
            }
            _ => socket::ask(&self.data, &request).await?,
        };
        match reply {
            QueueReply::Failed { reason } => Err(CliError::new(reason)),
            reply => Ok(reply),
        }
    }
}

impl QueueSelection {
    fn filter(&self) -> JobFilter {
        JobFilter {
            user_id: self.user.clone(),
            share: self.share.clone(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobLine {
    kind: &'static str,
    id: String,
    user_id: String,
    /// The name of before there were accounts.
    address: String,
    lane: Lane,
}

impl From<WaitingJob> for JobLine {
    fn from(job: WaitingJob) -> Self {
        let (kind, id) = match job.work {
            JobWork::Submission(id) => ("submission", id.to_string()),
            JobWork::Run(id) => ("run", id.to_string()),
        };
        JobLine {
            kind,
            id,
            user_id: job.user_id.0,
            address: job.share,
            lane: job.lane,
        }
    }
}

#[derive(Serialize)]
struct JobLines {
    jobs: Vec<JobLine>,
}

fn print_jobs(reply: QueueReply, json: bool) -> Result<ExitCode, CliError> {
    let QueueReply::Jobs { jobs } = reply else {
        return Err(CliError::new("the service answered something else"));
    };
    let jobs: Vec<JobLine> = jobs.into_iter().map(JobLine::from).collect();
    if json {
        print_json(&JobLines { jobs });
        return Ok(ExitCode::SUCCESS);
    }
    if jobs.is_empty() {
        println!("no job waits");
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["KIND", "ID", "USER", "SHARE"]);
    for job in jobs {
        table.add_row([job.kind, &job.id, &job.user_id, &job.address]);
    }
    println!("{table}");
    Ok(ExitCode::SUCCESS)
}

fn user(text: &str) -> Result<UserId, String> {
    UserId::parse(text).ok_or_else(|| "this can't be a user id".to_owned())
}
