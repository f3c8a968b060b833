//! The stack machine that a pickle is a program for.

use super::reader::Reader;
use super::text::{long, number, raw_unicode, unquoted};
use super::{Global, Object, Pickle, PickleError, PickleProblem, Value, ValueId};
use std::collections::HashMap;

type Result<T> = std::result::Result<T, PickleProblem>;

pub(super) struct Machine<'a> {
    input: Reader<'a>,
    values: Vec<Value>,
    stack: Vec<ValueId>,
    /// Heights of the stack at its marks.
    marks: Vec<usize>,
    /// By number, in a map: a number may be as large as it likes.
    memo: HashMap<u64, ValueId>,
}

const EMPTY: PickleProblem = PickleProblem::Damaged("the stack is empty");

impl<'a> Machine<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            input: Reader::new(input),
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        }
    }

    pub(super) fn run(mut self) -> std::result::Result<Pickle<'a>, PickleError> {
        loop {
            let byte = self.input.offset();
            match self.step() {
                Ok(None) => {}
                Ok(Some(root)) => {
                    return Ok(Pickle {
                        input: self.input.whole(),
                        values: self.values,
                        root,
                    });
                }
                Err(problem) => return Err(PickleError { byte, problem }),
            }
        }
    }

    /// Follows one instruction; gives the final value at `STOP`.
    fn step(&mut self) -> Result<Option<ValueId>> {
        let instruction = self.input.byte()?;
        match instruction {
            0x80 => {
                if self.input.byte()? > 3 {
                    return Err(PickleProblem::Kind("a pickle of protocol 0 to 3"));
                }
            }
            b'.' => return self.pop().map(Some),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => {
                // Python takes the mark itself where nothing lies above it.
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop()?;
                }
            }
            b'1' => drop(self.above_mark()?),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            b'g' | b'h' | b'j' => {
                let key = self.memo_key(instruction, b'g', b'h')?;
                let value = self.memo.get(&key).copied();
                let value = value.ok_or(PickleProblem::Damaged("the memo has no such number"))?;
                self.stack.push(value);
            }
            b'p' | b'q' | b'r' => {
                let key = self.memo_key(instruction, b'p', b'q')?;
                let top = self.top()?;
                self.memo.insert(key, top);
            }
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            b'e' => {
                let items = self.above_mark()?;
                self.append(&items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.above_mark()?;
                self.set_items(&items)?;
            }
            b'b' => self.build()?,
            _ => {
                let value = match self.atom(instruction)? {
                    Some(value) => value,
                    None => self.compound(instruction)?,
                };
                self.push(value)?;
            }
        }
        Ok(None)
    }

    /// A value that is made of nothing but what follows in the input.
    fn atom(&mut self, instruction: u8) -> Result<Option<Value>> {
        let text = PickleProblem::Damaged("a text is not well formed");
        let not_a_number = PickleProblem::Damaged("a number is not well formed");
        Ok(Some(match instruction {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'J' => Value::Int(i32::from_le_bytes(self.input.array()?).into()),
            b'K' => Value::Int(self.input.byte()?.into()),
            b'M' => Value::Int(u16::from_le_bytes(self.input.array()?).into()),
            0x8a => {
                let length = self.input.byte()?.into();
                Value::Int(long(self.input.take(length)?)?)
            }
            0x8b => {
                let length = self.input.length4()?;
                Value::Int(long(self.input.take(length)?)?)
            }
            b'I' => match self.input.line()? {
                b"00" => Value::Bool(false),
                b"01" => Value::Bool(true),
                line => Value::Int(number(line).ok_or(not_a_number)?),
            },
            b'L' => {
                let line = self.input.line()?;
                let digits = line.strip_suffix(b"L").unwrap_or(line);
                Value::Int(number(digits).ok_or(not_a_number)?)
            }
            b'F' => Value::Float(number(self.input.line()?).ok_or(not_a_number)?),
            b'G' => Value::Float(f64::from_be_bytes(self.input.array()?)),
            b'U' | b'C' => {
                let length = self.input.byte()?.into();
                self.input.span(length)?
            }
            b'T' | b'B' | b'X' => {
                let length = self.input.length4()?;
                self.input.span(length)?
            }
            b'S' => Value::Owned(unquoted(self.input.line()?).ok_or(text)?.into()),
            b'V' => Value::Owned(raw_unicode(self.input.line()?).ok_or(text)?.into()),
            b'c' => {
                let module = self.input.line()?;
                Value::Global(Global::find(module, self.input.line()?)?)
            }
            b']' => Value::List(Vec::new()),
            b')' => Value::Tuple(Vec::new()),
            b'}' => Value::Dict(Vec::new()),
            _ => return Ok(None),
        }))
    }

    /// A value that is made of others on the stack.
    fn compound(&mut self, instruction: u8) -> Result<Value> {
        Ok(match instruction {
            b'l' => Value::List(self.above_mark()?),
            b't' => Value::Tuple(self.above_mark()?),
            b'd' => {
                let items = self.above_mark()?;
                Value::Dict(pairs(&items)?)
            }
            0x85..=0x87 => {
                let mut items = vec![0; usize::from(instruction - 0x84)];
                for item in items.iter_mut().rev() {
                    *item = self.pop()?;
                }
                Value::Tuple(items)
            }
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                let class = self.pop()?;
                self.object(class, arguments)?
            }
            b'i' => {
                let module = self.input.line()?;
                let class = Value::Global(Global::find(module, self.input.line()?)?);
                let arguments = self.above_mark()?;
                let arguments = self.add(Value::Tuple(arguments))?;
                let class = self.add(class)?;
                self.object(class, arguments)?
            }
            b'o' => {
                let mut arguments = self.above_mark()?;
                if arguments.is_empty() {
                    return Err(EMPTY);
                }
                let class = arguments.remove(0);
                let arguments = self.add(Value::Tuple(arguments))?;
                self.object(class, arguments)?
            }
            other => return Err(PickleProblem::Instruction(other)),
        })
    }

    /// What Python would call `class` for. Only names from the list get on the stack.
    fn object(&self, class: ValueId, arguments: ValueId) -> Result<Value> {
        let Value::Global(class) = self.values[class as usize] else {
            return Err(PickleProblem::Damaged("what is called is no name"));
        };
        Ok(Value::Object(Box::new(Object {
            class,
            arguments,
            state: None,
            entries: Vec::new(),
        })))
    }

    fn build(&mut self) -> Result<()> {
        let state = self.pop()?;
        let top = self.top()?;
        match &mut self.values[top as usize] {
            Value::Object(object) => {
                object.state = Some(state);
                Ok(())
            }
            _ => Err(PickleProblem::Damaged(
                "a state is set on what is no object",
            )),
        }
    }

    fn append(&mut self, items: &[ValueId]) -> Result<()> {
        let top = self.top()?;
        match &mut self.values[top as usize] {
            Value::List(list) => {
                list.extend_from_slice(items);
                Ok(())
            }
            _ => Err(PickleProblem::Damaged(
                "an item is added to what is no list",
            )),
        }
    }

    fn set_items(&mut self, items: &[ValueId]) -> Result<()> {
        let top = self.top()?;
        let pairs = pairs(items)?;
        match &mut self.values[top as usize] {
            Value::Dict(entries) => entries.extend(pairs),
            Value::Object(object) => object.entries.extend(pairs),
            _ => return Err(PickleProblem::Damaged("an entry is set in what has none")),
        }
        Ok(())
    }

    fn add(&mut self, value: Value) -> Result<ValueId> {
        let id = ValueId::try_from(self.values.len());
        let id = id.map_err(|_| PickleProblem::Damaged("there are too many values"))?;
        self.values.push(value);
        Ok(id)
    }

    fn push(&mut self, value: Value) -> Result<()> {
        let id = self.add(value)?;
        self.stack.push(id);
        Ok(())
    }

    /// Takes the top; what lies below a mark is out of reach.
    fn pop(&mut self) -> Result<ValueId> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<ValueId> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack[floor..].last().copied().ok_or(EMPTY)
    }

    fn above_mark(&mut self) -> Result<Vec<ValueId>> {
        let mark = self.marks.pop();
        let mark = mark.ok_or(PickleProblem::Damaged("there is no mark on the stack"))?;
        Ok(self.stack.split_off(mark))
    }

    /// The number after a memo instruction: a line, one byte, or four.
    fn memo_key(&mut self, instruction: u8, line: u8, byte: u8) -> Result<u64> {
        if instruction == byte {
            return Ok(self.input.byte()?.into());
        }
        if instruction != line {
            return Ok(u32::from_le_bytes(self.input.array()?).into());
        }
        let bad = PickleProblem::Damaged("a memo number is not well formed");
        number(self.input.line()?).ok_or(bad)
    }
}

fn pairs(items: &[ValueId]) -> Result<Vec<(ValueId, ValueId)>> {
    let (pairs, rest) = items.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(PickleProblem::Damaged("a key has no value"));
    }
    Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
}
