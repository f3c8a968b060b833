use super::*;
use crate::builder::Builder;
use proptest::prelude::*;

fn family() -> Relations {
    Relations::from_pairs([("dog", "canine"), ("canine", "animal"), ("wolf", "canine")])
}

#[test]
fn nodes_are_numbered_by_name_and_found_again() {
    let relations = family();
    assert_eq!(relations.names(), ["animal", "canine", "dog", "wolf"]);
    for u in 0..4 {
        assert_eq!(relations.id(relations.name(u)), Some(u));
    }
    assert_eq!(relations.id("cat"), None);
    assert_eq!(relations.suggest("wolfe"), Some("wolf"));
}

#[test]
fn degrees_count_both_ends() {
    let closure = family().closure().unwrap();
    assert_eq!(closure.out_degrees(), [0, 1, 2, 2]);
    assert_eq!(closure.in_degrees(), [3, 2, 0, 0]);
}

#[test]
fn a_name_known_only_from_self_loops_is_no_node() {
    let relations = Relations::from_pairs([("a", "a"), ("b", "c"), ("b", "c")]);
    assert_eq!(relations.names(), ["b", "c"]);
    assert_eq!(relations.num_relations(), 1);
}

#[test]
fn what_the_closure_adds_weighs_as_the_strongest_path() {
    let weighted = |scale: f32| {
        let mut builder = Builder::default();
        let pairs = [
            ("a", "b", 3.0),
            ("b", "d", 1.0),
            ("a", "c", 2.0),
            ("c", "d", 5.0),
        ];
        for (child, parent, weight) in pairs.into_iter().chain([("d", "e", 9.0), ("a", "e", 0.5)]) {
            assert!(builder.add(child, parent, weight * scale));
        }
        builder.finish(true).0.closure().unwrap()
    };
    let closure = weighted(1.0);
    let weight = |child: &str, parent: &str| {
        let [u, v] = [child, parent].map(|name| closure.id(name).unwrap());
        let at = closure.targets(u).binary_search(&v).unwrap();
        closure.weights(u).unwrap()[at]
    };
    assert_eq!(
        (weight("a", "d"), weight("b", "e"), weight("c", "e")),
        (2.0, 1.0, 5.0)
    );
    assert_eq!(
        weight("a", "e"),
        0.5,
        "a pair that is given keeps its weight"
    );
    let small = weighted(1.0 / 1024.0);
    let scaled: Vec<f32> = small
        .all_weights()
        .unwrap()
        .iter()
        .map(|w| w * 1024.0)
        .collect();
    assert_eq!(closure.all_weights(), Some(&scaled[..]));
}

#[test]
fn rows_give_the_relations_they_came_from() {
    let closure = family().closure().unwrap();
    let (offsets, targets) = closure.rows();
    let parts = |offsets: Vec<usize>, targets: Vec<u32>| {
        Relations::from_rows(closure.names().to_vec(), offsets, targets, None)
    };
    assert_eq!(
        parts(offsets.to_vec(), targets.to_vec()),
        Ok(closure.clone())
    );
    let mut too_far = targets.to_vec();
    *too_far.last_mut().unwrap() = 99;
    assert!(parts(offsets.to_vec(), too_far).is_err());
    let mut beyond = offsets.to_vec();
    beyond[1] = usize::MAX;
    assert!(parts(beyond, targets.to_vec()).is_err());
    assert!(parts(vec![], targets.to_vec()).is_err());
}

#[test]
fn pairs_leave_with_their_weights_and_nodes_stay() {
    let mut builder = Builder::default();
    for (child, parent, weight) in [("a", "b", 1.0), ("a", "c", 2.0), ("b", "c", 3.0)] {
        assert!(builder.add(child, parent, weight));
    }
    let all = builder.finish(true).0;
    let rest = all.without(|u, v| (u, v) == (0, 2)).unwrap();
    assert_eq!(rest.pairs().collect::<Vec<_>>(), [(0, 1), (1, 2)]);
    assert_eq!(rest.all_weights(), Some(&[1.0, 3.0][..]));
    assert_eq!(rest.names(), all.names());
    assert_eq!(all.without(|_, v| v == 2), None, "c would be in no pair");
    assert_eq!(all.without(|_, _| false), Some(all));
}

#[test]
fn relations_join_by_name() {
    let more = Relations::from_pairs([("pug", "dog"), ("dog", "canine")]);
    let both = family().with(&more);
    assert_eq!(both.names(), ["animal", "canine", "dog", "pug", "wolf"]);
    assert_eq!(both.num_relations(), 4);
    assert!(!both.is_weighted());
    let mut heavy = Builder::default();
    assert!(heavy.add("dog", "canine", 3.0));
    let heavy = heavy.finish(true).0;
    let both = family().with(&heavy);
    let dog = both.id("dog").unwrap();
    assert_eq!(both.weights(dog), Some(&[3.0][..]));
    assert_eq!(both.weights(both.id("wolf").unwrap()), Some(&[1.0][..]));
}

#[test]
fn a_cycle_is_reported_by_name() {
    let error = Relations::from_pairs([("a", "b"), ("b", "c"), ("c", "b")])
        .closure()
        .unwrap_err();
    assert_eq!(error.to_string(), "the relations form a cycle: b -> c -> b");
    assert!(error.hint().is_some());
}

#[test]
fn the_fingerprint_sees_names_pairs_and_weights() {
    let mut weighted = Builder::default();
    assert!(weighted.add("a", "b", 2.0));
    let prints = [
        Relations::from_pairs([("a", "b")]).fingerprint(),
        Relations::from_pairs([("b", "a")]).fingerprint(),
        Relations::from_pairs([("a", "c")]).fingerprint(),
        Relations::from_pairs([("ab", "")]).fingerprint(),
        weighted.finish(true).0.fingerprint(),
    ];
    let distinct: std::collections::HashSet<_> = prints.iter().collect();
    assert_eq!(distinct.len(), prints.len());
}

proptest! {
    #[test]
    fn the_order_of_the_pairs_does_not_matter(
        pairs in prop::collection::vec(("[a-e]{1,2}", "[a-e]{1,2}"), 0..30).prop_shuffle(),
    ) {
        let forward = Relations::from_pairs(pairs.iter().map(|(a, b)| (a, b)));
        let backward = Relations::from_pairs(pairs.iter().rev().map(|(a, b)| (a, b)));
        prop_assert_eq!(forward.fingerprint(), backward.fingerprint());
        prop_assert_eq!(&forward, &backward);
        prop_assert!(forward.names().is_sorted());
        prop_assert!(forward.pairs().is_sorted_by(|a, b| a < b));
        for (u, v) in forward.pairs() {
            prop_assert!(u != v && forward.contains(u, v));
            prop_assert!(pairs.contains(&(forward.name(u).into(), forward.name(v).into())));
        }
    }
}
