//! Group commit: whatever waits to be written shares one transaction, and so one wait for the disk.
//!
//! One task writes. It takes everything that has come while it was busy with the last transaction:
//! alone, a write is made durable at once; under load, hundreds together. Nobody is answered before
//! the transaction is on disk.

use std::sync::Arc;

use letscode_model::{Judgement, NewSubmission, SubmissionId};
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, Sqlite, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::claims;
use super::progress::Progress;
use super::submissions::{conclude, insert};
use crate::{Claim, StoreError};

/// Of one transaction. Sources are up to 1 MiB each.
const MAX_TOGETHER: usize = 256;
/// Folding the log into the database waits for the disk as well: seldom, beside the writes, and after
/// those who wait were answered.
const COMMITS_PER_CHECKPOINT: u32 = 128;

/// The way to the task that writes.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    requests: mpsc::Sender<Request>,
}

/// What is to be made durable.
#[derive(Debug)]
pub(super) enum Write {
    Submission(NewSubmission),
    Claimed(NewSubmission, Claim),
    Judgement(SubmissionId, Judgement),
}

#[derive(Debug)]
struct Request {
    write: Write,
    answer: oneshot::Sender<Result<bool, StoreError>>,
}

impl Writer {
    /// The task ends with the last clone of what this returns.
    pub fn start(connection: SqlitePool, checkpoints: SqlitePool, progress: Arc<Progress>) -> Self {
        let (requests, waiting) = mpsc::channel(MAX_TOGETHER);
        let group = Group {
            connection,
            checkpoints,
            progress,
            commits: 0,
        };
        tokio::spawn(group.commit_all(waiting));
        Writer { requests }
    }

    /// Returns once it is on disk: whether it changed anything.
    pub async fn write(&self, write: Write) -> Result<bool, StoreError> {
        let (answer, written) = oneshot::channel();
        let request = Request { write, answer };
        let sent = self.requests.send(request).await;
        sent.map_err(|_| StoreError::Closed)?;
        written.await.map_err(|_| StoreError::Closed)?
    }
}

struct Group {
    connection: SqlitePool,
    checkpoints: SqlitePool,
    progress: Arc<Progress>,
    commits: u32,
}

impl Group {
    async fn commit_all(mut self, mut waiting: mpsc::Receiver<Request>) {
        let mut together = Vec::new();
        while waiting.recv_many(&mut together, MAX_TOGETHER).await > 0 {
            self.commit(std::mem::take(&mut together)).await;
            self.commits += 1;
            if self.commits.is_multiple_of(COMMITS_PER_CHECKPOINT) {
                tokio::spawn(checkpoint(self.checkpoints.clone()));
            }
        }
    }

    async fn commit(&self, requests: Vec<Request>) {
        let writes: Vec<&Write> = requests.iter().map(|request| &request.write).collect();
        match self.transact(&writes).await {
            Ok(results) => {
                for (request, result) in requests.into_iter().zip(results) {
                    self.answer(request, result);
                }
            }
            // One of them may be to blame: then the others need not suffer.
            Err(_) if requests.len() > 1 => {
                for request in requests {
                    let result = self.transact(&[&request.write]).await;
                    let result = result.and_then(|results| {
                        let only = results.into_iter().next();
                        only.unwrap_or(Err(StoreError::Closed))
                    });
                    self.answer(request, result);
                }
            }
            Err(error) => {
                if let Some(only) = requests.into_iter().next() {
                    self.answer(only, Err(error));
                }
            }
        }
    }

    /// One answer for each write: a write that is refused changes nothing, and the others stand. An
    /// error of the whole means that nothing was written.
    async fn transact(
        &self,
        writes: &[&Write],
    ) -> Result<Vec<Result<bool, StoreError>>, StoreError> {
        let mut connection = self.connection.acquire().await?;
        let done = transact_on(&mut connection, writes).await;
        if done.is_err() {
            // Where the disk is full SQLite may have ended the transaction by itself: the connection then
            // takes itself to be in one for ever.
            connection.close_on_drop();
        }
        done
    }

    fn answer(&self, request: Request, result: Result<bool, StoreError>) {
        if result.is_ok() {
            match &request.write {
                Write::Submission(new) | Write::Claimed(new, Claim::Checked(_)) => {
                    self.progress.begin(new.id);
                }
                Write::Claimed(_, Claim::Believed(_)) => {}
                Write::Judgement(id, _) => self.progress.end(*id),
            }
        }
        // Whoever asked may have left; what is written is written.
        let _ = request.answer.send(result);
    }
}

async fn transact_on(
    connection: &mut SqliteConnection,
    writes: &[&Write],
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
    write: &Write,
) -> Result<bool, StoreError> {
    match write {
        Write::Submission(new) => insert(transaction, new).await.map(|_| true),
        Write::Claimed(new, claim) => claims::insert(transaction, new, claim).await.map(|()| true),
        Write::Judgement(id, judgement) => conclude(transaction, *id, judgement).await,
    }
}

/// About this one write, which then has changed nothing.
fn is_refusal(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::DuplicateSubmission(_)
            | StoreError::UnknownProblem(_)
            | StoreError::UnknownSubmission(_)
    )
}

/// Folds the log into the database as far as no reader needs it.
async fn checkpoint(pool: SqlitePool) {
    let folded = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .execute(&pool)
        .await;
    // It stays in the log, which is as durable; the next one may have more luck.
    drop(folded);
}
