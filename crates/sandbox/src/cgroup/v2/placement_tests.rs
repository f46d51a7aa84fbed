//! Rules of placement on made-up facts; `tests/cgroup2.rs` tries them on a real hierarchy.

use super::*;

/// Facts for a group that may be emptied.
fn emptiable() -> PlacementFacts {
    PlacementFacts {
        own_is_writable: true,
        ..PlacementFacts::default()
    }
}

fn foreign_processes() -> Vec<String> {
    vec!["1234 (bash)".to_owned(), "99 (sshd)".to_owned()]
}

#[test]
fn usable_groups_are_left_alone() {
    let at_the_root = PlacementFacts {
        own_enables_controllers: true,
        parent_is_delegated: true,
        foreign_processes: foreign_processes(),
        ..emptiable()
    };
    assert_eq!(at_the_root.choose(), Ok(Placement::Own));
    let in_a_leaf = PlacementFacts {
        own_enables_controllers: false,
        ..at_the_root
    };
    assert_eq!(in_a_leaf.choose(), Ok(Placement::Parent));
}

#[test]
fn groups_with_foreign_processes_are_not_emptied() {
    assert_eq!(emptiable().choose(), Ok(Placement::OwnEmptied));
    let shared = PlacementFacts {
        foreign_processes: foreign_processes(),
        ..emptiable()
    };
    let error = shared.choose().unwrap_err();
    for part in ["1234 (bash), 99 (sshd)", "systemd-run", "Delegate=yes"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn root_falls_back_to_the_top() {
    let unusable = [
        PlacementFacts {
            foreign_processes: foreign_processes(),
            ..emptiable()
        },
        PlacementFacts {
            missing_controllers: vec!["cpu"],
            ..emptiable()
        },
        PlacementFacts::default(),
    ];
    for facts in unusable {
        let as_root = PlacementFacts {
            top_is_writable: true,
            ..facts.clone()
        };
        assert_eq!(as_root.choose(), Ok(Placement::Top));
        assert!(facts.choose().is_err(), "{facts:?}");
    }
}

#[test]
fn errors_name_what_is_missing() {
    let error = PlacementFacts::default().choose().unwrap_err();
    assert!(error.contains("not delegated"), "{error}");
    let missing_controllers = PlacementFacts {
        missing_controllers: vec!["memory", "cpu"],
        ..emptiable()
    };
    let error = missing_controllers.choose().unwrap_err();
    assert!(error.contains("controllers memory cpu"), "{error}");
    assert!(error.contains("Delegate=cpu memory pids"), "{error}");
}

#[test]
fn descendants_belong_to_the_service() {
    // 1 ─ 10 (shell) ─ 20 (service) ─ 30 (monitor) ─ 40 (helper)
    let parent_of = |pid| match pid {
        10 => Some(1),
        20 => Some(10),
        30 => Some(20),
        40 => Some(30),
        _ => None,
    };
    for own in [20, 30, 40] {
        assert!(descends(own, 20, parent_of), "{own}");
    }
    for foreign in [1, 10, 50, 0] {
        assert!(!descends(foreign, 20, parent_of), "{foreign}");
    }
    // A process of another pid namespace is never ours, even if its parent is unknown.
    assert!(!descends(0, 0, |_| Some(0)));
    // A cycle, as reused pids could show, ends too.
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
fn root_group_has_no_events_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!is_root(folder.path()), "not a group at all");
    fs::write(folder.path().join("cgroup.procs"), "").unwrap();
    assert!(is_root(folder.path()));
    fs::write(folder.path().join("cgroup.events"), "").unwrap();
    assert!(!is_root(folder.path()));
}
