//! Which elements of the results of a program depend on which elements of its inputs, whatever the
//! values of the inputs are: the pattern of its Jacobian.
//!
//! Every element of every value carries the set of input elements that it depends on, with a derivative
//! that is not zero everywhere: comparisons, rounding and integers carry none. Elements that are moved
//! take their sets with them, also to places that the program computes from integers, as long as these
//! do not depend on numbers that are not known (`known.rs`). Loops of known length go through run by run,
//! loops that end by themselves until nothing changes.
//!
//! What is found is never too small, and exact up to cancellation: what is added and taken away again, or
//! multiplied by a number that happens to be zero, stays.

mod known;
mod moves;
mod sets;

use super::dce;
use crate::base::{Error, HostArray, Result, strides};
use crate::ir::params::{
    BinaryOp, Cond, Custom, CustomRule, Reduce, ReduceOp, Scan, ScatterOp, UnaryOp, While,
};
use crate::ir::{Atom, Aval, Eqn, Jaxpr, Prim};
use moves::{Grid, targets};
use sets::{EMPTY, Id, Sets};
use std::sync::Arc;

/// Rows of column numbers, in order: row `i` ends at `ends[i]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dependence {
    pub(crate) ends: Vec<usize>,
    pub(crate) columns: Vec<u32>,
}

/// For each element of the results, one result after the other, the elements of the inputs `wrt`, one
/// input after the other, that it depends on. `known` are the values of those inputs that are integers.
///
/// # Errors
/// When there are more elements than 32 bits can number.
pub(crate) fn dependence(
    jaxpr: &Jaxpr,
    wrt: &[usize],
    known: &[Option<HostArray>],
) -> Result<Dependence> {
    // Not simplified, which takes `stop_gradient` away, and not inlined, because a function with a rule of
    // its own has the pattern of the rule.
    let jaxpr = dce::dce(jaxpr)?;
    let avals = jaxpr.in_avals();
    let n: usize = wrt.iter().map(|&k| avals[k].size()).sum();
    if n >= u32::MAX as usize / 4 {
        return Err(Error::argument("sparsity", format!("{n} variables are too many")));
    }
    let mut first = 1;
    let mut ins: Vec<Value> = avals
        .iter()
        .zip(known)
        .map(|(aval, known)| Value {
            sets: None,
            known: known.as_ref().and_then(|k| known::of(k, aval)),
        })
        .collect();
    for &k in wrt {
        let size = avals[k].size() as Id;
        let values = (first..first + size).collect();
        ins[k].sets = Some(Arc::new(Grid { shape: avals[k].shape.to_vec(), values }));
        first += size;
    }
    let mut walk = Walk { sets: Sets::new(n) };
    let outs = walk.run(&jaxpr, ins)?;
    let mut found = Dependence::default();
    for (out, aval) in outs.iter().zip(jaxpr.out_avals()) {
        for i in 0..aval.size() {
            found.columns.extend_from_slice(walk.sets.get(out.set(i)));
            found.ends.push(found.columns.len());
        }
    }
    Ok(found)
}

/// What is known of a value.
#[derive(Clone, Default)]
struct Value {
    /// The set of every element; nothing if all are empty.
    sets: Option<Arc<Grid<Id>>>,
    /// The numbers that do not depend on inputs that are not known, and NaN for those that do.
    known: Option<Arc<Grid<f64>>>,
}

impl Value {
    /// The set of an element; scalars go with any shape.
    fn set(&self, i: usize) -> Id {
        self.sets.as_ref().map_or(EMPTY, |s| s.at(i))
    }

    /// The same dependence, of numbers that are not known.
    fn moving(&self) -> Value {
        Value { sets: self.sets.clone(), known: None }
    }

    /// The same numbers, which depend on nothing.
    fn still(&self) -> Value {
        Value { sets: None, known: self.known.clone() }
    }

