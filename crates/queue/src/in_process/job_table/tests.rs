use std::cell::RefCell;

use letscode_model::{Lane, SubmissionId, TurnTerms};

use super::*;

const SUBMISSIONS: u32 = 500;
/// Time between two looks at the positions.
const TICK: u64 = 250;

fn job(user: u32) -> Job {
    Job::Judge {
        submission_id: SubmissionId(uuid::Uuid::new_v4()),
        judgement: 1,
        user_id: UserId(format!("user-{user}")),
        lane: Lane::Normal,
        terms: TurnTerms::default(),
    }
}

/// Positions that were published, with the time and the user.
#[derive(Default)]
struct Published(RefCell<Vec<(u64, UserId, u32)>>);

impl Published {
    fn add(&self, now: u64, user: &UserId, event: &Event) {
        if let Event::QueuePosition { position, .. } = event {
            self.0.borrow_mut().push((now, user.clone(), *position));
        }
    }
}

/// Queues submissions of so many users and takes ten in each tick, as a worker of forty a second.
fn drain(users: u32, interval: u64) -> Vec<(u64, UserId, u32)> {
    let published = Published::default();
    let mut table = JobTable::default();
    for number in 0..SUBMISSIONS {
        table.push_back(job(number % users), 0, |user, event| {
            published.add(0, user, &event);
        });
    }
    let pace = PositionPace {
        exact: 50,
        interval,
    };
    let mut now = 0;
    while table.counts().0 > 0 {
        now += TICK;
        table.publish_positions(pace, now, |user, event| published.add(now, user, &event));
        for _ in 0..10 {
            table.take(false, 0, now);
        }
    }
    published.0.into_inner()
}

/// 500 submissions had 12,722 messages about their positions before.
#[test]
fn positions_are_coalesced() {
    for (users, most) in [(SUBMISSIONS, 6000), (1, 600)] {
        let published = drain(users, 1000);
        let count = published.len();
        eprintln!("{users} users: {count} positions for {SUBMISSIONS} submissions");
        assert!((SUBMISSIONS as usize..=most).contains(&count), "{count}");
        assert!(count < drain(users, 0).len());
    }
}

#[test]
fn users_see_at_most_one_position_a_second_beside_the_first_and_the_last() {
    let mut last_times: HashMap<UserId, u64> = HashMap::new();
    let later = drain(20, 1000).into_iter();
    for (now, user, _) in later.filter(|(now, _, position)| *now > 0 && *position > 0) {
        if let Some(last) = last_times.insert(user, now) {
            assert!(now - last >= 1000, "{last} and {now}");
        }
    }
    assert_eq!(last_times.len(), 20);
}

#[test]
fn positions_that_were_held_back_are_published_later() {
    let published = Published::default();
    let mut table = JobTable::default();
    for _ in 0..4 {
        table.push_back(job(1), 0, |_, _| {});
    }
    let pace = PositionPace {
        exact: 50,
        interval: 1000,
    };
    table.take(false, 0, 0);
    let add = |now| {
        let published = &published;
        move |user: &UserId, event: Event| published.add(now, user, &event)
    };
    assert!(table.publish_positions(pace, 10, add(10)), "one is left");
    assert!(table.publish_positions(pace, 500, add(500)));
    assert!(!table.publish_positions(pace, 1010, add(1010)));
    let positions: Vec<(u64, u32)> = published.0.borrow().iter().map(|p| (p.0, p.2)).collect();
    assert_eq!(positions, [(10, 0), (10, 1), (1010, 2)]);
}
