//! Derivatives that are built in the way that costs least, and Jacobians.

use super::budget::{Memory, Plan};
use super::differentiate::{Differentiated, Holomorphic, Kind, Problem, holomorphic};
use super::explain::{Candidate, Explanation};
use super::host::{avals, host_leaves};
use super::{Arguments, First, Function, HostArgs, Tree, Wrt};
use crate::base::{Error, Result, Source, public_call};
use crate::ir::{Aval, Jaxpr, Tensor, trace};
use crate::opt;
use crate::transform::{self, Direction};
use Direction::{Forward, Reverse};

/// A way to build a derivative: its name, and its Jacobians from the innermost to the outermost.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub(super) name: &'static str,
    pub(super) directions: &'static [Direction],
}

impl Way {
    /// The two Jacobians of a Hessian, the inner one first.
    pub(super) fn pair(self) -> Result<[Direction; 2]> {
        let pair = self.directions.try_into();
        pair.map_err(|_| Error::internal("a Hessian of other than two Jacobians"))
    }
}

const FORWARD: Way = Way { name: "fwd", directions: &[Forward] };
const REVERSE: Way = Way { name: "rev", directions: &[Reverse] };

/// Derivatives that can be built in several ways, which need different time and memory.
pub trait Ways {
    /// The name of the transformation, for errors.
    fn op(&self) -> &'static str;
    /// The ways to choose from: one if it was forced.
    fn ways(&self) -> Vec<Way>;
    /// What limits the memory.
    fn memory(&mut self) -> &mut Memory;
    /// Leaves the ways that there are for the dtypes of a problem.
    ///
    /// # Errors
    /// When there is none.
    fn fit(&mut self, problem: &Problem) -> Result<()>;
    /// The program of the derivative, with at most `chunk` vectors of the last basis at once.
    ///
    /// # Errors
    /// When a primitive lacks a rule.
    fn program(&self, problem: &Problem, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        problem.composed(way, chunk)
    }
}

impl Problem {
    /// The program of all blocks of the composed Jacobians.
    pub(super) fn composed(&self, way: Way, chunk: Option<usize>) -> Result<Jaxpr> {
        let mut jaxpr = self.applied.jaxpr.clone();
        for (k, &direction) in way.directions.iter().enumerate() {
            let chunk = chunk.filter(|_| k + 1 == way.directions.len());
            jaxpr = transform::jacobian_jaxpr(direction, &jaxpr, &self.wrt, chunk)?;
        }
        Ok(jaxpr)
    }

    /// The most vectors in a basis of the last Jacobian.
    fn rows(&self, way: Way) -> usize {
        let wrt = self.wrt.iter().map(|&k| self.applied.ins[k].aval().size()).max().unwrap_or(0);
        match way.directions.split_last() {
            Some((Reverse, inner)) => {
                let outs = self.applied.jaxpr.out_avals().iter().map(Aval::size).max();
                outs.unwrap_or(0) * wrt.pow(inner.len() as u32)
            }
            _ => wrt,
        }
    }

    /// The ways that there are with the program of each in the memory there is, and the place of the
    /// best. A rule of the user may serve one mode alone, so that some ways have no program.
    fn compare(&self, kind: &mut impl Ways, always: bool) -> Result<(Vec<Way>, Vec<Plan>, usize)> {
        let (ways, memory) = (kind.ways(), *kind.memory());
        let compare = always || ways.len() > 1;
        let (mut open, mut plans, mut error) = (Vec::new(), Vec::new(), None);
        let mut programs = Vec::new();
        for way in ways {
            match kind.program(self, way, memory.first_chunk(self.rows(way))) {
                Ok(program) => programs.push((way, program)),
                Err(e) => error = error.or(Some(e)),
            }
        }
        let jaxprs: Vec<&Jaxpr> = programs.iter().map(|(_, jaxpr)| jaxpr).collect();
        let costs = if compare { opt::optimized_costs(&jaxprs) } else { vec![] };
        let mut costs = costs.into_iter();
        for (way, jaxpr) in programs {
            let first = (jaxpr, costs.next().transpose()?);
            match memory.plan(self.rows(way), first, |chunk| kind.program(self, way, chunk)) {
                Ok(plan) => {
                    open.push(way);
                    plans.push(plan);
                }
                Err(e) => error = error.or(Some(e)),
            }
        }
        if let (true, Some(e)) = (plans.is_empty(), error) {
            return Err(e);
        }
        let best = memory.choose(kind.op(), &plans)?;
        Ok((open, plans, best))
    }

