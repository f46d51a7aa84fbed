//! The socket in the data folder by which operators reach a running `letscode serve`.
//!
//! One line of JSON each way, and the connection ends. Only root and the service's own user may connect:
//! the socket is theirs alone, as the folder is.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use letscode_model::UserId;
use letscode_queue::{Broker, JobFilter, WaitingJob};
use letscode_store::Store;
use letscode_worker::{cancel_waiting, forget_user};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use crate::data_folder::OPERATOR_SOCKET;
use crate::error::CliError;

const MAX_REQUEST_BYTES: u64 = 64 << 10;
/// Bound on the wait for a request: one connection is served at a time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
const RETRY_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "lowercase")]
pub enum QueueRequest {
    List { filter: JobFilter, limit: usize },
    Cancel { filter: JobFilter },
    Forget { user: UserId },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "lowercase")]
pub enum QueueReply {
    Jobs { jobs: Vec<WaitingJob> },
    Cancelled { count: usize },
    Forgotten,
    Failed { reason: String },
}

/// Does what an operator requests.
pub async fn perform(store: &dyn Store, broker: &Broker, request: QueueRequest) -> QueueReply {
    let failed = |error: &dyn std::fmt::Display| QueueReply::Failed {
        reason: error.to_string(),
    };
    match request {
        QueueRequest::List { filter, limit } => match broker.jobs.waiting(&filter, limit).await {
            Ok(jobs) => QueueReply::Jobs { jobs },
            Err(error) => failed(&error),
        },
        QueueRequest::Cancel { filter } => match cancel_waiting(store, broker, &filter).await {
            Ok(count) => QueueReply::Cancelled { count },
            Err(error) => failed(&error),
        },
        QueueRequest::Forget { user } => match forget_user(store, broker, &user).await {
            Ok(()) => QueueReply::Forgotten,
            Err(error) => failed(&error),
        },
    }
}

/// Opens the socket in a data folder, of which this process is the only service.
pub fn open(data: &Path) -> io::Result<UnixListener> {
    let path = data.join(OPERATOR_SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers operators, one after another, until the task is aborted.
pub async fn serve(listener: UnixListener, store: Arc<dyn Store>, broker: Broker) {
    loop {
        let answered = match listener.accept().await {
            Ok((stream, _)) => answer(stream, &*store, &broker).await,
            Err(error) => {
                tokio::time::sleep(RETRY_PAUSE).await;
                Err(error)
            }
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "an operator's request was not answered");
        }
    }
}

async fn answer(stream: UnixStream, store: &dyn Store, broker: &Broker) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(MAX_REQUEST_BYTES));
    tokio::time::timeout(REQUEST_TIMEOUT, reader.read_line(&mut line)).await??;
    let reply = match serde_json::from_str(&line) {
        Ok(request) => perform(store, broker, request).await,
        Err(error) => QueueReply::Failed {
            reason: format!("not a request: {error}"),
        },
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    tokio::time::timeout(REQUEST_TIMEOUT, writer.write_all(&text)).await?
}

/// Sends a request to the service on a data folder.
pub async fn ask(data: &Path, request: &QueueRequest) -> Result<QueueReply, CliError> {
    let path = data.join(OPERATOR_SOCKET);
    let exchange = async {
        let mut stream = UnixStream::connect(&path).await?;
        let mut text = serde_json::to_vec(request)?;
        text.push(b'\n');
        stream.write_all(&text).await?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await?;
        Ok::<_, io::Error>(serde_json::from_slice(&reply)?)
    };
    exchange.await.map_err(|error| {
        let help = "is `letscode serve` running on this --data folder, and may this user reach it? \
                    A service of many machines needs --database and --redis";
        CliError::new(error).about(path.display()).with_help(help)
    })
}
