//! Which products a sparse matrix is computed by, and where its elements stand in them.

use super::Pattern;
use super::colour::{self, Colours};
use crate::base::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// How the elements of a matrix come out of its products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coloring {
    /// Products with sums of columns that meet in no row.
    Columns,
    /// Products with sums of rows that meet in no column.
    Rows,
    /// Of a symmetric matrix: each element stands alone in one of the products of its row and its column.
    Star,
    /// Of a symmetric matrix, with fewer products: some elements are found after others, by subtraction.
    Acyclic,
}

impl Coloring {
    const ALL: [Coloring; 4] =
        [Coloring::Columns, Coloring::Rows, Coloring::Star, Coloring::Acyclic];

    fn name(self) -> &'static str {
        match self {
            Coloring::Columns => "columns",
            Coloring::Rows => "rows",
            Coloring::Star => "star",
            Coloring::Acyclic => "acyclic",
        }
    }
}

/// A pattern and a colouring: all that a sparse derivative needs to be computed again without a search.
/// As text ([`fmt::Display`] and [`FromStr`]) it can be kept in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) pattern: Pattern,
    pub(super) coloring: Coloring,
    /// Of columns, of rows, or of both.
    pub(super) colours: Colours,
    /// Rows (of columns: columns) with so many elements that each has a product of its own.
    pub(super) peeled: Vec<u32>,
}

impl Plan {
    /// The pattern.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// How the elements are found.
    pub fn coloring(&self) -> Coloring {
        self.coloring
    }

    /// The number of products of the matrix with a vector.
    pub fn products(&self) -> usize {
        colour::count(&self.colours) + self.peeled.len()
    }

