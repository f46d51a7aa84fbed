//! Random kills under load: whatever is killed, and whenever, each accepted submission gets one
//! verdict, and a follower of a stream gets every event once.
//!
//! `LETSCODE_CHAOS` sets the number of rounds, `LETSCODE_CHAOS_SEED` repeats a run; `make chaos` is
//! the long form. `LETSCODE_CHAOS_LOG` names a folder for the logs of the processes.

mod cluster;
mod dice;
mod findings;
mod load;
mod watcher;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{TIMEOUT, eventually};
use cluster::{Cluster, Death};
use dice::Dice;
use findings::ChaosFindings;
use load::{KINDS, Load};
use watcher::Watcher;

const SENDERS: u64 = 2;

#[test]
fn nothing_is_lost_or_duplicated() {
    let rounds: u32 = number_from_environment("LETSCODE_CHAOS").unwrap_or(6);
    let seed = number_from_environment("LETSCODE_CHAOS_SEED").unwrap_or_else(dice::any_seed);
    println!("{rounds} rounds, seed {seed}");
    let mut cluster = Cluster::start();
    let addresses = cluster.addresses();
    let load = Load::default();
    let watchers = KINDS.map(|kind| Watcher::of(kind, addresses.clone()));
    let [sending, watching] = [(); 2].map(|()| AtomicBool::new(true));
    let mut deaths = BTreeMap::new();
    let began = Instant::now();
    let findings = thread::scope(|scope| {
        // A failure must end the threads, or the scope waits for them for ever.
        let _end = (EndsWithIt(&sending), EndsWithIt(&watching));
        for watcher in &watchers {
            let (load, watching) = (&load, &watching);
            scope.spawn(move || watcher.follow(load, watching));
        }
        for sender in 0..SENDERS {
            let dice = Dice::new(seed ^ (sender + 1));
            let (load, addresses, sending) = (&load, &addresses, &sending);
            scope.spawn(move || load.send(addresses, dice, sending));
        }
        let mut dice = Dice::new(seed);
        for round in 1..=rounds {
            let deaths_of_round = one_round(&mut cluster, &mut dice);
            println!(
                "{round:4}/{rounds} {:6.1?} {deaths_of_round:?}: {}",
                began.elapsed(),
                load.counts()
            );
            for death in deaths_of_round {
                *deaths.entry(death).or_insert(0u32) += 1;
            }
        }
        sending.store(false, Relaxed);
        cluster.wait_until_idle();
        eventually("watchers know every verdict", TIMEOUT, || {
            let unknown: Vec<String> = watchers
                .iter()
                .flat_map(|watcher| watcher.unknown(&load))
                .collect();
            if unknown.is_empty() {
                Ok(())
            } else {
                Err(format!("{} unknown: {unknown:?}", unknown.len()))
            }
        });
        // Time for events that would come twice.
        thread::sleep(Duration::from_secs(1));
        ChaosFindings::gather(&cluster, &load, &watchers)
    });
    println!("{deaths:?} in {:.0?}\n{findings}", began.elapsed());
    findings.assert_nothing_is_wrong();
}

/// Kills one process, now and then a second one while the first is down.
fn one_round(cluster: &mut Cluster, dice: &mut Dice) -> Vec<Death> {
    let mut deaths_of_round = vec![dice.one_of(&Death::ALL)];
    if dice.below(4) == 0 {
        let second = dice.one_of(&Death::ALL);
        if second.victim() != deaths_of_round[0].victim() {
            deaths_of_round.push(second);
        }
    }
    dice.pause(100..600);
    for death in &deaths_of_round {
        cluster.kill(*death);
        dice.pause(0..100);
    }
    dice.pause(0..1000);
    for death in &deaths_of_round {
        cluster.wait_for_its_lease(*death);
    }
    deaths_of_round.sort_by_key(|death| !death.is_of_a_store());
    for death in &deaths_of_round {
        cluster.bring_back(*death);
    }
    dice.pause(200..800);
    deaths_of_round
}

fn number_from_environment<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().ok().expect("a number"))
}

struct EndsWithIt<'a>(&'a AtomicBool);

impl Drop for EndsWithIt<'_> {
    fn drop(&mut self) {
        self.0.store(false, Relaxed);
    }
}
