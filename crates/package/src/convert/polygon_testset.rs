//! The tests of a Polygon package: files by pattern, limits, groups and points.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::Node;

use super::order::after_required;
use super::polygon_xml::{EXPORT_AGAIN, child, elements, unsupported};
use super::problem::{ConvertedGroup, ConvertedProblem, ConvertedTest, GroupPoints};
use super::units::numbered;
use crate::error::{PackageError, WarningList, shown};
use crate::file_names::PROBLEM_XML;
use crate::tree::PackageFolder;

const MAX_TESTS: usize = 20_000;
/// Polygon's own patterns.
const INPUT_PATTERN: &str = "tests/%02d";
const ANSWER_PATTERN: &str = "tests/%02d.a";

/// Returns the set of tests that decides: the one named `tests`, or the first.
pub(super) fn testset<'a, 'i: 'a>(
    judging: Option<Node<'a, 'i>>,
    warnings: &mut WarningList,
) -> Result<Node<'a, 'i>, PackageError> {
    let missing = || unsupported("it has no tests", EXPORT_AGAIN);
    let judging = judging.ok_or_else(missing)?;
    let sets: Vec<_> = elements(judging, "testset").collect();
    let main = sets
        .iter()
        .find(|set| set.attribute("name") == Some("tests"));
    let used = *main.or(sets.first()).ok_or_else(missing)?;
    for set in sets.iter().filter(|set| **set != used) {
        let name = shown(set.attribute("name").unwrap_or_default());
        let message = format!("left out: the set of tests `{name}`");
        warnings.add_file(PROBLEM_XML, message);
    }
    Ok(used)
}

/// One `<test>`, with its files.
struct PolygonTest<'f> {
    files: ConvertedTest<'f>,
    is_sample: bool,
    group: String,
    points: Option<f64>,
}

pub(super) fn read<'f>(
    testset: Node<'_, '_>,
    tree: &'f PackageFolder,
    has_interactor: bool,
    problem: &mut ConvertedProblem<'f>,
) -> Result<(), PackageError> {
    problem.time_limit_seconds =
        number(testset, "time-limit")?.map(|milliseconds| milliseconds / 1e3);
    problem.memory_mib = number(testset, "memory-limit")?.map(|bytes| bytes / f64::from(1 << 20));
    let tests = read_tests(testset, tree, has_interactor)?;
    let samples = tests.iter().filter(|test| test.is_sample);
    problem.samples = samples.map(|test| test.files).collect();
    problem.groups = groups(testset, tests)?;
    Ok(())
}

fn read_tests<'f>(
    testset: Node<'_, '_>,
    tree: &'f PackageFolder,
    has_interactor: bool,
) -> Result<Vec<PolygonTest<'f>>, PackageError> {
    let pattern = |name: &str, default: &str| {
        let stated = child(testset, name).and_then(|node| node.text());
        stated.unwrap_or(default).trim().to_owned()
    };
    let inputs = pattern("input-path-pattern", INPUT_PATTERN);
    let answers = pattern("answer-path-pattern", ANSWER_PATTERN);
    let listed: Vec<_> = child(testset, "tests")
        .into_iter()
        .flat_map(|node| elements(node, "test"))
        .collect();
    let count = match (listed.len(), number(testset, "test-count")?) {
        (0, Some(count)) => count as usize,
        (listed, _) => listed,
    };
    if count == 0 || count > MAX_TESTS {
        let reason = format!("it has {count} tests, not 1 to {MAX_TESTS}");
        return Err(unsupported(reason, EXPORT_AGAIN));
    }
    let mut tests = Vec::new();
    for number in 1..=count {
        let node = listed.get(number - 1).copied();
        let attribute = |name: &str| node.and_then(|node| node.attribute(name));
        let path = |pattern: &str| {
            let unknown = || {
                let reason = format!("the pattern `{}` is not understood", shown(pattern));
                unsupported(reason, EXPORT_AGAIN)
            };
            numbered(pattern, number).ok_or_else(unknown)
        };
        let (input, answer) = (path(&inputs)?, path(&answers)?);
        let input_file = tree.file_at(&input);
        let missing = |path: &str| {
            let reason = match attribute("method") {
                Some("generated") => format!(
                    "test {number} (`{}`) is to be made by a generator (`doall`), which is not run here",
                    shown(path)
                ),
                _ => format!("test {number} (`{}`) is missing", shown(path)),
            };
            unsupported(reason, EXPORT_AGAIN)
        };
        let input = input_file.ok_or_else(|| missing(&input))?;
        let answer = match tree.file_at(&answer) {
            None if !has_interactor => return Err(missing(&answer)),
            file => file,
        };
        let points = attribute("points").map(points).transpose()?;
        tests.push(PolygonTest {
            files: ConvertedTest {
                input: Some(input),
                answer,
                points: points.unwrap_or(0.0),
            },
            is_sample: attribute("sample") == Some("true"),
            group: attribute("group").unwrap_or_default().to_owned(),
            points,
        });
    }
    Ok(tests)
}