    /// A plan for a pattern that is known, with few products.
    ///
    /// # Errors
    /// When a colouring for symmetric matrices is asked for, and the pattern is not.
    ///
    /// ```
    /// use cotangent::sparse::{Coloring, Pattern, Plan};
    /// # fn main() -> cotangent::Result<()> {
    /// // An arrow: two sums of columns, however long it is.
    /// let n = 1000;
    /// let elements = (0..n).flat_map(|i| [(i, i), (0, i), (i, 0)]);
    /// let plan = Plan::new(Pattern::from_elements([n, n], elements)?, Coloring::Star)?;
    /// assert_eq!(plan.products(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(pattern: Pattern, coloring: Coloring) -> Result<Plan> {
        let symmetric = matches!(coloring, Coloring::Star | Coloring::Acyclic);
        if symmetric && pattern != pattern.transpose() {
            let why = format!("the colouring `{}` is for symmetric patterns", coloring.name());
            return Err(Error::argument("Plan", why));
        }
        Ok(Plan::by(pattern, coloring))
    }

    /// The plan with this colouring, or with the one of fewest products.
    pub(super) fn choose(
        pattern: Pattern,
        symmetric: bool,
        coloring: Option<Coloring>,
    ) -> Result<Plan> {
        Ok(match coloring {
            Some(coloring) => return Plan::new(pattern, coloring),
            None if symmetric => Plan::by(pattern, Coloring::Star),
            None => {
                let columns = Plan::by(pattern.clone(), Coloring::Columns);
                // No colouring of rows can do with fewer products than a column has elements.
                let deepest = longest(&pattern.transpose());
                if columns.products() <= deepest.min(2) {
                    return Ok(columns);
                }
                let rows = Plan::by(pattern, Coloring::Rows);
                // A product from the left costs a little more.
                if rows.products() < columns.products() { rows } else { columns }
            }
        })
    }

    fn by(pattern: Pattern, coloring: Coloring) -> Plan {
        let (colours, peeled) = match coloring {
            Coloring::Columns => directed(&pattern),
            Coloring::Rows => directed(&pattern.transpose()),
            Coloring::Star | Coloring::Acyclic => {
                let n = pattern.shape()[0];
                let degrees: Vec<usize> = (0..n).map(|v| pattern.row(v).len()).collect();
                let colour =
                    if coloring == Coloring::Star { colour::star } else { colour::acyclic };
                (colour::best(&degrees, 2, |order| colour(&pattern, order)), Vec::new())
            }
        };
        Plan { pattern, coloring, colours, peeled }
    }

    /// Where each element stands, row by row, in the table of the products, of which those with colours
    /// come first: for elements that stand alone.
    pub(super) fn places(&self) -> Vec<usize> {
        let [rows, columns] = self.pattern.shape();
        let n_colours = colour::count(&self.colours);
        let c = |v: usize| self.colours[v] as usize;
        match self.coloring {
            Coloring::Columns | Coloring::Rows => {
                let by_columns = self.coloring == Coloring::Columns;
                // Products with colours are as long as a column, the others as a row; or the reverse.
                let (length, other) = if by_columns { (rows, columns) } else { (columns, rows) };
                let place = |(i, j): (usize, usize)| {
                    let (line, across) = if by_columns { (i, j) } else { (j, i) };
                    match self.peeled.binary_search(&(line as u32)) {
                        Ok(k) => n_colours * length + k * other + across,
                        Err(_) => c(across) * length + line,
                    }
                };
                self.pattern.elements().map(place).collect()
            }
            Coloring::Star | Coloring::Acyclic => {
                let together = self.together();
                let place = |(i, j): (usize, usize)| {
                    let here = c(j) * rows + i;
                    if together[here] == 1 { here } else { c(i) * rows + j }
                };
                self.pattern.elements().map(place).collect()
            }
        }
    }

    /// How many elements of a symmetric matrix fall together in each cell of the products by colour.
    fn together(&self) -> Vec<u32> {
        let n = self.pattern.shape()[0];
        let mut cells = vec![0; n * colour::count(&self.colours)];
        for (i, j) in self.pattern.elements() {
            cells[self.colours[j] as usize * n + i] += 1;
        }
        cells
    }

    /// The elements of a symmetric matrix, row by row, from its products by colour: the ones that stand
    /// alone first, then those that do when these are taken away, and so on.
    pub(super) fn substitute(&self, products: &mut [f64]) -> Vec<f64> {
        let n = self.pattern.shape()[0];
        let n_colours = colour::count(&self.colours);
        let c = |v: u32| self.colours[v as usize] as usize;
        // Of each vertex and colour, the neighbours that are not solved: their number and the sum of
        // the numbers of their elements, which is the number of the last one left.
        let mut left = vec![(0u32, 0usize); n_colours * n];
        let slot = |v: u32, colour: usize| colour * n + v as usize;
        for i in 0..n {
            let range = self.pattern.range(i);
            for (e, &j) in range.clone().zip(self.pattern.row(i)) {
                let cell = &mut left[slot(i as u32, c(j))];
                *cell = (cell.0 + 1, cell.1 + e);
            }
        }
        let mut row_of = vec![0u32; self.pattern.nnz()];
        (0..n).for_each(|i| self.pattern.range(i).for_each(|e| row_of[e] = i as u32));
        let (_, columns) = self.pattern.compressed();
        let mut values = vec![f64::NAN; columns.len()];
        let single = |(k, cell): (usize, &(u32, usize))| (cell.0 == 1).then_some(k);
        let mut ready: Vec<usize> = left.iter().enumerate().filter_map(single).collect();
        while let Some(k) = ready.pop() {
            let (number, e) = left[k];
            if number != 1 {
                continue;
            }
            let (i, j) = (row_of[e], columns[e] as u32);
            let value = products[k];
            values[e] = value;
            left[k] = (0, 0);
            if i == j {
                continue;
            }
            let mirror = self.pattern.range(j as usize).start
                + self.pattern.row(j as usize).partition_point(|&m| m < i);
            values[mirror] = value;
            let other = slot(j, c(i));
            products[other] -= value;
            left[other] = (left[other].0 - 1, left[other].1 - mirror);
            if left[other].0 == 1 {
                ready.push(other);
            }
        }
        values
    }
}

fn longest(pattern: &Pattern) -> usize {
    (0..pattern.shape()[0]).map(|i| pattern.row(i).len()).max().unwrap_or(0)
}

