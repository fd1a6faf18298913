//! Second derivatives: all of them, and what else is asked of them, in one program each.

use super::budget::Memory;
use super::differentiate::{Differentiated, Holomorphic, Kind, Problem};
use super::jacobian::{Way, Ways};
use super::{Arguments, First, Function, Tree, TreeDef, Wrt};
use crate::base::{DType, Error, Result};
use crate::ir::{Aval, Jaxpr, Tensor, trace};
use crate::transform::{self, Direction};
use Direction::{Forward, Reverse};

/// How a Hessian is composed of two Jacobians, outer over inner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HessianMode {
    /// `jacfwd(jacrev(f))`: forward over reverse, JAX's `hessian`.
    FwdRev,
    /// `jacrev(jacrev(f))`: reverse over reverse.
    RevRev,
    /// `jacrev(jacfwd(f))`: reverse over forward.
    RevFwd,
    /// `jacfwd(jacfwd(f))`: forward over forward.
    FwdFwd,
}

impl HessianMode {
    /// The four compositions.
    pub const ALL: [HessianMode; 4] =
        [HessianMode::FwdRev, HessianMode::RevRev, HessianMode::RevFwd, HessianMode::FwdFwd];

    /// Such as `fwd-rev`, outer first.
    pub fn name(self) -> &'static str {
        self.way().name
    }

    fn way(self) -> Way {
        let (name, directions): (_, &[Direction]) = match self {
            HessianMode::FwdRev => ("fwd-rev", &[Reverse, Forward]),
            HessianMode::RevRev => ("rev-rev", &[Reverse, Reverse]),
            HessianMode::RevFwd => ("rev-fwd", &[Forward, Reverse]),
            HessianMode::FwdFwd => ("fwd-fwd", &[Forward, Forward]),
        };
        Way { name, directions }
    }
}

/// The kind of [`hessian`] and of what else is made of second derivatives.
#[derive(Clone, Copy, Debug)]
pub struct Hessian<A = Blocks> {
    way: Option<Way>,
    memory: Memory,
    holomorphic: bool,
    answer: A,
}

/// What is asked of the second derivatives.
pub trait Answer: Copy {
    /// The name of the transformation, for errors.
    const OP: &'static str;
    /// Ways beside the four compositions.
    const MORE: &'static [Way];

    /// The program of the answer.
    ///
    /// # Errors
    /// When a primitive lacks a rule.
    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr>;
}

/// All blocks of the Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Blocks;

/// Value, gradient and Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Whole;

/// The diagonal of the Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Diagonal;

/// The sum of the diagonal of the Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Trace;

/// Some blocks of the Hessian.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<const N: usize>([(usize, usize); N]);

impl<A: Answer> Hessian<A> {
    fn of(answer: A) -> Self {
        Hessian { way: None, memory: Memory::default(), holomorphic: false, answer }
    }

    fn answers<F, Args, W>(mut self, f: &F, wrt: &W, args: &Args) -> Result<(Problem, Vec<Tensor>)>
    where
        F: Function<Args>,
        Args: Arguments,
        W: Wrt<Args>,
    {
        let p = Problem::new(A::OP, f, wrt, args)?;
        self.fit(&p)?;
        let answers = p.blocks(self)?;
        Ok((p, answers))
    }
}

/// The Hessian, composed of two Jacobians in the way that the cost model finds fastest, unless a
/// [mode](Differentiated::mode) is chosen. [`explain`](Differentiated::explain) shows the choice.
///
/// # Shapes
/// For each tensor of the result (which need not be a scalar) and each pair of tensors of the
/// argument, `result.shape ++ argument.shape ++ argument.shape`.
///
/// # Errors
/// When argument or result are not floating-point.
///
/// ```
/// use cotangent::{HessianMode, Tensor, hessian, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = |x: Tensor| (x.powi(2) - x.powi(3) - x).sum();
/// let best = jit(hessian(f)).call(vec![1.0, 0.0])?;
/// assert_eq!(best.to_vec::<f64>()?, [-4.0, 0.0, 0.0, 2.0]);
/// for mode in HessianMode::ALL {
///     let h = jit(hessian(f).mode(mode)).call(vec![1.0, 0.0])?;
///     assert_eq!(h.to_vec::<f64>()?, best.to_vec::<f64>()?);
/// }
/// # Ok(())
/// # }
/// ```
pub fn hessian<F, Args>(f: F) -> Differentiated<Hessian, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Hessian::of(Blocks), f, First)
}

impl<A, F, Args, W> Differentiated<Hessian<A>, F, Args, W> {
    /// Forces a composition.
    pub fn mode(mut self, mode: HessianMode) -> Self {
        self.kind.way = Some(mode.way());
        self
    }
}

