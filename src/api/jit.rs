//! Compiled functions: tracing, lowering, compilation, and the cache of executables.

use super::function::trace_function;
use super::host::{avals, host_leaves};
use super::tree::{leaves, traced_call};
use super::{Arguments, Function, HostArgs, Tree, TreeDef, nans};
use crate::base::{DType, Error, HostArray, Result, Shape, Source, public_call};
use crate::ir::{Aval, Jaxpr, Tensor};
use crate::runtime::{Array, Buffer, Device, Executable, default_device};
use crate::{lax, lower, opt};
use once_cell::sync::OnceCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A function that is compiled for each new combination of argument shapes and dtypes.
///
/// Calling it with other values of the same shapes runs the compiled program again; another shape
/// or dtype compiles once more. One `Jit` may be called from many threads: one compiles while the
/// others wait. The most recently used programs are kept (128, see [`Jit::capacity`]).
pub struct Jit<F, Args: Arguments> {
    f: F,
    device: Option<Device>,
    optimize: bool,
    notation: bool,
    kernels: bool,
    nans: bool,
    capacity: usize,
    cache: Mutex<Cache>,
    counters: Counters,
    args: PhantomData<fn(Args)>,
}

/// What a program is compiled for: structure and types of the arguments, and the device.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Signature {
    def: TreeDef,
    types: Vec<(DType, Shape)>,
    device: Device,
}

/// Programs by signature, with the time of their last use.
#[derive(Default)]
struct Cache {
    slots: HashMap<Signature, (Arc<OnceCell<Program>>, u64)>,
    clock: u64,
}

#[derive(Default)]
struct Counters {
    traces: AtomicU64,
    compiles: AtomicU64,
    hits: AtomicU64,
    compile_nanos: AtomicU64,
}

/// What a [`Jit`] did so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitStats {
    /// How often the function was traced.
    pub traces: u64,
    /// How often a program was compiled: the misses of the cache.
    pub compiles: u64,
    /// Calls that found their program compiled.
    pub hits: u64,
    /// Time spent in XLA's compiler.
    pub compile_time: Duration,
}

/// A compiled program and what it takes to call it.
pub(super) struct Program {
    executable: Executable,
    consts: Vec<Buffer>,
    out: TreeDef,
}

impl Program {
    /// A program, lowered and compiled.
    ///
    /// # Errors
    /// When XLA fails.
    pub(super) fn compile(jaxpr: &Jaxpr, out: TreeDef, device: Device) -> Result<Program> {
        Program::of(&lower::module("program", jaxpr, device.has_kernels())?, jaxpr, out, device)
    }

    fn of(module: &lower::Lowered, jaxpr: &Jaxpr, out: TreeDef, device: Device) -> Result<Program> {
        let outs = jaxpr.out_avals().into_iter().map(|a| (a.dtype, a.shape)).collect();
        let executable = Executable::compile(&module.text, outs, device)?;
        let upload = |c: &Arc<_>| Array::from(HostArray::clone(c)).buffer(device);
        let consts = module.consts.iter().map(upload).collect::<Result<_>>()?;
        Ok(Program { executable, consts, out })
    }

    /// The results on these values.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn execute(&self, leaves: &[Array]) -> Result<Vec<Array>> {
        let device = self.executable.device();
        let buffers = leaves.iter().map(|a| a.buffer(device)).collect::<Result<Vec<_>>>()?;
        let inputs: Vec<&Buffer> = self.consts.iter().chain(&buffers).collect();
        Ok(self.executable.execute(&inputs)?.into_iter().map(Array::from_buffer).collect())
    }

    fn run<Out: Tree>(&self, leaves: &[Array]) -> Result<Out::Host> {
        Out::build_host(&self.out, &mut self.execute(leaves)?.into_iter())
    }
}

