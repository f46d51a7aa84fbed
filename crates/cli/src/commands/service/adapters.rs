//! Options of the adapters for other services' clients, and the addresses that they listen on.

use std::net::SocketAddr;
use std::str::FromStr;

use clap::Args;
use letscode_adapters::{AdapterOptions, PeerService, service_names};
use letscode_server::{AdapterSettings, AppState};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::auth_args::AuthArgs;
use super::process::{StopSignal, announce, stopped};
use crate::error::CliError;

/// The APIs of other services; none unless asked for.
#[derive(Args)]
pub struct AdapterArgs {
    /// Answer the clients of another service below /compat/NAME: sandbox-fusion, piston, judge0, jobe or
    /// domjudge;
    /// may be repeated
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = service,
        env = "LETSCODE_COMPAT"
    )]
    compat: Vec<PeerService>,
    /// Answer the clients of another service at the root of an address of its own, such as
    /// sandbox-fusion=127.0.0.1:8080; may be repeated
    #[arg(
        long,
        value_name = "NAME=ADDR:PORT",
        value_delimiter = ',',
        env = "LETSCODE_ADAPTER"
    )]
    adapter: Vec<AdapterAddress>,
    /// Secret that those clients have to send, each in the way of its service
    #[arg(
        long,
        value_name = "SECRET",
        env = "LETSCODE_ADAPTER_KEY",
        hide_env_values = true
    )]
    adapter_key: Option<String>,
    /// Secret for what only an administrator of the other service may do
    #[arg(
        long,
        value_name = "SECRET",
        env = "LETSCODE_ADAPTER_ADMIN_KEY",
        hide_env_values = true
    )]
    adapter_admin_key: Option<String>,
    /// Read Judge0's texts as base64 unless a request says otherwise, as Judge0 does since version 1.14
    #[arg(long, env = "LETSCODE_JUDGE0_IMPLICIT_BASE64")]
    judge0_implicit_base64: bool,
}

/// A service and the address that its clients are answered at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AdapterAddress {
    service: PeerService,
    address: SocketAddr,
}

impl FromStr for AdapterAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, address) = text
            .split_once('=')
            .ok_or("write NAME=ADDR:PORT, such as sandbox-fusion=127.0.0.1:8080")?;
        let address = address.parse();
        Ok(AdapterAddress {
            service: service(name)?,
            address: address.map_err(|_| "after `=` comes an address and a port".to_owned())?,
        })
    }
}

fn service(name: &str) -> Result<PeerService, String> {
    let unknown = |_| {
        format!(
            "there is no adapter `{name}`; there are: {}",
            service_names()
        )
    };
    name.parse().map_err(unknown)
}

/// Listeners of the adapters.
pub struct AdapterListeners(Vec<(PeerService, TcpListener)>);

/// Tasks that serve adapters.
pub struct AdapterTasks(Vec<JoinHandle<()>>);

impl AdapterTasks {
    /// Waits until all of them have ended, as they do after the stop signal.
    pub async fn ended(self) {
        for task in self.0 {
            // A task that panicked has ended as well.
            let _ = task.await;
        }
    }
}

impl AdapterArgs {
    /// Checks that nobody reaches the service by accident, at its own address or at an adapter's.
    pub fn check_access(&self, auth: &AuthArgs, listen: SocketAddr) -> Result<(), CliError> {
        if self.adapter_key.is_some() && !auth.is_open() {
            let message = "--adapter-key is for --auth open";
            return Err(CliError::new(message).with_help(
                "in the other modes those clients send an API key, in the way of their service: \
                 `letscode key add NAME --scope run`",
            ));
        }
        let is_open = |_: &&AdapterAddress| self.adapter_key.is_none();
        let adapters = self.adapter.iter().filter(is_open);
        let adapters = adapters.map(|adapter| adapter.address);
        auth.check_addresses(std::iter::once(listen).chain(adapters))
    }

    pub fn settings(&self) -> AdapterSettings {
        let mut mounted = self.compat.clone();
        mounted.sort();
        mounted.dedup();
        AdapterSettings {
            mounted,
            options: AdapterOptions {
                key: self.adapter_key.clone(),
                admin_key: self.adapter_admin_key.clone(),
                judge0_implicit_base64: self.judge0_implicit_base64,
            },
        }
    }

    pub async fn bind(&self) -> Result<AdapterListeners, CliError> {
        let mut listeners = Vec::new();
        for AdapterAddress { service, address } in &self.adapter {
            let listener = TcpListener::bind(address).await.map_err(|error| {
                CliError::new(format!("cannot listen on {address}: {error}"))
                    .with_help("another process may be listening there: choose another --adapter")
            })?;
            listeners.push((*service, listener));
        }
        Ok(AdapterListeners(listeners))
    }
}

impl AdapterListeners {
    /// Serves them until the stop signal, and says where.
    pub fn spawn(self, state: &AppState, stop: &StopSignal) -> Result<AdapterTasks, CliError> {
        let mut tasks = Vec::new();
        for (service, listener) in self.0 {
            let address = listener.local_addr().map_err(CliError::new)?;
            announce(&format!("{}: http://{address}", service.name()));
            let served = letscode_server::serve_adapter(
                listener,
                service,
                state.clone(),
                stopped(stop.clone()),
            );
            tasks.push(tokio::spawn(async move {
                if let Err(error) = served.await {
                    tracing::error!(%error, service = service.name(), "an adapter has ended");
                }
            }));
        }
        Ok(AdapterTasks(tasks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_are_a_name_and_an_address() {
        let adapter: AdapterAddress = "judge0=127.0.0.1:2358".parse().unwrap();
        assert_eq!(adapter.service, PeerService::Judge0);
        assert_eq!(adapter.address.port(), 2358);
        for (text, reason) in [
            ("judge0", "write NAME=ADDR:PORT"),
            ("judge0=x", "an address and a port"),
            (
                "judge=127.0.0.1:1",
                "there are: sandbox-fusion, piston, judge0, jobe, domjudge",
            ),
        ] {
            let error = text.parse::<AdapterAddress>().unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