    fn of(sets: Grid<Id>) -> Value {
        let sets = sets.values.iter().any(|&id| id != EMPTY).then(|| Arc::new(sets));
        Value { sets, known: None }
    }

    /// All elements of a value of this type have this set.
    fn full(aval: &Aval, id: Id) -> Value {
        Value::of(Grid { shape: aval.shape.to_vec(), values: vec![id; aval.size()] })
    }
}

struct Walk {
    sets: Sets,
}

impl Walk {
    fn run(&mut self, jaxpr: &Jaxpr, ins: Vec<Value>) -> Result<Vec<Value>> {
        let mut env: Vec<Value> = Vec::with_capacity(jaxpr.avals.len());
        for (c, aval) in jaxpr.consts.iter().zip(&jaxpr.avals) {
            env.push(Value { sets: None, known: known::of(c, aval) });
        }
        env.extend(ins);
        let read = |env: &[Value], atom: Atom| match atom {
            Atom::Var(v) => env[v.index()].clone(),
            Atom::Lit(s) => Value { sets: None, known: Some(known::scalar(s.to_f64())) },
        };
        for eqn in &jaxpr.eqns {
            let ins: Vec<Value> = eqn.ins.iter().map(|&a| read(&env, a)).collect();
            let types: Vec<Aval> = eqn.ins.iter().map(|&a| jaxpr.atom_aval(a)).collect();
            let outs: Vec<&Aval> = eqn.outs.iter().map(|&v| jaxpr.aval(v)).collect();
            let mut found = self.eqn(eqn, &ins, &types, &outs)?;
            for (value, aval) in found.iter_mut().zip(&outs) {
                if !aval.dtype.is_inexact() {
                    value.sets = None;
                }
            }
            env.extend(found);
        }
        Ok(jaxpr.outs.iter().map(|&a| read(&env, a)).collect())
    }

    fn eqn(
        &mut self,
        eqn: &Eqn,
        ins: &[Value],
        types: &[Aval],
        outs: &[&Aval],
    ) -> Result<Vec<Value>> {
        match &eqn.prim {
            Prim::Scan(scan) => return self.scan(scan, ins, outs),
            Prim::While(p) => return self.until_end(p, ins),
            Prim::Cond(p) => return self.cond(p, ins, outs),
            Prim::Call(p) => return self.run(&p.jaxpr, ins.to_vec()),
            Prim::Checkpoint(p) => return self.run(&p.jaxpr, ins.to_vec()),
            Prim::Custom(p) => return self.custom(p, ins, outs),
            Prim::Pullback(p) => {
                let (known, tangents) = ins.split_at(p.n_known);
                return self.pulled_back(&p.bwd, known, tangents, outs);
            }
            // The inverse of a matrix has no pattern that the matrix tells.
            Prim::CustomLinearSolve(_) => return Ok(self.mixed(ins, types, outs, 0)),
            _ => {}
        }
        let known = known::value(&eqn.prim, ins, types, outs);
        if ins.iter().all(|x| x.sets.is_none()) {
            let mut found = vec![Value::default(); outs.len()];
            if let Some(first) = found.first_mut() {
                first.known = known;
            }
            return Ok(found);
        }
        let mut found = self.sets(&eqn.prim, ins, types, outs);
        if let Some(first) = found.first_mut() {
            first.known = known;
        }
        Ok(found)
    }

