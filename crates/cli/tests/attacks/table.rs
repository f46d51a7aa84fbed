//! The table of `docs/records/attacks.md`: which line of `ATTACKS.md` which programs try, and what
//! stops them. Generated from the heads of the programs, so that it can't be out of date.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::layer::LAYERS;
use crate::program::Attack;

/// Short titles of the lines.
pub const LINES: [(u32, &str); 27] = [
    (1, "links where the host writes by name"),
    (2, "copy-out paths that leave"),
    (3, "names that leave"),
    (4, "characters that mean something to a shell"),
    (5, "the service's secrets"),
    (6, "descriptors that leak in, files that are shared"),
    (7, "setuid, becoming root"),
    (8, "network"),
    (9, "addresses that the service would fetch"),
    (10, "secrets by way of the compiler"),
    (11, "sources without end"),
    (12, "compiler bombs"),
    (13, "code that runs at compile time"),
    (14, "processes and threads"),
    (15, "memory"),
    (16, "output and files"),
    (17, "time"),
    (18, "other processes"),
    (19, "escapes"),
    (20, "things left for the next run"),
    (21, "answers and feedback"),
    (22, "predictable randomness"),
    (23, "forged results"),
    (24, "races with cleaning up"),
    (25, "bodies, floods and slow clients"),
    (26, "other people's code and streams"),
    (27, "a verdict that the client claims"),
];

/// Lines that no program inside a cell can try: the reason, and the tests that cover them.
pub const WITHOUT_PROGRAM: [(u32, &str, &[&str]); 5] = [
    (
        2,
        "the host chooses what is copied out, and never by a path that a cell can write",
        &["files_go_in_and_come_out_by_descriptor"],
    ),
    (
        9,
        "no address that a user gives is ever fetched: the API has no such field",
        &["the_openapi_document_is_the_contract"],
    ),
    (
        25,
        "it is the API that is attacked",
        &[
            "bad_submissions_change_nothing",
            "code_and_input_have_exact_limits",
            "slow_bodies_time_out",
            "the_total_size_of_bodies_is_bounded",
            "a_full_queue_refuses_before_storing",
            "slow_and_missing_request_heads_time_out",
            "invalid_client_messages_get_an_error",
            "stalled_readers_are_dropped_and_delay_nobody",
            "sockets_are_bounded_and_end_with_the_server",
            "unread_responses_time_out",
        ],
    ),
    (
        26,
        "it is the API that is attacked; there are no accounts yet, so ids can't be guessed and lists are without code",
        &[
            "events_go_to_their_user_only",
            "lists_are_paged_and_without_code",
            "only_the_submitter_gets_the_source",
            "nobody_gets_the_source_of_anonymous_submissions",
        ],
    ),
    (
        27,
        "a claim is a verdict only where a problem's setter said `trust: client`, is marked as the person's own word, and a \
         share is judged again; else only the worker writes one",
        &[
            "unknown_fields_are_refused_by_name",
            "forged_results_change_no_verdict",
            "invalid_client_results_are_refused",
        ],
    ),
];

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/records/attacks.md");
const BEGIN: &str =
    "<!-- attacks: begin; written by LETSCODE_REWRITE=1 cargo test --test attacks the_table -->\n";
const END: &str = "<!-- attacks: end -->\n";

/// Compares the table in the document with the heads, or rewrites it.
#[test]
fn the_table_of_attacks_matches_the_heads() {
    let text = fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = text.split_once(BEGIN).expect(BEGIN);
    let (table, after) = rest.split_once(END).expect(END);
    let expected = render(&Attack::all());
    if std::env::var_os("LETSCODE_REWRITE").is_some() {
        fs::write(DOCUMENT, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
    } else {
        let differs = expected.lines().find(|line| !table.contains(line));
        assert!(
            table == expected,
            "docs/records/attacks.md is behind, first in {differs:?}; see its markers"
        );
    }
}

/// The tests that stand for programs exist.
#[test]
fn lines_without_a_program_name_tests() {
    let mut sources = String::new();
    read_tests(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        &mut sources,
    );
    for (line, _, tests) in WITHOUT_PROGRAM {
        for test in tests {
            assert!(
                sources.contains(&format!("fn {test}()")),
                "line {line}: there is no test `{test}`"
            );
        }
    }
}

fn read_tests(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            read_tests(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

fn render(attacks: &[Attack]) -> String {
    let mut table = String::from("\n| Line | What | Programs | Stopped by |\n|---|---|---|---|\n");
    for (line, what) in LINES {
        let left_out = WITHOUT_PROGRAM.iter().find(|(number, ..)| *number == line);
        if let Some((_, why, tests)) = left_out {
            let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
            let tests = tests.join(", ");
            table.push_str(&format!(
                "| {line} | {what} | none: {why} | tests {tests} |\n"
            ));
            continue;
        }
        // Programs that the same layers stop are listed together.
        let mut rows: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for attack in attacks.iter().filter(|attack| attack.line == line) {
            let (stem, language) = attack.name.rsplit_once('.').unwrap();
            let stem = stem.split_once('-').unwrap().1.to_owned();
            let row = rows.entry(attack.stopped_by.join(", ")).or_default();
            row.entry(stem).or_default().push(language.to_owned());
        }
        let (mut line, mut what) = (line.to_string(), what);
        for (layers, programs) in rows {
            let programs: Vec<String> = programs
                .iter()
                .map(|(stem, languages)| format!("{stem} ({})", languages.join(" ")))
                .collect();
            let programs = programs.join(", ");
            table.push_str(&format!("| {line} | {what} | {programs} | {layers} |\n"));
            (line, what) = (String::new(), "");
        }
    }
    table.push_str("\nThe names mean:\n\n");
    for (name, meaning) in LAYERS {
        table.push_str(&format!("- **{name}**: {meaning}\n"));
    }
    table
}
