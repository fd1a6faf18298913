//! Where a sparse matrix may have elements that are not zero.

use crate::base::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The pattern of a sparse matrix: for each row the columns of its elements, in order (compressed sparse
/// rows).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    columns: usize,
    ends: Vec<usize>,
    places: Vec<u32>,
}

impl Pattern {
    /// A pattern of rows that end at `ends` in the list of columns `places`, each row in order.
    pub(super) fn new(columns: usize, ends: Vec<usize>, places: Vec<u32>) -> Pattern {
        Pattern { columns, ends, places }
    }

    /// A pattern with these elements, given as row and column, in any order.
    ///
    /// # Errors
    /// When an element lies outside of the shape, or there are more than 2³² columns.
    ///
    /// ```
    /// use cotangent::sparse::Pattern;
    /// # fn main() -> cotangent::Result<()> {
    /// let p = Pattern::from_elements([2, 3], [(1, 2), (0, 1), (1, 0)])?;
    /// assert_eq!((p.row(0), p.row(1), p.nnz()), (&[1][..], &[0, 2][..], 3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_elements(
        shape: [usize; 2],
        elements: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Pattern> {
        let [rows, columns] = shape;
        let mut elements: Vec<(usize, usize)> = elements.into_iter().collect();
        let inside = |&(i, j): &(usize, usize)| i < rows && j < columns && j <= u32::MAX as usize;
        if let Some((i, j)) = elements.iter().copied().find(|e| !inside(e)) {
            let why = format!("element ({i}, {j}) lies outside of a matrix of {rows} × {columns}");
            return Err(Error::argument("Pattern", why));
        }
        elements.sort_unstable();
        elements.dedup();
        let mut pattern = Pattern { columns, ends: vec![0; rows], places: Vec::new() };
        for (i, j) in elements {
            pattern.places.push(j as u32);
            pattern.ends[i] = pattern.places.len();
        }
        for i in 1..rows {
            pattern.ends[i] = pattern.ends[i].max(pattern.ends[i - 1]);
        }
        Ok(pattern)
    }

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        [self.ends.len(), self.columns]
    }

    /// The number of elements.
    pub fn nnz(&self) -> usize {
        self.places.len()
    }

    /// The columns of the elements of a row, in order; none of a row that is not there.
    pub fn row(&self, i: usize) -> &[u32] {
        &self.places[self.range(i)]
    }

    /// The numbers of the elements of a row, counted row by row.
    pub(super) fn range(&self, i: usize) -> std::ops::Range<usize> {
        let end = |i: usize| self.ends.get(i).copied().unwrap_or(self.places.len());
        if i == 0 { 0..end(0) } else { end(i - 1)..end(i) }
    }

    /// The elements as row and column, row by row.
    pub fn elements(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.ends.len()).flat_map(|i| self.row(i).iter().map(move |&j| (i, j as usize)))
    }

    /// Rows as columns.
    pub fn transpose(&self) -> Pattern {
        let mut ends = vec![0; self.columns];
        self.places.iter().for_each(|&j| ends[j as usize] += 1);
        let mut sum = 0;
        for end in &mut ends {
            // Where the row begins, which becomes its end as it is filled.
            (*end, sum) = (sum, sum + *end);
        }
        let mut places = vec![0; self.places.len()];
        for (i, j) in self.elements() {
            places[ends[j]] = i as u32;
            ends[j] += 1;
        }
        Pattern { columns: self.ends.len(), ends, places }
    }

    /// The elements of both patterns, which have one shape.
    pub(super) fn union(&self, other: &Pattern) -> Pattern {
        let mut union = Pattern { columns: self.columns, ends: Vec::new(), places: Vec::new() };
        for i in 0..self.ends.len() {
            let start = union.places.len();
            union.places.extend_from_slice(self.row(i));
            if self.row(i) != other.row(i) {
                union.places.extend_from_slice(other.row(i));
                union.places[start..].sort_unstable();
                let mut row = union.places.split_off(start);
                row.dedup();
                union.places.append(&mut row);
            }
            union.ends.push(union.places.len());
        }
        union
    }

    /// Where each row begins, and where the last one ends; and the columns.
    pub(super) fn compressed(&self) -> (Vec<usize>, Vec<usize>) {
        let starts = [0].into_iter().chain(self.ends.iter().copied()).collect();
        (starts, self.places.iter().map(|&j| j as usize).collect())
    }
}

/// Text that [`FromStr`] reads again: the shape, and a line of columns for each row.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.ends.len(), self.columns)?;
        for i in 0..self.ends.len() {
            let row: Vec<String> = self.row(i).iter().map(u32::to_string).collect();
            writeln!(f, "{}", row.join(" "))?;
        }
        Ok(())
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Pattern> {
        let mut lines = text.lines();
        let wrong = |line: usize, why: &str| {
            Error::argument("Pattern", format!("line {} of the text {why}", line + 1))
        };
        let numbers = |k: usize, line: &str| -> Result<Vec<usize>> {
            let numbers = line.split_whitespace().map(|word| word.parse().ok());
            numbers
                .collect::<Option<_>>()
                .ok_or_else(|| wrong(k, "holds something else than numbers"))
        };
        let [rows, columns] = numbers(0, lines.next().unwrap_or_default())?[..] else {
            return Err(wrong(0, "is not a shape of two numbers"));
        };
        let mut elements = Vec::new();
        for i in 0..rows {
            let line = lines.next().ok_or_else(|| wrong(i + 1, "is missing"))?;
            elements.extend(numbers(i + 1, line)?.into_iter().map(|j| (i, j)));
        }
        Pattern::from_elements([rows, columns], elements)
    }
}