/// Colours of the columns, and the rows that have products of their own, so that there are few products.
fn directed(pattern: &Pattern) -> (Colours, Vec<u32>) {
    let [rows, columns] = pattern.shape();
    let mut by_length: Vec<u32> = (0..rows as u32).collect();
    by_length.sort_by_key(|&i| std::cmp::Reverse(pattern.row(i as usize).len()));
    let length = |k: usize| by_length.get(k).map_or(0, |&i| pattern.row(i as usize).len());
    let mut best: Option<(Colours, Vec<u32>)> = None;
    // A row of its own pays where it is much longer than those after it.
    let worth = |k: usize| k == 0 || (length(k - 1) > 2 * length(k) && k < length(0));
    for k in (0..=rows.min(64)).filter(|&k| worth(k)) {
        let mut peeled = by_length[..k].to_vec();
        peeled.sort_unstable();
        let rest = without(pattern, &peeled);
        let by_column = rest.transpose();
        let degrees: Vec<usize> = (0..columns).map(|j| by_column.row(j).len()).collect();
        let longest = longest(&rest);
        let found =
            colour::best(&degrees, longest, |order| colour::columns(&rest, &by_column, order));
        let products =
            |(colours, peeled): &(Colours, Vec<u32>)| colour::count(colours) + peeled.len();
        let candidate = (found, peeled);
        if best.as_ref().is_none_or(|b| products(&candidate) < products(b)) {
            best = Some(candidate);
        }
    }
    best.unwrap_or_default()
}

/// The pattern without the elements of some rows.
fn without(pattern: &Pattern, rows: &[u32]) -> Pattern {
    if rows.is_empty() {
        return pattern.clone();
    }
    let [n, columns] = pattern.shape();
    let (mut ends, mut places) = (Vec::with_capacity(n), Vec::new());
    for i in 0..n {
        if rows.binary_search(&(i as u32)).is_err() {
            places.extend_from_slice(pattern.row(i));
        }
        ends.push(places.len());
    }
    Pattern::new(columns, ends, places)
}

/// The colouring by name, colours, rows with products of their own, and the pattern.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |list: &[u32]| list.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        writeln!(f, "{}", self.coloring.name())?;
        writeln!(f, "{}\n{}", join(&self.colours), join(&self.peeled))?;
        write!(f, "{}", self.pattern)
    }
}

impl FromStr for Plan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Plan> {
        let wrong = |why: &str| Error::argument("Plan", format!("the text {why}"));
        let mut parts = text.splitn(4, '\n');
        let mut next = || parts.next().ok_or_else(|| wrong("ends too early"));
        let name = next()?;
        let coloring = Coloring::ALL.into_iter().find(|c| c.name() == name.trim());
        let coloring = coloring.ok_or_else(|| wrong("names no colouring"))?;
        let numbers = |line: &str| -> Result<Vec<u32>> {
            let numbers = line.split_whitespace().map(|word| word.parse().ok());
            numbers.collect::<Option<_>>().ok_or_else(|| wrong("holds something else than numbers"))
        };
        let (colours, mut peeled) = (numbers(next()?)?, numbers(next()?)?);
        let pattern: Pattern = next()?.parse()?;
        peeled.sort_unstable();
        let plan = Plan { pattern, coloring, colours, peeled };
        plan.check()?;
        Ok(plan)
    }
}

impl Plan {
    /// Refuses colours that do not tell the elements apart.
    ///
    /// # Errors
    /// When there are too few or too many, or two elements fall together.
    fn check(&self) -> Result<()> {
        let [rows, columns] = self.pattern.shape();
        let (n, lines) =
            if self.coloring == Coloring::Rows { (rows, columns) } else { (columns, rows) };
        let symmetric = matches!(self.coloring, Coloring::Star | Coloring::Acyclic);
        let fits = self.colours.len() == n
            && self.colours.iter().all(|&c| (c as usize) < n.max(1))
            && self.peeled.iter().all(|&i| (i as usize) < lines && !symmetric);
        if !fits || (symmetric && self.pattern != self.pattern.transpose()) {
            return Err(Error::argument("Plan", "the colours do not go with the pattern"));
        }
        let apart = match self.coloring {
            Coloring::Columns | Coloring::Rows => {
                let mut places = self.places();
                places.sort_unstable();
                places.windows(2).all(|pair| pair[0] != pair[1])
            }
            Coloring::Star => {
                let together = self.together();
                self.places().into_iter().all(|place| together[place] == 1)
            }
            Coloring::Acyclic => {
                let mut zeros = vec![0.0; colour::count(&self.colours) * rows];
                self.substitute(&mut zeros).iter().all(|v| !v.is_nan())
            }
        };
        match apart {
            true => Ok(()),
            false => Err(Error::argument("Plan", "two elements fall together")),
        }
    }
}
