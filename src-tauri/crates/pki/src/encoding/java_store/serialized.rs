//! Secret keys in a JCEKS are objects of Java's serialization (Java Object Serialization Specification 6.4), and nothing says how long they are: they are
//! walked over to find what is behind them. Nothing of them is made into anything.

use super::{Fault, Octets};

/// Objects within objects that are followed.
const DEEPEST: usize = 32;

const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS: u8 = 0x72;
const OBJECT: u8 = 0x73;
const STRING: u8 = 0x74;
const ARRAY: u8 = 0x75;
const BLOCK: u8 = 0x77;
const END_OF_BLOCK: u8 = 0x78;
const LONG_BLOCK: u8 = 0x7a;
const LONG_STRING: u8 = 0x7c;
const ENUMERATED: u8 = 0x7e;
/// The first handle of a stream.
const FIRST_HANDLE: u32 = 0x7e_0000;

/// Flags of a class: it writes more than its fields; its fields are written; it writes everything itself, in blocks.
const WRITES_MORE: u8 = 0x01;
const SERIALIZABLE: u8 = 0x02;
const EXTERNALIZABLE: u8 = 0x04;
const IN_BLOCKS: u8 = 0x08;

/// What is needed of a class to pass over its objects.
#[derive(Debug, Clone, Default)]
struct Class {
    flags: u8,
    /// The kind of each field: the first letter of its type.
    fields: Vec<u8>,
    /// The kind of what an array of this class holds.
    of_elements: Option<u8>,
    above: Option<usize>,
}

/// Passes over one object with the head of its stream.
pub(super) fn pass_over(input: &mut Octets<'_>) -> Result<(), Fault> {
    if input.take(4)? != [0xac, 0xed, 0x00, 0x05] {
        return Err(BROKEN);
    }
    Stream { input, classes: Vec::new(), handles: Vec::new() }.content(0)
}

const BROKEN: Fault = Fault::Broken("a secret key cannot be passed over");

struct Stream<'a, 'b> {
    input: &'a mut Octets<'b>,
    classes: Vec<Class>,
    /// What has a number in this stream: a class by its place, or anything else.
    handles: Vec<Option<usize>>,
}

impl Stream<'_, '_> {
    fn content(&mut self, depth: usize) -> Result<(), Fault> {
        let kind = self.input.octet()?;
        self.content_of(kind, depth)
    }

    fn content_of(&mut self, kind: u8, depth: usize) -> Result<(), Fault> {
        if depth > DEEPEST {
            return Err(Fault::Broken("a secret key is nested too deep"));
        }
        match kind {
            NULL => {}
            REFERENCE => drop(self.input.number()?),
            CLASS => drop(self.class_of(CLASS, depth)?),
            OBJECT => {
                let class = self.class(depth)?;
                self.handles.push(None);
                self.values(class, depth)?;
            }
            STRING => {
                self.handles.push(None);
                let length = self.input.short_number()?;
                self.input.take(length)?;
            }
            LONG_STRING => {
                self.handles.push(None);
                let octets = self.input.take(8)?.iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
                self.input.take(usize::try_from(octets).map_err(|_| Fault::Short)?)?;
            }
            ARRAY => {
                let class = self.class(depth)?;
                self.handles.push(None);
                let element = class.and_then(|at| self.classes.get(at)).and_then(|class| class.of_elements).ok_or(BROKEN)?;
                for _ in 0..self.input.number()? {
                    self.value(element, depth)?;
                }
            }
            ENUMERATED => {
                self.class(depth)?;
                self.handles.push(None);
                self.content(depth + 1)?;
            }
            BLOCK => {
                let length = self.input.octet()?;
                self.input.take(length.into())?;
            }
            LONG_BLOCK => drop(self.input.counted()?),
            _ => return Err(BROKEN),
        }
        Ok(())
    }

    /// The description of a class, the place of the one that is meant.
    fn class(&mut self, depth: usize) -> Result<Option<usize>, Fault> {
        let kind = self.input.octet()?;
        self.class_of(kind, depth + 1)
    }

    fn class_of(&mut self, kind: u8, depth: usize) -> Result<Option<usize>, Fault> {
        if depth > DEEPEST {
            return Err(Fault::Broken("a secret key is nested too deep"));
        }
        match kind {
            NULL => return Ok(None),
            REFERENCE => {
                let handle = self.input.number()?.checked_sub(FIRST_HANDLE).and_then(|handle| usize::try_from(handle).ok());
                return handle.and_then(|handle| self.handles.get(handle).copied()).flatten().map(Some).ok_or(BROKEN);
            }
            CLASS => {}
            _ => return Err(BROKEN),
        }
        let length = self.input.short_number()?;
        let name = self.input.take(length)?;
        self.input.take(8)?;
        let place = self.classes.len();
        let of_elements = if let [b'[', element, ..] = name { Some(*element) } else { None };
        self.classes.push(Class { of_elements, ..Class::default() });
        self.handles.push(Some(place));
        let flags = self.input.octet()?;
        let mut fields = Vec::new();
        for _ in 0..self.input.short_number()? {
            let field = self.input.octet()?;
            let length = self.input.short_number()?;
            self.input.take(length)?;
            if matches!(field, b'[' | b'L') {
                self.content(depth + 1)?;
            }
            fields.push(field);
        }
        self.annotations(depth)?;
        let above = self.class(depth)?;
        // A class is above itself in no stream that Java writes.
        if let Some(class) = self.classes.get_mut(place).filter(|_| above.is_none_or(|above| above > place)) {
            *class = Class { flags, fields, of_elements, above };
            return Ok(Some(place));
        }
        Err(BROKEN)
    }

    fn annotations(&mut self, depth: usize) -> Result<(), Fault> {
        loop {
            match self.input.octet()? {
                END_OF_BLOCK => return Ok(()),
                kind => self.content_of(kind, depth + 1)?,
            }
        }
    }

    /// The values of an object, those of the classes above it first.
    fn values(&mut self, class: Option<usize>, depth: usize) -> Result<(), Fault> {
        let mut line = Vec::new();
        let mut next = class;
        while let Some(class) = next.and_then(|at| self.classes.get(at)).cloned() {
            next = class.above;
            line.push(class);
            if line.len() > DEEPEST {
                return Err(BROKEN);
            }
        }
        for class in line.into_iter().rev() {
            if class.flags & SERIALIZABLE != 0 {
                for field in &class.fields {
                    self.value(*field, depth)?;
                }
                if class.flags & WRITES_MORE != 0 {
                    self.annotations(depth)?;
                }
            } else if class.flags & (EXTERNALIZABLE | IN_BLOCKS) == EXTERNALIZABLE | IN_BLOCKS {
                self.annotations(depth)?;
            } else {
                return Err(BROKEN);
            }
        }
        Ok(())
    }

    fn value(&mut self, kind: u8, depth: usize) -> Result<(), Fault> {
        let octets = match kind {
            b'B' | b'Z' => 1,
            b'C' | b'S' => 2,
            b'F' | b'I' => 4,
            b'D' | b'J' => 8,
            b'[' | b'L' => return self.content(depth + 1),
            _ => return Err(BROKEN),
        };
        self.input.take(octets)?;
        Ok(())
    }
}
