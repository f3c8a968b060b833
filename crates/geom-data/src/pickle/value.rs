//! Values of a pickle.

use super::Global;
use std::ops::Range;

/// The number of a [`Value`] in its [`Pickle`].
pub type ValueId = u32;

/// A value; those inside it are named by number, so that values may be shared and contain themselves.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Bytes or text, exactly as in the input.
    Span(Range<usize>),
    /// Bytes or text that were written with escapes.
    Owned(Box<[u8]>),
    /// A list.
    List(Vec<ValueId>),
    /// A tuple.
    Tuple(Vec<ValueId>),
    /// A dictionary, in the order of its entries.
    Dict(Vec<(ValueId, ValueId)>),
    /// A name on the list of harmless ones.
    Global(Global),
    /// The object Python would create by a call.
    Object(Box<Object>),
}

/// The object Python would create by calling `class` with `arguments`; nothing is called here.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The name that would be called.
    pub class: Global,
    /// The arguments, a tuple as a rule.
    pub arguments: ValueId,
    /// The state which the object would be given.
    pub state: Option<ValueId>,
    /// Entries set in the object, if it is a dictionary.
    pub entries: Vec<(ValueId, ValueId)>,
}

/// A pickle that has been read: its values, and which of them is the result.
#[derive(Clone, Debug, PartialEq)]
pub struct Pickle<'a> {
    pub(super) input: &'a [u8],
    pub(super) values: Vec<Value>,
    pub(super) root: ValueId,
}

impl Pickle<'_> {
    /// The value of the pickle.
    pub fn root(&self) -> ValueId {
        self.root
    }

    /// Length of the file: no sound pickle has more entries in its containers, if each is its own.
    pub fn len(&self) -> usize {
        self.input.len()
    }

    /// Whether the file is empty, which no pickle is.
    pub fn is_empty(&self) -> bool {
        self.input.is_empty()
    }

    /// A value by number.
    ///
    /// # Panics
    /// If the number is not from this pickle.
    pub fn value(&self, id: ValueId) -> &Value {
        &self.values[id as usize]
    }

    /// The bytes of a text, or of bytes.
    pub fn bytes(&self, id: ValueId) -> Option<&[u8]> {
        match self.value(id) {
            Value::Span(span) => self.input.get(span.clone()),
            Value::Owned(bytes) => Some(bytes),
            _ => None,
        }
    }
}