/// Compiles a function (a closure of one to eight trees, or what a transformation made of one).
///
/// ```
/// use cotangent::{Tensor, jit};
/// # fn main() -> cotangent::Result<()> {
/// let f = jit(|x: Tensor, y: Tensor| (&x + y).sin());
/// let z = f.call((vec![0.0, 1.0], 0.0))?;
/// assert_eq!(z.to_vec::<f64>()?, [0.0, 1f64.sin()]);
/// f.call((vec![2.0, 3.0], 1.0))?; // other values: the same program
/// assert_eq!((f.stats().compiles, f.stats().hits), (1, 1));
/// # Ok(())
/// # }
/// ```
pub fn jit<F: Function<Args>, Args: Arguments>(f: F) -> Jit<F, Args> {
    Jit {
        f,
        device: None,
        optimize: true,
        notation: true,
        kernels: true,
        nans: false,
        capacity: 128,
        cache: Mutex::default(),
        counters: Counters::default(),
        args: PhantomData,
    }
}

impl<F: Function<Args>, Args: Arguments> Jit<F, Args> {
    /// Runs on this device instead of the default one.
    pub fn on(self, device: Device) -> Self {
        Jit { device: Some(device), ..self }
    }

    /// Switches the passes over the jaxpr off or on (they are on): for comparison and tests.
    pub fn optimize(self, on: bool) -> Self {
        Jit { optimize: on, ..self }
    }

    /// Switches the rewriting in index notation alone off or on (it is on): for comparison and tests.
    pub fn notation(self, on: bool) -> Self {
        Jit { notation: on, ..self }
    }

    /// Switches the crate's own functions on the CPU, which programs call where XLA's code is slow, off
    /// or on (they are on): for comparison and tests.
    pub fn kernels(self, on: bool) -> Self {
        Jit { kernels: on, ..self }
    }

