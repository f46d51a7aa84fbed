use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::named_enum::named_enum;
use crate::{
    ByteText, DeniedCall, JobId, JudgementKey, LanguageId, ProblemId, RunActivity, RunSpec,
    RunStage, ShareHolder, SubmissionId, TurnTerms, UserId, WatchMode,
};

named_enum! {
    /// The rule that a program broke.
    #[derive(strum::EnumString)]
    #[serde(rename_all = "camelCase")]
    #[strum(serialize_all = "camelCase")]
    pub enum ViolationKind {
        /// It made a system call that its policy denies.
        DeniedCall,
        /// It made too many system calls a second.
        SyscallRate,
        /// Its memory grew too fast.
        MemoryGrowth,
    }
}

impl ViolationKind {
    /// Explains to its author why a program was ended, as far as that is known.
    pub fn explain(self, call: Option<&DeniedCall>, activity: Option<RunActivity>) -> String {
        let known = match self {
            ViolationKind::DeniedCall => call.map(DeniedCall::explain),
            ViolationKind::SyscallRate | ViolationKind::MemoryGrowth => {
                activity.and_then(|activity| activity.explain())
            }
        };
        let general = match self {
            ViolationKind::DeniedCall => "ended for a system call that is not allowed",
            ViolationKind::SyscallRate => "ended for too many system calls a second",
            ViolationKind::MemoryGrowth => "ended because its memory grew too fast",
        };
        known.unwrap_or(general.to_owned())
    }
}

/// A program that was ended for something that it may not do. One submission or run is one violation,
/// on however many tests that was so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewViolation {
    pub kind: ViolationKind,
    pub stage: RunStage,
    /// The first call that was denied; absent where the kernel can't say which one it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<DeniedCall>,
    pub user_id: UserId,
    /// Address of the client; absent when no client waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    pub language: LanguageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem_id: Option<ProblemId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission_id: Option<SubmissionId>,
    /// Number of the submission's judgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<u32>,
    /// Id of the ad-hoc run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<JobId>,
    /// Number of the first test on which it happened, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<u32>,
    /// Number of tests on which it happened.
    pub count: u32,
    /// Users and addresses that it counts against. Empty for a setter's program, and for a rejudge.
    #[serde(default)]
    pub counts_against: Vec<FlagSubject>,
    /// Id of the worker whose cell it was.
    pub worker: String,
    /// Time since the work was handed out.
    #[serde(skip)]
    pub work_age: Duration,
}

impl NewViolation {
    /// Returns the text that is the same for all deliveries of one job: it is recorded once.
    pub fn origin(&self) -> String {
        let work = match (self.submission_id, self.judgement, self.run_id) {
            (Some(submission_id), Some(number), _) => JudgementKey {
                submission_id,
                number,
            }
            .to_string(),
            (_, _, Some(run)) => format!("run {run}"),
            // A draft: each edit of it would be another.
            _ => {
                let problem = self.problem_id.as_ref().map_or("", ProblemId::as_str);
                format!("{} {} {problem}", self.worker, self.user_id)
            }
        };
        let whose = if self.stage == RunStage::Check {
            "setter"
        } else {
            "user"
        };
        format!("{work} {whose} {}", self.kind.as_str())
    }
}

/// A violation in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// Numbers grow in the order of recording.
    pub id: i64,
    /// Unix time in milliseconds.
    pub time: i64,
    /// False if no evidence is kept: there was too much of the same day, or in all.
    pub has_evidence: bool,
    #[serde(flatten)]
    pub record: NewViolation,
}

/// All that shows what a program did, and repeats it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViolationEvidence {
    /// The program with its input, arguments and limits.
    pub run: RunSpec,
    /// True if parts of `run` were left out because it is too large: it can't be repeated.
    pub is_truncated: bool,
    /// CPU time in milliseconds.
    pub execution_time: f64,
    /// Wall-clock time in milliseconds.
    pub wall_time: f64,
    /// Peak memory in bytes.
    pub memory_used: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<RunActivity>,
    /// Mode in which it was supervised.
    #[serde(default)]
    pub watch: WatchMode,
    pub stdout: OutputExcerpt,
    pub stderr: OutputExcerpt,
    /// Identity of the language's toolchain.
    pub toolchain: String,
    /// Version of the policy that denied the call.
    pub policy: String,
}

