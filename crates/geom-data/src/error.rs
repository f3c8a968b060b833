//! What can go wrong with data from outside.

use crate::Limit;
use crate::graph::{GraphProblem, Location};
use crate::graphml::GraphMlProblem;
use crate::numpy::ArrayProblem;
use crate::pickle::PickleProblem;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// An error about data: which file, where in it, which rule. [`hint`](DataError::hint) has the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The file does not exist.
    #[error("{}: no such file", path.display())]
    NotFound {
        /// The file asked for.
        path: PathBuf,
    },
    /// The operating system refused to read or write; a full disk shows here.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was attempted: `read`, `write`, …
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The name ends in none of `.csv`, `.tsv` and `.graphml`, with or without `.gz`.
    #[error("{}: expected a name that ends in .csv, .tsv or .graphml, with or without .gz", path.display())]
    UnknownExtension {
        /// The file asked for.
        path: PathBuf,
    },
    /// A gzip file ends before its stream does.
    #[error("{}: the gzip stream is cut short", path.display())]
    TruncatedGzip {
        /// The compressed file.
        path: PathBuf,
    },
    /// A gzip file is no gzip stream, or fails its checksum.
    #[error("{}: not a valid gzip stream: {source}", path.display())]
    CorruptGzip {
        /// The compressed file.
        path: PathBuf,
        /// What the decoder met.
        source: io::Error,
    },
    /// The text is not UTF-8.
    #[error("{}:{line}: byte {byte} is not UTF-8 text", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Offset of the first bad byte in the (uncompressed) file, from 0.
        byte: u64,
    },
    /// A line of a table does not fit.
    #[error("{}:{line}: expected {expected}, found {found:?}", path.display())]
    MalformedLine {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The rule.
        expected: LineRule,
        /// The line, cut after 80 characters.
        found: String,
    },
    /// A column that was asked for is not in the first line of a table.
    #[error("{}:{line}: there is no column {column:?} in {found:?}", path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The column, by its name or its number from 1.
        column: String,
        /// The line, cut after 80 characters.
        found: String,
    },
    /// A weight is no number that it can be.
    #[error("{}:{line}: expected {expected}, found {found:?}", path.display())]
    BadWeight {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The rule.
        expected: WeightRule,
        /// The text of the weight, cut after 80 characters.
        found: String,
    },
    /// The file holds nothing but blank lines.
    #[error("{}: the file is empty", path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// No relation is left after the header and self loops are gone.
    #[error("{}: no relation left ({self_loops} self loops dropped)", path.display())]
    NoRelations {
        /// The file.
        path: PathBuf,
        /// Self loops that were dropped.
        self_loops: usize,
    },
    /// More of something than is read.
    #[error("{}{}: {limit}", path.display(), line.map_or(String::new(), |line| format!(":{line}")))]
    OverLimit {
        /// The file.
        path: PathBuf,
        /// Line, from 1, where one is meant.
        line: Option<u64>,
        /// What is read at most.
        limit: Limit,
    },
    /// More distinct names than 32-bit identifiers.
    #[error("{}: more than {} distinct names", path.display(), u32::MAX)]
    TooManyNodes {
        /// The file.
        path: PathBuf,
    },
    /// A transitive closure was asked of relations that run in a circle.
    #[error("the relations form a cycle: {}", circle(nodes))]
    Cycle {
        /// The names on one cycle, each related to the next and the last to the first.
        nodes: Vec<String>,
    },
    /// A transitive closure would not fit in memory.
    #[error("the transitive closure has more than {limit} relations")]
    ClosureTooLarge {
        /// The largest number of relations accepted.
        limit: usize,
    },
    /// A WordNet database file does not follow its format.
    #[error("{}:{line}: byte {byte}: expected {expected}", path.display())]
    WordNetSyntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1; 0 where the whole file is meant.
        line: u64,
        /// Offset in the (uncompressed) file, from 0.
        byte: u64,
        /// The rule.
        expected: &'static str,
    },
    /// The WordNet database has another version than the published lists were made from.
    #[error("{}: expected WordNet {expected}, found {}", path.display(), actual.as_deref().unwrap_or("no version"))]
    WordNetVersion {
        /// Directory of the database.
        path: PathBuf,
        /// The version needed.
        expected: &'static str,
        /// The version its license header names.
        actual: Option<String>,
    },
    /// The database lacks the synset a subtree hangs on.
    #[error("{}: there is no synset {name}", path.display())]
    MissingSynset {
        /// Directory of the database.
        path: PathBuf,
        /// The synset.
        name: &'static str,
    },
    /// A count differs from the published one.
    #[error("{}: expected {expected} {what}, found {actual}", path.display())]
    CountMismatch {
        /// File or directory of the data.
        path: PathBuf,
        /// What was counted.
        what: &'static str,
        /// The published count.
        expected: usize,
        /// The count found.
        actual: usize,
    },
    /// No dataset has this name.
    #[error("unknown dataset {name:?}")]
    UnknownDataset {
        /// The name asked for.
        name: String,
        /// The nearest known name.
        suggestion: Option<&'static str>,
        /// All known names.
        available: Vec<&'static str>,
    },
    /// The name of a random graph does not hold its two numbers.
    #[error("{name:?} is not of the form random:NODES,DEGREE")]
    RandomGraphName {
        /// The name asked for.
        name: String,
    },
    /// `GEOM_DATA_DIR` names what is not a directory; other data would be taken instead.
    #[error("GEOM_DATA_DIR names {}, which is not a folder", path.display())]
    NoDataDirectory {
        /// What it names.
        path: PathBuf,
    },
    /// The dataset is not on this machine and was not to be downloaded.
    #[error("dataset {name} is not on this machine; looked in {}", list(looked_in))]
    DatasetMissing {
        /// The dataset.
        name: &'static str,
        /// Directories looked in.
        looked_in: Vec<PathBuf>,
    },
    /// The system names no cache directory for this user.
    #[error("no cache directory is known for this user")]
    NoCacheDirectory,
    /// A download failed.
    #[error("{url}: download failed: {source}")]
    Download {
        /// The address.
        url: String,
        /// What the connection met.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A download is needed, and the crate was built without the feature `download`.
    #[error("{url}: cannot download: geom-data was built without its feature `download`")]
    DownloadDisabled {
        /// The address.
        url: String,
    },
    /// A downloaded file is not the pinned one.
    #[error("{origin}: SHA-256 differs: expected {expected}, found {actual}")]
    HashMismatch {
        /// Address or file.
        origin: String,
        /// The pinned SHA-256.
        expected: String,
        /// The SHA-256 of what arrived.
        actual: String,
    },
    /// A file of a known dataset is not the published one.
    #[error("{}: altered: SHA-256 of the published file is {}, of this one {actual}", path.display(), expected.join(" or "))]
    Altered {
        /// The file.
        path: PathBuf,
        /// The SHA-256 of each published edition.
        expected: Vec<&'static str>,
        /// The SHA-256 of the file.
        actual: String,
        /// The dataset.
        dataset: &'static str,
    },
    /// A graph, its features, its labels or its split are wrong.
    #[error("{place}{problem}")]
    Graph {
        /// The file and line.
        place: Location,
        /// The rule.
        problem: GraphProblem,
    },
    /// A GraphML file is not well-formed, or says what is not read.
    #[error("{}:{line}: {problem}", path.display())]
    GraphMl {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// The rule.
        problem: GraphMlProblem,
    },
    /// A Python pickle is damaged, or asks for more than data.
    #[error("{}: byte {byte}: {problem}", path.display())]
    Pickle {
        /// The file.
        path: PathBuf,
        /// Offset in the file, from 0; its length where the pickle is sound but not the one expected.
        byte: usize,
        /// The rule.
        problem: PickleProblem,
    },
    /// A NumPy file is not understood.
    #[error("{}: {problem}", path.display())]
    Array {
        /// The file.
        path: PathBuf,
        /// The rule.
        problem: ArrayProblem,
    },
    /// A downloaded archive cannot be unpacked, or lacks a file.
    #[error("{url}: cannot take {member} out of the archive: {source}")]
    Archive {
        /// The address.
        url: String,
        /// The file wanted.
        member: &'static str,
        /// What the unpacker met.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What a line of a table must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineRule {
    /// The first line decides between pairs and weighted pairs.
    #[error("2 or 3 columns (this line has {found})")]
    TwoOrThreeColumns {
        /// Columns of this line.
        found: usize,
    },
    /// All lines have as many columns as the first.
    #[error("{expected} columns as in the first line (this line has {found})")]
    SameColumns {
        /// Columns of the first line.
        expected: usize,
        /// Columns of this line.
        found: usize,
    },
    /// A quoted field ends before the next comma.
    #[error("every double quote to be closed before the next comma")]
    ClosedQuotes,
    /// A name is not empty.
    #[error("two names that are not empty")]
    TwoNames,
    /// A name can be shown on a terminal.
    #[error("names without control characters, which could control a terminal")]
    NoControls,
    /// Comments come before the data.
    #[error(
        "no comment after the first line of data; a name that begins with # stands in double quotes"
    )]
    LateComment,
}

