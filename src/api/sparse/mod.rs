//! Sparse Jacobians and Hessians: only what can be other than zero is computed and kept.
//!
//! Three steps, of which the first two are done once for given shapes:
//!
//! 1. the *pattern*: which elements depend on which, whatever the values are, found in the traced program;
//! 2. a *colouring*: columns that do not meet are added up, so that a few products of the matrix with
//!    vectors hold all elements (Curtis, Powell & Reid 1974; Gebremedhin, Manne & Pothen 2005);
//! 3. one compiled program that makes the products and takes the elements out of them.
//!
//! ```
//! use cotangent::{Tensor, sparse::sparse_hessian};
//! # fn main() -> cotangent::Result<()> {
//! // The chained function of Rosenbrock: a tridiagonal Hessian, by three products for every length.
//! let f = |x: Tensor| {
//!     let (a, b) = (x.slice_axis(0, ..-1), x.slice_axis(0, 1..));
//!     (100.0 * (b - &a * &a).powi(2) + (1.0 - a).powi(2)).sum()
//! };
//! let hessian = sparse_hessian(f).prepare(vec![0.0; 1000])?;
//! assert_eq!((hessian.plan().products(), hessian.plan().pattern().nnz()), (3, 2998));
//!
//! let h = hessian.call(vec![1.0; 1000])?.to_sprs::<f64>()?;
//! assert_eq!((h.get(0, 0), h.get(0, 1), h.get(0, 2)), (Some(&802.0), Some(&-400.0), None));
//! # Ok(())
//! # }
//! ```

mod colour;
mod pattern;
mod plan;
mod products;

pub use pattern::Pattern;
pub use plan::{Coloring, Plan};

use super::differentiate::Problem;
use super::host::{avals, host_leaves};
use super::jit::Program;
use super::{Arguments, First, Function, HostArgs, TreeDef};
use crate::base::{DType, Element, Error, HostArray, Result, Scalar, Shape, Source, public_call};
use crate::ir::{Jaxpr, trace};
use crate::runtime::{Array, default_device};
use crate::{opt, transform};
use std::marker::PhantomData;
use std::sync::Arc;

/// A sparse derivative that is not prepared yet. See [`sparse_jacobian`] and [`sparse_hessian`].
#[derive(Clone)]
pub struct Sparse<F, Args> {
    f: F,
    kind: Kind,
    plan: Option<Plan>,
    coloring: Option<Coloring>,
    args: PhantomData<fn(Args)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Jacobian,
    Hessian,
}

impl Kind {
    fn op(self) -> &'static str {
        match self {
            Kind::Jacobian => "sparse_jacobian",
            Kind::Hessian => "sparse_hessian",
        }
    }
}

/// The Jacobian of a function by its first argument, as a sparse matrix: rows are the elements of the
/// result, columns those of the argument, both in row-major order and one tensor after the other.
///
/// ```
/// use cotangent::{Tensor, sparse::{Coloring, sparse_jacobian}};
/// # fn main() -> cotangent::Result<()> {
/// // Differences, and one sum: a row with all columns, which gets a product of its own.
/// let f = |x: Tensor| (x.slice_axis(0, 1..) - x.slice_axis(0, ..-1).powi(2), x.sum());
/// let jacobian = sparse_jacobian(f).prepare(vec![0.0; 50])?;
/// assert_eq!(jacobian.plan().coloring(), Coloring::Columns);
/// assert_eq!(jacobian.plan().products(), 3);
/// let dense = jacobian.call(vec![0.5; 50])?.to_dense::<f64>()?;
/// assert_eq!((dense[[0, 0]], dense[[0, 1]], dense[[48, 0]], dense[[49, 7]]), (-1.0, 1.0, 0.0, 1.0));
/// # Ok(())
/// # }
/// ```
pub fn sparse_jacobian<F, Args>(f: F) -> Sparse<F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Sparse { f, kind: Kind::Jacobian, plan: None, coloring: None, args: PhantomData }
}

/// The Hessian of a scalar function by its first argument, as a sparse matrix: rows and columns are the
/// elements of the argument, in row-major order and one tensor after the other. See the
/// [module](self) for an example.
pub fn sparse_hessian<F, Args>(f: F) -> Sparse<F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Sparse { f, kind: Kind::Hessian, plan: None, coloring: None, args: PhantomData }
}

