//! Layer 5: the rooms. Each file holds the rules of one primitive or one family; nobody imports
//! them, they are reached through [`Prim::rules`](crate::ir::Prim::rules).

mod derive;

mod arg_reduce;
mod binary;
mod broadcast_in_dim;
mod call;
mod carries;
mod cholesky;
mod clamp;
mod compare;
mod concatenate;
mod cond;
mod convert;
mod cumulative;
mod det;
mod dot;
mod dynamic_slice;
mod dynamic_update_slice;
mod eigh;
mod gather;
mod integer_pow;
mod iota;
mod jacobi;
mod linalg;
mod linear_solve;
mod lu;
mod optimization_barrier;
mod pad;
mod pinv;
mod qr;
mod reduce;
mod reshape;
mod rev;
mod scan;
mod scatter;
mod select;
mod slice;
mod squeeze;
mod stop_gradient;
mod svd;
mod transpose;
mod triangular_solve;
mod unary;
mod unary_hlo;
mod while_loop;