/// What a weight must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightRule {
    /// It is a number.
    #[error("a weight that is a number")]
    Number,
    /// It is finite and above zero.
    #[error("a weight that is finite and above 0")]
    Positive,
    /// It has a place among single-precision numbers.
    #[error("a weight from 1.2e-38 to 3.4e38, the range of single precision")]
    InRange,
}

impl DataError {
    /// What to do about it, as one sentence for the user.
    pub fn hint(&self) -> Option<String> {
        use DataError::*;
        let hint = match self {
            NotFound { .. } => "check the spelling; relative paths start at the current directory",
            Io { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull => "free some space on that disk and try again",
                io::ErrorKind::PermissionDenied => "check the permissions of that path",
                _ => return None,
            },
            UnknownExtension { .. } => {
                "name the file after its delimiter: .csv for commas, .tsv for tabs; or say which it is"
            }
            TruncatedGzip { .. } | CorruptGzip { .. } => {
                "copy or download the file again; `gzip -t` checks it"
            }
            NotUtf8 { .. } => "save the file as UTF-8 text",
            MalformedLine {
                expected: LineRule::NoControls,
                ..
            } => "remove the characters that do not show, as with: tr -d '\\000-\\010\\013-\\037'",
            MalformedLine { .. } => {
                "a line is child, parent and, in every line or in none, a weight; \
                 put a name that holds a comma in double quotes"
            }
            NoColumn { .. } => {
                "give its number, from 1, or its name in the header; see whether the delimiter is right"
            }
            BadWeight {
                expected: WeightRule::InRange,
                ..
            } => "scale all weights: only their proportions count",
            BadWeight { .. } => "write weights as 1, 0.5 or 2e3, or leave the column out",
            OverLimit { .. } => "see whether it is the right file; if it is, split it",
            EmptyFile { .. } => "give at least one line of data",
            NoRelations { .. } => "give at least one line with two different names",
            TooManyNodes { .. } => "split the data",
            Cycle { .. } => "remove one of these relations, or read the file without closure",
            ClosureTooLarge { .. } => "read the file without closure",
            WordNetSyntax { .. } | CountMismatch { .. } => {
                "the database is damaged or changed; fetch it again"
            }
            WordNetVersion { .. } => {
                "the published counts hold for WordNet 3.0 only; \
                 let GEOM_DATA_DIR name a directory with its data.noun and index.noun"
            }
            MissingSynset { .. } => "use the full WordNet 3.0 database",
            UnknownDataset {
                suggestion,
                available,
                ..
            } => {
                let available = available.join(", ");
                return Some(match suggestion {
                    Some(name) => format!("did you mean {name:?}? available: {available}"),
                    None => format!("available: {available}"),
                });
            }
            DatasetMissing { .. } => {
                "allow its download, or let GEOM_DATA_DIR name a directory that holds the files"
            }
            RandomGraphName { .. } => "give nodes and mean degree, as in random:100000,20",
            NoDataDirectory { .. } => "correct it, or unset it",
            Graph { problem, .. } => problem.hint(),
            GraphMl { problem, .. } => problem.hint(),
            Pickle {
                problem: PickleProblem::ForbiddenGlobal { .. },
                ..
            } => {
                "nothing was run; a graph's pickle has no need of that name, so do not open the file \
                 with Python either"
            }
            Pickle { .. } | Array { .. } => {
                "copy or download the file again, or write the data as a folder of plain tables"
            }
            NoCacheDirectory => {
                "set HOME or XDG_CACHE_HOME, or GEOM_DATA_DIR to where the files are"
            }
            Download { .. } => {
                "check the connection and try again, or let GEOM_DATA_DIR name a directory \
                 that holds the files"
            }
            DownloadDisabled { .. } => {
                "enable the feature `download`, or let GEOM_DATA_DIR name a directory that holds \
                 the files"
            }
            Altered { dataset, .. } => {
                return Some(format!(
                    "put the published file back; what is in the user's cache is repaired by fetching {dataset} again"
                ));
            }
            HashMismatch { .. } | Archive { .. } => {
                "nothing was kept; try again, and if it stays so, let GEOM_DATA_DIR name a \
                 directory that holds the files"
            }
        };
        Some(hint.to_owned())
    }

    /// The error of an attempt to `action` the file at `path`.
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound if action == "read" => DataError::NotFound { path },
            _ => DataError::Io {
                path,
                action,
                source,
            },
        }
    }
}

impl GraphProblem {
    /// The error of this problem at `place`.
    pub(crate) fn at(self, place: Location) -> DataError {
        DataError::Graph {
            place,
            problem: self,
        }
    }
}

/// A problem of data made in memory.
impl From<GraphProblem> for DataError {
    fn from(problem: GraphProblem) -> Self {
        problem.at(Location::default())
    }
}

/// `a -> b -> a`, shortened in the middle when long.
fn circle(nodes: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = nodes
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" -> ");
    if nodes.len() > SHOWN {
        text += &format!(" -> … ({} more)", nodes.len() - SHOWN);
    }
    if let Some(first) = nodes.first() {
        text += &format!(" -> {first}");
    }
    text
}

fn list(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
