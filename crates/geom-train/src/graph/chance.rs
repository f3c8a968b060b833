//! What guessing scores on a task.

use super::data::TaskData;
use super::scores::{LinkScores, NodeScores, Scores};
use super::targets::{ClassTargets, Targets};
use crate::chance::{average_precision, harmonic};

impl TaskData {
    /// The scores of guessing on the validation and on the test part, on average, in closed form.
    ///
    /// Classes are dealt to the nodes of a part at random, in the shares that they have in training: class
    /// $c$ with share $p_c$ there and $q_c$ in the part is right with $\sum_c p_c q_c$, and the F1 score of
    /// class 1 is $2 p_1 q_1 / (p_1 + q_1)$. Links and other pairs are put in a random order.
    pub fn chance(&self) -> (Scores, Scores) {
        match self.targets() {
            Targets::Classes(targets) => {
                let trained = shares(targets, &targets.split.train);
                let of = |nodes: &[u32]| dealt(&trained, &shares(targets, nodes));
                (of(&targets.split.val), of(&targets.split.test))
            }
            Targets::Links(split) => (
                ordered(split.val_pos().len(), split.val_neg().len()),
                ordered(split.test_pos().len(), split.test_neg().len()),
            ),
        }
    }
}

/// The share of each class among some nodes.
fn shares(targets: &ClassTargets, nodes: &[u32]) -> Vec<f64> {
    let mut counts = vec![0usize; targets.count];
    for label in targets.labels_of(nodes) {
        counts[label as usize] += 1;
    }
    let all = nodes.len().max(1) as f64;
    counts.iter().map(|&count| count as f64 / all).collect()
}

fn dealt(trained: &[f64], part: &[f64]) -> Scores {
    let accuracy = trained.iter().zip(part).map(|(p, q)| p * q).sum();
    let f1 = match (trained, part) {
        (&[_, p], &[_, q]) if p + q > 0.0 => 2.0 * p * q / (p + q),
        ([_, _], _) => 0.0,
        _ => accuracy,
    };
    Scores::Nodes(NodeScores { accuracy, f1 })
}

fn ordered(links: usize, others: usize) -> Scores {
    let all = links + others;
    Scores::Links(LinkScores {
        roc_auc: 0.5,
        ap: average_precision(links, all, harmonic(all)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dealing_classes_at_random_scores_it_on_average() {
        // Of four nodes two are dealt class 1, and three are in it: over the six ways to deal, 0, 1 or 2 of
        // those dealt are right.
        let (dealt_to, truth) = (2u32, 0b0111u32);
        let ways: Vec<u32> = (0u32..16)
            .filter(|way| way.count_ones() == dealt_to)
            .collect();
        let mean = |of: &dyn Fn(u32) -> f64| {
            ways.iter().map(|&way| of(way)).sum::<f64>() / ways.len() as f64
        };
        let accuracy = mean(&|way| f64::from((!(way ^ truth) & 15).count_ones()) / 4.0);
        let f1 = mean(&|way| 2.0 * f64::from((way & truth).count_ones()) / 5.0);
        let guessed = dealt(&[0.5, 0.5], &[0.25, 0.75]);
        assert_eq!(guessed, Scores::Nodes(NodeScores { accuracy, f1 }));
    }

    #[test]
    fn one_class_of_many_is_right_as_often_as_it_is_there() {
        let guessed = dealt(&[0.5, 0.25, 0.25], &[0.2, 0.4, 0.4]);
        let [accuracy, f1] = guessed.pair();
        assert!((accuracy - 0.3).abs() < 1e-15 && accuracy == f1);
        assert_eq!(dealt(&[1.0, 0.0], &[1.0, 0.0]).pair(), [1.0, 0.0]);
    }

    #[test]
    fn a_random_order_has_half_the_area() {
        let [area, precision] = ordered(1, 2).pair();
        // At place 1, 2 or 3.
        assert_eq!(area, 0.5);
        assert!((precision - (1.0 + 0.5 + 1.0 / 3.0) / 3.0).abs() < 1e-15);
    }
}
