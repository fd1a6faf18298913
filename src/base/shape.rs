//! Shapes and the index arithmetic on them.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The sizes of an array's axes, outermost first; cheap to clone.
///
/// ```
/// let s = cotangent::Shape::from([2, 3]);
/// assert_eq!(s.size(), 6);
/// assert_eq!(s.to_string(), "[2,3]");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape(Arc<[usize]>);

impl Shape {
    /// The shape of a scalar, `[]`.
    pub fn scalar() -> Shape {
        Shape(Arc::from([]))
    }

    /// Number of elements (1 for a scalar), or the largest `usize` if there are more.
    pub fn size(&self) -> usize {
        self.0.iter().fold(1, |n, &d| usize::saturating_mul(n, d))
    }

    /// Whether memory could hold an array of this shape, and XLA count its elements, also where an
    /// empty axis leaves none.
    pub(crate) fn is_addressable(&self) -> bool {
        let size = self.0.iter().fold(1, |n, &d| usize::saturating_mul(n, d.max(1)));
        size <= isize::MAX as usize / size_of::<f64>()
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// The same shape with `size` inserted as a new axis at `axis`.
    pub(crate) fn with_axis(&self, axis: usize, size: usize) -> Shape {
        let mut dims = self.0.to_vec();
        dims.insert(axis, size);
        Shape::from(dims)
    }

    /// The same shape without the given axes.
    pub(crate) fn without(&self, axes: &[usize]) -> Shape {
        self.0.iter().enumerate().filter(|(i, _)| !axes.contains(i)).map(|(_, &d)| d).collect()
    }
}

/// The distance between neighbours along each axis of a row-major array.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for d in (1..shape.len()).rev() {
        strides[d - 1] = strides[d] * shape[d];
    }
    strides
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Shape {
        Shape(Arc::from(dims))
    }
}
impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Shape {
        Shape(Arc::from(dims))
    }
}
impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Shape {
        Shape(Arc::from(dims))
    }
}
impl From<&Vec<usize>> for Shape {
    fn from(dims: &Vec<usize>) -> Shape {
        Shape(Arc::from(dims.as_slice()))
    }
}
impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Shape {
        shape.clone()
    }
}
impl From<usize> for Shape {
    fn from(n: usize) -> Shape {
        Shape::from([n])
    }
}
impl From<()> for Shape {
    fn from((): ()) -> Shape {
        Shape::scalar()
    }
}
impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(dims: I) -> Shape {
        Shape(dims.into_iter().collect())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[")?;
        for (i, d) in self.0.iter().enumerate() {
            write!(f, "{}{d}", if i == 0 { "" } else { "," })?;
        }
        write!(f, "]")
    }
}
impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The common shape of numpy broadcasting, or `None` when the shapes do not go together.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Option<Shape> {
    let rank = a.len().max(b.len());
    let at = |s: &[usize], i: usize| (i + s.len()).checked_sub(rank).map_or(1, |k| s[k]);
    (0..rank)
        .map(|i| match (at(a, i), at(b, i)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect()
}

/// `axis` counted from the front, or `None` when it is out of range for `rank`.
pub(crate) fn normalize_axis(axis: isize, rank: usize) -> Option<usize> {
    let axis = if axis < 0 { axis + rank as isize } else { axis };
    (0..rank as isize).contains(&axis).then_some(axis as usize)
}
