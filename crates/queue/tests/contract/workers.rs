//! Promises of every `WorkerRegistry`.

use letscode_model::{EditorInfo, LanguageId, LanguageInfo, LanguageStatus};
use letscode_queue::{Broker, WorkerInfo};

for_every_backend!(workers_and_languages_are_registered,);

async fn workers_and_languages_are_registered(broker: &Broker) {
    let python = |status| LanguageInfo {
        id: LanguageId("python".into()),
        name: "Python".into(),
        version: "3".into(),
        status,
        extensions: vec!["py".into()],
        aliases: vec![],
        compiled: false,
        compile_options: Vec::new(),
        editor: EditorInfo::default(),
        peers: Default::default(),
        detail: None,
    };
    let worker = |id: &str, status| WorkerInfo {
        id: id.into(),
        languages: vec![python(status)],
        capacity: 2,
    };
    assert_eq!(broker.workers.languages().await.unwrap(), []);
    broker
        .workers
        .announce(worker("a", LanguageStatus::Available))
        .await
        .unwrap();
    broker
        .workers
        .announce(worker("b", LanguageStatus::Missing))
        .await
        .unwrap();
    assert_eq!(
        broker.workers.languages().await.unwrap(),
        [python(LanguageStatus::Available)]
    );
    assert_eq!(broker.jobs.status().await.unwrap().capacity, 4);
    broker.workers.withdraw("a").await.unwrap();
    broker.workers.withdraw("b").await.unwrap();
    assert_eq!(broker.workers.workers().await.unwrap(), []);
    assert_eq!(
        broker.workers.languages().await.unwrap().len(),
        1,
        "languages stay known"
    );
}