    /// The sets of the results of an equation, some operand of which depends on something.
    fn sets(&mut self, prim: &Prim, ins: &[Value], types: &[Aval], outs: &[&Aval]) -> Vec<Value> {
        let out = outs[0];
        let shape = &out.shape[..];
        // An operand as a grid of its own shape.
        let grid = |k: usize| match &ins[k].sets {
            Some(sets) => Grid::clone(sets),
            None => Grid { shape: types[k].shape.to_vec(), values: vec![EMPTY; types[k].size()] },
        };
        let starts = |from: usize| -> Option<Vec<f64>> {
            ins[from..].iter().map(|s| Some(*known::all(&s.known)?.values.first()?)).collect()
        };
        let clamped = |starts: Vec<f64>, sizes: &[usize]| -> Vec<usize> {
            let of = types[0].shape.iter().zip(sizes).zip(starts);
            of.map(|((n, size), s)| s.clamp(0.0, n.saturating_sub(*size) as f64) as usize).collect()
        };
        let one = |sets: Grid<Id>| vec![Value::of(sets)];
        match prim {
            Prim::Compare(_) | Prim::StopGradient(_) | Prim::ArgReduce(_) | Prim::Iota(_) => {
                vec![Value::default(); outs.len()]
            }
            Prim::Unary(p) => match p.op {
                UnaryOp::Sign | UnaryOp::Floor | UnaryOp::Ceil | UnaryOp::Round => {
                    vec![Value::default()]
                }
                _ => vec![ins[0].moving()],
            },
            Prim::Binary(p) if p.op == BinaryOp::Mul => {
                let parts =
                    [(0, 1), (1, 0)].map(|(a, b)| self.where_not_zero(&ins[a], &ins[b], out));
                vec![self.joined(&[&parts[0], &parts[1]], out)]
            }
            Prim::Select(_) => match &ins[0].known {
                Some(choice) => {
                    let mut chosen = Vec::with_capacity(out.size());
                    for i in 0..out.size() {
                        let (no, yes) = (ins[1].set(i), ins[2].set(i));
                        chosen.push(match choice.at(i) {
                            which if which.is_nan() => self.sets.union(no, yes),
                            0.0 => no,
                            _ => yes,
                        });
                    }
                    one(Grid { shape: shape.to_vec(), values: chosen })
                }
                None => vec![self.joined(&[&ins[1], &ins[2]], out)],
            },
            Prim::Binary(_) | Prim::Special(_) | Prim::IntegerPow(_) | Prim::Clamp(_) => {
                vec![self.joined(&ins.iter().collect::<Vec<_>>(), out)]
            }
            Prim::BitcastConvert(_) => vec![Value::default()],
            Prim::Convert(_)
            | Prim::OptimizationBarrier(_)
            | Prim::Name(_)
            | Prim::DebugPrint(_) => vec![ins[0].moving()],
            Prim::Reshape(_) | Prim::Squeeze(_) => one(grid(0).reshape(shape)),
            Prim::BroadcastInDim(p) => one(grid(0).broadcast(shape, &p.dims)),
            Prim::Transpose(p) => one(grid(0).transpose(&p.perm)),
            Prim::Rev(p) => one(grid(0).reverse(&p.dims)),
            Prim::Slice(p) => one(grid(0).slice(&p.start, &p.limit, &p.stride)),
            Prim::Pad(p) => one(grid(0).pad(p, shape, ins[1].set(0))),
            Prim::Concatenate(p) => {
                let parts: Vec<Grid<Id>> = (0..ins.len()).map(grid).collect();
                one(Grid::concatenate(&parts, p.dim, shape))
            }
            Prim::DynamicSlice(p) => match starts(1) {
                Some(s) => {
                    let s = clamped(s, &p.sizes);
                    let limit: Vec<usize> = s.iter().zip(&p.sizes).map(|(s, n)| s + n).collect();
                    one(grid(0).slice(&s, &limit, &vec![1; s.len()]))
                }
                None => vec![Value::full(out, self.all(&ins[..1]))],
            },
            Prim::DynamicUpdateSlice(_) => match starts(2) {
                Some(s) => {
                    let (mut x, update) = (grid(0), grid(1));
                    let (s, steps) = (clamped(s, &update.shape), strides(&x.shape));
                    let mut k = 0;
                    moves::each(&update.shape, |index| {
                        let at = index.iter().zip(&s).zip(&steps);
                        let place: usize = at.map(|((i, s), step)| (i + s) * step).sum();
                        x.values[place] = update.values[k];
                        k += 1;
                    });
                    one(x)
                }
                None => {
                    let anywhere = Value::full(out, self.all(&ins[1..2]));
                    vec![self.joined(&[&ins[0], &anywhere], out)]
                }
            },
            Prim::Gather(p) => match known::all(&ins[1].known) {
                Some(indices) => one(grid(0).gather(&p.dims, &p.sizes, indices, shape)),
                None => vec![Value::full(out, self.all(&ins[..1]))],
            },
            Prim::Scatter(p) => match known::all(&ins[1].known) {
                Some(indices) => {
                    let (mut x, updates) = (grid(0), grid(2));
                    let places = targets(p, &x.shape, indices, &updates.shape);
                    let placed = places.iter().zip(&updates.values);
                    let placed = placed.filter_map(|(place, &u)| Some(((*place)?, u)));
                    if p.op == ScatterOp::Set {
                        placed.clone().for_each(|(place, _)| x.values[place] = EMPTY);
                    }
                    for (place, u) in placed {
                        x.values[place] = self.sets.union(x.values[place], u);
                    }
                    one(x)
                }
                None => {
                    let anywhere = Value::full(out, self.all(&ins[2..3]));
                    vec![self.joined(&[&ins[0], &anywhere], out)]
                }
            },
            Prim::Reduce(p) => vec![self.reduce(p, &grid(0), shape)],
            Prim::Cumulative(p) => {
                let mut x = grid(0);
                let (n, step) = (x.shape[p.axis], strides(&x.shape)[p.axis]);
                for start in (0..x.values.len()).filter(|i| n > 0 && i / step % n == 0) {
                    let mut sum = EMPTY;
                    for k in 0..n {
                        let at = start + step * if p.reverse { n - 1 - k } else { k };
                        sum = self.sets.union(sum, x.values[at]);
                        x.values[at] = sum;
                    }
                }
                one(x)
            }
            Prim::Sort(p) => (0..outs.len())
                .map(|k| {
                    let reduce = Reduce { op: ReduceOp::Sum, axes: vec![p.axis] };
                    let rest = outs[k].shape.without(&[p.axis]);
                    let sums = self.reduce(&reduce, &grid(k), &rest);
                    let dims: Vec<usize> = (0..outs[k].rank()).filter(|&d| d != p.axis).collect();
                    match sums.sets {
                        Some(sums) => Value::of(sums.broadcast(&outs[k].shape, &dims)),
                        None => sums,
                    }
                })
                .collect(),
            Prim::DotGeneral(p) => {
                let free = |rank: usize, c: &[usize], b: &[usize]| -> Vec<usize> {
                    (0..rank).filter(|d| !c.contains(d) && !b.contains(d)).collect()
                };
                let (c, b) = (&p.contract, &p.batch);
                let rows = free(types[0].rank(), &c.0, &b.0);
                let columns = free(types[1].rank(), &c.1, &b.1);
                let order = |k: usize, perm: Vec<usize>| {
                    let known = ins[k].known.as_ref().map(|x| x.transpose(&perm).values);
                    (grid(k).transpose(&perm).values, known)
                };
                let left = order(0, [&b.0[..], &rows, &c.0].concat());
                let right = order(1, [&b.1[..], &columns, &c.1].concat());
                let depth: usize = c.0.iter().map(|&d| types[0].shape[d]).product();
                let width: usize = columns.iter().map(|&d| types[1].shape[d]).product();
                let height: usize = rows.iter().map(|&d| types[0].shape[d]).product();
                one(Grid {
                    shape: shape.to_vec(),
                    values: self.dot(left, right, [height, width, depth], out.size()),
                })
            }
            // Decompositions and Fourier transforms mix the last axes of each batch.
            Prim::Fft(p) => self.mixed(ins, types, outs, types[0].rank() - p.lengths.len()),
            _ => {
                let batch = types[0].rank().saturating_sub(2);
                self.mixed(ins, types, outs, batch)
            }
        }
    }

