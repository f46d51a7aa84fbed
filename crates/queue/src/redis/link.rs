//! The connections to Redis.

use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection, PubSub};
use ::redis::{
    AsyncConnectionConfig, Client, FromRedisValue, RedisError, Script, ScriptInvocation,
    ToRedisArgs,
};

use crate::QueueError;

/// Of all names. The braces put them together into one slot, should there be a cluster.
const PREFIX: &str = "{letscode}:";
/// For an answer: a Redis that takes longer is as good as away.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one blocking read waits until it asks again: a connection that has silently gone is found
/// out by then.
pub(super) const BLOCK: Duration = Duration::from_secs(5);

pub(super) struct Link {
    client: Client,
    commands: ConnectionManager,
    script: Script,
}

impl Link {
    pub async fn open(url: &str) -> Result<Self, QueueError> {
        let client = Client::open(url).map_err(|error| QueueError::Address(error.to_string()))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(2)
            .set_max_delay(Duration::from_millis(500))
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let commands = ConnectionManager::new_with_config(client.clone(), config).await?;
        Ok(Link {
            client,
            commands,
            script: Script::new(include_str!("queue.lua")),
        })
    }

    /// A connection for reads that wait. The usual bound on the time of an answer would end them.
    pub async fn for_blocking(&self) -> Result<MultiplexedConnection, QueueError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(BLOCK + PATIENCE));
        let connected = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await;
        Ok(connected?)
    }

    pub async fn for_messages(&self) -> Result<PubSub, QueueError> {
        let connecting = self.client.get_async_pubsub();
        match tokio::time::timeout(PATIENCE, connecting).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(QueueError::Unavailable("no connection in time".to_owned())),
        }
    }

    /// One of the functions in `queue.lua`.
    pub fn call(&self, function: &str) -> Call<'_> {
        let mut invocation = self.script.key(PREFIX);
        invocation.arg(function);
        Call {
            link: self,
            invocation,
        }
    }

    /// A plain command.
    pub async fn command<T: FromRedisValue>(
        &self,
        command: &::redis::Cmd,
    ) -> Result<T, QueueError> {
        Ok(command.query_async(&mut self.commands.clone()).await?)
    }
}

pub(super) struct Call<'a> {
    link: &'a Link,
    invocation: ScriptInvocation<'a>,
}

impl Call<'_> {
    pub fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        self.invocation.arg(argument);
        self
    }

    pub async fn ask<T: FromRedisValue>(self) -> Result<T, QueueError> {
        let mut commands = self.link.commands.clone();
        Ok(self.invocation.invoke_async(&mut commands).await?)
    }
}

pub(super) fn name(rest: impl std::fmt::Display) -> String {
    format!("{PREFIX}{rest}")
}

/// What a channel is called behind the prefix.
pub(super) fn without_prefix(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

impl From<RedisError> for QueueError {
    fn from(error: RedisError) -> Self {
        QueueError::Unavailable(error.to_string())
    }
}
