//! Users of versions before 0.2, whose id was their secret.

use letscode_model::UserSecret;
use sqlx::{Database, Encode, Executor, IntoArguments, Transaction, Type};

use crate::StoreError;

/// Both databases take numbered parameters in this form.
const UPDATES: [&str; 2] = [
    "UPDATE submissions SET user_id = $1 WHERE user_id = $2",
    "UPDATE disbelieved SET user_id = $1 WHERE user_id = $2",
];

/// Moves the submissions of users whose id was their secret to the public ids of these users. `ids`:
/// all that may be such ids. Changes nothing the next time.
pub(crate) async fn move_to_public_ids<DB>(
    mut transaction: Transaction<'_, DB>,
    ids: Vec<String>,
) -> Result<(), StoreError>
where
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    for id in ids {
        let Some(secret) = UserSecret::from_old_user_id(&id) else {
            continue;
        };
        let public = secret.public_id();
        for update in UPDATES {
            sqlx::query(update)
                .bind(public.0.clone())
                .bind(id.clone())
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}
