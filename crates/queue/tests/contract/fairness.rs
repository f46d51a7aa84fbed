//! No client makes another wait for long: turns by address and slot time, reserve, places. A turn costs
//! at least a second of slot time, and one address may have 2 jobs waiting.

use std::num::NonZeroU32;
use std::time::Duration;

use letscode_model::{Job, JudgementKey, Lane, ShareHolder, SubmissionId, TurnTerms, UserId};
use letscode_queue::{Broker, JobFilter, QueueError, WaitingJob};

use crate::samples::{COUNTED, ada, address, judge_from, judge_in, not_now, soon};

for_every_backend!(
    addresses_take_turns_before_users,
    slot_time_is_paid_with_turns,
    background_work_has_a_small_share,
    reserve_slots_take_newcomers_only,
    a_cancelled_newcomer_lease_loses_no_job,
    one_address_cannot_fill_the_queue,
    only_jobs_of_an_address_are_known,
    waiting_jobs_are_listed_and_cancelled,
    rejudges_delay_nobody,
    users_with_a_cap_run_no_more_than_it,
    a_cap_of_a_share_counts_all_its_names,
    cancelled_jobs_make_room_below_a_cap,
);

async fn readmit(broker: &Broker, jobs: &[Job]) {
    for job in jobs {
        broker.jobs.readmit(job.clone()).await.unwrap();
    }
}

async fn lease_order(broker: &Broker, count: usize) -> Vec<Job> {
    let mut order = Vec::new();
    for _ in 0..count {
        order.push(soon(broker.jobs.lease()).await.unwrap().job);
    }
    order
}

/// A hundred names at one address have one share.
async fn addresses_take_turns_before_users(broker: &Broker) {
    let names: Vec<_> = (0..100)
        .map(|number| judge_from(1, &format!("name-{number}")))
        .collect();
    readmit(broker, &names).await;
    let single = [judge_from(2, "ada"), judge_from(2, "ada")];
    assert_eq!(broker.jobs.readmit(single[0].clone()).await, Ok(1));
    assert_eq!(broker.jobs.readmit(single[1].clone()).await, Ok(3));
    let [first, second] = single;
    let expected = [
        names[0].clone(),
        first,
        names[1].clone(),
        second,
        names[2].clone(),
    ];
    assert_eq!(lease_order(broker, 5).await, expected);
}

/// An address pays for the time that its jobs run, while they run.
async fn slot_time_is_paid_with_turns(broker: &Broker) {
    let [sleeper, waits] = [judge_from(1, "eve"), judge_from(1, "mallory")];
    readmit(broker, &[sleeper.clone(), waits.clone()]).await;
    let waiting_jobs = [(); 4].map(|()| judge_from(2, "ada"));
    readmit(broker, &waiting_jobs).await;
    let held = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(held.job, sleeper);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let [a, b, c, d] = waiting_jobs;
    assert_eq!(lease_order(broker, 5).await, [a, b, c, waits, d]);
    broker.jobs.ack(held.id).await.unwrap();
}

/// Of one user, rejudges have an eighth of the turns of submissions.
async fn background_work_has_a_small_share(broker: &Broker) {
    let rejudges = [(); 2].map(|()| judge_in(Lane::Background, &ada()));
    readmit(broker, &rejudges).await;
    let submissions: Vec<_> = (0..9).map(|_| judge_in(Lane::Normal, &ada())).collect();
    readmit(broker, &submissions).await;
    let order = lease_order(broker, 11).await;
    let at = |job| order.iter().position(|leased| leased == job);
    assert_eq!((at(&rejudges[0]), at(&rejudges[1])), (Some(0), Some(9)));
}

async fn reserve_slots_take_newcomers_only(broker: &Broker) {
    let greedy = [judge_from(1, "eve"), judge_from(1, "mallory")];
    readmit(broker, &greedy).await;
    let held = soon(broker.jobs.lease()).await.unwrap();
    not_now(broker.jobs.lease_for_newcomer()).await;
    let newcomer = judge_from(2, "ada");
    broker.jobs.push(newcomer.clone()).await.unwrap();
    let lease = soon(broker.jobs.lease_for_newcomer()).await.unwrap();
    assert_eq!((lease.job, lease.deliveries), (newcomer.clone(), 1));
    broker.jobs.release(lease.id, COUNTED).await.unwrap();
    let lease = soon(broker.jobs.lease_for_newcomer()).await.unwrap();
    assert_eq!((lease.job, lease.deliveries), (newcomer, 2), "it came back");
    not_now(broker.jobs.lease_for_newcomer()).await;
    broker.jobs.ack(held.id).await.unwrap();
    let lease = soon(broker.jobs.lease_for_newcomer()).await.unwrap();
    assert_eq!(
        lease.job, greedy[1],
        "the address has nothing running any more"
    );
    not_now(broker.jobs.lease()).await;
    let status = broker.jobs.status().await.unwrap();
    assert_eq!((status.queued, status.running), (0, 2));
}

