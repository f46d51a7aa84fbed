//! The tests of a Hydro problem: `subtasks` and `cases` of `config.yaml`, or found by their names.

use std::collections::BTreeMap;

use regex::Regex;

use super::hydro_values::{unit, unsupported};
use super::order::after_required;
use super::problem::{ConvertedGroup, ConvertedTest, GroupPoints};
use super::refusal::named_file;
use super::units::{mebibytes, seconds, shares};
use crate::error::{PackageError, WarningList, shown};
use crate::file_names::CONFIG_YAML;
use crate::foreign_format::ForeignFormat;
use crate::tree::{PackageFile, PackageFolder};
use crate::yaml::{Fields, YamlNode};

const MAX_CASES: usize = 20_000;
const FULL_SCORE: f64 = 100.0;

/// Names of inputs, with the ways in which their answers are called.
const NAMES: [(&str, &[&str]); 4] = [
    (
        r"^(?P<base>(?:[\w.-]*?)(?:(?P<subtask>\d*)[-_])?(?P<case>\d+))\.(?:in|IN|in\.txt)$",
        &[
            "{base}.out",
            "{base}.ans",
            "{base}.OUT",
            "{base}.ANS",
            "{base}.out.txt",
        ],
    ),
    (
        r"^(?P<base>\D*)\.in(?P<case>\d+)$",
        &["{base}.ou{case}", "{base}.out{case}", "{base}.ans{case}"],
    ),
    (
        r"^input(?P<case>\d+)\.(?:in|txt)$",
        &["output{case}.out", "output{case}.txt", "output{case}.ans"],
    ),
    (
        r"^(?P<base>(?P<case>\d+)[-_].*)\.(?:in|IN)$",
        &["{base}.out", "{base}.ans"],
    ),
];

/// The tests, and the limits that hold for all of them.
pub(super) struct HydroCases<'f> {
    pub groups: Vec<ConvertedGroup<'f>>,
    /// Seconds and MiB.
    pub limits: (f64, f64),
}

/// A subtask, or all cases of a problem without subtasks.
#[derive(Default)]
struct Subtask<'f> {
    id: u64,
    score: Option<f64>,
    sums_up: bool,
    requires: Vec<u64>,
    cases: Vec<HydroCase<'f>>,
}

impl Subtask<'_> {
    /// Takes the settings that were declared for the subtask of this number without its cases.
    fn take_settings(&mut self, declared: &[Subtask<'_>]) {
        if let Some(own) = declared.iter().find(|own| own.id == self.id) {
            self.score = own.score;
            self.sums_up = own.sums_up;
            self.requires.clone_from(&own.requires);
        }
    }
}

struct HydroCase<'f> {
    input: Option<&'f PackageFile>,
    answer: Option<&'f PackageFile>,
    score: Option<f64>,
}

pub(super) fn read<'f>(
    fields: &mut Fields,
    testdata: &'f PackageFolder,
    limits: (f64, f64),
    warnings: &mut WarningList,
) -> Result<HydroCases<'f>, PackageError> {
    let mut reader = HydroCaseReader {
        testdata,
        limits,
        stated: Vec::new(),
        warnings,
    };
    let cases = fields
        .take("cases")
        .map(YamlNode::into_items)
        .unwrap_or_default();
    let subtasks = fields
        .take("subtasks")
        .map(YamlNode::into_items)
        .unwrap_or_default();
    let mut all = match (cases.is_empty(), subtasks.is_empty()) {
        (false, _) => vec![Subtask {
            id: 1,
            sums_up: true,
            cases: reader.cases(cases, limits)?,
            ..Subtask::default()
        }],
        (true, false) => reader.subtasks(subtasks)?,
        (true, true) => Vec::new(),
    };
    let has_cases = all.iter().any(|subtask| !subtask.cases.is_empty());
    let limits = if has_cases {
        reader.common_limits()?
    } else {
        let declared = std::mem::take(&mut all);
        all = found_by_name(testdata)?;
        for subtask in &mut all {
            subtask.take_settings(&declared);
        }
        limits
    };
    let count: usize = all.iter().map(|subtask| subtask.cases.len()).sum();
    if count == 0 || count > MAX_CASES {
        let reason = format!("{count} tests were found, not 1 to {MAX_CASES}");
        return Err(unsupported(
            reason,
            "name them in `subtasks`, or as `1.in` and `1.out`",
        ));
    }
    Ok(HydroCases {
        groups: groups(all)?,
        limits,
    })
}