    /// Looks for NaN in the results of each call (off unless asked for). A call whose results hold one
    /// is an error that names the first operation that gave it, with the line in the user's program;
    /// to find that, the program as it is traced is compiled and run once more. What happens inside of
    /// a loop or a branch is told of the loop or the choice.
    ///
    /// ```
    /// use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: Tensor| (&x - 2.0).log() * x).check_nans(true);
    /// assert!(f.call(3.0).is_ok());
    /// let error = f.call(1.0).unwrap_err().to_string();
    /// assert!(error.starts_with("log: gives the first NaN"), "{error}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn check_nans(self, on: bool) -> Self {
        Jit { nans: on, ..self }
    }

    /// Keeps at most this many compiled programs (at least one).
    pub fn capacity(self, programs: usize) -> Self {
        Jit { capacity: programs.max(1), ..self }
    }

    /// Runs the function on host or device values, and compiles it first if need be.
    ///
    /// # Errors
    /// A mistake of the function while it is traced, with its line; or a failure of the device.
    #[track_caller]
    pub fn call(&self, args: impl HostArgs<Args>) -> Result<<F::Out as Tree>::Host> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        public_call(at, || self.run(def, &leaves))
    }

    pub(super) fn run(&self, def: TreeDef, leaves: &[Array]) -> Result<<F::Out as Tree>::Host> {
        let device = self.device.map_or_else(default_device, Ok)?;
        let types = leaves.iter().map(|a| (a.dtype(), a.shape().clone())).collect();
        let signature = Signature { def, types, device };
        let slot = self.slot(&signature);
        if let Some(program) = slot.get() {
            self.counters.hits.fetch_add(1, Ordering::Relaxed);
            return self.results(program, &signature, leaves);
        }
        let program = slot.get_or_try_init(|| {
            let lowered = self.lower_to::<F::Out>(&signature.def, &signature.types, device)?;
            self.count(|c| &c.traces, 1);
            let start = Instant::now();
            let program = lowered.program()?;
            self.count(|c| &c.compiles, 1);
            self.count(|c| &c.compile_nanos, start.elapsed().as_nanos() as u64);
            Ok(program)
        })?;
        self.results(program, &signature, leaves)
    }

    fn results(
        &self,
        program: &Program,
        Signature { def, types, device }: &Signature,
        leaves: &[Array],
    ) -> Result<<F::Out as Tree>::Host> {
        let outs = program.execute(leaves)?;
        if self.nans {
            let traced = || {
                let avals: Vec<Aval> = types.iter().map(|(d, s)| Aval::new(s, *d)).collect();
                Ok(trace_function(&self.f, def, &avals)?.0.jaxpr)
            };
            nans::check(&outs, traced, (def, leaves), *device)?;
        }
        <F::Out as Tree>::build_host(&program.out, &mut outs.into_iter())
    }

    fn count(&self, counter: impl Fn(&Counters) -> &AtomicU64, by: u64) {
        counter(&self.counters).fetch_add(by, Ordering::Relaxed);
    }

    /// The place of a program in the cache; the least recently used one makes room for it.
    fn slot(&self, signature: &Signature) -> Arc<OnceCell<Program>> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.clock += 1;
        let now = cache.clock;
        if let Some((slot, used)) = cache.slots.get_mut(signature) {
            *used = now;
            return slot.clone();
        }
        if cache.slots.len() >= self.capacity {
            let oldest = cache.slots.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(oldest) = oldest.map(|(k, _)| k.clone()) {
                cache.slots.remove(&oldest);
            }
        }
        let slot = Arc::new(OnceCell::new());
        cache.slots.insert(signature.clone(), (slot.clone(), now));
        slot
    }

    fn lower_to<Out>(
        &self,
        def: &TreeDef,
        types: &[(DType, Shape)],
        device: Device,
    ) -> Result<Lowered<Args, Out>> {
        let avals: Vec<Aval> = types.iter().map(|(d, s)| Aval::new(s, *d)).collect();
        let start = Instant::now();
        let (traced, out) = trace_function(&self.f, def, &avals)?;
        // A function called from the host has no surrounding trace to capture from.
        let jaxpr = match self.optimize {
            true => opt::run(&traced.jaxpr, self.notation, &mut |_, _| ())?,
            false => traced.jaxpr,
        };
        let trace_time = start.elapsed();
        let start = Instant::now();
        let module =
            lower::module(short_name::<F>(), &jaxpr, self.kernels && device.has_kernels())?;
        let lower_time = start.elapsed();
        let types = PhantomData;
        Ok(Lowered { jaxpr, module, args: def.clone(), out, device, trace_time, lower_time, types })
    }

    /// Traces and lowers the function for arguments of these types, without compiling or running.
    ///
    /// # Errors
    /// A mistake of the function.
    #[track_caller]
    pub fn lower(&self, args: impl HostArgs<Args>) -> Result<Lowered<Args, F::Out>> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        let types: Vec<_> = leaves.iter().map(|a| (a.dtype(), a.shape().clone())).collect();
        public_call(at, || {
            let device = self.device.map_or_else(default_device, Ok)?;
            self.lower_to(&def, &types, device)
        })
    }

    /// The program for arguments of these types as it is traced, and after each pass that changed
    /// it, with the names of the passes.
    ///
    /// # Errors
    /// A mistake of the function.
    ///
    /// ```
    /// use cotangent::{Tensor, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let passes = jit(|x: Tensor| Tensor::eye::<f64>(2).matmul(x)).passes(vec![1.0, 2.0])?;
    /// for (name, jaxpr) in &passes {
    ///     println!("after {name}:\n{jaxpr}");
    /// }
    /// let names: Vec<&str> = passes.iter().map(|(name, _)| *name).collect();
    /// assert_eq!(names, ["trace", "notation"]);
    /// assert!(passes[1].1.eqns.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn passes(&self, args: impl HostArgs<Args>) -> Result<Vec<(&'static str, Jaxpr)>> {
        let (def, leaves) = host_leaves(args);
        let avals = avals(&leaves);
        public_call(Source::here(), || {
            let mut found = vec![("trace", trace_function(&self.f, &def, &avals)?.0.jaxpr)];
            let traced = found[0].1.clone();
            if self.optimize {
                opt::run(&traced, self.notation, &mut |name, jaxpr| {
                    if found.last().is_none_or(|(_, last)| last != jaxpr) {
                        found.push((name, jaxpr.clone()));
                    }
                })?;
            }
            Ok(found)
        })
    }

    /// What this function did so far.
    pub fn stats(&self) -> JitStats {
        let read = |c: &AtomicU64| c.load(Ordering::Relaxed);
        let c = &self.counters;
        JitStats {
            traces: read(&c.traces),
            compiles: read(&c.compiles),
            hits: read(&c.hits),
            compile_time: Duration::from_nanos(read(&c.compile_nanos)),
        }
    }
}