impl<A: Answer> Ways for Hessian<A> {
    fn op(&self) -> &'static str {
        A::OP
    }
    fn ways(&self) -> Vec<Way> {
        let all =
            || HessianMode::ALL.map(HessianMode::way).iter().chain(A::MORE).copied().collect();
        self.way.map_or_else(all, |way| vec![way])
    }
    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }
    fn fit(&mut self, problem: &Problem) -> Result<()> {
        problem.check_complex(A::OP, self.holomorphic, &[Forward, Reverse])
    }
    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        self.answer.program(problem, way, chunk)
    }
}

impl<A> Holomorphic for Hessian<A> {
    fn holomorphic(&mut self) -> &mut bool {
        &mut self.holomorphic
    }
}

impl Answer for Blocks {
    const OP: &'static str = "hessian";
    const MORE: &'static [Way] = &[];

    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        problem.composed(way, chunk)
    }
}

impl<F: Function<Args>, Args: Arguments, W: Wrt<Args>> Kind<F, Args, W> for Hessian {
    type Args = Args;
    type Out = <<F::Out as Tree>::Outer<W::Tree> as Tree>::Outer<W::Tree>;

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<Self::Out> {
        let (p, blocks) = self.answers(f, wrt, &args)?;
        let def = p.applied.out.outer(&p.def).outer(&p.def);
        Self::Out::build(&def, &mut blocks.into_iter())
    }
}

/// Which elements of a Hessian come out: it is symmetric, so half of them are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triangle {
    /// A matrix with zeros above the diagonal.
    Lower,
    /// The elements on and below the diagonal, row by row: `(0, 0)`, `(1, 0)`, `(1, 1)`, `(2, 0)`, ...
    Packed,
}

impl<F, Args, W> Differentiated<Hessian, F, Args, W> {
    /// Gives the lower triangle only, by one tensor of `n` elements in row-major order.
    ///
    /// # Shapes
    /// `result.shape ++ [n, n]`, or `result.shape ++ [n (n + 1) / 2]`.
    ///
    /// # Errors
    /// When the argument is not a single tensor.
    ///
    /// ```
    /// use cotangent::{Tensor, Triangle, hessian, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| x.prod();
    /// let packed = jit(hessian(f).triangle(Triangle::Packed)).call(vec![2.0, 3.0, 5.0])?;
    /// assert_eq!(packed.to_vec::<f64>()?, [0.0, 5.0, 0.0, 3.0, 2.0, 0.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn triangle(self, triangle: Triangle) -> Differentiated<Hessian<Triangle>, F, Args, W> {
        let Hessian { way, memory, holomorphic, .. } = self.kind;
        let kind = Hessian { way, memory, holomorphic, answer: triangle };
        Differentiated::new(kind, self.f, self.wrt)
    }
}

impl Answer for Triangle {
    const OP: &'static str = "hessian";
    const MORE: &'static [Way] = &[];

    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        let [k] = problem.wrt[..] else {
            let why = "a triangle is that of one tensor; `ravel` makes one of a tree";
            return Err(Error::argument(Self::OP, why));
        };
        let (whole, n) = (problem.composed(way, chunk)?, problem.applied.ins[k].size());
        let outs = problem.applied.jaxpr.out_avals();
        let of = |ins: &[Tensor]| {
            let blocks = transform::eval(&whole, ins)?;
            let cut = |(h, y): (Tensor, &Aval)| self.cut(&h, y, n);
            Ok((blocks.into_iter().zip(&outs).map(cut).collect(), ()))
        };
        Ok(trace::trace(&whole.in_avals(), of)?.0.jaxpr)
    }
}

impl Triangle {
    /// The elements of a block of a result.
    fn cut(self, h: &Tensor, y: &Aval, n: usize) -> Tensor {
        let shape = |last: &[usize]| [&y.shape[..], last].concat();
        match self {
            Triangle::Lower => h.reshape(shape(&[n, n])).tril(0),
            Triangle::Packed => {
                let size = n * (n + 1) / 2;
                // Element k is in the row r with r(r + 1)/2 ≤ k; the square root may be off by one.
                let k = Tensor::arange(0..size as i32);
                let before = |r: &Tensor| r * (r + 1) / 2;
                let near = ((k.convert(DType::F64) * 8.0 + 1.0).sqrt() - 1.0) * 0.5;
                let row = near.floor().convert(DType::I32);
                let row = before(&(&row + 1)).le(&k).where_(&row + 1, &row);
                let row = before(&row).gt(&k).where_(&row - 1, row);
                let place = &row * n as i32 + (k - before(&row));
                h.reshape(shape(&[n * n])).take(place, -1)
            }
        }
    }
}

impl<F: Function<Args>, Args: Arguments, W: Wrt<Args>> Kind<F, Args, W> for Hessian<Triangle> {
    type Args = Args;
    type Out = F::Out;

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<F::Out> {
        let (p, answers) = self.answers(f, wrt, &args)?;
        F::Out::build(&p.applied.out, &mut answers.into_iter())
    }
}