struct HydroCaseReader<'f, 'a> {
    testdata: &'f PackageFolder,
    limits: (f64, f64),
    /// Limits of every case.
    stated: Vec<(f64, f64)>,
    warnings: &'a mut WarningList,
}

impl<'f> HydroCaseReader<'f, '_> {
    fn subtasks(&mut self, nodes: Vec<YamlNode>) -> Result<Vec<Subtask<'f>>, PackageError> {
        let mut subtasks = Vec::new();
        for (number, node) in (1..).zip(nodes) {
            let mut fields = Fields::of(node, "subtasks", self.warnings)?;
            let limits = self.limits_of(&mut fields, self.limits)?;
            let kind = fields.text("type")?.unwrap_or_else(|| "min".to_owned());
            let cases = fields
                .take("cases")
                .map(YamlNode::into_items)
                .unwrap_or_default();
            let sums_up = match kind.as_str() {
                "min" => false,
                "sum" => true,
                // One case is its own largest.
                "max" if cases.len() == 1 => false,
                other => {
                    let reason = format!("a subtask has the type `{}`", shown(other));
                    return Err(unsupported(reason, "use `min` or `sum`"));
                }
            };
            let required = fields
                .take("if")
                .map(YamlNode::into_items)
                .unwrap_or_default();
            let required = required.into_iter().map(|node| node.whole("if"));
            subtasks.push(Subtask {
                id: fields
                    .take("id")
                    .map(|node| node.whole("id"))
                    .transpose()?
                    .unwrap_or(number),
                score: score(&mut fields)?,
                sums_up,
                requires: required.collect::<Result<_, _>>()?,
                cases: self.cases(cases, limits)?,
            });
        }
        Ok(subtasks)
    }

    fn cases(
        &mut self,
        nodes: Vec<YamlNode>,
        limits: (f64, f64),
    ) -> Result<Vec<HydroCase<'f>>, PackageError> {
        let mut cases = Vec::new();
        for node in nodes {
            let mut fields = Fields::of(node, "cases", self.warnings)?;
            let limits = self.limits_of(&mut fields, limits)?;
            self.stated.push(limits);
            let testdata = self.testdata;
            let mut file = |key: &str| -> Result<Option<&'f PackageFile>, PackageError> {
                let name = fields.text(key)?.filter(|name| name != "/dev/null");
                let file =
                    name.map(|name| named_file(testdata, &name, ForeignFormat::Hydro, CONFIG_YAML));
                file.transpose()
            };
            cases.push(HydroCase {
                input: file("input")?,
                answer: file("output")?,
                score: score(&mut fields)?,
            });
        }
        Ok(cases)
    }

    fn limits_of(
        &self,
        fields: &mut Fields,
        above: (f64, f64),
    ) -> Result<(f64, f64), PackageError> {
        let time = unit(fields.take("time"), "time", seconds)?;
        let memory = unit(fields.take("memory"), "memory", mebibytes)?;
        Ok((time.unwrap_or(above.0), memory.unwrap_or(above.1)))
    }

    /// Returns the limits of all cases, which must be the same: a problem has one time limit here.
    fn common_limits(&self) -> Result<(f64, f64), PackageError> {
        let first = self.stated.first().copied().unwrap_or(self.limits);
        if self.stated.iter().all(|limits| *limits == first) {
            return Ok(first);
        }
        let reason = "its tests have different limits of time or memory";
        Err(unsupported(reason, "give all tests the same limits"))
    }
}

fn score(fields: &mut Fields) -> Result<Option<f64>, PackageError> {
    let score = fields.number_in("score", |score| score >= 0.0, "use 0 or more")?;
    // 0 is "not stated" in Hydro.
    Ok(score.filter(|score| *score > 0.0))
}

/// Cases of a subtask by the numbers and names of their inputs.
#[derive(Default)]
struct NamedSubtask<'f> {
    /// Names state the number of the subtask.
    is_numbered: bool,
    cases: BTreeMap<(u64, &'f str), HydroCase<'f>>,
}

