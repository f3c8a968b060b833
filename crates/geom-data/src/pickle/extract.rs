//! Numbers, containers, arrays and sparse matrices out of a pickle.

use super::{Global, Object, Pickle, PickleProblem, Value, ValueId};
use crate::numpy::npz::CsrMatrix;
use crate::numpy::{Array, DType};
use std::borrow::Cow;

type Result<T> = std::result::Result<T, PickleProblem>;

impl Pickle<'_> {
    /// An integer.
    pub fn int(&self, id: ValueId) -> Option<i64> {
        match *self.value(id) {
            Value::Int(value) => Some(value),
            Value::Bool(value) => Some(value.into()),
            _ => None,
        }
    }

    /// A number.
    pub fn float(&self, id: ValueId) -> Option<f64> {
        match *self.value(id) {
            Value::Float(value) => Some(value),
            _ => self.int(id).map(|value| value as f64),
        }
    }

    /// The items of a list or a tuple.
    pub fn items(&self, id: ValueId) -> Option<&[ValueId]> {
        match self.value(id) {
            Value::List(items) | Value::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dictionary, or of an object that is one.
    pub fn entries(&self, id: ValueId) -> Option<Cow<'_, [(ValueId, ValueId)]>> {
        match self.value(id) {
            Value::Dict(entries) => Some(entries.into()),
            Value::Object(object) => match self.class(object) {
                Global::DefaultDict => Some((&object.entries).into()),
                Global::OrderedDict if object.entries.is_empty() => self.listed_entries(object),
                Global::OrderedDict => Some((&object.entries).into()),
                _ => None,
            },
            _ => None,
        }
    }

    /// The entries of an `OrderedDict` that Python 2 wrote: pairs in its first argument.
    fn listed_entries(&self, object: &Object) -> Option<Cow<'_, [(ValueId, ValueId)]>> {
        let Some(&list) = self.items(object.arguments)?.first() else {
            return Some(Cow::Owned(Vec::new()));
        };
        let pair = |&id| match self.items(id)? {
            &[key, value] => Some((key, value)),
            _ => None,
        };
        self.items(list)?.iter().map(pair).collect()
    }

    /// The value under a text key.
    pub fn entry(&self, entries: &[(ValueId, ValueId)], key: &str) -> Option<ValueId> {
        let is_it = |(id, _): &&(ValueId, ValueId)| self.bytes(*id) == Some(key.as_bytes());
        // The last one set is the one that counts.
        entries.iter().rev().find(is_it).map(|(_, value)| *value)
    }

    /// The name an object is of.
    pub fn class(&self, object: &Object) -> Global {
        let made_of = || match self.value(*self.items(object.arguments)?.first()?) {
            Value::Global(class) => Some(*class),
            _ => None,
        };
        match object.class {
            Global::Reconstructor => made_of().unwrap_or(object.class),
            class => class,
        }
    }

    /// The entries of the state of an object of `class`.
    pub fn state(&self, id: ValueId, class: Global) -> Option<Cow<'_, [(ValueId, ValueId)]>> {
        match self.value(id) {
            Value::Object(object) if self.class(object) == class => self.entries(object.state?),
            _ => None,
        }
    }

    /// A NumPy array.
    ///
    /// # Errors
    /// [`PickleProblem::Kind`] if it is none, [`PickleProblem::Array`] if its parts do not fit.
    pub fn array(&self, id: ValueId) -> Result<Array> {
        let wrong = || PickleProblem::Kind("a NumPy array");
        let Value::Object(object) = self.value(id) else {
            return Err(wrong());
        };
        let state = object.state.filter(|_| object.class == Global::Reconstruct);
        let state = state
            .and_then(|state| self.items(state))
            .ok_or_else(wrong)?;
        let &[_, shape, dtype, fortran, data] = state else {
            return Err(wrong());
        };
        let axis = |&id| usize::try_from(self.int(id)?).ok();
        let shape: Option<_> = self
            .items(shape)
            .and_then(|axes| axes.iter().map(axis).collect());
        let fortran = self.int(fortran).ok_or_else(wrong)? != 0;
        let data = self.raw(data).ok_or_else(wrong)?;
        let dtype = self.dtype(dtype)?;
        Ok(dtype.decode(shape.ok_or_else(wrong)?, fortran, &data)?)
    }

    fn dtype(&self, id: ValueId) -> Result<DType> {
        let wrong = || PickleProblem::Kind("the element type of an array");
        let Value::Object(object) = self.value(id) else {
            return Err(wrong());
        };
        let arguments = Some(object.arguments).filter(|_| object.class == Global::DType);
        let arguments = arguments.and_then(|id| self.items(id)).ok_or_else(wrong)?;
        let name = arguments
            .first()
            .and_then(|&id| self.bytes(id))
            .ok_or_else(wrong)?;
        let name = std::str::from_utf8(name).map_err(|_| wrong())?;
        let dtype = DType::parse(name)?;
        let state = object
            .state
            .and_then(|state| self.items(state))
            .unwrap_or(&[]);
        let order = state.get(1).and_then(|&id| self.bytes(id)).unwrap_or(b"<");
        Ok(dtype.with_order(order))
    }

    /// Bytes, also where Python 3 wrote them for Python 2: as text to be encoded in Latin-1.
    fn raw(&self, id: ValueId) -> Option<Cow<'_, [u8]>> {
        let Value::Object(object) = self.value(id) else {
            return self.bytes(id).map(Cow::Borrowed);
        };
        let &[text, encoding] = self.items(object.arguments)? else {
            return None;
        };
        if object.class != Global::Encode || self.bytes(encoding)? != b"latin1" {
            return None;
        }
        let text = std::str::from_utf8(self.bytes(text)?).ok()?;
        text.chars().map(|c| u8::try_from(c).ok()).collect()
    }

    /// A SciPy matrix in compressed rows.
    ///
    /// # Errors
    /// [`PickleProblem::Kind`] if it is none, [`PickleProblem::Array`] if its parts do not fit.
    pub fn csr_matrix(&self, id: ValueId) -> Result<CsrMatrix> {
        let wrong = || PickleProblem::Kind("a SciPy matrix in compressed rows");
        let state = self.state(id, Global::CsrMatrix).ok_or_else(wrong)?;
        let field = |name| self.entry(&state, name).ok_or_else(wrong);
        let shape = field("_shape").or_else(|_| field("shape"))?;
        let axis = |&id| usize::try_from(self.int(id)?).ok();
        let shape: Option<Vec<usize>> = self
            .items(shape)
            .and_then(|axes| axes.iter().map(axis).collect());
        let shape = shape.and_then(|axes| axes.try_into().ok());
        Ok(CsrMatrix {
            shape: shape.ok_or_else(wrong)?,
            indptr: self.array(field("indptr")?)?.integers()?.into_owned(),
            indices: self.array(field("indices")?)?.integers()?.into_owned(),
            data: self.array(field("data")?)?.floats()?,
        })
    }
}
