use std::collections::BTreeMap;

use letscode_model::{LanguageId, LanguageInfo, LanguageStatus};

use crate::WorkerInfo;

/// The workers that are registered, and the languages that were ever announced.
#[derive(Default)]
pub(crate) struct KnownWorkers {
    workers: BTreeMap<String, WorkerInfo>,
    languages: BTreeMap<LanguageId, LanguageInfo>,
}

impl KnownWorkers {
    /// Restores what was stored elsewhere.
    pub fn new(languages: Vec<LanguageInfo>, workers: Vec<WorkerInfo>) -> Self {
        let by_id = |language: LanguageInfo| (language.id.clone(), language);
        let mut registered = KnownWorkers {
            languages: languages.into_iter().map(by_id).collect(),
            workers: BTreeMap::new(),
        };
        for worker in workers {
            registered.workers.insert(worker.id.clone(), worker);
        }
        registered.prefer_available();
        registered
    }

    pub fn announce(&mut self, worker: WorkerInfo) {
        for language in &worker.languages {
            self.languages.insert(language.id.clone(), language.clone());
        }
        self.workers.insert(worker.id.clone(), worker);
        self.prefer_available();
    }

    /// Makes a language available if any worker has it, even if others lack it.
    fn prefer_available(&mut self) {
        let announced = self.workers.values().flat_map(|worker| &worker.languages);
        for language in announced.filter(|l| l.status == LanguageStatus::Available) {
            self.languages.insert(language.id.clone(), language.clone());
        }
    }

    pub fn withdraw(&mut self, worker_id: &str) {
        self.workers.remove(worker_id);
    }

    pub fn workers(&self) -> Vec<WorkerInfo> {
        self.workers.values().cloned().collect()
    }

    pub fn languages(&self) -> Vec<LanguageInfo> {
        self.languages.values().cloned().collect()
    }

    pub fn capacity(&self) -> u32 {
        self.workers.values().map(|worker| worker.capacity).sum()
    }
}