impl<F: Function<Args>, Args: Arguments> Sparse<F, Args> {
    /// Uses a plan that was made before, for the same function and shapes; nothing is searched.
    ///
    /// ```
    /// use cotangent::{Tensor, sparse::{Plan, sparse_hessian}};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| (x.slice_axis(0, 1..) * x.slice_axis(0, ..-1)).sum();
    /// let text = sparse_hessian(f).prepare(vec![0.0; 9])?.plan().to_string();
    /// let plan: Plan = text.parse()?;
    /// let again = sparse_hessian(f).plan(plan).prepare(vec![0.0; 9])?;
    /// assert_eq!(again.call(vec![1.0; 9])?.values().to_vec::<f64>()?, [1.0; 16]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn plan(mut self, plan: Plan) -> Self {
        self.plan = Some(plan);
        self
    }

    /// Forces a colouring: of columns or rows of a Jacobian, of the star or acyclic kind of a Hessian
    /// (or of columns, which does not use that it is symmetric and can check the others). Without it
    /// Hessians get a star colouring, and Jacobians the one with fewer products.
    pub fn coloring(mut self, coloring: Coloring) -> Self {
        self.coloring = Some(coloring);
        self
    }

    /// The pattern alone, for arguments of the types of `args`. Their values do not matter, but for those
    /// of integers and truth values, which are taken as they are: places that are computed from them are
    /// followed.
    ///
    /// # Errors
    /// A mistake of the function, or an argument that is not floating-point; of a Hessian also a result
    /// that is not a scalar.
    #[track_caller]
    pub fn pattern(&self, args: impl HostArgs<Args>) -> Result<Pattern> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        public_call(at, || {
            let (jaxpr, wrt) = self.trace(&def, &leaves)?;
            self.find(&jaxpr, &wrt, &leaves)
        })
    }

    /// Finds pattern and colouring for arguments like `args` (see [`pattern`](Sparse::pattern)), and
    /// compiles the program.
    ///
    /// # Errors
    /// Those of [`pattern`](Sparse::pattern), tensors of several dtypes, a given plan of another shape, or
    /// a failure of the device.
    #[track_caller]
    pub fn prepare(&self, args: impl HostArgs<Args>) -> Result<Prepared<Args>> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        public_call(at, || {
            let op = self.kind.op();
            let (jaxpr, wrt) = self.trace(&def, &leaves)?;
            let plan = match &self.plan {
                Some(plan) => plan.clone(),
                None => {
                    let pattern = self.find(&jaxpr, &wrt, &leaves)?;
                    Plan::choose(pattern, self.kind == Kind::Hessian, self.coloring)?
                }
            };
            let sizes =
                [jaxpr.out_avals(), wrt.iter().map(|&k| jaxpr.in_avals()[k].clone()).collect()];
            let shape = sizes.map(|avals| avals.iter().map(|a| a.size()).sum::<usize>());
            if plan.pattern().shape() != shape {
                let found = plan.pattern().shape();
                let why = format!(
                    "the plan is for a matrix of shape {found:?}, and this one has {shape:?}"
                );
                return Err(Error::argument(op, why));
            }
            let take = plan.coloring() != Coloring::Acyclic;
            let program = products::program(&jaxpr, &wrt, &plan, take)?;
            let device = default_device()?;
            let program = Program::compile(&opt::optimize(&program)?, TreeDef::Leaf, device)?;
            let numbers = |list: Vec<i32>| Array::from_vec([list.len()], list)?.to_device(device);
            let mut tables = vec![numbers(plan.colours.iter().map(|&c| c as i32).collect())?];
            if take {
                let place = |p: usize| {
                    let why = "the products have more elements than 32 bits can number";
                    i32::try_from(p).map_err(|_| Error::argument(op, why))
                };
                tables.push(numbers(plan.places().into_iter().map(place).collect::<Result<_>>()?)?);
            }
            let types = leaves.iter().map(|a| (a.dtype(), a.shape().clone())).collect();
            let plan = Arc::new(plan);
            Ok(Prepared { op, def, types, jaxpr, wrt, plan, program, tables, args: PhantomData })
        })
    }

    /// The program whose Jacobian is asked for, and the inputs it is taken by.
    fn trace(&self, def: &TreeDef, leaves: &[Array]) -> Result<(Jaxpr, Vec<usize>)> {
        let op = self.kind.op();
        let avals = avals(leaves);
        let (traced, wrt) = trace::trace(&avals, |ins| {
            let args = Args::build(def, &mut ins.iter().cloned())?;
            let p = Problem::new(op, &self.f, &First, &args)?;
            p.check_complex(op, false, &[transform::Direction::Forward])?;
            let outs = match self.kind {
                Kind::Jacobian => transform::eval(&p.applied.jaxpr, &p.applied.ins)?,
                Kind::Hessian => {
                    p.applied.check_scalar_output(op)?;
                    transform::gradient(&p.applied.jaxpr, &p.applied.ins, &p.wrt)?.1
                }
            };
            Ok((outs, p.wrt))
        })?;
        Ok((traced.jaxpr, wrt))
    }

    fn find(&self, jaxpr: &Jaxpr, wrt: &[usize], leaves: &[Array]) -> Result<Pattern> {
        let known = |a: &Array| -> Result<Option<HostArray>> {
            let exact = a.dtype().is_int() || a.dtype() == DType::Bool;
            if exact { a.to_host().map(Some) } else { Ok(None) }
        };
        let known: Vec<Option<HostArray>> = leaves.iter().map(known).collect::<Result<_>>()?;
        let found = opt::dependence(jaxpr, wrt, &known)?;
        let columns = wrt.iter().map(|&k| leaves[k].shape().size()).sum();
        let pattern = Pattern::new(columns, found.ends, found.columns);
        Ok(match self.kind {
            Kind::Jacobian => pattern,
            // The program may be less clear about an element than about its mirror image.
            Kind::Hessian => pattern.union(&pattern.transpose()),
        })
    }
}