/// Finds the tests by the names of their files.
fn found_by_name(testdata: &PackageFolder) -> Result<Vec<Subtask<'_>>, PackageError> {
    let mut patterns = Vec::new();
    for (pattern, answers) in NAMES {
        let broken = |_| unsupported("a pattern is broken", "report it");
        patterns.push((Regex::new(pattern).map_err(broken)?, answers));
    }
    let mut subtasks: BTreeMap<u64, NamedSubtask<'_>> = BTreeMap::new();
    for (name, file) in testdata.files() {
        let matched = patterns.iter().find_map(|(regex, answers)| {
            let captures = regex.captures(name)?;
            let part = |group: &str| captures.name(group).map_or("", |part| part.as_str());
            let (base, case, subtask) = (part("base"), part("case"), part("subtask"));
            let answer = answers.iter().find_map(|answer| {
                let answer = answer.replace("{base}", base).replace("{case}", case);
                testdata.file(&answer)
            })?;
            Some((
                subtask.parse::<u64>().ok(),
                case.parse::<u64>().ok()?,
                answer,
            ))
        });
        let Some((subtask, number, answer)) = matched else {
            continue;
        };
        let named = subtasks.entry(subtask.unwrap_or(1)).or_default();
        named.is_numbered |= subtask.is_some();
        named.cases.insert(
            (number, name),
            HydroCase {
                input: Some(file),
                answer: Some(answer),
                score: None,
            },
        );
    }
    let subtasks = subtasks.into_iter().map(|(id, named)| Subtask {
        id,
        sums_up: !named.is_numbered,
        cases: named.cases.into_values().collect(),
        ..Subtask::default()
    });
    Ok(subtasks.collect())
}

/// Shares the points out as Hydro does, and puts what is required first.
fn groups(mut subtasks: Vec<Subtask<'_>>) -> Result<Vec<ConvertedGroup<'_>>, PackageError> {
    subtasks.sort_by_key(|subtask| subtask.id);
    let stated: f64 = subtasks.iter().filter_map(|subtask| subtask.score).sum();
    let without = subtasks.iter().filter(|subtask| subtask.score.is_none());
    let mut remaining = shares((FULL_SCORE - stated).max(0.0), without.count());
    for subtask in &mut subtasks {
        subtask.score = subtask.score.or_else(|| remaining.next());
    }
    let ids: BTreeMap<u64, usize> = subtasks.iter().map(|subtask| subtask.id).zip(0..).collect();
    let index_of = |id: &u64| ids.get(id).copied().unwrap_or(usize::MAX);
    let requires: Vec<Vec<usize>> = subtasks
        .iter()
        .map(|subtask| subtask.requires.iter().map(index_of).collect())
        .collect();
    let Some(order) = after_required(&requires) else {
        let reason = "a subtask requires (`if`) one that does not exist, or itself";
        return Err(unsupported(reason, "correct `if`"));
    };
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        places[*index] = place;
    }
    let mut subtasks: Vec<Option<Subtask<'_>>> = subtasks.into_iter().map(Some).collect();
    let groups = order.iter().filter_map(|index| {
        let required = requires[*index].iter().map(|required| places[*required]);
        Some(group(subtasks[*index].take()?, required.collect()))
    });
    Ok(groups.collect())
}

fn group(subtask: Subtask<'_>, requires: Vec<usize>) -> ConvertedGroup<'_> {
    let score = subtask.score.unwrap_or(0.0);
    let stated: f64 = subtask.cases.iter().filter_map(|case| case.score).sum();
    let without = subtask.cases.iter().filter(|case| case.score.is_none());
    let mut remaining = shares((score - stated).max(0.0), without.count());
    let tests = subtask.cases.iter().map(|case| ConvertedTest {
        input: case.input,
        answer: case.answer,
        points: case.score.or_else(|| remaining.next()).unwrap_or(0.0),
    });
    ConvertedGroup {
        tests: tests.collect(),
        points: if subtask.sums_up {
            GroupPoints::Sum
        } else {
            GroupPoints::Least(score)
        },
        requires,
        requires_samples: false,
    }
}
