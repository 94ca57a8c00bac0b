//! The machine of opcodes, of all protocols.

use std::collections::HashMap;

use super::arena::{Arena, Call, Id, Node};
use super::cursor::Cursor;
use super::suspects::{self, is_suspect};
use crate::error::{Result, refuse, shown};

const LONGEST_NAME: usize = 1 << 12;

/// Interprets one pickle, up to its STOP, and gives back its object.
pub(crate) fn load(cursor: &mut Cursor, arena: &mut Arena) -> Result<Id> {
    let mut machine = Machine { arena, cursor, stack: Vec::new(), marks: Vec::new(), memo: Memo::default() };
    loop {
        let op = machine.cursor.byte()?;
        if op == b'.' {
            return machine.pop();
        }
        machine.step(op)?;
    }
}

struct Machine<'a> {
    arena: &'a mut Arena,
    cursor: &'a mut Cursor,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: Memo,
}

/// Numbers come in order; one that does not is no reason to make room for all before it.
#[derive(Default)]
struct Memo {
    dense: Vec<Id>,
    sparse: HashMap<u32, Id>,
}

impl Memo {
    fn put(&mut self, at: u32, id: Id) {
        let next = self.dense.len();
        if let Some(there) = self.dense.get_mut(at as usize) {
            *there = id;
        } else if at as usize == next {
            self.dense.push(id);
        } else {
            self.sparse.insert(at, id);
        }
    }

    fn get(&self, at: u32) -> Option<Id> {
        self.dense.get(at as usize).or_else(|| self.sparse.get(&at)).copied()
    }

    fn len(&self) -> u32 {
        (self.dense.len() + self.sparse.len()) as u32
    }
}

