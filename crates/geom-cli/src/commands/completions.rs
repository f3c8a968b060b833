//! `geom completions` and `geom man`: what shells and `man` read about the program.

use std::path::Path;

use clap::{Command, CommandFactory as _};
use geom::train::storage;
use geom::train::storage::io_error;
use serde::Serialize;

use crate::args::{Arguments, CompletionsArguments, ManArguments};
use crate::error::CliError;
use crate::numbers::counted;
use crate::output_file::OutputFile;
use crate::printer::Printer;

/// Prints the completions of a shell.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "geom",
        &mut script,
    );
    OutputFile::StandardOutput.write(|out| out.write_all(&script))
}

/// The output of `geom man --json`.
#[derive(Debug, Serialize)]
struct Summary {
    files: Vec<String>,
}

/// Writes a page for the program and for every command, or prints that of the program.
pub(crate) fn man(arguments: &ManArguments) -> Result<(), CliError> {
    let printer = Printer::new(arguments.output);
    let mut program = Arguments::command();
    program.build();
    let Some(folder) = &arguments.out else {
        if printer.is_json() {
            return Err(CliError::usage(
                "the page itself is no JSON",
                "give --out, and the files that were written are listed",
            ));
        }
        let page = page(&program, "geom")?;
        return OutputFile::StandardOutput.write(|out| out.write_all(&page));
    };
    std::fs::create_dir_all(folder).map_err(io_error(folder, "create"))?;
    let mut files = Vec::new();
    write(&program, "geom", folder, &mut files)?;
    let text = format_args!(
        "{} in {}",
        counted(files.len() as u64, "page"),
        folder.display()
    );
    printer.line("written", text);
    printer.result(&Summary { files });
    Ok(())
}

/// The page of a command, and of those below it.
fn write(
    command: &Command,
    name: &str,
    folder: &Path,
    files: &mut Vec<String>,
) -> Result<(), CliError> {
    let path = folder.join(format!("{name}.1"));
    let page = page(command, name)?;
    OutputFile::new(&path, &[])?;
    storage::write(&path, |out| out.write_all(&page))?;
    files.push(path.display().to_string());
    for below in command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
    {
        write(
            below,
            &format!("{name}-{}", below.get_name()),
            folder,
            files,
        )?;
    }
    Ok(())
}

fn page(command: &Command, name: &str) -> Result<Vec<u8>, CliError> {
    let mut page = Vec::new();
    let command = command.clone().display_name(name.to_owned());
    let rendered = clap_mangen::Man::new(command).title(name).render(&mut page);
    rendered.map_err(|error| CliError::OutputLost {
        reason: error.to_string(),
    })?;
    Ok(page)
}
