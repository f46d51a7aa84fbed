//! The order of groups that require each other.

use std::collections::BTreeSet;

/// Returns the indices of `requires` so that each comes after those that it requires, and otherwise in
/// their order; `None` if some require each other in a circle. Takes time in proportion to the list.
pub(super) fn after_required(requires: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut missing: Vec<usize> = requires.iter().map(Vec::len).collect();
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); requires.len()];
    for (index, required) in requires.iter().enumerate() {
        for required in required {
            dependents.get_mut(*required)?.push(index);
        }
    }
    let mut ready: BTreeSet<usize> = (0..requires.len())
        .filter(|index| missing[*index] == 0)
        .collect();
    let mut order = Vec::new();
    while let Some(index) = ready.pop_first() {
        order.push(index);
        for dependent in &dependents[index] {
            missing[*dependent] -= 1;
            if missing[*dependent] == 0 {
                ready.insert(*dependent);
            }
        }
    }
    (order.len() == requires.len()).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(vec![], Some(vec![]))]
    #[case(vec![vec![], vec![], vec![]], Some(vec![0, 1, 2]))]
    #[case(vec![vec![2], vec![0, 2, 2], vec![]], Some(vec![2, 0, 1]))]
    #[case(vec![vec![1], vec![0]], None)]
    #[case(vec![vec![0]], None)]
    #[case(vec![vec![7]], None)]
    fn required_groups_come_first(
        #[case] requires: Vec<Vec<usize>>,
        #[case] expected: Option<Vec<usize>>,
    ) {
        assert_eq!(after_required(&requires), expected);
    }

    #[test]
    fn long_chains_take_no_time() {
        let count = 100_000;
        let last = count - 1;
        let chain: Vec<Vec<usize>> = (0..count)
            .map(|at| if at == last { vec![] } else { vec![at + 1] })
            .collect();
        assert_eq!(after_required(&chain).map(|order| order[0]), Some(last));
    }
}
