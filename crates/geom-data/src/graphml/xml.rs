//! XML as a stream of elements with their lines. Nothing that could expand or refer outside the file is followed.

use std::borrow::Cow;
use std::path::Path;

use quick_xml::XmlVersion;
use quick_xml::escape::{EscapeError, resolve_xml_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::{DataError, Limit};

use super::GraphMlProblem;

/// How deeply elements may be nested: GraphML needs five levels.
pub(super) const MOST_DEEP: usize = 64;

/// What comes next.
pub(super) enum Item<'a> {
    /// The beginning of an element.
    Open(Element<'a>),
    /// The end of the last that is open.
    Close,
    /// Characters between.
    Text(Cow<'a, str>),
    /// The end of the file.
    End,
}

/// The beginning of an element.
pub(super) struct Element<'a>(BytesStart<'a>);

/// Reads a file from its beginning to its end.
pub(super) struct Xml<'a> {
    path: &'a Path,
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Elements that are open.
    depth: usize,
    /// Whether the outermost one is over.
    is_over: bool,
    /// An element without content ends where it begins.
    ends: bool,
    /// Up to where lines are counted, and how many.
    counted: (usize, u64),
    /// Where the last item begins.
    at: usize,
    /// Whether there is a document type, which is passed over.
    pub(super) has_document_type: bool,
}

impl<'a> Xml<'a> {
    /// Begins with `text`; `path` is for messages.
    pub(super) fn new(path: &'a Path, text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            path,
            text,
            reader: Reader::from_str(text),
            depth: 0,
            is_over: false,
            ends: false,
            counted: (0, 1),
            at: 0,
            has_document_type: false,
        }
    }

    /// The line on which the last item begins, from 1.
    pub(super) fn line(&mut self) -> u64 {
        let (before, lines) = self.counted;
        let at = self.at.clamp(before, self.text.len());
        let more = self.text.as_bytes()[before..at].iter();
        let lines = lines + more.filter(|&&byte| byte == b'\n').count() as u64;
        self.counted = (at, lines);
        lines
    }

    /// A problem of the last item.
    pub(super) fn problem(&mut self, problem: GraphMlProblem) -> DataError {
        DataError::GraphMl {
            path: self.path.to_owned(),
            line: self.line(),
            problem,
        }
    }

    /// More of something than is read, at the last item.
    pub(super) fn over(&mut self, limit: Limit) -> DataError {
        DataError::OverLimit {
            path: self.path.to_owned(),
            line: Some(self.line()),
            limit,
        }
    }

    fn malformed(&mut self, reason: impl ToString) -> DataError {
        let reason = reason.to_string();
        self.problem(GraphMlProblem::Xml { reason })
    }

    /// The next item.
    pub(super) fn next(&mut self) -> Result<Item<'a>, DataError> {
        if std::mem::take(&mut self.ends) {
            return Ok(self.close());
        }
        loop {
            self.at = self.reader.buffer_position() as usize;
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    self.at = self.reader.error_position() as usize;
                    return Err(self.malformed(error));
                }
            };
            match event {
                Event::Start(start) => return self.open(start, false),
                Event::Empty(start) => return self.open(start, true),
                Event::End(_) => return Ok(self.close()),
                Event::Text(text) => {
                    let text = text.xml10_content();
                    if self.depth > 0 {
                        return Ok(Item::Text(text));
                    }
                    if !text.trim().is_empty() {
                        return Err(self.malformed("text outside of the outermost element"));
                    }
                }
                Event::CData(data) if self.depth > 0 => {
                    return Ok(Item::Text(data.xml10_content()));
                }
                Event::GeneralRef(reference) if self.depth > 0 => {
                    return self.character(&reference).map(Item::Text);
                }
                Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(self.malformed("text outside of the outermost element"));
                }
                Event::DocType(text) => {
                    // What is between brackets declares; what is outside, as SYSTEM, names a file that is not read.
                    if text.into_inner().contains(['[', '<']) {
                        return Err(self.problem(GraphMlProblem::DocumentType));
                    }
                    self.has_document_type = true;
                }
                Event::Decl(declaration) => {
                    let encoding = match declaration.encoding() {
                        Some(Ok(encoding)) => encoding.into_owned(),
                        Some(Err(error)) => return Err(self.malformed(error)),
                        None => continue,
                    };
                    let is_known = ["utf-8", "utf8", "us-ascii", "ascii"]
                        .iter()
                        .any(|known| encoding.eq_ignore_ascii_case(known));
                    if !is_known {
                        let encoding = shortened(&encoding);
                        return Err(self.problem(GraphMlProblem::Encoding { encoding }));
                    }
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof if self.depth > 0 => {
                    let open = self.depth;
                    let plural = if open == 1 { "element" } else { "elements" };
                    return Err(
                        self.malformed(format_args!("the file ends within {open} {plural}"))
                    );
                }
                Event::Eof => return Ok(Item::End),
            }
        }
    }

    fn open(&mut self, start: BytesStart<'a>, ends: bool) -> Result<Item<'a>, DataError> {
        if self.is_over {
            return Err(self.malformed("a second outermost element"));
        }
        if self.depth == MOST_DEEP {
            return Err(self.problem(GraphMlProblem::TooDeep { limit: MOST_DEEP }));
        }
        self.depth += 1;
        self.ends = ends;
        Ok(Item::Open(Element(start)))
    }

    fn close(&mut self) -> Item<'a> {
        self.depth -= 1;
        self.is_over = self.depth == 0;
        Item::Close
    }

    /// The character that a reference stands for.
    fn character(&mut self, reference: &BytesRef<'a>) -> Result<Cow<'a, str>, DataError> {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => return Ok(Cow::Owned(character.to_string())),
            Ok(None) => {}
            Err(error) => return Err(self.malformed(error)),
        }
        let name = reference.xml10_content();
        match resolve_xml_entity(&name) {
            Some(character) => Ok(Cow::Borrowed(character)),
            None => {
                let name = shortened(&name);
                Err(self.problem(GraphMlProblem::Entity { name }))
            }
        }
    }

    /// The value of an attribute of `element`, if it has it.
    pub(super) fn attribute(
        &mut self,
        element: &Element<'_>,
        name: &str,
    ) -> Result<Option<String>, DataError> {
        // The check for attributes that occur twice would cost the square of their number.
        for attribute in element.0.attributes().with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return Err(self.malformed(error)),
            };
            // Attributes of GraphML have no prefix.
            if attribute.key.0 != name {
                continue;
            }
            return match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => Ok(Some(value.into_owned())),
                Err(quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name))) => {
                    let name = shortened(&name);
                    Err(self.problem(GraphMlProblem::Entity { name }))
                }
                Err(error) => Err(self.malformed(error)),
            };
        }
        Ok(None)
    }

    /// The value of an attribute that `element` must have.
    pub(super) fn needed(
        &mut self,
        element: &Element<'_>,
        of: &'static str,
        attribute: &'static str,
    ) -> Result<String, DataError> {
        match self.attribute(element, attribute)? {
            Some(value) => Ok(value),
            None => {
                let element = of;
                Err(self.problem(GraphMlProblem::Missing { element, attribute }))
            }
        }
    }
}

impl Element<'_> {
    /// Its name, without that of a name space.
    pub(super) fn name(&self) -> &str {
        let name = self.0.name().0;
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }
}

/// The beginning of a text, for messages.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 80;
    text.chars().take(SHOWN).collect()
}