/// The name of the function around a closure, or the type's own name.
fn short_name<F>() -> &'static str {
    let path = std::any::type_name::<F>();
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").find(|part| !part.starts_with('{')).unwrap_or("f")
}

/// Inside another trace, a call of the compiled function is one equation that holds its program.
impl<F: Function<Args>, Args: Arguments> Function<Args> for Jit<F, Args> {
    type Out = F::Out;

    #[track_caller]
    fn apply(&self, args: Args) -> F::Out {
        let at = Source::here();
        let leaves = leaves(&args);
        let avals: Vec<Aval> = leaves.iter().map(|t| t.aval().clone()).collect();
        let run = || {
            let (traced, out) = trace_function(&self.f, &args.def(), &avals)?;
            let ins: Vec<Tensor> = traced.captures.into_iter().chain(leaves).collect();
            let outs = lax::call(short_name::<F>(), &Arc::new(traced.jaxpr), &ins);
            F::Out::build(&out, &mut outs.into_iter())
        };
        traced_call(at, run)
    }
}

/// A program that is ready to be compiled: its jaxpr and its HLO text.
pub struct Lowered<Args, Out> {
    jaxpr: Jaxpr,
    module: lower::Lowered,
    args: TreeDef,
    out: TreeDef,
    device: Device,
    trace_time: Duration,
    lower_time: Duration,
    types: PhantomData<fn(Args) -> Out>,
}

impl<Args, Out> Lowered<Args, Out> {
    /// The program after all transformations and passes.
    pub fn jaxpr(&self) -> &Jaxpr {
        &self.jaxpr
    }

    /// The text of the HLO module, as it is given to XLA.
    pub fn hlo(&self) -> &str {
        &self.module.text
    }

    /// What the cost model says of the program.
    pub fn cost(&self) -> opt::Cost {
        opt::cost(&self.jaxpr)
    }

    /// Time of tracing, transformations and passes.
    pub fn trace_time(&self) -> Duration {
        self.trace_time
    }

    /// Time of writing the HLO text.
    pub fn lower_time(&self) -> Duration {
        self.lower_time
    }

    fn program(self) -> Result<Program> {
        Program::of(&self.module, &self.jaxpr, self.out, self.device)
    }

    /// Compiles the program.
    ///
    /// # Errors
    /// When XLA fails.
    #[track_caller]
    pub fn compile(self) -> Result<Compiled<Args, Out>> {
        let types = self.jaxpr.in_avals().into_iter().map(|a| (a.dtype, a.shape)).collect();
        let signature = (self.args.clone(), types);
        let start = Instant::now();
        let program = public_call(Source::here(), || self.program())?;
        Ok(Compiled { program, signature, compile_time: start.elapsed(), types: PhantomData })
    }
}

/// A compiled program for arguments of fixed types.
pub struct Compiled<Args, Out> {
    program: Program,
    signature: (TreeDef, Vec<(DType, Shape)>),
    compile_time: Duration,
    types: PhantomData<fn(Args) -> Out>,
}

impl<Args, Out: Tree> Compiled<Args, Out> {
    /// Runs the program.
    ///
    /// # Errors
    /// When the arguments are not of the types it was compiled for, or the device fails.
    #[track_caller]
    pub fn call(&self, args: impl HostArgs<Args>) -> Result<Out::Host> {
        let at = Source::here();
        let (def, leaves) = host_leaves(args);
        if def != self.signature.0 {
            let why = format!("compiled for {}, called with {def}", self.signature.0);
            return Err(Error::argument("call", why).or_at(at));
        }
        let fits = |(a, (d, s)): (&Array, &(DType, Shape))| a.dtype() == *d && a.shape() == s;
        if let Some(k) = leaves.iter().zip(&self.signature.1).position(|pair| !fits(pair)) {
            let (name, (dtype, shape)) = (&def.argument_names()[k], &self.signature.1[k]);
            let found = format!("{}{}", leaves[k].dtype(), leaves[k].shape());
            let why = format!("{name} is {found}, compiled for {dtype}{shape}");
            return Err(Error::argument("call", why).or_at(at));
        }
        public_call(at, || self.program.run::<Out>(&leaves))
    }

    /// Time spent in XLA's compiler.
    pub fn compile_time(&self) -> Duration {
        self.compile_time
    }
}
