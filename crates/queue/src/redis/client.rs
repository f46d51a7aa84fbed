//! The connections to Redis.

use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection, PubSub};
use ::redis::{
    AsyncConnectionConfig, Client, FromRedisValue, RedisError, Script, ScriptInvocation,
    ToRedisArgs,
};

use crate::QueueError;

/// Prefix of all keys and channels. In a cluster the braces put them into one hash slot.
const PREFIX: &str = "{letscode}:";
/// Bound on the wait for a connection and for a reply.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Bound on one blocking read, which is then repeated. So a connection that broke silently is noticed.
pub(super) const BLOCKING_READ: Duration = Duration::from_secs(5);

/// Connects to Redis and runs commands and the functions of its script.
pub(super) struct RedisClient {
    client: Client,
    commands: ConnectionManager,
    script: Script,
}

/// The script whose functions change the queue. Each part uses those before it.
const SCRIPT: &str = concat!(
    include_str!("script/base.lua"),
    include_str!("script/events.lua"),
    include_str!("script/turns.lua"),
    include_str!("script/places.lua"),
    include_str!("script/jobs.lua"),
    include_str!("script/waiting.lua"),
    include_str!("script/leases.lua"),
    include_str!("script/load.lua"),
    include_str!("script/hints.lua"),
    include_str!("script/rooms.lua"),
    include_str!("script/rates.lua"),
    "return functions[ARGV[1]](unpack(ARGV, 2))\n",
);

impl RedisClient {
    pub async fn connect(url: &str) -> Result<Self, QueueError> {
        let client = Client::open(url).map_err(|error| QueueError::Address(error.to_string()))?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(2)
            .set_max_delay(Duration::from_millis(500))
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        let commands = ConnectionManager::new_with_config(client.clone(), config).await?;
        Ok(RedisClient {
            client,
            commands,
            script: Script::new(SCRIPT),
        })
    }

    /// Opens a connection for blocking reads, whose replies may take longer than [`TIMEOUT`].
    pub async fn blocking_connection(&self) -> Result<MultiplexedConnection, QueueError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(BLOCKING_READ + TIMEOUT));
        let connected = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await;
        Ok(connected?)
    }

    /// Opens a connection for subscriptions to channels.
    pub async fn pubsub_connection(&self) -> Result<PubSub, QueueError> {
        let connecting = self.client.get_async_pubsub();
        match tokio::time::timeout(TIMEOUT, connecting).await {
            Ok(connected) => Ok(connected?),
            Err(_) => Err(QueueError::Unavailable("no connection in time".to_owned())),
        }
    }

    /// Prepares a call of a function of the script.
    pub fn call(&self, function: &str) -> ScriptCall<'_> {
        let mut invocation = self.script.key(PREFIX);
        invocation.arg(function);
        ScriptCall {
            client: self,
            invocation,
        }
    }

    /// Runs a plain command.
    pub async fn command<T: FromRedisValue>(
        &self,
        command: &::redis::Cmd,
    ) -> Result<T, QueueError> {
        Ok(command.query_async(&mut self.commands.clone()).await?)
    }
}

/// A function of the script and its arguments.
pub(super) struct ScriptCall<'a> {
    client: &'a RedisClient,
    invocation: ScriptInvocation<'a>,
}

impl ScriptCall<'_> {
    pub fn arg(mut self, argument: impl ToRedisArgs) -> Self {
        self.invocation.arg(argument);
        self
    }

    /// Runs the function and converts its result.
    pub async fn run<T: FromRedisValue>(self) -> Result<T, QueueError> {
        let mut commands = self.client.commands.clone();
        Ok(self.invocation.invoke_async(&mut commands).await?)
    }
}

/// Returns the full name of a key or channel.
pub(super) fn key(suffix: impl std::fmt::Display) -> String {
    format!("{PREFIX}{suffix}")
}

/// Returns a key or channel without the prefix.
pub(super) fn without_prefix(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

impl From<RedisError> for QueueError {
    fn from(error: RedisError) -> Self {
        QueueError::Unavailable(error.to_string())
    }
}
