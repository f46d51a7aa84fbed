use crate::{AuditAction, AuditEvent, UserId};

/// The names by which the audit log knows a user who is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserTraces {
    /// The user, and the browsers that it has claimed.
    pub ids: Vec<UserId>,
    /// Names that the account logs in with.
    pub names: Vec<String>,
    /// Names of its API keys.
    pub key_names: Vec<String>,
}

impl UserTraces {
    /// Returns a name that tells nothing, to put in place of a user's.
    pub fn new_pseudonym() -> String {
        let digits = uuid::Uuid::new_v4().simple().to_string();
        format!("erased-{}", &digits[..12])
    }

    /// Returns all texts that stand for the user somewhere in an event.
    pub fn texts(&self) -> Vec<String> {
        let ids = self.ids.iter().map(|id| id.0.clone());
        let names = self.names.iter().chain(&self.key_names).cloned();
        let keys = self.key_names.iter().map(|name| key_actor(name));
        ids.chain(names).chain(keys).collect()
    }

    /// Returns an event with a pseudonym in place of the user; `None` if it doesn't name the user. A name
    /// may be that of a problem as well, so it counts only where an account or a key is named.
    pub fn erased_from(&self, event: &AuditEvent, pseudonym: &str) -> Option<AuditEvent> {
        let is_key = |text: &str| self.key_names.iter().any(|name| key_actor(name) == text);
        let is_user = |text: &str| self.ids.iter().any(|id| id.0 == text) || is_key(text);
        let names = self.names.iter().chain(&self.key_names);
        let names = names.filter(|_| names_accounts(event.action));
        let names: Vec<&str> = names.map(String::as_str).collect();
        let mut erased = event.clone();
        // Also a name that the account had before another.
        if names_accounts(event.action)
            && event.subject.as_deref().is_some_and(is_user)
            && let Some(name) = erased.details.get_mut("name")
        {
            pseudonym.clone_into(name);
        }
        let details = erased.details.values_mut();
        let texts = details.chain(erased.subject.as_mut());
        for text in texts.filter(|text| is_user(text) || names.contains(&text.as_str())) {
            pseudonym.clone_into(text);
        }
        if is_user(&erased.actor) {
            pseudonym.clone_into(&mut erased.actor);
        }
        (erased != *event).then_some(erased)
    }
}

fn key_actor(name: &str) -> String {
    format!("key:{name}")
}

/// True if the subject or the details of such an event may be the name of an account or a key.
fn names_accounts(action: AuditAction) -> bool {
    use AuditAction as A;
    match action {
        A::LogIn
        | A::FailedLogIn
        | A::LogOutEverywhere
        | A::PasswordChange
        | A::KeyAdded
        | A::KeyRevoked
        | A::RoleChange
        | A::InvitationAdded
        | A::InvitationRevoked
        | A::IdentityLinked
        | A::IdentityUnlinked
        | A::AccountCreated
        | A::AccountDeleted => true,
        A::Violation
        | A::ProblemAdded
        | A::ProblemReplaced
        | A::ProblemRemoved
        | A::Rejudge
        | A::Cancel
        | A::Flag
        | A::Unflag => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_erased_from_what_names_them() {
        let id = UserId::new_account();
        let traces = UserTraces {
            ids: vec![id.clone(), UserId("pub-1".to_owned())],
            names: vec!["ada".to_owned()],
            key_names: vec!["laptop".to_owned()],
        };
        let event = |action, actor: &str, subject: &str| AuditEvent::new(action, actor).on(subject);
        let erased = |event: AuditEvent| traces.erased_from(&event, "erased-1");
        for (action, actor, subject, expected) in [
            (
                AuditAction::FailedLogIn,
                "letscode",
                "ada",
                ("letscode", "erased-1"),
            ),
            (
                AuditAction::RoleChange,
                "operator",
                &id.0,
                ("operator", "erased-1"),
            ),
            (
                AuditAction::Rejudge,
                "key:laptop",
                "ada",
                ("erased-1", "ada"),
            ),
            (
                AuditAction::Violation,
                "pub-1",
                "violation 7",
                ("erased-1", "violation 7"),
            ),
        ] {
            let renamed = event(action, expected.0, expected.1);
            assert_eq!(erased(event(action, actor, subject)), Some(renamed));
        }
        let created = AuditEvent::new(AuditAction::AccountCreated, "operator").with("name", "ada");
        assert_eq!(erased(created).unwrap().details["name"], "erased-1");
        for (action, actor, subject) in [
            (AuditAction::ProblemAdded, "operator", "ada"),
            (AuditAction::LogIn, "acct-1", "adam"),
            (AuditAction::Rejudge, "key:laptop2", "laptop"),
        ] {
            assert_eq!(
                erased(event(action, actor, subject)),
                None,
                "{actor} {subject}"
            );
        }
        assert!(UserTraces::new_pseudonym().len() == "erased-".len() + 12);
    }
}
