//! Sets of input elements, each kept once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The number of a set: 0 is empty, and `1 + i` holds `i` alone.
pub(super) type Id = u32;

/// The set without elements.
pub(super) const EMPTY: Id = 0;

/// Sets of numbers below `n`, equal ones under one number.
pub(super) struct Sets {
    n: usize,
    /// The elements of all sets, first those of the singletons; where those of each other set end.
    elements: Vec<u32>,
    ends: Vec<usize>,
    /// The last set made with each hash, and for every set the one before with the same.
    last: HashMap<u64, Id, BuildHasherDefault<Given>>,
    before: Vec<Id>,
    /// Unions of large sets that were made before.
    unions: HashMap<u64, Id, BuildHasherDefault<Given>>,
    buffer: Vec<u32>,
}

/// Keys that are hashes already.
#[derive(Default)]
pub(super) struct Given(u64);

impl Hasher for Given {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

fn mix(h: u64, x: u32) -> u64 {
    (h.rotate_left(5) ^ u64::from(x)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// From this size on a union is worth remembering.
const LARGE: usize = 16;

impl Sets {
    pub(super) fn new(n: usize) -> Sets {
        Sets {
            n,
            elements: (0..n as u32).collect(),
            ends: Vec::new(),
            last: HashMap::default(),
            before: Vec::new(),
            unions: HashMap::default(),
            buffer: Vec::new(),
        }
    }

    /// The elements of a set, in order.
    pub(super) fn get(&self, id: Id) -> &[u32] {
        let i = id as usize;
        match i {
            0 => &[],
            _ if i <= self.n => &self.elements[i - 1..i],
            _ => {
                let k = i - self.n - 1;
                let start = if k == 0 { self.n } else { self.ends[k - 1] };
                &self.elements[start..self.ends[k]]
            }
        }
    }

    /// The number of the set that the buffer holds, in order.
    fn intern(&mut self) -> Id {
        match self.buffer[..] {
            [] => return EMPTY,
            [i] => return i + 1,
            _ => {}
        }
        let hash = self.buffer.iter().fold(self.buffer.len() as u64, |h, &x| mix(h, x));
        let mut found = self.last.get(&hash).copied().unwrap_or(EMPTY);
        let newest = found;
        while found != EMPTY {
            if self.get(found) == &self.buffer[..] {
                return found;
            }
            found = self.before[found as usize - self.n - 1];
        }
        self.elements.extend_from_slice(&self.buffer);
        self.ends.push(self.elements.len());
        self.before.push(newest);
        let id = (self.n + self.ends.len()) as Id;
        self.last.insert(hash, id);
        id
    }

    /// The union of two sets.
    pub(super) fn union(&mut self, a: Id, b: Id) -> Id {
        if a == b || b == EMPTY {
            return a;
        }
        if a == EMPTY {
            return b;
        }
        let key = (u64::from(a.min(b)) << 32) | u64::from(a.max(b));
        let key = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let large = self.get(a).len() + self.get(b).len() >= LARGE;
        if large && let Some(&known) = self.unions.get(&key) {
            return known;
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        merge(self.get(a), self.get(b), &mut buffer);
        self.buffer = buffer;
        let id = self.intern();
        if large {
            self.unions.insert(key, id);
        }
        id
    }

    /// The union of many sets.
    pub(super) fn union_all(&mut self, ids: impl IntoIterator<Item = Id>) -> Id {
        let mut ids: Vec<Id> = ids.into_iter().filter(|&id| id != EMPTY).collect();
        ids.dedup();
        if ids.len() <= 2 {
            return ids.into_iter().fold(EMPTY, |a, b| self.union(a, b));
        }
        ids.sort_unstable();
        ids.dedup();
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        ids.iter().for_each(|&id| buffer.extend_from_slice(self.get(id)));
        buffer.sort_unstable();
        buffer.dedup();
        self.buffer = buffer;
        self.intern()
    }
}

/// Merges two increasing lists.
fn merge(a: &[u32], b: &[u32], out: &mut Vec<u32>) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        out.push(x.min(y));
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    out.extend_from_slice(&a[i..]);
    out.extend_from_slice(&b[j..]);
}
