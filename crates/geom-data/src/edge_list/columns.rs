//! [`Columns`]: which columns of a wide table hold what.

use crate::fields::Field;
use crate::header::normalized;
use std::fmt;
use std::str::FromStr;

/// Which columns of a table hold the child, the parent and, if any does, the weight.
///
/// # Examples
/// ```
/// use geom_data::edge_list::{Column, Columns};
/// let columns: Columns = "child=2,parent=species name".parse()?;
/// assert_eq!(columns.child, Column::Number(2));
/// assert_eq!(columns.parent, Column::Name("species name".into()));
/// assert_eq!(columns.to_string(), "child=2,parent=species name");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// That of the child, or of one end of a link.
    pub child: Column,
    /// That of the parent, or of the other end.
    pub parent: Column,
    /// That of the weight; none for relations without weights.
    pub weight: Option<Column>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// By its number, from 1.
    Number(usize),
    /// By its name in the header, in which case, spaces, hyphens and underscores do not matter.
    Name(String),
}

/// Which words stand for which column.
const CHILD: [&str; 3] = ["child", "source", "from"];
const PARENT: [&str; 3] = ["parent", "target", "to"];
const WEIGHT: [&str; 1] = ["weight"];

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut child, mut parent, mut weight) = (None, None, None);
        for part in text.split(',') {
            let (word, column) = part
                .split_once('=')
                .ok_or_else(|| format!("{part:?} is not of the form child=2"))?;
            let (word, column) = (word.trim(), column.trim());
            let slot = if CHILD.contains(&word) {
                &mut child
            } else if PARENT.contains(&word) {
                &mut parent
            } else if WEIGHT.contains(&word) {
                &mut weight
            } else {
                return Err(format!("{word:?} is none of child, parent and weight"));
            };
            let column = match column.parse() {
                Ok(0) => return Err("columns are numbered from 1".to_owned()),
                Ok(number) => Column::Number(number),
                Err(_) if column.is_empty() => return Err(format!("{word} has no column")),
                Err(_) => Column::Name(column.to_owned()),
            };
            if slot.replace(column).is_some() {
                return Err(format!("{word} is given twice"));
            }
        }
        match (child, parent) {
            (Some(child), Some(parent)) if child != parent => Ok(Self {
                child,
                parent,
                weight,
            }),
            (Some(_), Some(_)) => Err("child and parent are one column".to_owned()),
            _ => Err("both child and parent are needed, as in child=2,parent=5".to_owned()),
        }
    }
}

/// As it is parsed.
impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "child={},parent={}", self.child, self.parent)?;
        match &self.weight {
            Some(weight) => write!(f, ",weight={weight}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Columns {
    fn all(&self) -> impl Iterator<Item = &Column> {
        [&self.child, &self.parent].into_iter().chain(&self.weight)
    }

    /// Whether a header is needed to find them.
    pub fn have_names(&self) -> bool {
        self.all().any(|column| matches!(column, Column::Name(_)))
    }

    /// Where they are in a table whose first line has these fields.
    ///
    /// # Errors
    /// The column that is not there.
    pub(super) fn places(&self, first: &[Field<'_>]) -> Result<Vec<usize>, String> {
        let place = |column: &Column| {
            let found = match column {
                Column::Number(number) => Some(number - 1).filter(|&at| at < first.len()),
                Column::Name(name) => {
                    let exact = first.iter().position(|field| field.text == *name);
                    exact.or_else(|| {
                        first
                            .iter()
                            .position(|field| normalized(&field.text) == normalized(name))
                    })
                }
            };
            found.ok_or_else(|| column.to_string())
        };
        let places: Vec<usize> = self.all().map(place).collect::<Result<_, _>>()?;
        // A name and a number may stand for one column.
        let is_again = |(index, place): &(usize, &usize)| places[..*index].contains(place);
        match places.iter().enumerate().find(is_again) {
            Some((_, place)) => Err(format!("{} a second time", place + 1)),
            None => Ok(places),
        }
    }
}