impl ViolationEvidence {
    /// Largest size of the program with its input, in bytes.
    pub const MAX_RUN_BYTES: usize = 3 << 19;
    const MAX_FILES: usize = 100;

    /// Cuts the program and its input where they are too large. Tests other than the one that the
    /// input is of are to be left out before.
    pub fn bounded(mut self) -> Self {
        let mut room = Self::MAX_RUN_BYTES;
        let mut cut = |content: &mut ByteText| {
            let is_cut = content.len() > room;
            content.0.truncate(room);
            room -= content.len();
            is_cut
        };
        let files = self.run.files.iter_mut();
        let mut is_truncated = files.fold(false, |any, file| cut(&mut file.content) | any);
        is_truncated |= cut(&mut self.run.stdin);
        is_truncated |= self.run.files.len() > Self::MAX_FILES;
        self.run.files.truncate(Self::MAX_FILES);
        self.is_truncated |= is_truncated;
        self
    }
}

/// The two ends of an output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputExcerpt {
    pub first: ByteText,
    /// Empty if `first` is the whole output.
    pub last: ByteText,
    pub total_bytes: u64,
}

impl OutputExcerpt {
    /// Largest size of either end, in bytes.
    pub const END_BYTES: usize = 64 << 10;

    pub fn of(output: &[u8]) -> Self {
        let (first, rest) = output.split_at(output.len().min(Self::END_BYTES));
        let last = &rest[rest.len().saturating_sub(Self::END_BYTES)..];
        OutputExcerpt {
            first: first.to_vec().into(),
            last: last.to_vec().into(),
            total_bytes: output.len() as u64,
        }
    }
}

named_enum! {
    /// The kinds of a [`FlagSubject`].
    #[derive(PartialOrd, Ord, strum::EnumString)]
    #[serde(rename_all = "lowercase")]
    #[strum(serialize_all = "lowercase")]
    pub enum FlagSubjectKind {
        User,
        Address,
    }
}

/// A user or an address that may be flagged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct FlagSubject {
    pub kind: FlagSubjectKind,
    pub name: String,
}

/// User id of clients that state none; also behind the namespace of an API key.
const SHARED_USER: &str = "anonymous";

impl FlagSubject {
    /// Returns what a client's violations count against: the user, where something proves who that is,
    /// and the address, where new names cost nothing. A name that is only stated may be another's.
    pub fn of_client(user_id: &UserId, terms: &TurnTerms) -> Vec<Self> {
        let is_open = matches!(terms.share, Some(ShareHolder::Address(_)));
        let is_proven = !is_open || user_id.is_protected();
        let mut subjects = FlagSubject::all_of_client(user_id, terms);
        subjects.retain(|subject| is_proven || subject.kind == FlagSubjectKind::Address);
        subjects
    }

    /// Returns the subjects whose flags hold for a client: a name that is only stated as well, since an
    /// admin may have flagged it.
    pub fn all_of_client(user_id: &UserId, terms: &TurnTerms) -> Vec<Self> {
        let (is_open, address) = match &terms.share {
            Some(ShareHolder::Address(address)) => (true, Some(FlagSubject::address(address))),
            _ => (false, None),
        };
        // Behind the namespace of a key.
        let name = match user_id.0.split_once('/') {
            Some((_, stated)) if !is_open => stated,
            _ => user_id.0.as_str(),
        };
        let user = (name != SHARED_USER).then(|| FlagSubject::user(user_id));
        user.into_iter().chain(address).collect()
    }

    pub fn user(id: &UserId) -> Self {
        FlagSubject {
            kind: FlagSubjectKind::User,
            name: id.0.clone(),
        }
    }

