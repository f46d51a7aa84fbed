//! What browsers say of their own people's submissions.

use letscode_model::{Judgement, NewSubmission, UserId, Verdict, VerdictSummary, VerifiedBy};
use sqlx::{Row, Sqlite, Transaction};

use super::submissions::{self, Ending};
use super::{SqliteStore, rows};
use crate::claims::disproves;
use crate::clock::unix_millis;
use crate::{Claim, StoreError};

/// Keeps a submission together with what a browser said of it.
pub(super) async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    new: &NewSubmission,
    claim: &Claim,
) -> Result<(), StoreError> {
    let number = submissions::insert(transaction, new).await?;
    match claim {
        Claim::Believed(judgement) => {
            let ending = Ending {
                number,
                verified_by: VerifiedBy::Client,
            };
            submissions::end(transaction, ending, judgement).await
        }
        Claim::Checked(verdict) => {
            sqlx::query("INSERT INTO claims (submission, verdict) VALUES (?1, ?2)")
                .bind(number)
                .bind(rows::to_json(verdict)?)
                .execute(&mut **transaction)
                .await?;
            Ok(())
        }
    }
}

/// In the transaction that makes the server's judgement final: no crash can come between a lie and
/// its consequence.
pub(super) async fn compare(
    transaction: &mut Transaction<'_, Sqlite>,
    number: i64,
    judgement: &Judgement,
) -> Result<(), StoreError> {
    let claim = sqlx::query("SELECT verdict FROM claims WHERE submission = ?1")
        .bind(number)
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(row) = claim else { return Ok(()) };
    let claimed: VerdictSummary = rows::json(&row, "verdict")?;
    if claimed.status != Verdict::Accepted || !disproves(&judgement.verdict) {
        return Ok(());
    }
    sqlx::query(
        "INSERT OR IGNORE INTO disbelieved (user_id, submission, since) \
         SELECT user_id, number, ?2 FROM submissions WHERE number = ?1",
    )
    .bind(number)
    .bind(unix_millis())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

impl SqliteStore {
    pub(super) async fn read_is_believed(&self, user: &UserId) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT count(*) AS lies FROM disbelieved WHERE user_id = ?1")
            .bind(&user.0)
            .fetch_one(&self.readers)
            .await?;
        let lies: i64 = row.try_get("lies")?;
        Ok(lies == 0)
    }
}