    /// The results of the derivative, built in the best way.
    pub(super) fn blocks(&self, mut kind: impl Ways) -> Result<Vec<Tensor>> {
        let (_, mut plans, best) = self.compare(&mut kind, false)?;
        transform::eval(&plans.swap_remove(best).jaxpr, &self.applied.ins)
    }
}

impl<K: Ways + Copy, F, Args, W> Differentiated<K, F, Args, W> {
    /// Sends at most `n` basis vectors (at least one) through the derivative at once, in a loop that
    /// writes into the result: less memory for intermediates, more time.
    ///
    /// Of a Hessian, these are the vectors of the outer Jacobian.
    ///
    /// ```
    /// use cotangent::{Tensor, hessian, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = |x: Tensor| x.powi(3).sum();
    /// let h = jit(hessian(f).chunk(2)).call(vec![1.0, 2.0, 3.0])?;
    /// assert_eq!(h.to_string(), "[[ 6.  0.  0.]\n [ 0. 12.  0.]\n [ 0.  0. 18.]]");
    /// # Ok(())
    /// # }
    /// ```
    pub fn chunk(self, n: usize) -> Self {
        self.within(Memory::Chunk(n.max(1)))
    }

    /// Takes the largest chunk whose planned peak of memory (arguments, result, and what is stored
    /// in between) is at most so many bytes. Without it the limit is half of the machine's memory.
    ///
    /// Transformations around this one, such as `vmap`, are not counted.
    ///
    /// # Errors
    /// When traced: if even the smallest chunk needs more. The error says how much is needed.
    ///
    /// ```
    /// use cotangent::{Tensor, jacrev, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(jacrev(|x: Tensor| x.sin()).budget(100));
    /// let error = f.call(vec![0.0; 10]).unwrap_err().to_string();
    /// assert!(error.contains("80 for the arguments, 800 for the result"), "{error}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn budget(self, bytes: usize) -> Self {
        self.within(Memory::Budget(bytes))
    }

    fn within(mut self, memory: Memory) -> Self {
        *self.kind.memory() = memory;
        self
    }

    /// What the ways to build this derivative would cost on arguments of the types of `args`, and
    /// which of them is taken. Nothing is compiled or run.
    ///
    /// # Errors
    /// A mistake of the function, or a budget that is too small.
    ///
    /// ```
    /// use cotangent::{Tensor, hessian};
    /// # fn main() -> cotangent::Result<()> {
    /// let e = hessian(|x: Tensor| x.powi(3).sum()).explain(vec![1.0; 100])?;
    /// println!("{e}");
    /// assert_eq!(e.candidates.len(), 4);
    /// assert!(e.candidates.iter().all(|c| c.cost.seconds >= 0.98 * e.candidates[e.choice].cost.seconds));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn explain(&self, args: impl HostArgs<Args>) -> Result<Explanation>
    where
        F: Function<Args>,
        Args: Arguments,
        W: Wrt<Args>,
    {
        let (def, leaves) = host_leaves(args);
        let avals = avals(&leaves);
        let mut kind = self.kind;
        let explain = |leaves: &[Tensor]| {
            let args = Args::build(&def, &mut leaves.iter().cloned())?;
            let problem = Problem::new(kind.op(), &self.f, &self.wrt, &args)?;
            kind.fit(&problem)?;
            let (ways, plans, choice) = problem.compare(&mut kind, true)?;
            let candidate = |(way, plan): (Way, Plan)| Candidate {
                name: way.name,
                cost: plan.cost,
                chunk: plan.chunk,
            };
            let candidates = ways.into_iter().zip(plans).map(candidate).collect();
            Ok((Vec::new(), Explanation { candidates, choice }))
        };
        public_call(Source::here(), || Ok(trace::trace(&avals, explain)?.1))
    }
}

/// The kind of [`jacobian`], [`jacfwd`] and [`jacrev`].
#[derive(Clone, Copy, Debug)]
pub struct Jacobian {
    way: Option<Way>,
    memory: Memory,
    holomorphic: bool,
}