    /// What `x` has where a factor is not known to be zero.
    fn where_not_zero(&self, x: &Value, factor: &Value, out: &Aval) -> Value {
        match (&x.sets, &factor.known) {
            (Some(_), Some(known)) if known.values.contains(&0.0) => {
                let zero = |i| known.at(i) == 0.0;
                let set = |i| if zero(i) { EMPTY } else { x.set(i) };
                let values = (0..out.size()).map(set).collect();
                Value::of(Grid { shape: out.shape.to_vec(), values })
            }
            _ => x.moving(),
        }
    }

    /// The unions, element by element, of values that go together.
    fn joined(&mut self, values: &[&Value], out: &Aval) -> Value {
        let mut parts: Vec<&Arc<Grid<Id>>> =
            values.iter().filter_map(|v| v.sets.as_ref()).collect();
        parts.dedup_by(|a, b| Arc::ptr_eq(a, b));
        let Some((first, rest)) = parts.split_first() else { return Value::default() };
        if rest.is_empty() && first.values.len() == out.size() {
            return Value { sets: Some((*first).clone()), known: None };
        }
        let mut joined: Vec<Id> = (0..out.size()).map(|i| first.at(i)).collect();
        for part in rest {
            for (i, id) in joined.iter_mut().enumerate() {
                *id = self.sets.union(*id, part.at(i));
            }
        }
        Value::of(Grid { shape: out.shape.to_vec(), values: joined })
    }

