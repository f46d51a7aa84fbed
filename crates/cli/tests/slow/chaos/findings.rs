//! Final state of the database, compared with the answers and with the events.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::cluster::Cluster;
use super::load::{KINDS, Kind, Load, SentSubmissions};
use super::watcher::{StreamObservation, Watcher};
use crate::support::service::Service;

pub struct ChaosFindings {
    sent: SentSubmissions,
    /// Number of submissions in the database.
    stored: usize,
    /// Accepted, but not in the database.
    lost: Vec<String>,
    /// In the database more than once.
    duplicated: Vec<String>,
    /// Not final, or with a wrong verdict or wrong tests.
    wrong: Vec<String>,
    observed: Vec<(Kind, StreamObservation)>,
}

impl ChaosFindings {
    pub fn gather(cluster: &Cluster, load: &Load, watchers: &[Watcher]) -> Self {
        let mut findings = ChaosFindings {
            sent: load.sent(),
            stored: 0,
            lost: Vec::new(),
            duplicated: Vec::new(),
            wrong: Vec::new(),
            observed: watchers
                .iter()
                .map(|watcher| (watcher.kind, watcher.observed()))
                .collect(),
        };
        let mut times: HashMap<String, u32> = HashMap::new();
        for kind in KINDS {
            for id in ids_of(cluster.api(), kind.user) {
                findings.check(kind, &cluster.api().submission(&id));
                *times.entry(id).or_default() += 1;
            }
        }
        findings.stored = times.len();
        let lost = findings.sent.accepted.iter();
        let lost = lost.filter(|(_, id)| !times.contains_key(id));
        findings.lost = lost.map(|(_, id)| id.clone()).collect();
        let duplicated = times.into_iter().filter(|(_, times)| *times > 1);
        findings.duplicated = duplicated.map(|(id, _)| id).collect();
        findings
    }

    fn check(&mut self, kind: Kind, submission: &Value) {
        let results = submission["testResults"].as_array().unwrap();
        let numbers = results
            .iter()
            .map(|result| result["testCaseNumber"].as_u64());
        let is_right = submission["verdict"]["status"] == kind.verdict
            && submission["status"] == "Completed"
            && numbers.eq((1..=kind.tests as u64).map(Some));
        if !is_right {
            self.wrong.push(format!("{}: {submission}", kind.user));
        }
    }

    pub fn assert_nothing_is_wrong(&self) {
        assert!(
            self.sent.unexpected.is_empty(),
            "{:#?}",
            self.sent.unexpected
        );
        assert!(self.lost.is_empty(), "{:#?}", self.lost);
        assert!(self.duplicated.is_empty(), "{:#?}", self.duplicated);
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        let distinct: HashSet<&String> = self.sent.accepted.iter().map(|(_, id)| id).collect();
        assert_eq!(distinct.len(), self.sent.accepted.len());
        let most = self.sent.accepted.len() + self.sent.refused + self.sent.unanswered;
        assert!(self.stored <= most, "more than were sent");
        for (kind, observed) in &self.observed {
            assert!(
                observed.gaps.is_empty(),
                "{}: {:#?}",
                kind.user,
                observed.gaps
            );
            assert!(
                observed.duplicated.is_empty(),
                "{}: {:#?}",
                kind.user,
                observed.duplicated
            );
        }
    }
}

fn ids_of(api: &Service, user: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut path = format!("/api/submissions?userId={user}");
    loop {
        let (status, page) = api.get(&path);
        assert_eq!(status, 200, "{page}");
        let listed = page["submissions"].as_array().unwrap().iter();
        ids.extend(listed.map(|submission| submission["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else {
            return ids;
        };
        path = format!("/api/submissions?userId={user}&cursor={cursor}");
    }
}

impl fmt::Display for ChaosFindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = &self.sent;
        let sum = |count: fn(&StreamObservation) -> usize| -> usize {
            self.observed
                .iter()
                .map(|(_, observed)| count(observed))
                .sum()
        };
        let rows = [
            ("submissions accepted", sent.accepted.len()),
            ("refused with 503", sent.refused),
            ("no server to send to", sent.unsent),
            ("sent, and no answer", sent.unanswered),
            ("unexpected answers", sent.unexpected.len()),
            ("submissions in the database", self.stored),
            ("lost", self.lost.len()),
            ("doubled", self.duplicated.len()),
            ("with a wrong result", self.wrong.len()),
            ("events at the watchers", sum(|observed| observed.events)),
            ("their connections", sum(|observed| observed.connections)),
            (
                "resyncs after lost events",
                sum(|observed| observed.resyncs),
            ),
            ("gaps in their events", sum(|observed| observed.gaps.len())),
            (
                "verdicts reported twice",
                sum(|observed| observed.duplicated.len()),
            ),
        ];
        for (what, count) in rows {
            writeln!(f, "{what:30}{count:8}")?;
        }
        Ok(())
    }
}
