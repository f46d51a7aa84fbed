//! The rules, on what may be found; `tests/cgroup2.rs` tries them on a real hierarchy.

use super::*;

/// A group that may be emptied.
fn found() -> PlacementFacts {
    PlacementFacts {
        own_is_writable: true,
        ..PlacementFacts::default()
    }
}

fn strangers() -> Vec<String> {
    vec!["1234 (bash)".to_owned(), "99 (sshd)".to_owned()]
}

#[test]
fn nothing_is_moved_where_nothing_needs_to_be() {
    let at_the_root = PlacementFacts {
        own_divides: true,
        parent_is_delegated: true,
        strangers: strangers(),
        ..found()
    };
    assert_eq!(at_the_root.choose(), Ok(Placement::Own));
    let in_a_leaf = PlacementFacts {
        own_divides: false,
        ..at_the_root
    };
    assert_eq!(in_a_leaf.choose(), Ok(Placement::Parent));
}

#[test]
fn only_a_group_without_strangers_is_emptied() {
    assert_eq!(found().choose(), Ok(Placement::OwnEmptied));
    let shared = PlacementFacts {
        strangers: strangers(),
        ..found()
    };
    let error = shared.choose().unwrap_err();
    for part in ["1234 (bash), 99 (sshd)", "systemd-run", "Delegate=yes"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn root_takes_the_top_where_its_own_group_is_of_no_use() {
    let of_no_use = [
        PlacementFacts {
            strangers: strangers(),
            ..found()
        },
        PlacementFacts {
            lacking: vec!["cpu"],
            ..found()
        },
        PlacementFacts::default(),
    ];
    for found in of_no_use {
        let as_root = PlacementFacts {
            top_is_writable: true,
            ..found.clone()
        };
        assert_eq!(as_root.choose(), Ok(Placement::Top));
        assert!(found.choose().is_err(), "{found:?}");
    }
}

#[test]
fn an_error_says_what_is_lacking() {
    let error = PlacementFacts::default().choose().unwrap_err();
    assert!(error.contains("not delegated"), "{error}");
    let lacking = PlacementFacts {
        lacking: vec!["memory", "cpu"],
        ..found()
    };
    let error = lacking.choose().unwrap_err();
    assert!(error.contains("controllers memory cpu"), "{error}");
    assert!(error.contains("Delegate=cpu memory pids"), "{error}");
}

#[test]
fn a_service_owns_itself_and_what_descends_from_it() {
    // 1 ─ 10 (shell) ─ 20 (service) ─ 30 (keeper) ─ 40 (helper)
    let parent_of = |pid| match pid {
        10 => Some(1),
        20 => Some(10),
        30 => Some(20),
        40 => Some(30),
        _ => None,
    };
    for ours in [20, 30, 40] {
        assert!(descends(ours, 20, parent_of), "{ours}");
    }
    for foreign in [1, 10, 50, 0] {
        assert!(!descends(foreign, 20, parent_of), "{foreign}");
    }
    // A process of another pid namespace is never ours, not even where nothing else is known.
    assert!(!descends(0, 0, |_| Some(0)));
    // Nor does a ring, as pids that come again could show, go on for ever.
    assert!(!descends(1, 3, |pid| Some(3 - pid)));
}

#[test]
fn this_process_descends_from_its_parent() {
    let parent = parent_of(std::process::id()).unwrap();
    assert_eq!(parent, std::os::unix::process::parent_id());
    assert!(descends(std::process::id(), parent, parent_of));
    assert!(!descends(parent, std::process::id(), parent_of));
}

#[test]
fn the_root_is_the_group_that_tells_no_events() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!is_root(folder.path()), "not a group at all");
    fs::write(folder.path().join("cgroup.procs"), "").unwrap();
    assert!(is_root(folder.path()));
    fs::write(folder.path().join("cgroup.events"), "").unwrap();
    assert!(!is_root(folder.path()));
}