/// A sparse derivative, ready to be computed. See [`Sparse::prepare`].
pub struct Prepared<Args> {
    op: &'static str,
    def: TreeDef,
    types: Vec<(DType, Shape)>,
    jaxpr: Jaxpr,
    wrt: Vec<usize>,
    plan: Arc<Plan>,
    program: Program,
    /// The colours, and the places of the elements.
    tables: Vec<Array>,
    args: PhantomData<fn(Args)>,
}

impl<Args: Arguments> Prepared<Args> {
    /// Pattern and colouring.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The derivative at these arguments, which have the types of those it was prepared for.
    ///
    /// # Errors
    /// When they have not, or a failure of the device.
    #[track_caller]
    pub fn call(&self, args: impl HostArgs<Args>) -> Result<SparseArray> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        public_call(at, || {
            self.check(&def, &leaves)?;
            Ok(SparseArray { plan: self.plan.clone(), values: self.values(leaves)? })
        })
    }

    fn values(&self, mut leaves: Vec<Array>) -> Result<Array> {
        leaves.extend(self.tables.iter().cloned());
        let values = self.program.execute(&leaves)?.swap_remove(0);
        if self.plan.coloring() != Coloring::Acyclic {
            return Ok(values);
        }
        let table = values.to_host()?;
        let values = self.plan.substitute(&mut table.values::<f64>());
        let of = |v| Scalar::from_f64(v, table.dtype());
        let values: Vec<Scalar> = values.into_iter().map(of).collect();
        Ok(HostArray::from_scalars(table.dtype(), [values.len()], &values)?.into())
    }

    fn check(&self, def: &TreeDef, leaves: &[Array]) -> Result<()> {
        let same = *def == self.def
            && leaves.len() == self.types.len()
            && leaves.iter().zip(&self.types).all(|(a, (d, s))| a.dtype() == *d && a.shape() == s);
        let list = |types: Vec<String>| types.join(", ");
        if same {
            return Ok(());
        }
        let found = leaves.iter().map(|a| format!("{}{}", a.dtype(), a.shape())).collect();
        let wanted = self.types.iter().map(|(d, s)| format!("{d}{s}")).collect();
        let why = format!("it was prepared for {}, not for {}", list(wanted), list(found));
        Err(Error::argument(self.op, why))
    }

    /// Compares the derivative with at most so many of its rows that are computed without the pattern,
    /// spread over all of them. Gives the largest difference, divided by the largest element of the row
    /// (or by 1, if that is larger).
    ///
    /// # Errors
    /// When an element that the pattern does not have is not zero; and those of [`call`](Prepared::call).
    ///
    /// ```
    /// use cotangent::{Tensor, sparse::sparse_jacobian};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| x.cumsum(0).sin();
    /// let jacobian = sparse_jacobian(f).prepare(vec![0.0; 20])?;
    /// assert!(jacobian.verify(vec![0.5; 20], 7)? < 1e-14);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn verify(&self, args: impl HostArgs<Args>, rows: usize) -> Result<f64> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        public_call(at, || {
            self.check(&def, &leaves)?;
            let [n, columns] = self.plan.pattern().shape();
            let rows = rows.min(n);
            let chosen: Vec<u32> = (0..rows).map(|k| (k * n / rows.max(1)) as u32).collect();
            // Rows with products of their own, and no colour, are the dense rows.
            let plan = Plan {
                pattern: Pattern::new(columns, vec![0; n], Vec::new()),
                coloring: Coloring::Columns,
                colours: vec![0; columns],
                peeled: chosen.clone(),
            };
            let jaxpr = products::program(&self.jaxpr, &self.wrt, &plan, false)?;
            let device = default_device()?;
            let program = Program::compile(&opt::optimize(&jaxpr)?, TreeDef::Leaf, device)?;
            let mut ins = leaves.clone();
            ins.push(Array::from_vec([columns], vec![0; columns])?);
            let table = program.execute(&ins)?.swap_remove(0).to_host()?.values::<f64>();
            let dense = &table[n..];
            let sparse = self.values(leaves)?.to_host()?.values::<f64>();
            let mut worst = 0.0f64;
            for (k, &i) in chosen.iter().enumerate() {
                let row = &dense[k * columns..(k + 1) * columns];
                let places = self.plan.pattern().row(i as usize);
                let scale = row.iter().fold(1.0f64, |m, v| m.max(v.abs()));
                let mut found = vec![0.0; columns];
                let values = &sparse[self.plan.pattern().range(i as usize)];
                places.iter().zip(values).for_each(|(&j, v)| found[j as usize] = *v);
                for (j, (a, b)) in row.iter().zip(&found).enumerate() {
                    if *a != 0.0 && places.binary_search(&(j as u32)).is_err() {
                        let why =
                            format!("element ({i}, {j}) is {a}, and the pattern has none there");
                        return Err(Error::argument(self.op, why));
                    }
                    let error = (a - b).abs() / scale;
                    worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
                }
            }
            Ok(worst)
        })
    }
}

