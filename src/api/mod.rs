//! Layer 6: transformations of Rust functions.

mod args;
mod associative;
mod aux;
mod budget;
mod check;
mod checkpoint;
mod cond;
mod custom;
mod differentiate;
mod explain;
mod function;
mod hessian;
mod host;
mod inspect;
mod jacobian;
mod jit;
mod linear;
mod linear_solve;
mod minimize;
mod nans;
mod operators;
mod ravel;
mod root;
mod scan;
pub mod solvers;
pub mod sparse;
pub mod spectra;
mod tree;
mod vmap;
mod while_loop;
mod wrt;

pub use args::{Arguments, IntoArgs};
pub use associative::{AssociativeScan, associative_scan};
pub use aux::{Main, WithAux};
pub use budget::Memory;
pub use check::check_grads;
pub use checkpoint::{Checkpoint, checkpoint};
pub use cond::{cond, switch};
pub use custom::{CustomJvp, CustomVjp, custom_jvp, custom_vjp};
pub use differentiate::{
    Differentiated, Grad, Hvp, HvpMode, ValueAndGrad, grad, hvp, value_and_grad,
};
pub use explain::{Candidate, Explanation};
pub use function::Function;
pub use hessian::{
    Hessian, HessianMode, Triangle, hessian, hessian_blocks, hessian_diag, laplacian,
    value_grad_hessian,
};
pub use host::{HostArgs, IntoHost};
pub use inspect::{eval_jaxpr, eval_shape, make_jaxpr};
pub use jacobian::{Jacobian, jacfwd, jacobian, jacrev};
pub use jit::{Compiled, Jit, JitStats, Lowered, jit};
pub use linear::{LinearMap, Vjp, jvp, linear_transpose, linearize, vjp};
pub use linear_solve::{CustomLinearSolve, Operator, custom_linear_solve};
pub use minimize::{Minimize, Progress, Stepper, minimize};
pub use operators::{Fisher, GaussNewton, HessianOperator, fisher, gauss_newton, hessian_operator};
pub use ravel::{Unravel, ravel};
pub use root::{Root, root};
pub use scan::{Map, Scan, map, scan};
pub use tree::{Tree, TreeDef};
pub use vmap::{InAxes, Vmap, vmap};
pub use while_loop::{Bounds, Fori, While, fori_loop, while_loop};
pub use wrt::{Argnum, Argnums, First, IntoWrt, Wrt};