    pub fn address(address: impl ToString) -> Self {
        FlagSubject {
            kind: FlagSubjectKind::Address,
            name: address.to_string(),
        }
    }
}

impl std::fmt::Display for FlagSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)
    }
}

/// A flag that was set and has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AccountFlag {
    pub subject: FlagSubject,
    /// Unix time in milliseconds.
    pub since: i64,
    /// Time at which it ends, as Unix time in milliseconds.
    pub until: i64,
    pub reason: String,
    /// The admin who set it, or `letscode`.
    pub actor: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(source: usize, stdin: usize) -> ViolationEvidence {
        let mut run = RunSpec::of_source("python", vec![b'x'; source]);
        run.stdin = vec![b'y'; stdin].into();
        ViolationEvidence {
            run,
            is_truncated: false,
            execution_time: 1.0,
            wall_time: 1.0,
            memory_used: 1,
            activity: None,
            watch: WatchMode::Observe,
            stdout: OutputExcerpt::default(),
            stderr: OutputExcerpt::default(),
            toolchain: String::new(),
            policy: String::new(),
        }
    }

    #[test]
    fn evidence_of_any_size_is_bounded() {
        let whole = evidence(1 << 20, 1 << 19).bounded();
        assert!(!whole.is_truncated);
        for (source, stdin) in [(100 << 20, 0), (1 << 20, 100 << 20), (100 << 20, 100 << 20)] {
            let cut = evidence(source, stdin).bounded();
            assert!(cut.is_truncated);
            assert_eq!(cut.run.size_bytes(), ViolationEvidence::MAX_RUN_BYTES);
        }
        let mut many = evidence(1, 0);
        many.run.files = vec![many.run.files[0].clone(); 10_000];
        assert_eq!(many.bounded().run.files.len(), 100);
    }

    #[test]
    fn names_that_nobody_proves_are_never_flagged() {
        let address: std::net::IpAddr = "203.0.113.7".parse().unwrap();
        let open = TurnTerms::of_share(ShareHolder::Address(address.into()));
        let proven = TurnTerms::of_share(ShareHolder::Key("moodle".to_owned()));
        let names = |user: &str, terms| {
            let subjects = FlagSubject::of_client(&UserId(user.to_owned()), terms);
            let names = subjects.into_iter().map(|subject| subject.name);
            names.collect::<Vec<_>>()
        };
        assert_eq!(names("ada", &open), ["203.0.113.7"], "stated by whomever");
        let secret = "pub-0123456789abcdef0123456789abcdef";
        assert_eq!(names(secret, &open), [secret, "203.0.113.7"]);
        assert_eq!(names("anonymous", &open), ["203.0.113.7"]);
        assert_eq!(names("moodle/ada", &proven), ["moodle/ada"]);
        assert!(names("moodle/anonymous", &proven).is_empty());
        assert_eq!(names("moodle/x/anonymous", &proven), ["moodle/x/anonymous"]);
        assert_eq!(names("x/anonymous", &open), ["203.0.113.7"]);
        let all = FlagSubject::all_of_client(&UserId("ada".to_owned()), &open);
        assert_eq!(
            all[0],
            FlagSubject::user(&UserId("ada".to_owned())),
            "an admin may"
        );
    }

    #[test]
    fn outputs_keep_both_ends() {
        let short = OutputExcerpt::of(b"abc");
        assert_eq!((short.first.as_bytes(), short.last.len()), (&b"abc"[..], 0));
        let mut long = vec![b'-'; 1 << 20];
        long[0] = b'a';
        *long.last_mut().unwrap() = b'z';
        let ends = OutputExcerpt::of(&long);
        assert_eq!(ends.total_bytes, 1 << 20);
        assert_eq!(ends.first.len() + ends.last.len(), 128 << 10);
        assert_eq!(
            (ends.first.0[0], *ends.last.0.last().unwrap()),
            (b'a', b'z')
        );
        let between = OutputExcerpt::of(&long[..OutputExcerpt::END_BYTES + 1]);
        assert_eq!(between.last.as_bytes(), b"-");
    }
}
