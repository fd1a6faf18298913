//! What moves elements only, as distances between them: through transposes, reshapes and repetitions
//! to the array that the elements lie in.

use crate::base::strides;
use crate::hlo::Module;
use crate::ir::params::{Binary, BinaryOp, Compare, CompareOp};
use crate::ir::{Atom, Eqn, Jaxpr, Prim};

/// A program with what is known of its variables.
pub(super) struct Program<'a> {
    pub(super) jaxpr: &'a Jaxpr,
    pub(super) hlo: &'a Module,
    /// The equation that each variable comes of.
    makers: Vec<Option<usize>>,
    /// How often each is read.
    uses: Vec<usize>,
}

/// How the elements of a value go into an array.
#[derive(Clone, PartialEq)]
pub(super) struct View {
    /// Of each loop over elements its size and the distance of its steps in the array.
    pub(super) loops: Vec<(usize, usize)>,
    /// Of each axis of the value the loops that make its index, from the slowest to the fastest.
    axes: Vec<Vec<usize>>,
    /// Whether all elements of the value go there, and not only those on a diagonal.
    pub(super) full: bool,
}

impl<'a> Program<'a> {
    pub(super) fn of(jaxpr: &'a Jaxpr, hlo: &'a Module) -> Program<'a> {
        let mut makers = vec![None; jaxpr.avals.len()];
        let mut uses = vec![0; jaxpr.avals.len()];
        for (k, eqn) in jaxpr.eqns.iter().enumerate() {
            eqn.outs.iter().for_each(|v| makers[v.index()] = Some(k));
        }
        let atoms = jaxpr.eqns.iter().flat_map(|e| &e.ins).chain(&jaxpr.outs);
        atoms.filter_map(|a| a.var()).for_each(|v| uses[v.index()] += 1);
        Program { jaxpr, hlo, makers, uses }
    }

    /// The number of the equation that a value comes of.
    pub(super) fn place(&self, x: Atom) -> Option<usize> {
        self.makers[x.var()?.index()]
    }

    pub(super) fn maker(&self, x: Atom) -> Option<&'a Eqn> {
        Some(&self.jaxpr.eqns[self.place(x)?])
    }

    /// How often a value is read.
    pub(super) fn uses(&self, x: Atom) -> usize {
        x.var().map_or(0, |v| self.uses[v.index()])
    }

    /// The operand that a value has its elements of, with the way they go then.
    pub(super) fn inner(&self, x: Atom, view: &View) -> Option<(Atom, View)> {
        let eqn = self.maker(x)?;
        let y = *eqn.ins.first()?;
        let shape = self.jaxpr.atom_aval(y).shape;
        let with = |axes| View { axes, ..view.clone() };
        match &eqn.prim {
            Prim::Transpose(p) => {
                let mut axes = view.axes.clone();
                p.perm.iter().zip(&view.axes).for_each(|(&d, axis)| axes[d].clone_from(axis));
                Some((y, with(axes)))
            }
            Prim::Reshape(_) | Prim::Squeeze(_) => Some((y, view.reshaped(&shape)?)),
            Prim::BroadcastInDim(p) => {
                let loops = |n, d: usize| if n == 1 { vec![] } else { view.axes[d].clone() };
                let axes = shape.iter().zip(&p.dims).map(|(&n, &d)| loops(n, d)).collect();
                Some((y, with(axes)))
            }
            Prim::Select(_) if self.is_zero(eqn.ins[1]) => {
                let (i, j, distance) = self.diagonal(y)?;
                Some((eqn.ins[2], (distance == 0).then(|| view.diagonal(i, j))??))
            }
            _ => None,
        }
    }

    /// The arrays that a value is the sum or product of, each with the way of its elements; none if
    /// they are more than `most`. A sum that others read, too, is an array of its own, but for the
    /// outermost if that is `shared`.
    pub(super) fn parts(
        &self,
        x: Atom,
        view: &View,
        op: BinaryOp,
        most: usize,
        mut shared: bool,
    ) -> Option<Vec<(Atom, View)>> {
        let (mut open, mut parts) = (vec![(x, view.clone())], vec![]);
        while let Some((y, way)) = open.pop() {
            if let Some(inner) = self.inner(y, &way) {
                open.push(inner);
                continue;
            }
            match self.maker(y) {
                Some(Eqn { prim: Prim::Binary(p), ins, .. })
                    if p.op == op && (shared || self.uses(y) == 1) =>
                {
                    open.extend(ins.iter().rev().map(|&z| (z, way.clone())));
                }
                _ => parts.push((y, way)),
            }
            shared = false;
            if open.len() + parts.len() > most {
                return None;
            }
        }
        Some(parts)
    }

    pub(super) fn is_zero(&self, x: Atom) -> bool {
        match x {
            Atom::Lit(s) => s.to_f64() == 0.0,
            Atom::Var(_) => self.maker(x).is_some_and(|eqn| {
                matches!(eqn.prim, Prim::BroadcastInDim(_)) && self.is_zero(eqn.ins[0])
            }),
        }
    }

    /// Two axes of a mask that is true where the index along the second, less that along the first, is
    /// a number, and the number.
    pub(super) fn diagonal(&self, mask: Atom) -> Option<(usize, usize, i64)> {
        let eqn = self.maker(mask)?;
        let Prim::Compare(Compare { op: CompareOp::Eq }) = eqn.prim else { return None };
        let index = |x: Atom| match &self.maker(x)?.prim {
            Prim::Iota(p) => Some(p.dim),
            _ => None,
        };
        let (i, j, distance) = match (self.maker(eqn.ins[0]), eqn.ins[1]) {
            (
                Some(Eqn { prim: Prim::Binary(Binary { op: BinaryOp::Sub }), ins, .. }),
                Atom::Lit(n),
            ) => (index(ins[1])?, index(ins[0])?, n.to_f64() as i64),
            _ => (index(eqn.ins[0])?, index(eqn.ins[1])?, 0),
        };
        (i != j).then_some((i, j, distance))
    }
}