async fn a_cancelled_newcomer_lease_loses_no_job(broker: &Broker) {
    for _ in 0..20 {
        let job = judge_from(1, "ada");
        tokio::select! {
            biased;
            pushed = async { tokio::task::yield_now().await; broker.jobs.push(job.clone()).await } => { pushed.unwrap(); }
            lease = broker.jobs.lease_for_newcomer() => {
                broker.jobs.ack(lease.unwrap().id).await.unwrap();
                continue;
            }
        }
        let lease = soon(broker.jobs.lease()).await.unwrap();
        assert_eq!((lease.job, lease.deliveries), (job, 1));
        broker.jobs.ack(lease.id).await.unwrap();
    }
}

async fn one_address_cannot_fill_the_queue(broker: &Broker) {
    broker.jobs.push(judge_from(1, "eve")).await.unwrap();
    let permit = broker
        .jobs
        .reserve(&ada(), Some(&address(1)))
        .await
        .unwrap();
    let full = Err(QueueError::ShareFull { limit: 2 });
    assert_eq!(broker.jobs.push(judge_from(1, "mallory")).await, full);
    broker.jobs.push(judge_from(2, "mallory")).await.unwrap();
    drop(permit);
    soon(async {
        while broker.jobs.push(judge_from(1, "mallory")).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// A job is the only one if its address has nothing else, neither waiting nor running.
async fn only_jobs_of_an_address_are_known(broker: &Broker) {
    let greedy = [judge_from(1, "eve"), judge_from(1, "mallory")];
    readmit(broker, &greedy).await;
    readmit(broker, &[judge_from(2, "ada")]).await;
    let mut leases = Vec::new();
    for _ in 0..3 {
        leases.push(soon(broker.jobs.lease()).await.unwrap());
    }
    let jobs = leases
        .iter()
        .map(|lease| (lease.job.share().cloned(), lease.is_only_job));
    let mut jobs: Vec<_> = jobs.collect();
    jobs.sort_unstable();
    let [first, second] = [address(1), address(2)].map(Some);
    assert_eq!(
        jobs,
        [(first.clone(), false), (first, false), (second, true)]
    );
    for lease in leases {
        broker.jobs.ack(lease.id).await.unwrap();
    }
    readmit(broker, &[judge_from(1, "eve")]).await;
    let lease = soon(broker.jobs.lease()).await.unwrap();
    assert!(lease.is_only_job, "the others have ended");
}

async fn waiting_jobs_are_listed_and_cancelled(broker: &Broker) {
    let jobs = [
        judge_from(1, "eve"),
        judge_from(1, "mallory"),
        judge_from(2, "eve"),
    ];
    readmit(broker, &jobs).await;
    let list = async |filter: &JobFilter| broker.jobs.waiting(filter, 10).await.unwrap();
    let all = JobFilter::default();
    assert_eq!(list(&all).await.len(), 3);
    assert_eq!(broker.jobs.waiting(&all, 2).await.unwrap().len(), 2);
    let of_eve = JobFilter {
        user_id: Some(UserId("eve".to_owned())),
        share: Some(address(1)),
    };
    assert_eq!(list(&of_eve).await, [WaitingJob::from(&jobs[0])]);
    let of_first = JobFilter {
        share: Some(address(1)),
        ..JobFilter::default()
    };
    let cancelled = broker.jobs.cancel_waiting(&of_first, 10).await.unwrap();
    assert_eq!(cancelled.len(), 2);
    assert_eq!(broker.jobs.status().await.unwrap().queued, 1);
    // Their places are free, and they may come again.
    broker.jobs.readmit(jobs[0].clone()).await.unwrap();
    let lease = soon(broker.jobs.lease()).await.unwrap();
    assert!(!jobs[1..2].contains(&lease.job));
    assert_eq!(list(&all).await.len(), 1, "what is leased does not wait");
}

/// A job of a user who may have one running.
fn capped(user: &str) -> Job {
    Job::Judge {
        submission_id: SubmissionId::random(),
        judgement: 1,
        user_id: UserId(user.into()),
        lane: Lane::Normal,
        terms: TurnTerms {
            share: Some(ShareHolder::Key("moodle".to_owned())),
            max_running: NonZeroU32::new(1),
            ..TurnTerms::default()
        },
    }
}

async fn users_with_a_cap_run_no_more_than_it(broker: &Broker) {
    let jobs = [capped("eve"), capped("eve"), capped("ada")];
    readmit(broker, &jobs).await;
    assert_eq!(broker.jobs.status().await.unwrap().queued, 3);
    let first = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(first.job, jobs[0]);
    let of_ada = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(of_ada.job, jobs[2], "the cap is each user's own");
    not_now(broker.jobs.lease()).await;
    assert_eq!(broker.jobs.status().await.unwrap().queued, 1);
    // A job that comes back keeps its place below the cap.
    broker.jobs.release(first.id, COUNTED).await.unwrap();
    let again = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(again.job, jobs[0]);
    not_now(broker.jobs.lease()).await;
    // Its end wakes a waiter.
    let (acknowledged, next) = tokio::join!(broker.jobs.ack(again.id), soon(broker.jobs.lease()));
    acknowledged.unwrap();
    let next = next.unwrap();
    assert_eq!(next.job, jobs[1]);
    broker.jobs.bury(next.id, "for a test").await.unwrap();
    readmit(broker, &[capped("eve")]).await;
    soon(broker.jobs.lease()).await.unwrap();
}

/// A flagged address gets no further with other names.
async fn a_cap_of_a_share_counts_all_its_names(broker: &Broker) {
    let flagged = |host: u8, user: &str| match judge_from(host, user) {
        Job::Judge {
            submission_id,
            judgement,
            user_id,
            lane,
            terms,
        } => Job::Judge {
            submission_id,
            judgement,
            user_id,
            lane,
            terms: TurnTerms {
                max_running: NonZeroU32::new(1),
                caps_share: true,
                ..terms
            },
        },
        run @ Job::Run { .. } => run,
    };
    // Whose name is that of an address has nothing to do with it.
    let jobs = [
        flagged(1, "eve"),
        flagged(1, "mallory"),
        capped("192.0.2.1"),
    ];
    readmit(broker, &jobs).await;
    let first = soon(broker.jobs.lease()).await.unwrap();
    let second = soon(broker.jobs.lease()).await.unwrap();
    let mut leased = [&first.job, &second.job];
    leased.sort_by_key(|job| *job != &jobs[0]);
    assert_eq!(leased, [&jobs[0], &jobs[2]]);
    not_now(broker.jobs.lease()).await;
    for lease in [first, second] {
        broker.jobs.ack(lease.id).await.unwrap();
    }
    let next = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(next.job, jobs[1]);
}

async fn cancelled_jobs_make_room_below_a_cap(broker: &Broker) {
    let jobs = [capped("eve"), capped("eve"), capped("eve")];
    readmit(broker, &jobs).await;
    let all = broker
        .jobs
        .waiting(&JobFilter::default(), 10)
        .await
        .unwrap();
    assert_eq!(all.len(), 3, "those that are held back are listed");
    // The second is held back, the first is not.
    for cancelled in [1, 0] {
        let key = judgement_of(&jobs[cancelled]);
        assert!(broker.jobs.cancel_judgement(key).await.unwrap());
    }
    let left = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(left.job, jobs[2]);
    broker.jobs.ack(left.id).await.unwrap();
    assert_eq!(broker.jobs.status().await.unwrap().queued, 0);
}

fn judgement_of(job: &Job) -> JudgementKey {
    match job {
        Job::Judge { submission_id, .. } => JudgementKey::first_of(*submission_id),
        Job::Run { .. } => panic!("a run has no judgement"),
    }
}

/// A batch of rejudges has no share, and is behind what people wait for.
async fn rejudges_delay_nobody(broker: &Broker) {
    for number in 0..10 {
        let user = UserId(format!("user-{number}"));
        let rejudge = judge_in(Lane::Background, &user);
        broker.jobs.readmit(rejudge).await.unwrap();
    }
    let running = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(running.job.lane(), Lane::Background);
    let people = [
        judge_from(1, "ada"),
        judge_from(2, "bob"),
        judge_from(1, "ada"),
    ];
    readmit(broker, &people).await;
    for expected in &people {
        let lease = soon(broker.jobs.lease()).await.unwrap();
        assert_eq!(lease.job, *expected);
        broker.jobs.ack(lease.id).await.unwrap();
    }
    let next = soon(broker.jobs.lease()).await.unwrap();
    assert_eq!(next.job.lane(), Lane::Background);
}