/// The value, the gradient and the Hessian of a function that returns a floating-point scalar, in one
/// program that evaluates the function once. Composed as [`hessian`].
///
/// # Shapes
/// `()`, the tree of the argument, and for each pair of its tensors the shape of the one followed by that
/// of the other.
///
/// # Errors
/// As [`hessian`], and when the result is not a scalar.
///
/// ```
/// use cotangent::{Tensor, jit, value_grad_hessian};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(value_grad_hessian(|x: Tensor| x.powi(3).sum()));
/// let (value, gradient, hessian) = f.call(vec![1.0, 2.0])?;
/// assert_eq!(value.item::<f64>()?, 9.0);
/// assert_eq!(gradient.to_vec::<f64>()?, [3.0, 12.0]);
/// assert_eq!(hessian.to_vec::<f64>()?, [6.0, 0.0, 0.0, 12.0]);
/// # Ok(())
/// # }
/// ```
pub fn value_grad_hessian<F, Args>(f: F) -> Differentiated<Hessian<Whole>, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Hessian::of(Whole), f, First)
}

impl Answer for Whole {
    const OP: &'static str = "value_grad_hessian";
    const MORE: &'static [Way] = &[];

    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        let Problem { applied, wrt, .. } = problem;
        applied.check_scalar_output(Self::OP)?;
        let [inner, outer] = way.pair()?;
        let values = transform::values_and_jacobian_jaxpr;
        let slopes = values(inner, &applied.jaxpr, wrt, 0, None)?;
        values(outer, &slopes, wrt, 1, chunk)
    }
}

impl<F, Args, W> Kind<F, Args, W> for Hessian<Whole>
where
    F: Function<Args, Out = Tensor>,
    Args: Arguments,
    W: Wrt<Args>,
{
    type Args = Args;
    type Out = (Tensor, W::Tree, <W::Tree as Tree>::Outer<W::Tree>);

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<Self::Out> {
        let (p, answers) = self.answers(f, wrt, &args)?;
        let def = TreeDef::Node(vec![TreeDef::Leaf, p.def.clone(), p.def.outer(&p.def)]);
        Self::Out::build(&def, &mut answers.into_iter())
    }
}

/// The diagonal of the Hessian, `∂²f/∂xᵢ²`, by the composition that the cost model finds fastest, or by
/// second derivatives along one basis vector after the other, which never hold a Hessian.
///
/// # Shapes
/// For each tensor of the result and each of the argument, `result.shape ++ argument.shape`: of a scalar
/// function, those of the argument.
///
/// # Errors
/// As [`hessian`].
///
/// ```
/// use cotangent::{Tensor, hessian_diag, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(hessian_diag(|x: Tensor| (x.powi(3) * x.sum()).sum()));
/// assert_eq!(f.call(vec![1.0, 2.0])?.to_vec::<f64>()?, [24.0, 60.0]);
/// # Ok(())
/// # }
/// ```
pub fn hessian_diag<F, Args>(f: F) -> Differentiated<Hessian<Diagonal>, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Hessian::of(Diagonal), f, First)
}

/// Second derivatives along basis vectors.
const ALONG: Way = Way { name: "along", directions: &[] };

impl<F, Args, W> Differentiated<Hessian<Diagonal>, F, Args, W> {
    /// Forces second derivatives along the basis vectors: as much work as so many forward passes, and the
    /// memory of [`chunk`](Self::chunk) of them.
    pub fn along(mut self) -> Self {
        self.kind.way = Some(ALONG);
        self
    }
}

impl Answer for Diagonal {
    const OP: &'static str = "hessian_diag";
    const MORE: &'static [Way] = &[ALONG];

    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        let (jaxpr, wrt) = (&problem.applied.jaxpr, &problem.wrt);
        match way.directions {
            [] => transform::directional_jaxpr(jaxpr, wrt, chunk),
            _ => transform::diagonal_jaxpr(way.pair()?, jaxpr, wrt, chunk),
        }
    }
}

impl<F: Function<Args>, Args: Arguments, W: Wrt<Args>> Kind<F, Args, W> for Hessian<Diagonal> {
    type Args = Args;
    type Out = <F::Out as Tree>::Outer<W::Tree>;

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<Self::Out> {
        let (p, answers) = self.answers(f, wrt, &args)?;
        Self::Out::build(&p.applied.out.outer(&p.def), &mut answers.into_iter())
    }
}

