use std::collections::BTreeMap;

use letscode_model::{LanguageId, LanguageInfo, LanguageStatus};

use crate::WorkerInfo;

/// Which workers there are, and which languages have ever been announced.
#[derive(Default)]
pub(crate) struct Registry {
    workers: BTreeMap<String, WorkerInfo>,
    languages: BTreeMap<LanguageId, LanguageInfo>,
}

impl Registry {
    /// What others remember of it: languages that were announced once, and the workers that are there.
    pub fn of(languages: Vec<LanguageInfo>, workers: Vec<WorkerInfo>) -> Self {
        let named = |language: LanguageInfo| (language.id.clone(), language);
        let mut registry = Registry {
            languages: languages.into_iter().map(named).collect(),
            workers: BTreeMap::new(),
        };
        for worker in workers {
            registry.workers.insert(worker.id.clone(), worker);
        }
        registry.prefer_available();
        registry
    }

    pub fn announce(&mut self, worker: WorkerInfo) {
        for language in &worker.languages {
            self.languages.insert(language.id.clone(), language.clone());
        }
        self.workers.insert(worker.id.clone(), worker);
        self.prefer_available();
    }

    /// A language that one worker lacks and another has is available.
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