    /// The union of all elements of some values.
    fn all(&mut self, values: &[Value]) -> Id {
        let sets = values.iter().filter_map(|v| v.sets.clone());
        self.sets.union_all(sets.flat_map(|s| s.values.clone()).collect::<Vec<_>>())
    }

    fn reduce(&mut self, p: &Reduce, x: &Grid<Id>, shape: &[usize]) -> Value {
        let kept: Vec<usize> = (0..x.shape.len()).filter(|d| !p.axes.contains(d)).collect();
        let rows = x.transpose(&[&kept[..], &p.axes].concat()).values;
        let width: usize = p.axes.iter().map(|&d| x.shape[d]).product();
        let size: usize = shape.iter().product();
        let row = |i: usize| self.sets.union_all(rows[i * width..(i + 1) * width].iter().copied());
        Value::of(Grid { shape: shape.to_vec(), values: (0..size).map(row).collect() })
    }

    /// The sets of batches of products of matrices, the right one by columns; zeros that are known take
    /// nothing in.
    fn dot(
        &mut self,
        (left, left_known): (Vec<Id>, Option<Vec<f64>>),
        (right, right_known): (Vec<Id>, Option<Vec<f64>>),
        [height, width, depth]: [usize; 3],
        size: usize,
    ) -> Vec<Id> {
        let zeros = |known: &Option<Vec<f64>>| known.as_ref().is_some_and(|k| k.contains(&0.0));
        let exact = zeros(&left_known) || zeros(&right_known);
        let rows = |walk: &mut Walk, x: &[Id]| -> Vec<Id> {
            let row = |r: &[Id]| walk.sets.union_all(r.iter().copied());
            x.chunks(depth.max(1)).map(row).collect()
        };
        let sums = if exact { None } else { Some((rows(self, &left), rows(self, &right))) };
        let at = |known: &Option<Vec<f64>>, i: usize| known.as_ref().is_none_or(|k| k[i] != 0.0);
        let cell = |i: usize| {
            let (batch, i, j) = (i / (height * width), i / width % height, i % width);
            let (l, r) = (batch * height + i, batch * width + j);
            if depth == 0 {
                return EMPTY;
            }
            if let Some((rows, columns)) = &sums {
                return self.sets.union(rows[l], columns[r]);
            }
            let mut met = Vec::new();
            for k in 0..depth {
                let (l, r) = (l * depth + k, r * depth + k);
                if at(&right_known, r) {
                    met.push(left[l]);
                }
                if at(&left_known, l) {
                    met.push(right[r]);
                }
            }
            self.sets.union_all(met)
        };
        (0..size).map(cell).collect()
    }

