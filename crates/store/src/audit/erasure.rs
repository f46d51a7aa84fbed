//! Erased users: the names by which the audit log knows them, and the work of theirs that still ends.

use std::collections::BTreeMap;

use letscode_model::{AuditEvent, UserId, UserTraces};
use sqlx::{AssertSqlSafe, Database, Encode, Executor, IntoArguments, QueryBuilder, Type};

use super::tables::{AuditTables, WriteTime};
use crate::StoreError;
use crate::rows::{SubmissionRow, json, to_json};

/// Texts that one query looks for: databases bound the depth of a condition.
const TEXTS_AT_ONCE: usize = 50;
/// Milliseconds after which no work from before an erasure goes on any more.
const LONGEST_WORK: i64 = 24 * 3_600_000;

impl<DB> AuditTables<'_, DB>
where
    DB: Database,
    DB::Row: SubmissionRow,
    DB::Arguments: IntoArguments<DB>,
    for<'e> &'e mut DB::Connection: Executor<'e, Database = DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> String: Encode<'q, DB> + Type<DB>,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
{
    /// Returns the ids of a user and of the browsers that it has claimed, the name of the account, and
    /// the names of its keys that no other key has.
    pub async fn read_traces(&mut self, user: &UserId) -> Result<UserTraces, StoreError> {
        let claimed = "SELECT user_id AS name FROM claimed_users WHERE account = $1";
        let mut ids = vec![user.clone()];
        ids.extend(self.names(claimed, user).await?.into_iter().map(UserId));
        let name = "SELECT name FROM accounts WHERE id = $1";
        let keys = "SELECT name FROM api_keys WHERE account = $1 AND name NOT IN \
             (SELECT name FROM api_keys WHERE account IS NULL OR account <> $1)";
        Ok(UserTraces {
            ids,
            names: self.names(name, user).await?,
            key_names: self.names(keys, user).await?,
        })
    }

    async fn names(
        &mut self,
        select: &'static str,
        user: &UserId,
    ) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(select)
            .bind(user.0.clone())
            .fetch_all(&mut *self.connection)
            .await?;
        rows.iter().map(|row| row.text("name")).collect()
    }

    /// Puts a made-up name in place of a user's everywhere in the audit log, and remembers that the user
    /// was erased. Adds the event, if there was anything to erase.
    pub async fn erase_traces(
        &mut self,
        traces: &UserTraces,
        event: Option<&AuditEvent>,
    ) -> Result<(), StoreError> {
        let time = self.advance_clock().await?;
        let pseudonym = UserTraces::new_pseudonym();
        for (number, event) in self.events_about(traces).await? {
            if let Some(event) = traces.erased_from(&event, &pseudonym) {
                self.rewrite_event(number, &event).await?;
            }
        }
        for id in &traces.ids {
            self.rename_actor(id, &pseudonym).await?;
            self.remember_erasure(id, time).await?;
        }
        if let Some(event) = event {
            let renamed = traces.erased_from(event, &pseudonym);
            self.insert_event(renamed.as_ref().unwrap_or(event), time)
                .await?;
        }
        Ok(())
    }

    /// Returns the events that may have a user's names in them. Reads the whole log.
    async fn events_about(
        &mut self,
        traces: &UserTraces,
    ) -> Result<BTreeMap<i64, AuditEvent>, StoreError> {
        let mut events = BTreeMap::new();
        for texts in traces.texts().chunks(TEXTS_AT_ONCE) {
            self.add_events_with(texts, &mut events).await?;
        }
        Ok(events)
    }

    async fn add_events_with(
        &mut self,
        texts: &[String],
        events: &mut BTreeMap<i64, AuditEvent>,
    ) -> Result<(), StoreError> {
        let mut query = QueryBuilder::<DB>::new("SELECT number, event FROM audit_events WHERE ");
        let mut before = "";
        for text in texts {
            let pattern = like_pattern(&to_json(text)?);
            query.push(before).push("event LIKE ").push_bind(pattern);
            query.push(" ESCAPE '!'");
            before = " OR ";
        }
        for row in query.build().fetch_all(&mut *self.connection).await? {
            events.insert(row.integer("number")?, json(&row, "event")?);
        }
        Ok(())
    }

    async fn rewrite_event(&mut self, number: i64, event: &AuditEvent) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE audit_events SET actor = $2, subject = $3, event = $4 WHERE number = $1",
        )
        .bind(number)
        .bind(event.actor.clone())
        .bind(event.subject.clone())
        .bind(to_json(event)?)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    /// Renames an admin in flags of others and in invitations.
    async fn rename_actor(&mut self, id: &UserId, pseudonym: &str) -> Result<(), StoreError> {
        for (table, column) in [("flags", "actor"), ("invitations", "created_by")] {
            let update = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1");
            sqlx::query(AssertSqlSafe(update))
                .bind(id.0.clone())
                .bind(pseudonym.to_owned())
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }

    async fn remember_erasure(&mut self, id: &UserId, time: WriteTime) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO erased_users (user_id, erased_at) VALUES ($1, $2) \
             ON CONFLICT (user_id) DO UPDATE SET erased_at = excluded.erased_at",
        )
        .bind(id.0.clone())
        .bind(time.steady)
        .execute(&mut *self.connection)
        .await?;
        Ok(())
    }

    /// Forgets erasures from before which no work goes on any more.
    pub async fn forget_erasures(&mut self, time: WriteTime) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM erased_users WHERE erased_at < $1")
            .bind(time.steady.saturating_sub(LONGEST_WORK))
            .execute(&mut *self.connection)
            .await?;
        Ok(())
    }
}

/// Returns a pattern for what contains a text.
fn like_pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
