//! A file of names, one a line.

use std::path::Path;

use geom::train::storage;

use crate::error::CliError;
use crate::numbers::counted;
use crate::printer::Printer;

/// Reads the names of a file, or of a stream that ends. White space around a name is no part of it, unless the
/// name stands in double quotes, with those inside doubled.
pub(super) fn read(path: &Path, printer: Printer) -> Result<Vec<String>, CliError> {
    let text = storage::read_text(path)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let lines = text.lines().map(str::trim);
    let blank = lines.clone().filter(|line| line.is_empty()).count();
    if blank > 0 {
        printer.note(format_args!(
            "{}: {} skipped",
            path.display(),
            counted(blank as u64, "blank line")
        ));
    }
    let names: Vec<String> = lines.filter(|line| !line.is_empty()).map(name).collect();
    if names.is_empty() {
        return Err(CliError::usage(
            format!("{} holds no names", path.display()),
            "write the name of a node in each line",
        ));
    }
    Ok(names)
}

fn name(line: &str) -> String {
    let inside = line
        .strip_prefix('"')
        .and_then(|line| line.strip_suffix('"'));
    match inside.filter(|inside| !inside.replace("\"\"", "").contains('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_around_a_name_are_taken_off() {
        for (line, expected) in [
            ("ice cream, vanilla", "ice cream, vanilla"),
            ("\" padded \"", " padded "),
            ("\"the \"\"best\"\" cake\"", "the \"best\" cake"),
            ("\"a\" or \"b\"", "\"a\" or \"b\""),
            ("\"", "\""),
        ] {
            assert_eq!(name(line), expected);
        }
    }
}
