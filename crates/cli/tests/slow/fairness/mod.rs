//! One client address that does its worst makes no other wait for long, nor does one account another.
//!
//! A table of attack × figure: the median times of another address's `print(1)` and of its submission,
//! alone and beside ten connections of the attacker, each request under a new name. With accounts, both
//! are at one address, as in a class. `make fairness` is
//! the long form. `LETSCODE_FAIRNESS` sets the number of rounds, `LETSCODE_FAIRNESS_ATTACKS` and
//! `LETSCODE_FAIRNESS_FORMS` select rows and tables by names with commas between.

mod attacks;
mod forms;
mod victim;

use std::fs;
use std::thread;
use std::time::Duration;

use attacks::{ATTACKS, Attack, RunningAttack};
use forms::{Form, RunningForm};
use victim::{Samples, Times, Victim};

/// Time for an attack to take all that it can get.
const ATTACK_STARTS: Duration = Duration::from_secs(3);
/// Longest time for the samples of one block.
const BLOCK_LIMIT: Duration = Duration::from_secs(60);
/// Samples of each block in the long form.
const SAMPLES: usize = 11;

/// The victim's times in one row of the table.
#[derive(Default)]
struct Comparison {
    alone: Samples,
    beside: Samples,
}

/// Measures on a service of its own, so that nothing of an earlier attack is left.
fn compare(form: Form, attack: &Attack, samples: usize) -> Comparison {
    let service = RunningForm::start(form);
    let mut victim = Victim::new(service.victim());
    // Cells become warm, and caches too.
    victim.measure(3, BLOCK_LIMIT);
    let alone = victim.measure(samples, BLOCK_LIMIT);
    let attack = RunningAttack::start(attack, &service.attacker());
    thread::sleep(ATTACK_STARTS);
    let beside = victim.measure(samples, BLOCK_LIMIT);
    attack.stop();
    drop(service);
    attack.join();
    Comparison { alone, beside }
}

fn row(name: &str, comparison: &Comparison) -> String {
    let Comparison { alone, beside } = comparison;
    let columns = [
        (&alone.runs, &beside.runs),
        (&alone.submissions, &beside.submissions),
    ];
    let cells = columns.map(|(alone, beside)| figures(alone, beside));
    format!("| {name} | {} |", cells.join(" | "))
}

fn figures(alone: &Times, beside: &Times) -> String {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let (alone, median) = (milliseconds(alone.median()), milliseconds(beside.median()));
    let longest = milliseconds(beside.longest());
    let ratio = median / alone;
    format!("{alone:.0} ms | {median:.0} ms | × {ratio:.1} | {longest:.0} ms")
}

fn print_head(form: Form) {
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    println!(
        "\nForm: {}; {profile} build; {cores} cores; load {}",
        form.name(),
        load.join(" ")
    );
    println!(
        "| Attack | Run alone | beside | ratio | longest | Submission alone | beside | ratio | longest |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
}

/// Names from an environment variable; all if it is not set.
fn is_selected(variable: &str, name: &str) -> bool {
    std::env::var(variable).map_or(true, |names| names.split(',').any(|own| own == name))
}

/// In `make test` a few attacks; the bound leaves room for the tests that run beside it.
#[test]
fn a_greedy_address_delays_no_other() {
    let rounds = std::env::var("LETSCODE_FAIRNESS");
    if let Ok(rounds) = rounds {
        return print_tables(rounds.parse().unwrap());
    }
    for (form, name) in SHORT_FORM {
        let Some(attack) = ATTACKS.iter().find(|attack| attack.name == name) else {
            panic!("no attack {name}");
        };
        let comparison = compare(form, attack, 5);
        println!("{}", row(attack.name, &comparison));
        let Comparison { alone, beside } = &comparison;
        for (alone, beside) in [
            (&alone.runs, &beside.runs),
            (&alone.submissions, &beside.submissions),
        ] {
            let bound = alone.median() * 3 + BUSY_MACHINE;
            assert!(
                beside.median() <= bound,
                "{}",
                row(attack.name, &comparison)
            );
        }
    }
}

/// Without turns each of them makes others wait for tens of seconds.
const SHORT_FORM: [(Form, &str); 7] = [
    (Form::Embedded, "sleep"),
    (Form::Embedded, "spin"),
    (Form::Embedded, "compile"),
    (Form::Embedded, "10000-names"),
    (Form::Accounts, "sleep"),
    (Form::Accounts, "compile"),
    (Form::Accounts, "drafts"),
];
const BUSY_MACHINE: Duration = Duration::from_secs(1);

fn print_tables(rounds: usize) {
    for form in Form::ALL {
        if !is_selected("LETSCODE_FAIRNESS_FORMS", form.name()) {
            continue;
        }
        print_head(form);
        for attack in &ATTACKS {
            if !is_selected("LETSCODE_FAIRNESS_ATTACKS", attack.name) {
                continue;
            }
            let mut all = Comparison::default();
            for _ in 0..rounds {
                let comparison = compare(form, attack, SAMPLES);
                all.alone.add(&comparison.alone);
                all.beside.add(&comparison.beside);
            }
            println!("{}", row(attack.name, &all));
        }
    }
}
