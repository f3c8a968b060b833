//! The guarantees of the two protocols.

use super::*;

fn ring(num_nodes: u32) -> GraphData {
    let edges = (0..num_nodes).flat_map(|u| [[u, (u + 1) % num_nodes], [u, (u + 2) % num_nodes]]);
    let graph = GraphData::builder("ring", num_nodes as usize).edges(edges);
    graph.edges([[3, 3]]).build().unwrap()
}

fn split(graph: &GraphData, protocol: SplitProtocol, seed: u32) -> LinkSplit {
    LinkSplit::new(graph, protocol, seed, &LinkSplitConfig::default()).unwrap()
}

#[test]
fn a_clean_split_is_disjoint_and_its_negatives_are_no_links() {
    let graph = ring(200);
    let split = split(&graph, SplitProtocol::Clean, 5);
    assert_eq!((split.val_pos().len(), split.test_pos().len()), (20, 40));
    let mut links = [split.train_pos(), split.val_pos(), split.test_pos()].concat();
    links.sort_unstable();
    assert_eq!(links, graph.edges(), "each link is in one part");
    let links: HashSet<_> = links.into_iter().collect();
    let held: Vec<_> = [split.val_neg(), split.test_neg()].concat();
    let distinct: HashSet<_> = held.iter().copied().collect();
    assert_eq!((held.len(), distinct.len()), (60, 60));
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let drawn = split.draw_negatives(20_000, &mut rng);
    for [u, v] in held.iter().chain(&drawn) {
        assert!(u < v && !links.contains(&[*u, *v]));
    }
    assert!(drawn.iter().all(|pair| !distinct.contains(pair)));
    let reached: HashSet<_> = drawn.iter().collect();
    // 19,440 pairs are admissible; of so many draws 64 % reach a new one.
    assert!(reached.len() > 12_000, "{}", reached.len());
}

#[test]
fn the_published_split_keeps_its_leaks() {
    let graph = ring(40);
    let split = split(&graph, SplitProtocol::Hgcn, 5);
    let positives = split.train_pos().len() + split.val_pos().len() + split.test_pos().len();
    assert_eq!(positives, 81, "the self loop is a positive");
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let drawn: HashSet<_> = split.draw_negatives(20_000, &mut rng).into_iter().collect();
    assert_eq!(
        drawn.len(),
        40 * 41 / 2 - split.train_pos().len(),
        "everything else is drawn"
    );
    assert!(split.test_pos().iter().all(|pair| drawn.contains(pair)));
    assert!(split.test_neg().iter().all(|pair| drawn.contains(pair)));
    assert!(drawn.contains(&[0, 0]));
}

#[test]
fn seeds_make_the_split() {
    let graph = ring(100);
    for protocol in [SplitProtocol::Clean, SplitProtocol::Hgcn] {
        let a = split(&graph, protocol, 1);
        assert_eq!(a.test_pos(), split(&graph, protocol, 1).test_pos());
        assert_eq!(a.test_neg(), split(&graph, protocol, 1).test_neg());
        assert_ne!(a.test_pos(), split(&graph, protocol, 2).test_pos());
    }
}

#[test]
fn a_nearly_complete_graph_still_has_its_negatives() {
    let nodes = 40;
    let all = (0..nodes).flat_map(|u| (u + 1..nodes).map(move |v| [u, v]));
    let config = LinkSplitConfig {
        val: 0.002,
        test: 0.003,
    };
    let graph = |missing: usize| {
        let edges = all.clone().skip(missing);
        GraphData::builder("dense", nodes as usize)
            .edges(edges)
            .build()
            .unwrap()
    };
    let split = LinkSplit::new(&graph(4), SplitProtocol::Clean, 0, &config).unwrap();
    assert_eq!((split.val_neg().len(), split.test_neg().len()), (1, 2));
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let drawn: HashSet<_> = split.draw_negatives(100, &mut rng).into_iter().collect();
    assert_eq!(drawn.len(), 1, "the one pair left");
    let refused = LinkSplit::new(&graph(3), SplitProtocol::Clean, 0, &config).unwrap_err();
    assert!(
        matches!(refused, GraphProblem::TaskNotServed { .. }),
        "{refused}"
    );
}

#[test]
fn shares_out_of_range_and_too_few_links_are_refused() {
    let graph = ring(100);
    for (val, test) in [(0.0, 0.1), (0.5, 0.5), (f64::NAN, 0.1), (0.1, -0.1)] {
        let config = LinkSplitConfig { val, test };
        let refused = LinkSplit::new(&graph, SplitProtocol::Clean, 0, &config).unwrap_err();
        assert!(
            matches!(refused, GraphProblem::Parameter { .. }),
            "{refused}"
        );
    }
    let path = GraphData::builder("path", 9).edges((0..8).map(|u| [u, u + 1]));
    let refused = LinkSplit::new(
        &path.build().unwrap(),
        SplitProtocol::Hgcn,
        0,
        &LinkSplitConfig::default(),
    );
    assert_eq!(
        refused.unwrap_err(),
        GraphProblem::EmptySplit { part: "val" }
    );
}

#[test]
fn the_published_protocol_refuses_what_it_cannot_shuffle() {
    let path = GraphData::builder("path", 200_000).edges((0..100).map(|u| [u, u + 1]));
    let refused = LinkSplit::new(
        &path.build().unwrap(),
        SplitProtocol::Hgcn,
        0,
        &LinkSplitConfig::default(),
    );
    let refused = refused.unwrap_err();
    assert!(
        refused.to_string().contains("protocol clean does not"),
        "{refused}"
    );
}

#[test]
fn a_split_that_was_kept_is_the_same_again_and_of_its_graph_alone() {
    let graph = ring(60);
    for protocol in [SplitProtocol::Clean, SplitProtocol::Hgcn] {
        let split = split(&graph, protocol, 3);
        let parts = LinkParts {
            train_pos: split.train_pos().to_vec(),
            val_pos: split.val_pos().to_vec(),
            val_neg: split.val_neg().to_vec(),
            test_pos: split.test_pos().to_vec(),
            test_neg: split.test_neg().to_vec(),
        };
        let again = LinkSplit::restored(&graph, protocol, parts.clone()).unwrap();
        let drawn = |split: &LinkSplit| {
            let mut rng = ChaCha8Rng::seed_from_u64(7);
            split.draw_negatives(50, &mut rng)
        };
        assert_eq!(drawn(&again), drawn(&split));
        let refused = LinkSplit::restored(&ring(61), protocol, parts.clone());
        assert_eq!(refused.unwrap_err(), GraphProblem::OtherSplit);
        let mut linked = parts;
        linked.val_neg[0] = linked.train_pos[0];
        let refused = LinkSplit::restored(&graph, protocol, linked);
        assert_eq!(refused.unwrap_err(), GraphProblem::OtherSplit);
    }
}