/// A sparse matrix: a pattern and the values of its elements, row by row.
#[derive(Clone)]
pub struct SparseArray {
    plan: Arc<Plan>,
    values: Array,
}

impl SparseArray {
    /// Where the elements are.
    pub fn pattern(&self) -> &Pattern {
        self.plan.pattern()
    }

    /// The elements, row by row, on the device where they were computed.
    pub fn values(&self) -> &Array {
        &self.values
    }

    /// The matrix in compressed sparse rows of the `sprs` crate.
    ///
    /// # Errors
    /// When the elements are not of type `T`.
    pub fn to_sprs<T: Element>(&self) -> Result<sprs::CsMat<T>> {
        let [rows, columns] = self.pattern().shape();
        let (starts, places) = self.pattern().compressed();
        let values = self.values.to_vec::<T>()?;
        sprs::CsMat::try_new((rows, columns), starts, places, values)
            .map_err(|(.., e)| Error::internal(format!("compressed rows of our own: {e}")))
    }

    /// The matrix with its zeros.
    ///
    /// # Errors
    /// When the elements are not of type `T`.
    pub fn to_dense<T: Element + Default>(&self) -> Result<ndarray::Array2<T>> {
        let [rows, columns] = self.pattern().shape();
        let mut dense = ndarray::Array2::from_elem((rows, columns), T::default());
        let values = self.values.to_vec::<T>()?;
        for ((i, j), v) in self.pattern().elements().zip(values) {
            dense[[i, j]] = v;
        }
        Ok(dense)
    }
}
