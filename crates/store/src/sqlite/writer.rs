//! Group commit: writes that wait share one transaction, and so one wait for the disk.
//!
//! One task writes. It takes all writes that have come during the last transaction: a single write is
//! made durable at once, and under load hundreds together. Each write is confirmed after the
//! transaction is on disk.

use std::sync::Arc;

use letscode_model::{JudgementKey, NewSubmission};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, Sqlite, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::progress::ProgressTable;
use super::writes::{FinishedJudgement, finish, insert, insert_with_result};
use crate::{ClientVerdict, StoreError};

/// Writes in one transaction. Sources are up to 1 MiB each.
const MAX_BATCH: usize = 256;
/// A checkpoint waits for the disk as well, so it is rare, and runs beside the writes.
const COMMITS_PER_CHECKPOINT: u32 = 128;

/// Sends writes to the task that performs them.
#[derive(Debug, Clone)]
pub(super) struct GroupWriter {
    requests: mpsc::Sender<WriteRequest>,
}

/// A write that is to be made durable.
#[derive(Debug)]
pub(super) enum PendingWrite {
    Submission(NewSubmission),
    ClientVerdict(NewSubmission, ClientVerdict),
    Judgement(FinishedJudgement),
}

#[derive(Debug)]
struct WriteRequest {
    write: PendingWrite,
    reply: oneshot::Sender<Result<bool, StoreError>>,
}

impl GroupWriter {
    /// Starts the task, which ends with the last clone of the writer.
    pub fn start(
        connection: SqlitePool,
        checkpoints: SqlitePool,
        progress: Arc<ProgressTable>,
    ) -> Self {
        let (requests, requests_receiver) = mpsc::channel(MAX_BATCH);
        let task = WriterTask {
            connection,
            checkpoints,
            progress,
            commits: 0,
        };
        tokio::spawn(task.run(requests_receiver));
        GroupWriter { requests }
    }

    /// Returns once the write is on disk: true if it changed anything.
    pub async fn write(&self, write: PendingWrite) -> Result<bool, StoreError> {
        let (reply, written) = oneshot::channel();
        let request = WriteRequest { write, reply };
        let sent = self.requests.send(request).await;
        sent.map_err(|_| StoreError::Closed)?;
        written.await.map_err(|_| StoreError::Closed)?
    }
}

struct WriterTask {
    connection: SqlitePool,
    checkpoints: SqlitePool,
    progress: Arc<ProgressTable>,
    commits: u32,
}

impl WriterTask {
    async fn run(mut self, mut requests: mpsc::Receiver<WriteRequest>) {
        let mut batch = Vec::new();
        while requests.recv_many(&mut batch, MAX_BATCH).await > 0 {
            self.commit(std::mem::take(&mut batch)).await;
            self.commits += 1;
            if self.commits.is_multiple_of(COMMITS_PER_CHECKPOINT) {
                tokio::spawn(checkpoint(self.checkpoints.clone()));
            }
        }
    }

    async fn commit(&self, requests: Vec<WriteRequest>) {
        let writes: Vec<&PendingWrite> = requests.iter().map(|request| &request.write).collect();
        match self.transact(&writes).await {
            Ok(results) => {
                for (request, result) in requests.into_iter().zip(results) {
                    self.reply(request, result);
                }
            }
            // One of them may be the cause: repeat each on its own.
            Err(_) if requests.len() > 1 => {
                for request in requests {
                    let result = self.transact(&[&request.write]).await;
                    let result = result.and_then(|results| {
                        let only = results.into_iter().next();
                        only.unwrap_or(Err(StoreError::Closed))
                    });
                    self.reply(request, result);
                }
            }
            Err(error) => {
                if let Some(only) = requests.into_iter().next() {
                    self.reply(only, Err(error));
                }
            }
        }
    }

    /// Returns one result per write: a write that is refused changes nothing, and the others are
    /// committed. An error of the whole means that nothing was written.
    async fn transact(
        &self,
        writes: &[&PendingWrite],
    ) -> Result<Vec<Result<bool, StoreError>>, StoreError> {
        let mut connection = self.connection.acquire().await?;
        let results = transact_on(&mut connection, writes).await;
        if results.is_err() {
            // On a full disk SQLite may have ended the transaction by itself; the connection would then
            // believe for ever to be in one.
            connection.close_on_drop();
        }
        results
    }

    fn reply(&self, request: WriteRequest, result: Result<bool, StoreError>) {
        if result.is_ok() {
            match &request.write {
                PendingWrite::Submission(new)
                | PendingWrite::ClientVerdict(new, ClientVerdict::Unverified(_)) => {
                    self.progress.begin(JudgementKey::first_of(new.id));
                }
                PendingWrite::ClientVerdict(_, ClientVerdict::Trusted(_)) => {}
                // One that came late says nothing about the judgement that is open now.
                PendingWrite::Judgement(finished) if matches!(result, Ok(true)) => {
                    self.progress.end(finished.key);
                }
                PendingWrite::Judgement(_) => {}
            }
        }
        // The caller may have been cancelled; the write stands.
        let _ = request.reply.send(result);
    }
}

async fn transact_on(
    connection: &mut SqliteConnection,
    writes: &[&PendingWrite],
) -> Result<Vec<Result<bool, StoreError>>, StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut results = Vec::with_capacity(writes.len());
    for write in writes {
        let result = perform(&mut transaction, write).await;
        match result {
            Err(error) if !is_refusal(&error) => return Err(error),
            result => results.push(result),
        }
    }
    transaction.commit().await?;
    Ok(results)
}

async fn perform(
    transaction: &mut Transaction<'_, Sqlite>,
    write: &PendingWrite,
) -> Result<bool, StoreError> {
    match write {
        PendingWrite::Submission(new) => insert(transaction, new).await.map(|_| true),
        PendingWrite::ClientVerdict(new, result) => insert_with_result(transaction, new, result)
            .await
            .map(|()| true),
        PendingWrite::Judgement(finished) => finish(transaction, finished).await,
    }
}

/// Returns true for an error of one write, which then has changed nothing.
fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::DuplicateSubmission(_)
            | StoreError::UnknownProblem(_)
            | StoreError::UnknownSubmission(_)
            | StoreError::ErasedUser
    )
}

/// Moves the log into the database as far as no reader needs it.
async fn checkpoint(pool: SqlitePool) {
    let result = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .execute(&pool)
        .await;
    // After an error the log keeps it, which is as durable, until the next checkpoint.
    drop(result);
}
