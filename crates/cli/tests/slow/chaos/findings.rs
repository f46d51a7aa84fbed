//! What is in the database in the end, beside what was answered and what was told.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde_json::Value;

use super::cluster::Cluster;
use super::load::{KINDS, Kind, Load, Sent};
use super::watcher::{Seen, Watcher};
use crate::support::service::Service;

pub struct Findings {
    sent: Sent,
    /// All that are in the database.
    stored: usize,
    /// Accepted, and not there.
    lost: Vec<String>,
    /// There more than once.
    doubled: Vec<String>,
    /// Not final, or with a verdict or tests that they should not have.
    wrong: Vec<String>,
    seen: Vec<(Kind, Seen)>,
}

impl Findings {
    pub fn gather(cluster: &Cluster, load: &Load, watchers: &[Watcher]) -> Self {
        let mut findings = Findings {
            sent: load.sent(),
            stored: 0,
            lost: Vec::new(),
            doubled: Vec::new(),
            wrong: Vec::new(),
            seen: watchers.iter().map(|one| (one.kind, one.seen())).collect(),
        };
        let mut times: HashMap<String, u32> = HashMap::new();
        for kind in KINDS {
            for id in ids_of(cluster.api(), kind.user) {
                findings.look_at(kind, &cluster.api().submission(&id));
                *times.entry(id).or_default() += 1;
            }
        }
        findings.stored = times.len();
        let lost = findings.sent.accepted.iter();
        let lost = lost.filter(|(_, id)| !times.contains_key(id));
        findings.lost = lost.map(|(_, id)| id.clone()).collect();
        let doubled = times.into_iter().filter(|(_, times)| *times > 1);
        findings.doubled = doubled.map(|(id, _)| id).collect();
        findings
    }

    fn look_at(&mut self, kind: Kind, submission: &Value) {
        let results = submission["testResults"].as_array().unwrap();
        let numbers = results.iter().map(|one| one["testCaseNumber"].as_u64());
        let is_right = submission["verdict"]["status"] == kind.verdict
            && submission["status"] == "Completed"
            && numbers.eq((1..=kind.tests as u64).map(Some));
        if !is_right {
            self.wrong.push(format!("{}: {submission}", kind.user));
        }
    }

    pub fn assert_nothing_is_wrong(&self) {
        assert!(self.sent.odd.is_empty(), "{:#?}", self.sent.odd);
        assert!(self.lost.is_empty(), "{:#?}", self.lost);
        assert!(self.doubled.is_empty(), "{:#?}", self.doubled);
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        let distinct: HashSet<&String> = self.sent.accepted.iter().map(|(_, id)| id).collect();
        assert_eq!(distinct.len(), self.sent.accepted.len());
        let most = self.sent.accepted.len() + self.sent.refused + self.sent.unanswered;
        assert!(self.stored <= most, "more than were sent");
        for (kind, seen) in &self.seen {
            assert!(seen.gaps.is_empty(), "{}: {:#?}", kind.user, seen.gaps);
            assert!(
                seen.doubled.is_empty(),
                "{}: {:#?}",
                kind.user,
                seen.doubled
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
        ids.extend(listed.map(|one| one["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["nextCursor"].as_str() else {
            return ids;
        };
        path = format!("/api/submissions?userId={user}&cursor={cursor}");
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = &self.sent;
        let sum = |count: fn(&Seen) -> usize| -> usize {
            self.seen.iter().map(|(_, seen)| count(seen)).sum()
        };
        let rows = [
            ("submissions accepted", sent.accepted.len()),
            ("refused with 503", sent.refused),
            ("nobody there to be sent to", sent.unsent),
            ("sent, and no answer", sent.unanswered),
            ("answers that should not be", sent.odd.len()),
            ("submissions in the database", self.stored),
            ("lost", self.lost.len()),
            ("doubled", self.doubled.len()),
            ("with a wrong end", self.wrong.len()),
            ("events at those who watched", sum(|seen| seen.events)),
            ("their connections", sum(|seen| seen.connections)),
            ("told that events were lost", sum(|seen| seen.resyncs)),
            ("gaps in their events", sum(|seen| seen.gaps.len())),
            ("verdicts told twice", sum(|seen| seen.doubled.len())),
        ];
        for (what, count) in rows {
            writeln!(f, "{what:30}{count:8}")?;
        }
        Ok(())
    }
}
