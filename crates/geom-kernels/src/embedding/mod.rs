//! One step of the training of a table of points, by the gradient in closed form.
//!
//! A [`Group`] is a node with its relations and negatives. [`group_step`] moves its rows at once,
//! [`group_gradient`] leaves the steps in a [`Scratch`], from which [`RowSums`] adds those of a batch up. The
//! points stand in a [`SharedTable`], which any number of threads may change without locks: two of them
//! rarely touch one row at a time, and a lost update is one step among millions. With one thread the result
//! is reproducible to the bit, on any processor.
//!
//! # References
//! Recht, Ré, Wright, Niu (2011), *Hogwild!*.

mod group;
mod kernel;
mod row_sums;
mod space;
mod table;
#[cfg(test)]
mod tests;

pub use group::Group;
pub use kernel::{Scratch, group_gradient, group_step};
pub use row_sums::RowSums;
pub use table::SharedTable;