impl Machine<'_> {
    fn step(&mut self, op: u8) -> Result<()> {
        match op {
            // Protocol and frames.
            0x80 => {
                let protocol = self.cursor.byte()?;
                if protocol > 5 {
                    return Err(refuse!("a pickle of protocol {protocol} is not known"));
                }
            }
            0x95 => self.cursor.skip(8)?,

            // The stack.
            b'(' => self.marks.push(self.stack.len()),
            // POP of a mark is that of the mark.
            b'0' if self.marks.last() == Some(&self.stack.len()) => drop(self.marks.pop()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_mark()?),
            b'2' => {
                let top = self.top()?;
                self.push_id(top)?;
            }

            // Atoms.
            b'N' => self.push(Node::None)?,
            0x88 => self.push(Node::Bool(true))?,
            0x89 => self.push(Node::Bool(false))?,
            b'J' => {
                let value = i32::from_le_bytes(self.cursor.array()?);
                self.push(Node::Int(i64::from(value)))?;
            }
            b'K' => {
                let value = self.cursor.byte()?;
                self.push(Node::Int(i64::from(value)))?;
            }
            b'M' => {
                let value = u16::from_le_bytes(self.cursor.array()?);
                self.push(Node::Int(i64::from(value)))?;
            }
            b'I' => match self.cursor.line()?.as_slice() {
                b"00" => self.push(Node::Bool(false))?,
                b"01" => self.push(Node::Bool(true))?,
                line => self.decimal(line)?,
            },
            b'L' => {
                let line = self.cursor.line()?;
                self.decimal(line.strip_suffix(b"L").unwrap_or(&line))?;
            }
            0x8a => {
                let len = u64::from(self.cursor.byte()?);
                self.long(len)?;
            }
            0x8b => {
                let len = u64::from(u32::from_le_bytes(self.cursor.array()?));
                self.long(len)?;
            }
            b'G' => {
                let value = f64::from_be_bytes(self.cursor.array()?);
                self.push(Node::Float(value))?;
            }
            b'F' => {
                let line = self.cursor.line()?;
                let value = std::str::from_utf8(&line).ok().and_then(|text| text.trim().parse().ok());
                self.push(Node::Float(value.unwrap_or(f64::NAN)))?;
            }

            // Text and bytes. Those of Python 2 are texts.
            b'X' | b'T' => {
                let len = u64::from(u32::from_le_bytes(self.cursor.array()?));
                self.text(len)?;
            }
            0x8c | b'U' => {
                let len = u64::from(self.cursor.byte()?);
                self.text(len)?;
            }
            0x8d => {
                let len = u64::from_le_bytes(self.cursor.array()?);
                self.text(len)?;
            }
            b'V' | b'S' => {
                let line = self.cursor.line()?;
                let text = String::from_utf8_lossy(&line);
                let text = if op == b'S' { text.trim_matches(['\'', '"']) } else { &text };
                self.push_text(text)?;
            }
            b'B' => {
                let len = u64::from(u32::from_le_bytes(self.cursor.array()?));
                self.opaque(len)?;
            }
            b'C' => {
                let len = u64::from(self.cursor.byte()?);
                self.opaque(len)?;
            }
            0x8e | 0x96 => {
                let len = u64::from_le_bytes(self.cursor.array()?);
                self.opaque(len)?;
            }

            // Containers.
            b')' => self.push(Node::Tuple(Box::default()))?,
            0x85..=0x87 => {
                let at = self.above(usize::from(op - 0x84))?;
                let items = self.stack.split_off(at);
                self.push(Node::Tuple(items.into()))?;
            }
            b't' => {
                let items = self.pop_mark()?;
                self.push(Node::Tuple(items.into()))?;
            }
            b']' => self.push(Node::List(Vec::new()))?,
            b'l' => {
                let items = self.pop_mark()?;
                self.push(Node::List(items))?;
            }
            b'}' => self.push(Node::Dict(Vec::new()))?,
            b'd' => {
                let items = self.pop_mark()?;
                let entries = pairs(&items)?;
                self.push(Node::Dict(entries))?;
            }
            0x8f => self.push(Node::Set(Vec::new()))?,
            0x91 => {
                let items = self.pop_mark()?;
                self.push(Node::Set(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.extend(items)?;
            }
            b's' => {
                let at = self.above(2)?;
                let pair = self.stack.split_off(at);
                self.set(&pair)?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set(&items)?;
            }

            // The memo.
            b'q' => {
                let at = u32::from(self.cursor.byte()?);
                self.put(at)?;
            }
            b'r' => {
                let at = u32::from_le_bytes(self.cursor.array()?);
                self.put(at)?;
            }
            b'p' => {
                let line = self.cursor.line()?;
                self.put(number(&line)?)?;
            }
            0x94 => {
                let at = self.memo.len();
                self.put(at)?;
            }
            b'h' => {
                let at = u32::from(self.cursor.byte()?);
                self.fetch(at)?;
            }
            b'j' => {
                let at = u32::from_le_bytes(self.cursor.array()?);
                self.fetch(at)?;
            }
            b'g' => {
                let line = self.cursor.line()?;
                self.fetch(number(&line)?)?;
            }

            // Names and what is made of them.
            b'c' => {
                let id = self.named_by_lines()?;
                self.push_id(id)?;
            }
            0x93 => {
                let at = self.above(2)?;
                let ids = self.stack.split_off(at);
                let (Some(module), Some(name)) = (self.arena.text(ids[0]), self.arena.text(ids[1])) else {
                    return Err(refuse!("its pickle is damaged: a name that is no text"));
                };
                let (module, name) = (module.to_owned(), name.to_owned());
                let id = self.global(&module, &name)?;
                self.push_id(id)?;
            }
            b'R' | 0x81 => {
                let at = self.above(2)?;
                let ids = self.stack.split_off(at);
                self.call(ids[0], ids[1])?;
            }
            // NEWOBJ_EX: the keywords mean nothing here.
            0x92 => {
                let at = self.above(3)?;
                let ids = self.stack.split_off(at);
                self.call(ids[0], ids[1])?;
            }
            b'o' => {
                let items = self.pop_mark()?;
                let Some((&class, args)) = items.split_first() else { return Err(damaged()) };
                let args = self.arena.add(Node::Tuple(args.into()))?;
                self.call(class, args)?;
            }
            b'i' => {
                let class = self.named_by_lines()?;
                let items = self.pop_mark()?;
                let args = self.arena.add(Node::Tuple(items.into()))?;
                self.call(class, args)?;
            }
            b'b' => {
                let state = self.pop()?;
                let top = self.top()?;
                // State of what was not called (a set that was subclassed) means nothing here.
                if let Node::Call(call) = self.arena.get_mut(top) {
                    call.state = Some(state);
                }
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id))?;
            }
            0x97 | 0x98 => return Err(refuse!("its pickle has buffers outside of the file")),
            b'P' | 0x82..=0x84 => return Err(refuse!("its pickle uses an opcode ({op:#04x}) that torch.save never writes")),
            _ => return Err(refuse!("its pickle is damaged: {op:#04x} is no opcode")),
        }
        Ok(())
    }

    fn push(&mut self, node: Node) -> Result<()> {
        let id = self.arena.add(node)?;
        self.push_id(id)
    }

    fn push_id(&mut self, id: Id) -> Result<()> {
        const HIGHEST: usize = 6 << 20;
        if self.stack.len() >= HIGHEST {
            return Err(refuse!("its pickle piles up more than {HIGHEST} objects"));
        }
        self.stack.push(id);
        Ok(())
    }

    /// Where the upper `n` objects start. Nothing below a mark is reached.
    fn above(&self, n: usize) -> Result<usize> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack.len().checked_sub(n).filter(|&at| at >= floor).ok_or_else(damaged)
    }

    fn pop(&mut self) -> Result<Id> {
        self.above(1)?;
        self.stack.pop().ok_or_else(damaged)
    }

    fn top(&self) -> Result<Id> {
        self.above(1)?;
        self.stack.last().copied().ok_or_else(damaged)
    }

    fn pop_mark(&mut self) -> Result<Vec<Id>> {
        let mark = self.marks.pop().ok_or_else(damaged)?;
        if mark > self.stack.len() {
            return Err(damaged());
        }
        Ok(self.stack.split_off(mark))
    }

    fn decimal(&mut self, line: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(line).map_err(|_| damaged())?.trim();
        let node = match text.parse() {
            Ok(value) => Node::Int(value),
            Err(_) if !text.is_empty() && text.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit()) => Node::Long,
            Err(_) => return Err(damaged()),
        };
        self.push(node)
    }

    /// Little endian, in two's complement.
    fn long(&mut self, len: u64) -> Result<()> {
        if len > 8 {
            self.cursor.skip(len)?;
            return self.push(Node::Long);
        }
        let bytes = self.cursor.bytes(len)?;
        let fill = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
        let mut word = [fill; 8];
        word[..bytes.len()].copy_from_slice(&bytes);
        self.push(Node::Int(i64::from_le_bytes(word)))
    }

    fn text(&mut self, len: u64) -> Result<()> {
        const LONGEST: u64 = 64 << 20;
        if len > LONGEST {
            return Err(refuse!("its pickle holds a text of {len} bytes"));
        }
        let bytes = self.cursor.bytes(len)?;
        self.push_text(&String::from_utf8_lossy(&bytes))
    }

    fn push_text(&mut self, text: &str) -> Result<()> {
        let span = self.arena.span(text)?;
        self.push(Node::Text(span))
    }

    fn opaque(&mut self, len: u64) -> Result<()> {
        self.cursor.skip(len)?;
        self.push(Node::Bytes)
    }

    fn extend(&mut self, items: Vec<Id>) -> Result<()> {
        let top = self.top()?;
        match self.arena.get_mut(top) {
            Node::List(list) | Node::Set(list) => list.extend(items),
            Node::Call(call) => call.items.extend(items),
            _ => return Err(damaged()),
        }
        Ok(())
    }

    fn set(&mut self, items: &[Id]) -> Result<()> {
        let pairs = pairs(items)?;
        let top = self.top()?;
        match self.arena.get_mut(top) {
            Node::Dict(entries) => entries.extend(pairs),
            Node::Call(call) => call.entries.extend(pairs),
            _ => return Err(damaged()),
        }
        Ok(())
    }

    fn put(&mut self, at: u32) -> Result<()> {
        let top = self.top()?;
        self.memo.put(at, top);
        Ok(())
    }

    fn fetch(&mut self, at: u32) -> Result<()> {
        let id = self.memo.get(at).ok_or_else(damaged)?;
        self.push_id(id)
    }

    fn named_by_lines(&mut self) -> Result<Id> {
        let (module, name) = (self.cursor.line()?, self.cursor.line()?);
        self.global(&String::from_utf8_lossy(&module), &String::from_utf8_lossy(&name))
    }

    fn global(&mut self, module: &str, name: &str) -> Result<Id> {
        if module.len() + name.len() > LONGEST_NAME {
            return Err(refuse!("its pickle holds a name of {} bytes", module.len() + name.len()));
        }
        if is_suspect(module, name) {
            let what = suspects::advice(module).unwrap_or("don't load this file");
            return Err(refuse!(
                "names {}, which has no business in a checkpoint; nothing was run; {what}",
                shown(&format!("{module}.{name}"))
            ));
        }
        let node = Node::Global(self.arena.span(module)?, self.arena.span(name)?);
        self.arena.add(node)
    }

    fn call(&mut self, func: Id, args: Id) -> Result<()> {
        self.push(Node::Call(Box::new(Call { func, args, state: None, entries: Vec::new(), items: Vec::new() })))
    }
}

fn pairs(items: &[Id]) -> Result<Vec<(Id, Id)>> {
    let (pairs, []) = items.as_chunks::<2>() else { return Err(damaged()) };
    Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
}

fn number(line: &[u8]) -> Result<u32> {
    std::str::from_utf8(line).ok().and_then(|text| text.trim().parse().ok()).ok_or_else(damaged)
}

fn damaged() -> crate::error::Error {
    refuse!("its pickle is damaged")
}
