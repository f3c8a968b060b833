//! The direct relations inside a transitive closure.

use geom::data::Relations;

/// Pairs (child, parent) that no other pair implies: `parent` is related to the child, and to no
/// other relation of the child.
pub(super) fn parents(relations: &Relations) -> Vec<(u32, u32)> {
    let mut edges = Vec::new();
    for child in 0..relations.num_nodes() as u32 {
        let ancestors = relations.targets(child);
        for &ancestor in ancestors {
            let implied = ancestors
                .iter()
                .any(|&between| between != ancestor && relations.contains(between, ancestor));
            if !implied {
                edges.push((child, ancestor));
            }
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grandparents_are_no_parents() {
        let relations =
            Relations::from_pairs([("dog", "canine"), ("canine", "animal"), ("wolf", "canine")]);
        let closure = relations.closure().unwrap();
        let named: Vec<_> = parents(&closure)
            .into_iter()
            .map(|(child, parent)| (closure.name(child), closure.name(parent)))
            .collect();
        assert_eq!(
            named,
            [("canine", "animal"), ("dog", "canine"), ("wolf", "canine")]
        );
    }
}