    /// Every result depends on all operands of its batch, which are those of the first axes.
    fn mixed(&mut self, ins: &[Value], types: &[Aval], outs: &[&Aval], batch: usize) -> Vec<Value> {
        let shape = &types[0].shape[..batch];
        let whole = types.iter().chain(outs.iter().copied());
        let batches = match whole.clone().all(|a| a.shape.starts_with(shape)) {
            true => shape.iter().product::<usize>(),
            false => 1,
        };
        let union = |b: usize| {
            let of = |(x, aval): (&Value, &Aval)| {
                let size = aval.size() / batches.max(1);
                let sets = x.sets.clone();
                sets.map_or(Vec::new(), |s| s.values[b * size..(b + 1) * size].to_vec())
            };
            let ids: Vec<Id> = ins.iter().zip(types).flat_map(of).collect();
            self.sets.union_all(ids)
        };
        let unions: Vec<Id> = (0..batches).map(union).collect();
        let result = |aval: &&Aval| {
            let size = aval.size() / batches.max(1);
            let values = unions.iter().flat_map(|&id| std::iter::repeat_n(id, size)).collect();
            Value::of(Grid { shape: aval.shape.to_vec(), values })
        };
        outs.iter().map(result).collect()
    }

    fn scan(&mut self, p: &Scan, ins: &[Value], outs: &[&Aval]) -> Result<Vec<Value>> {
        let [consts, carries, xs] = p.operands(ins);
        let avals = p.jaxpr.in_avals();
        let [_, _, slices] = p.operands(&avals);
        let n_ys = outs.len() - p.n_carry;
        let (mut carries, mut ys) = (carries.to_vec(), vec![Vec::new(); n_ys]);
        for turn in 0..p.length {
            let at = if p.reverse { p.length - 1 - turn } else { turn };
            let slice = |(x, aval): (&Value, &Aval)| {
                let (size, shape) = (aval.size(), aval.shape.to_vec());
                let range = at * size..(at + 1) * size;
                let sets = x.sets.as_ref().map(|s| s.values[range.clone()].to_vec());
                let known = x
                    .known
                    .as_ref()
                    .map(|k| Grid { values: k.values[range].to_vec(), shape: shape.clone() });
                let sets = sets.map(|values| Value::of(Grid { shape, values }).sets);
                Value { sets: sets.flatten(), known: known.map(Arc::new) }
            };
            let xs = xs.iter().zip(slices).map(slice);
            let ins = consts.iter().chain(&carries).cloned().chain(xs).collect();
            let mut found = self.run(&p.jaxpr, ins)?;
            let last = found.split_off(p.n_carry);
            carries = found;
            ys.iter_mut().zip(last).for_each(|(all, y)| all.push(y));
        }
        let stack = |(mut turns, aval): (Vec<Value>, &&Aval)| {
            if p.reverse {
                turns.reverse();
            }
            let size = aval.size() / p.length.max(1);
            let row = |y: &Value| (0..size).map(|i| y.set(i)).collect::<Vec<_>>();
            Value::of(Grid {
                shape: aval.shape.to_vec(),
                values: turns.iter().flat_map(row).collect(),
            })
        };
        let ys = ys.into_iter().zip(&outs[p.n_carry..]).map(stack);
        Ok(carries.iter().cloned().chain(ys).collect())
    }

