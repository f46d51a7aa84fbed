//! A long queue, and the same work in each form.

use std::thread;
use std::time::{Duration, Instant};

use super::either;
use super::forms::{Client, Form, Running, TIMEOUT, start, submission};
use super::measure::{Times, family_mib, peak_mib};
use crate::support::{eventually, sockets};

const AT_ONCE: usize = 64;

#[test]
fn thousands_of_submissions_are_judged() {
    let count = either(300, 5000);
    let service = start(Form::Distributed(&[1, 1]));
    let began = Instant::now();
    let posted = Times::of(service.submit_all(count, AT_ONCE));
    let (took, left) = (began.elapsed(), service.waiting());
    println!("{count} posted, {AT_ONCE} at a time, in {took:.1?}: {posted}; {left} wait then");
    let single = single_posts(&service, either(10, 200));
    let waiting = service.waiting();
    println!("single ones while {waiting} or more wait: {single} (p99 is to be below 50 ms)");
    service.wait_until_idle();
    println!("all judged after {:.1?}", began.elapsed());
    assert_eq!(service.judged() as usize, count + either(10, 200));
    let stores = service.stores.as_ref().unwrap();
    assert_eq!(stores.open_submissions(), 0);
    let postgres = family_mib(stores.postgres.pid());
    let mut peaks = vec![
        ("API server", peak_mib(service.api.pid())),
        ("Redis", peak_mib(stores.redis.pid())),
        ("PostgreSQL, all its processes", postgres),
    ];
    for worker in &service.workers {
        peaks.push(("worker", peak_mib(worker.pid())));
        peaks.push(("worker with helper and cells", family_mib(worker.pid())));
    }
    for (what, mib) in peaks {
        println!("{what:32}{mib:6} MiB");
        assert!(mib < 512, "{what}");
    }
}

/// Submits one after the other, twenty per second.
fn single_posts(service: &Running, count: usize) -> Times {
    let client = Client::of(&service.api);
    let times = (0..count).map(|number| {
        thread::sleep(Duration::from_millis(50));
        client.submit(&submission(number))
    });
    Times::of(times.collect())
}

/// The compared forms and their names.
const FORMS: [(&str, Form); 3] = [
    ("embedded, 2 hands", Form::Embedded(2)),
    ("distributed, a worker of 2 hands", Form::Distributed(&[2])),
    (
        "distributed, two workers of 1 hand",
        Form::Distributed(&[1, 1]),
    ),
];

/// Number of submissions for the warm-up.
const WARM_UP: usize = 6;

#[test]
fn both_forms_do_the_same_work() {
    let (turns, count, singles) = either((1, 20, 4), (3, 600, 100));
    let mut rates = [const { Vec::new() }; FORMS.len()];
    let mut times = [const { Vec::new() }; FORMS.len()];
    // In turns, so that other load of the machine affects all forms equally.
    for _ in 0..turns {
        for (number, (name, form)) in FORMS.iter().enumerate() {
            let service = start(*form);
            service.submit_all(WARM_UP, 2);
            service.wait_until_idle();
            times[number].extend(verdicts(&service, singles));
            let began = Instant::now();
            service.submit_all(count, 16);
            service.wait_until_idle();
            rates[number].push(count as f64 / began.elapsed().as_secs_f64());
            // A verdict is published before it is counted.
            let all = (WARM_UP + singles + count) as u64;
            eventually("each is judged", TIMEOUT, || match service.judged() {
                judged if judged < all => Err(judged.to_string()),
                _ => Ok(()),
            });
            assert_eq!(service.judged(), all, "{name}: each once");
            assert_eq!(service.submissions(), all, "{name}");
        }
    }
    let medians = rates.map(|mut rates| {
        rates.sort_unstable_by(f64::total_cmp);
        rates[rates.len() / 2]
    });
    for ((name, _), (rate, times)) in FORMS.iter().zip(medians.iter().zip(times)) {
        let ratio = rate / medians[0];
        let times = Times::of(times);
        println!("{name:36}{rate:6.1}/s, {ratio:.2} of embedded; POST to verdict {times}");
    }
}

/// Measures the time from the request until a follower has the verdict, one at a time.
fn verdicts(service: &Running, count: usize) -> Vec<Duration> {
    let client = Client::of(&service.api);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut body = submission(1);
    body["userId"] = "single".into();
    let address = service.api.address();
    let mut socket = runtime.block_on(async {
        let mut socket = sockets::open(address, "single", None).await.unwrap();
        // The stream is subscribed from here on.
        sockets::message(&mut socket).await.unwrap();
        socket
    });
    let time = |_| {
        let began = Instant::now();
        client.submit(&body);
        runtime.block_on(async {
            loop {
                let event = sockets::event(&mut socket).await.unwrap();
                if event["data"]["verdict"].is_object() {
                    return began.elapsed();
                }
            }
        })
    };
    (0..count).map(time).collect()
}