/// Returns the tests in their groups. Samples without points are not repeated among the secret tests.
fn groups<'f>(
    testset: Node<'_, '_>,
    tests: Vec<PolygonTest<'f>>,
) -> Result<Vec<ConvertedGroup<'f>>, PackageError> {
    let has_points = tests
        .iter()
        .any(|test| test.points.is_some_and(|points| points > 0.0));
    let declared = Declarations::read(testset)?;
    let is_scored = has_points || declared.has_points();
    if !is_scored {
        let secret = tests.into_iter().filter(|test| !test.is_sample);
        return Ok(vec![ConvertedGroup {
            tests: secret.map(|test| test.files).collect(),
            ..ConvertedGroup::default()
        }]);
    }
    let mut members: BTreeMap<String, Vec<PolygonTest<'f>>> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for test in tests {
        if !members.contains_key(&test.group) {
            order.push(test.group.clone());
        }
        members.entry(test.group.clone()).or_default().push(test);
    }
    // Groups of samples alone stand in `data/sample`.
    let is_public = |name: &String, members: &BTreeMap<String, Vec<PolygonTest<'f>>>| {
        let tests = &members[name];
        tests.iter().all(|test| test.is_sample) && declared.points(name, tests) <= 0.0
    };
    let public: BTreeSet<String> = order
        .iter()
        .filter(|name| is_public(name, &members))
        .cloned()
        .collect();
    order.retain(|name| !public.contains(name));
    let order = declared.sorted(order)?;
    let places: BTreeMap<&String, usize> = order.iter().zip(0..).collect();
    let mut groups = Vec::new();
    for name in &order {
        let tests = members.remove(name).unwrap_or_default();
        let required = declared.required(name);
        groups.push(ConvertedGroup {
            points: declared.group_points(name, &tests),
            tests: tests.into_iter().map(|test| test.files).collect(),
            requires: required
                .iter()
                .filter_map(|group| places.get(group).copied())
                .collect(),
            requires_samples: required.iter().any(|group| public.contains(group)),
        });
    }
    Ok(groups)
}

/// The `<groups>` of a set of tests.
#[derive(Default)]
struct Declarations {
    by_name: BTreeMap<String, GroupDeclaration>,
}

struct GroupDeclaration {
    points: Option<f64>,
    complete: bool,
    requires: Vec<String>,
}

impl Declarations {
    fn read(testset: Node<'_, '_>) -> Result<Self, PackageError> {
        let mut by_name = BTreeMap::new();
        let groups = child(testset, "groups").into_iter();
        for group in groups.flat_map(|node| elements(node, "group")) {
            let requires = child(group, "dependencies").into_iter();
            let requires = requires.flat_map(|node| elements(node, "dependency"));
            let declaration = GroupDeclaration {
                points: group.attribute("points").map(points).transpose()?,
                complete: group.attribute("points-policy") == Some("complete-group"),
                requires: requires
                    .filter_map(|node| Some(node.attribute("group")?.to_owned()))
                    .collect(),
            };
            by_name.insert(
                group.attribute("name").unwrap_or_default().to_owned(),
                declaration,
            );
        }
        Ok(Declarations { by_name })
    }

    fn has_points(&self) -> bool {
        let mut groups = self.by_name.values();
        groups.any(|group| group.points.is_some_and(|points| points > 0.0))
    }

    fn required(&self, name: &str) -> &[String] {
        let group = self.by_name.get(name);
        group
            .map(|group| group.requires.as_slice())
            .unwrap_or_default()
    }

    fn points(&self, name: &str, tests: &[PolygonTest<'_>]) -> f64 {
        let own = tests.iter().map(|test| test.files.points).sum();
        let stated = self.by_name.get(name).and_then(|group| group.points);
        stated.filter(|_| own <= 0.0).unwrap_or(own)
    }

    fn group_points(&self, name: &str, tests: &[PolygonTest<'_>]) -> GroupPoints {
        let complete = self.by_name.get(name).is_some_and(|group| group.complete);
        let own: f64 = tests.iter().map(|test| test.files.points).sum();
        if complete || own <= 0.0 {
            GroupPoints::Least(self.points(name, tests))
        } else {
            GroupPoints::Sum
        }
    }

    /// Returns the groups so that each comes after those that it requires.
    fn sorted(&self, names: Vec<String>) -> Result<Vec<String>, PackageError> {
        let indices: BTreeMap<&String, usize> = names.iter().zip(0..).collect();
        let requires = names.iter().map(|name| {
            // Groups of samples alone stand elsewhere.
            let required = self.required(name).iter();
            required
                .filter_map(|group| indices.get(group).copied())
                .collect()
        });
        let order = after_required(&requires.collect::<Vec<_>>()).ok_or_else(|| {
            let reason = "its groups of tests require each other in a circle";
            unsupported(reason, "correct the dependencies in Polygon")
        })?;
        Ok(order
            .into_iter()
            .map(|index| names[index].clone())
            .collect())
    }
}

fn points(text: &str) -> Result<f64, PackageError> {
    let number = text.trim().parse::<f64>().ok();
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| {
            let reason = format!("`{}` is no number of points", shown(text));
            unsupported(reason, "correct the points in Polygon")
        })
}

fn number(node: Node<'_, '_>, name: &str) -> Result<Option<f64>, PackageError> {
    let Some(text) = child(node, name).and_then(|node| node.text()) else {
        return Ok(None);
    };
    let number = text.trim().parse::<f64>().ok();
    match number.filter(|number| number.is_finite() && *number > 0.0) {
        Some(number) => Ok(Some(number)),
        None => {
            let reason = format!("`{name}` is `{}`", shown(text.trim()));
            Err(unsupported(reason, "correct it, and import again"))
        }
    }
}
