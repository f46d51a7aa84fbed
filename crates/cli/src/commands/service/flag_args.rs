//! Options about clients whose programs make denied calls.

use std::time::Duration;

use clap::Args;
use letscode_server::FlagReaction;
use letscode_store::FlagRule;

use crate::commands::times::duration;

/// Five violations within an hour flag a user, or an address where names cost nothing.
#[derive(Args)]
pub struct FlagPolicyArgs {
    /// Effect of a flag on its user's jobs: `log` nothing, `slow` they wait for all others and run
    /// one at a time, `refuse` they get 403
    #[arg(long, value_name = "WHAT", default_value_t = FlagReaction::default(), value_parser = reaction, env = "LETSCODE_ON_FLAG")]
    on_flag: FlagReaction,
    /// Time after which a flag ends
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration, env = "LETSCODE_FLAG_FOR")]
    flag_for: Duration,
}

fn reaction(text: &str) -> Result<FlagReaction, String> {
    let unknown = |_| "it is log, slow or refuse".to_owned();
    text.parse().map_err(unknown)
}

impl FlagPolicyArgs {
    pub fn reaction(&self) -> FlagReaction {
        self.on_flag
    }

    pub fn rule(&self) -> FlagRule {
        FlagRule {
            duration: self.flag_for,
            ..FlagRule::default()
        }
    }
}