impl View {
    /// The elements of a value of this shape, at these distances in an array.
    pub(super) fn of(shape: &[usize], to: Vec<usize>) -> View {
        let loops = shape.iter().copied().zip(to).collect();
        View { loops, axes: (0..shape.len()).map(|d| vec![d]).collect(), full: true }
    }

    /// The distance of the steps of each loop in a value of this shape.
    pub(super) fn steps(&self, shape: &[usize]) -> Vec<usize> {
        let mut steps = vec![0; self.loops.len()];
        for (axis, stride) in self.axes.iter().zip(strides(shape)) {
            axis.iter().rev().fold(stride, |stride, &l| {
                steps[l] += stride;
                stride * self.loops[l].0
            });
        }
        steps
    }

    /// The same elements in row-major order in another shape, if loops can be cut so.
    fn reshaped(&self, shape: &[usize]) -> Option<View> {
        let mut view = self.clone();
        // Loops from the slowest to the fastest, taken from the end and cut where an axis begins.
        let mut rest: Vec<usize> = self.axes.concat();
        let shared = |l: usize| self.axes.iter().flatten().filter(|m| **m == l).count() > 1;
        rest.retain(|&l| self.loops[l].0 > 1);
        let mut axes = vec![vec![]; shape.len()];
        for (axis, &n) in axes.iter_mut().zip(shape).rev() {
            let mut left = n;
            while left > 1 {
                let l = rest.pop()?;
                axis.insert(0, l);
                let (size, to) = view.loops[l];
                if left % size == 0 {
                    left /= size;
                } else if size % left == 0 && !shared(l) {
                    view.loops[l] = (left, to);
                    rest.push(view.loops.len());
                    view.loops.push((size / left, to * left));
                    left = 1;
                } else {
                    return None;
                }
            }
        }
        view.axes = axes;
        rest.is_empty().then_some(view)
    }

    /// Only the elements whose indices along two axes are equal.
    fn diagonal(&self, i: usize, j: usize) -> Option<View> {
        let (&[p], &[q]) = (self.axes[i].as_slice(), self.axes[j].as_slice()) else { return None };
        if p == q || self.loops[p].0 != self.loops[q].0 {
            return None;
        }
        let mut view = View { full: false, ..self.clone() };
        view.loops[p].1 += view.loops[q].1;
        view.loops[q] = (1, 0);
        view.axes.iter_mut().flatten().filter(|l| **l == q).for_each(|l| *l = p);
        Some(view)
    }
}
