use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::named_enum::named_enum;
use crate::visible_text;

named_enum! {
    /// The actions that the audit log records.
    #[derive(PartialOrd, Ord, strum::EnumString, strum::VariantArray)]
    #[serde(rename_all = "kebab-case")]
    #[strum(serialize_all = "kebab-case")]
    pub enum AuditAction {
        /// A program was ended for something that it may not do.
        Violation,
        LogIn,
        FailedLogIn,
        /// All sessions of an account were ended.
        LogOutEverywhere,
        PasswordChange,
        KeyAdded,
        KeyRevoked,
        RoleChange,
        InvitationAdded,
        InvitationRevoked,
        /// An account at an OpenID provider may log in as an account here.
        IdentityLinked,
        IdentityUnlinked,
        AccountCreated,
        AccountDeleted,
        ProblemAdded,
        ProblemReplaced,
        ProblemRemoved,
        Rejudge,
        /// A manager cancelled what another user had queued.
        Cancel,
        /// A user or an address was flagged.
        Flag,
        /// A flag was lifted before its end.
        Unflag,
    }
}

impl AuditAction {
    pub const ALL: &'static [AuditAction] = <AuditAction as strum::VariantArray>::VARIANTS;
}

/// Something that was done, and by whom. Its texts are bounded and show what they are: control
/// characters are replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    pub action: AuditAction,
    /// Id of the user, `key:` and the name of a key, [`AuditEvent::OPERATOR`] or
    /// [`AuditEvent::SERVICE`].
    pub actor: String,
    /// Address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The thing that was acted on: a user, a key, a problem, a submission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

impl AuditEvent {
    /// Actor of the command line.
    pub const OPERATOR: &'static str = "operator";
    /// Actor of what the service does by itself.
    pub const SERVICE: &'static str = "letscode";
    /// Largest size of one text of an event, in bytes.
    pub const MAX_TEXT_BYTES: usize = 512;

    pub fn new(action: AuditAction, actor: &str) -> Self {
        AuditEvent {
            action,
            actor: bounded_text(actor),
            address: None,
            subject: None,
            details: BTreeMap::new(),
        }
    }

    /// Adds the address of the client.
    pub fn from_address(mut self, address: Option<impl ToString>) -> Self {
        self.address = address.map(|address| bounded_text(&address.to_string()));
        self
    }

    /// Adds the thing that was acted on.
    pub fn on(mut self, subject: &str) -> Self {
        self.subject = Some(bounded_text(subject));
        self
    }

    /// Adds a detail. Never a secret.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        let value = bounded_text(&value.to_string());
        self.details.insert(name.to_owned(), value);
        self
    }
}

/// An event in the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Numbers grow in the order of recording.
    pub id: i64,
    /// Unix time in milliseconds.
    pub time: i64,
    #[serde(flatten)]
    pub event: AuditEvent,
}

/// Returns a text on one line that fits an event.
fn bounded_text(text: &str) -> String {
    let mut text = visible_text(text).replace(['\n', '\t'], " ");
    text.truncate(text.floor_char_boundary(AuditEvent::MAX_TEXT_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_serialise_as_they_print() {
        for action in AuditAction::ALL.iter().copied() {
            let json = serde_json::to_value(action).unwrap();
            assert_eq!(json, serde_json::json!(action.as_str()));
            assert_eq!(action.as_str().parse(), Ok(action));
        }
    }

    #[test]
    fn texts_of_strangers_are_bounded_and_visible() {
        let event = AuditEvent::new(AuditAction::FailedLogIn, "a\0b\u{1b}[31m\nc")
            .on(&"é".repeat(1000))
            .with("reason", "\u{202e}x");
        assert_eq!(event.actor, "a\u{2400}b\u{241b}[31m c");
        assert_eq!(event.subject.unwrap().len(), AuditEvent::MAX_TEXT_BYTES);
        assert_eq!(event.details["reason"], "\u{fffd}x");
    }
}
