//! The victim of the attempts, and how an attempt is made.

use letscode_model::{
    AccountIdentity, Invitation, InvitationId, JobId, KeptRun, KeyOwner, KeyScope, LanguageId,
    NewSubmission, ProblemId, RandomSecret, Role, RunStatus, SecretHash, SubmissionId,
    TextEncoding, UserId,
};
use letscode_queue::Replies;
use letscode_server::AuthMode;
use letscode_store::{
    AccountStore, BrowserStore, IdentityStore, KeyStore, NewKey, Store, SubmissionFilter,
};
use serde_json::Value;

use crate::common::people::{account, request, started};
use crate::common::{Answer, TestServer};

/// Part of everything that only the victim may see.
pub const MARKER: &str = "7f3a-only-for-the-victim";

pub type Headers = Vec<(&'static str, String)>;

pub struct Attempt {
    pub name: String,
    pub method: &'static str,
    pub path: String,
    pub headers: Headers,
    pub body: Value,
}

pub struct Scene {
    pub server: TestServer,
    pub victim: UserId,
    /// Submissions of the victim's account and of a user of another back end.
    pub submissions: [SubmissionId; 2],
    pub run: JobId,
    pub victims_key: String,
    /// Id of an identity that logs in as the victim.
    pub victims_identity: String,
    /// Cookie of a browser that the victim has used.
    pub victims_browser: String,
    /// Id of an invitation that is open.
    pub invitation: String,
    pub attempts: Vec<Attempt>,
}

impl Scene {
    pub async fn start() -> Scene {
        let server = started(AuthMode::Accounts).await;
        let victim = account(&server, "ada", Role::User).await.id;
        let victims = [victim.clone(), UserId("moodle/ada".to_owned())];
        let mut submissions = Vec::new();
        for user in &victims {
            submissions.push(add_submission(&server, user).await);
        }
        let run = KeptRun {
            id: JobId::random(),
            status: RunStatus::Running,
            encoding: TextEncoding::default(),
            report: None,
        };
        let hour = std::time::Duration::from_secs(3600);
        server
            .queue
            .keep_run(&victim, &run, hour, std::time::Duration::ZERO)
            .await
            .unwrap();
        let new = NewKey {
            hash: RandomSecret::new_key().hash(),
            name: MARKER.into(),
            owner: KeyOwner::Account(victim.clone()),
            scopes: [KeyScope::Run].into(),
            quota: None,
            expires_at: None,
        };
        let victims_key = server
            .store
            .add_key(&new)
            .await
            .unwrap()
            .unwrap()
            .id
            .to_string();
        let identity = AccountIdentity {
            issuer: "https://login.example".into(),
            subject: "7".into(),
        };
        let linked = server.store.link_identity(&victim, &identity).await;
        assert!(linked.unwrap());
        let identity_hash = SecretHash::of(&format!("{} {}", identity.issuer, identity.subject));
        let browser = RandomSecret::new();
        let remembered = server
            .store
            .remember_browser(&victim, &browser.hash(), None)
            .await;
        remembered.unwrap();
        let code = RandomSecret::new().hash();
        let invitation = Invitation {
            name: None,
            role: Role::Admin,
            created_by: MARKER.into(),
            created_at: 1,
            expires_at: i64::MAX,
        };
        server
            .store
            .add_invitation(&code, &invitation)
            .await
            .unwrap();
        Scene {
            victims_identity: identity_hash.as_str()[..16].to_owned(),
            victims_browser: browser.as_text().to_owned(),
            invitation: InvitationId::of(&code).to_string(),
            server,
            victim,
            submissions: [submissions[0], submissions[1]],
            run: run.id,
            victims_key,
            attempts: Vec::new(),
        }
    }

    pub fn attempt(
        &mut self,
        name: &str,
        call: (&'static str, &str),
        headers: Headers,
        body: Value,
    ) {
        self.attempts.push(Attempt {
            name: name.to_owned(),
            method: call.0,
            path: call.1.to_owned(),
            headers,
            body,
        });
    }

    pub async fn perform(&self, attempt: &Attempt) -> Answer {
        let headers: Vec<(&str, &str)> = attempt
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = request(attempt.method, &attempt.path, &headers, &attempt.body);
        self.server.call(request).await
    }
}

async fn add_submission(server: &TestServer, user: &UserId) -> SubmissionId {
    let new = NewSubmission {
        id: SubmissionId::random(),
        user_id: user.clone(),
        problem_id: ProblemId::parse("aplusb").unwrap(),
        language: LanguageId("python".into()),
        code: format!("print('{MARKER}')"),
        is_custom_test: false,
        run_all: false,
        terms: Default::default(),
    };
    server.store.insert_submission(&new).await.unwrap();
    server.store.cancel_judgement(new.id).await.unwrap();
    new.id
}

/// Everything of the victim's that somebody could change.
pub async fn state_of_victim(scene: &Scene) -> String {
    let store = &scene.server.store;
    let account = store.account(&scene.victim).await.unwrap();
    let password = store.password_hash(&scene.victim).await.unwrap();
    let keys = store.keys(Some(&scene.victim)).await.unwrap();
    let filter = SubmissionFilter {
        user_id: Some(scene.victim.clone()),
        ..SubmissionFilter::default()
    };
    let submissions = store.list_submissions(&filter).await.unwrap();
    let identities = store.identities(&scene.victim).await.unwrap();
    let invitations = store.invitations().await.unwrap();
    let problems = store.problems().await.unwrap();
    let run = scene.server.queue.kept_run(scene.run).await.unwrap();
    let keys: Vec<_> = keys.iter().map(|key| (key.id, key.revoked_at)).collect();
    let ids: Vec<_> = submissions
        .submissions
        .iter()
        .map(|summary| summary.id)
        .collect();
    format!(
        "{account:?} {password:?} {keys:?} {ids:?} {problems:?} {run:?} {identities:?} {invitations:?}"
    )
}
