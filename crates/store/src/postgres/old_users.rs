use letscode_model::UserSecret;
use sqlx::{Connection, PgConnection};

use crate::StoreError;

/// Moves the submissions of users whose id was their secret to the public ids of these users.
/// Changes nothing the next time.
pub(super) async fn move_to_public_ids(connection: &mut PgConnection) -> Result<(), StoreError> {
    let old: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT user_id FROM submissions WHERE user_id LIKE 'web-%'")
            .fetch_all(&mut *connection)
            .await?;
    let mut transaction = connection.begin().await?;
    for id in old {
        let Some(secret) = UserSecret::from_old_user_id(&id) else {
            continue;
        };
        let public = secret.public_id();
        for table in ["submissions", "disbelieved"] {
            let update = format!("UPDATE {table} SET user_id = $1 WHERE user_id = $2");
            sqlx::query(sqlx::AssertSqlSafe(update))
                .bind(&public.0)
                .bind(&id)
                .execute(&mut *transaction)
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}