impl Jacobian {
    fn by(way: Option<Way>) -> Jacobian {
        Jacobian { way, memory: Memory::default(), holomorphic: false }
    }
}

/// The Jacobian, by forward or reverse mode, whichever the cost model finds faster.
///
/// # Shapes
/// For each tensor of the result and each of the argument, `result.shape ++ argument.shape`.
///
/// # Errors
/// When argument or result are not floating-point.
///
/// ```
/// use cotangent::{Tensor, jacobian, jit};
/// # fn main() -> cotangent::Result<()> {
/// let j = jit(jacobian(|x: Tensor| &x * &x));
/// assert_eq!(j.call(vec![1.0, 3.0])?.to_vec::<f64>()?, [2.0, 0.0, 0.0, 6.0]);
/// # Ok(())
/// # }
/// ```
pub fn jacobian<F, Args>(f: F) -> Differentiated<Jacobian, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Jacobian::by(None), f, First)
}

/// The Jacobian by forward mode, column by column at once: good for tall functions.
///
/// # Shapes
/// For each tensor of the result and each of the argument, `result.shape ++ argument.shape`.
///
/// # Errors
/// When argument or result are not floating-point.
///
/// ```
/// use cotangent::{Tensor, jacfwd, jit};
/// # fn main() -> cotangent::Result<()> {
/// let j = jit(jacfwd(|x: Tensor| &x * &x));
/// assert_eq!(j.call(vec![1.0, 3.0])?.to_vec::<f64>()?, [2.0, 0.0, 0.0, 6.0]);
/// # Ok(())
/// # }
/// ```
pub fn jacfwd<F, Args>(f: F) -> Differentiated<Jacobian, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Jacobian::by(Some(FORWARD)), f, First)
}

/// The Jacobian by reverse mode, row by row at once: good for wide functions.
///
/// # Shapes
/// For each tensor of the result and each of the argument, `result.shape ++ argument.shape`.
///
/// # Errors
/// When argument or result are not floating-point.
///
/// ```
/// use cotangent::{Tensor, jacrev, jit};
/// # fn main() -> cotangent::Result<()> {
/// let j = jit(jacrev(|x: Tensor| &x * &x));
/// assert_eq!(j.call(vec![1.0, 3.0])?.to_vec::<f64>()?, [2.0, 0.0, 0.0, 6.0]);
/// # Ok(())
/// # }
/// ```
pub fn jacrev<F, Args>(f: F) -> Differentiated<Jacobian, F, Args>
where
    F: Function<Args>,
    Args: Arguments,
{
    Differentiated::new(Jacobian::by(Some(REVERSE)), f, First)
}

impl Ways for Jacobian {
    fn op(&self) -> &'static str {
        match self.way {
            Some(Way { directions: [Forward], .. }) => "jacfwd",
            Some(_) => "jacrev",
            None => "jacobian",
        }
    }
    fn ways(&self) -> Vec<Way> {
        self.way.map_or(vec![REVERSE, FORWARD], |way| vec![way])
    }
    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }
    fn fit(&mut self, problem: &Problem) -> Result<()> {
        let op = self.op();
        let way = match (self.way, problem.complex()) {
            (None, [Some(_), _]) => Some(REVERSE),
            (None, [None, Some(_)]) => Some(FORWARD),
            (way, _) => way,
        };
        problem.check_complex(op, self.holomorphic, way.map_or(&[], |way| way.directions))?;
        if !self.holomorphic {
            self.way = way;
        }
        Ok(())
    }
}

impl<F: Function<Args>, Args: Arguments, W: Wrt<Args>> Kind<F, Args, W> for Jacobian {
    type Args = Args;
    type Out = <F::Out as Tree>::Outer<W::Tree>;

    fn derive(&self, f: &F, wrt: &W, args: Args) -> Result<Self::Out> {
        let (mut kind, p) = (*self, Problem::new(self.op(), f, wrt, &args)?);
        kind.fit(&p)?;
        let blocks = p.blocks(kind)?;
        Self::Out::build(&p.applied.out.outer(&p.def), &mut blocks.into_iter())
    }
}

holomorphic!(Jacobian);