    /// A function with a rule, which alone says how it depends on its arguments.
    fn custom(&mut self, p: &Custom, ins: &[Value], outs: &[&Aval]) -> Result<Vec<Value>> {
        let (captures, args) = ins.split_at(p.n_captures);
        let still = |values: &[Value]| values.iter().map(Value::still).collect::<Vec<_>>();
        let nothing = || vec![Value::default(); outs.len()];
        match &p.rule {
            CustomRule::Jvp(rule) => {
                let tangents = args.iter().map(Value::moving);
                let ins = still(ins).into_iter().chain(tangents).collect();
                Ok(self.run(rule, ins)?.split_off(outs.len()))
            }
            CustomRule::Implicit(rule) => {
                let tangents = args.iter().map(Value::moving);
                let ins = still(ins).into_iter().chain(nothing()).chain(tangents).collect();
                self.run(rule, ins)
            }
            CustomRule::Vjp { fwd, bwd } => {
                let residuals = self.run(fwd, still(ins))?.split_off(outs.len());
                let known: Vec<Value> = still(captures).into_iter().chain(residuals).collect();
                self.pulled_back(bwd, &known, args, outs)
            }
        }
    }

    /// What depends on arguments by the transpose of a rule from cotangents of the results to theirs.
    fn pulled_back(
        &mut self,
        bwd: &Jaxpr,
        known: &[Value],
        args: &[Value],
        outs: &[&Aval],
    ) -> Result<Vec<Value>> {
        // Which elements of the cotangents each cotangent of an argument has, in sets of its own.
        let n: usize = outs.iter().map(|a| a.size()).sum();
        let mut own = Walk { sets: Sets::new(n) };
        let mut first = 1;
        let mut ins: Vec<Value> = known.iter().map(Value::still).collect();
        for aval in outs {
            let values: Vec<Id> = (first..).take(aval.size()).collect();
            first += aval.size() as Id;
            ins.push(Value::of(Grid { shape: aval.shape.to_vec(), values }));
        }
        let mut met: Vec<Vec<Id>> = vec![Vec::new(); n];
        let grads = own.run(bwd, ins)?;
        for ((grad, arg), aval) in grads.iter().zip(args).zip(bwd.out_avals()) {
            for i in 0..aval.size() {
                own.sets.get(grad.set(i)).iter().for_each(|&k| met[k as usize].push(arg.set(i)));
            }
        }
        let mut met = met.into_iter();
        let result = |aval: &&Aval| {
            let values = met.by_ref().take(aval.size()).map(|ids| self.sets.union_all(ids));
            Value::of(Grid { shape: aval.shape.to_vec(), values: values.collect() })
        };
        Ok(outs.iter().map(result).collect())
    }

    fn until_end(&mut self, p: &While, ins: &[Value]) -> Result<Vec<Value>> {
        let [_, consts, carries] = p.operands(ins);
        let avals = p.body.in_avals();
        let types = &avals[consts.len()..];
        // What the numbers are after a run is not known.
        let mut carries: Vec<Value> = carries.iter().map(Value::moving).collect();
        loop {
            let after = self.run(&p.body, consts.iter().chain(&carries).cloned().collect())?;
            let mut changed = false;
            for ((carry, after), aval) in carries.iter_mut().zip(&after).zip(types) {
                let joined = self.joined(&[carry, after], aval);
                changed |= (0..aval.size()).any(|i| joined.set(i) != carry.set(i));
                *carry = joined.moving();
            }
            if !changed {
                return Ok(carries);
            }
        }
    }

    fn cond(&mut self, p: &Cond, ins: &[Value], outs: &[&Aval]) -> Result<Vec<Value>> {
        let last = p.branches.len() as f64 - 1.0;
        let number = known::all(&ins[0].known).and_then(|k| k.values.first().copied());
        if let Some(number) = number {
            return self.run(&p.branches[number.clamp(0.0, last) as usize], ins[1..].to_vec());
        }
        let mut found = vec![Value::default(); outs.len()];
        for branch in &p.branches {
            let results = self.run(branch, ins[1..].to_vec())?;
            for ((all, result), aval) in found.iter_mut().zip(&results).zip(outs) {
                *all = self.joined(&[all, result], aval);
            }
        }
        Ok(found)
    }
}