/// The Laplacian `Σᵢ ∂²f/∂xᵢ²` over all elements of the argument: the trace of the composed Hessian, or
/// the forward Laplacian (Li et al. 2024), which goes through the function once and holds no Hessian,
/// whichever the cost model finds faster.
///
/// # Shapes
/// Those of the result, which need not be a scalar.
///
/// # Errors
/// As [`hessian`].
///
/// ```
/// use cotangent::{Tensor, jit, laplacian};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(laplacian(|x: Tensor| (x.powi(3).sum(), x.prod())));
/// let (cubes, product) = f.call(vec![1.0, 2.0])?;
/// assert_eq!((cubes.item::<f64>()?, product.item::<f64>()?), (18.0, 0.0));
/// # Ok(())
/// # }
/// ```
pub fn laplacian<F, Args>(f: F) -> Differentiated<Hessian<Trace>, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Hessian::of(Trace), f, First)
}

/// The forward Laplacian.
const FORWARD: Way = Way { name: "forward", directions: &[] };

impl<F, Args, W> Differentiated<Hessian<Trace>, F, Args, W> {
    /// Forces the forward Laplacian.
    pub fn forward(mut self) -> Self {
        self.kind.way = Some(FORWARD);
        self
    }
}

impl Answer for Trace {
    const OP: &'static str = "laplacian";
    const MORE: &'static [Way] = &[FORWARD];

    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        let pair = if way.directions.is_empty() { None } else { Some(way.pair()?) };
        transform::laplacian_jaxpr(pair, &problem.applied.jaxpr, &problem.wrt, chunk)
    }
}

impl<F: Function<Args>, Args: Arguments, W: Wrt<Args>> Kind<F, Args, W> for Hessian<Trace> {
    type Args = Args;
    type Out = F::Out;

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<F::Out> {
        let (p, answers) = self.answers(f, wrt, &args)?;
        F::Out::build(&p.applied.out, &mut answers.into_iter())
    }
}

/// The blocks of the Hessian for these pairs of arguments, counted from 0: `∂²f/∂x_a ∂x_b` for `(a, b)`.
/// Nothing is computed for others.
///
/// # Shapes
/// `result.shape ++ a.shape ++ b.shape` for each pair.
///
/// # Errors
/// As [`hessian`]; an argument that is not a single tensor.
///
/// ```
/// use cotangent::{Tensor, hessian_blocks, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = |x: Tensor, y: Tensor| (x.powi(2) * y).sum();
/// let [xx, yx] = jit(hessian_blocks(f, [(0, 0), (1, 0)])).call((vec![1.0, 2.0], vec![3.0, 4.0]))?;
/// assert_eq!(xx.to_vec::<f64>()?, [6.0, 0.0, 0.0, 8.0]);
/// assert_eq!(yx.to_vec::<f64>()?, [2.0, 0.0, 0.0, 4.0]);
/// # Ok(())
/// # }
/// ```
pub fn hessian_blocks<F, Args, const N: usize>(
    f: F,
    pairs: [(usize, usize); N],
) -> Differentiated<Hessian<Pairs<N>>, F, Args, Numbers>
where
    F: Function<Args>,
    Args: Arguments,
{
    let mut numbers: Vec<usize> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    Differentiated::new(Hessian::of(Pairs(pairs)), f, Numbers(numbers))
}

/// The arguments of which there are blocks, in their order.
#[derive(Clone, Debug)]
pub struct Numbers(Vec<usize>);

impl<Args: Arguments> Wrt<Args> for Numbers {
    type Tree = Vec<Tensor>;

    fn argnums(&self) -> Vec<usize> {
        self.0.clone()
    }
    fn def(&self, args: &[TreeDef]) -> TreeDef {
        TreeDef::Node(self.0.iter().map(|&k| args[k].clone()).collect())
    }
}

impl<const N: usize> Answer for Pairs<N> {
    const OP: &'static str = "hessian_blocks";
    const MORE: &'static [Way] = &[];

    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        let Problem { applied, .. } = problem;
        let place = |k: usize| applied.places(&[k]).first().copied();
        let pairs = self.0.iter().map(|&(a, b)| Some((place(a)?, place(b)?)));
        let pairs: Option<Vec<(usize, usize)>> = pairs.collect();
        let pairs = pairs.ok_or_else(|| Error::internal("a block without its arguments"))?;
        transform::pairs_jaxpr(way.pair()?, &applied.jaxpr, &pairs, chunk)
    }
}

impl<F, Args, const N: usize> Kind<F, Args, Numbers> for Hessian<Pairs<N>>
where
    F: Function<Args, Out = Tensor>,
    Args: Arguments,
{
    type Args = Args;
    type Out = [Tensor; N];

    fn derive(&self, f: &F, wrt: &Numbers, args: Args) -> Result<Self::Out> {
        let (_, blocks) = self.answers(f, wrt, &args)?;
        let def = TreeDef::Node(vec![TreeDef::Leaf; N]);
        Self::Out::build(&def, &mut blocks.into_iter())
    }
}
