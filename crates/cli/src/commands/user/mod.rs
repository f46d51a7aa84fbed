mod add;
mod delete;
mod flag;
mod invitations;
mod invite;
mod list;
mod password;
mod read_password;
mod role;
mod show;

use std::process::ExitCode;

use clap::Subcommand;

use crate::error::CliError;

/// Manage the users of a service: accounts (`--auth accounts`), and flags of any user.
#[derive(Subcommand)]
pub enum UserCommand {
    Flag(flag::FlagArgs),
    Unflag(flag::UnflagArgs),
    Add(add::UserAddArgs),
    Invite(invite::UserInviteArgs),
    Invitations(invitations::UserInvitationsArgs),
    List(list::UserListArgs),
    Show(show::UserShowArgs),
    Role(role::UserRoleArgs),
    Password(password::UserPasswordArgs),
    Delete(delete::UserDeleteArgs),
}

impl UserCommand {
    pub fn execute(self) -> Result<ExitCode, CliError> {
        match self {
            UserCommand::Flag(flag) => flag.execute(),
            UserCommand::Unflag(unflag) => unflag.execute(),
            UserCommand::Add(add) => add.execute(),
            UserCommand::Invite(invite) => invite.execute(),
            UserCommand::Invitations(invitations) => invitations.execute(),
            UserCommand::List(list) => list.execute(),
            UserCommand::Show(show) => show.execute(),
            UserCommand::Role(role) => role.execute(),
            UserCommand::Password(password) => password.execute(),
            UserCommand::Delete(delete) => delete.execute(),
        }
    }
}
