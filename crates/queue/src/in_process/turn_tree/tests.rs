use letscode_model::Lane;
use proptest::prelude::*;

use super::*;

/// An address, a user of it, and how many items were pushed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Item(u8, u8, u32);

impl HasPath for Item {
    fn path(&self) -> TurnPath {
        path(self.0, self.1)
    }
}

fn path(address: u8, user: u8) -> TurnPath {
    TurnPath {
        share: format!("address-{address}"),
        user: format!("user-{user}"),
        lane: Lane::Normal,
    }
}

fn push(tree: &mut TurnTree<Item>, item: Item) -> usize {
    tree.push(&item.path(), item, 0).0
}

fn pop(tree: &mut TurnTree<Item>) -> Option<Item> {
    tree.pop(false, |_| 100).map(|(_, item)| item)
}

#[test]
fn many_names_at_one_address_have_one_share() {
    let mut tree = TurnTree::default();
    for user in 0..100 {
        push(&mut tree, Item(0, user, 0));
    }
    assert_eq!(push(&mut tree, Item(1, 0, 0)), 1);
    assert_eq!(pop(&mut tree), Some(Item(0, 0, 0)));
    assert_eq!(pop(&mut tree), Some(Item(1, 0, 0)));
    assert_eq!(pop(&mut tree), Some(Item(0, 1, 0)));
}

#[test]
fn slot_time_is_paid_with_turns() {
    let mut tree = TurnTree::default();
    for number in 0..4 {
        push(&mut tree, Item(0, 0, number));
        push(&mut tree, Item(1, 0, number));
    }
    assert_eq!(pop(&mut tree), Some(Item(0, 0, 0)));
    tree.charge(&path(0, 0), 250);
    for number in 0..4 {
        assert_eq!(pop(&mut tree), Some(Item(1, 0, number)));
    }
    assert_eq!(pop(&mut tree), Some(Item(0, 0, 1)));
}

#[test]
fn reserve_slots_take_newcomers_only() {
    let mut tree = TurnTree::default();
    for number in 0..3 {
        push(&mut tree, Item(0, 0, number));
    }
    assert_eq!(pop(&mut tree), Some(Item(0, 0, 0)));
    assert_eq!(tree.pop(true, |_| 100), None);
    push(&mut tree, Item(1, 0, 0));
    let newcomer = tree.pop(true, |_| 100).map(|(_, item)| item);
    assert_eq!(newcomer, Some(Item(1, 0, 0)));
}

#[test]
fn debts_are_bounded_and_forgotten() {
    let mut tree = TurnTree::default();
    push(&mut tree, Item(0, 0, 0));
    pop(&mut tree);
    tree.charge(&path(0, 0), 1_000_000);
    tree.finish(&path(0, 0), 0);
    assert_eq!(
        tree.debts.values().collect::<Vec<_>>(),
        [&(MAX_DEBT, MAX_DEBT)]
    );
    tree.push(&path(0, 0), Item(0, 0, 1), MAX_DEBT);
    assert_eq!(tree.root.children["address-0"].virtual_time, 0);
}

proptest! {
    /// Nothing is lost, positions and visits are the order of the pops, and idle nodes leave.
    #[test]
    fn positions_are_the_order_of_pops(
        pushed in prop::collection::vec((0..4u8, 0..4u8), 1..60),
        popped in 0..20usize,
        last in (0..4u8, 0..4u8),
    ) {
        let mut tree = TurnTree::default();
        for (number, (address, user)) in pushed.iter().enumerate() {
            push(&mut tree, Item(*address, *user, number as u32));
        }
        let running: Vec<_> = (0..popped).map_while(|_| pop(&mut tree)).collect();
        let newest = Item(last.0, last.1, 1000);
        let position = push(&mut tree, newest);
        let mut visited = Vec::new();
        tree.for_each(|at, item| visited.push((at, *item)));
        let order: Vec<_> = std::iter::from_fn(|| pop(&mut tree)).enumerate().collect();
        prop_assert_eq!(order.len() + running.len(), pushed.len() + 1);
        prop_assert_eq!(&visited, &order);
        prop_assert_eq!(order[position].1, newest);
        for item in running.iter().chain(order.iter().map(|(_, item)| item)) {
            tree.finish(&item.path(), 0);
        }
        prop_assert!(tree.root.children.is_empty() && tree.root.order.is_empty());
    }
}
