//! Which arguments to differentiate: JAX's `argnums`, MindSpore's `grad_position`.

use super::{Arguments, Tree, TreeDef};
use crate::base::{Error, ErrorKind, Result};
use crate::ir::Tensor;
use std::marker::PhantomData;

/// A choice of arguments, and the type of what is returned for it.
pub trait Wrt<Args>: Clone {
    /// The tree of the chosen arguments.
    type Tree: Tree;

    /// The chosen arguments, by number from 0.
    fn argnums(&self) -> Vec<usize>;

    /// The structure of the chosen arguments.
    fn def(&self, args: &[TreeDef]) -> TreeDef;
}

/// The first argument, whatever tree it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct First;

/// One tensor argument, by number.
#[derive(Clone, Copy, Debug)]
pub struct Argnum<T = Tensor>(pub(crate) usize, pub(crate) PhantomData<fn() -> T>);

/// Several tensor arguments, by number.
#[derive(Clone, Copy, Debug)]
pub struct Argnums<const N: usize>(pub(crate) [usize; N]);

impl<Args: Arguments> Wrt<Args> for First {
    type Tree = Args::First;

    fn argnums(&self) -> Vec<usize> {
        vec![0]
    }
    fn def(&self, args: &[TreeDef]) -> TreeDef {
        args[0].clone()
    }
}
impl<Args: Arguments> Wrt<Args> for Argnum {
    type Tree = Tensor;

    fn argnums(&self) -> Vec<usize> {
        vec![self.0]
    }
    fn def(&self, args: &[TreeDef]) -> TreeDef {
        args[self.0].clone()
    }
}
impl<Args: Arguments, const N: usize> Wrt<Args> for Argnums<N> {
    type Tree = [Tensor; N];

    fn argnums(&self) -> Vec<usize> {
        self.0.to_vec()
    }
    fn def(&self, args: &[TreeDef]) -> TreeDef {
        TreeDef::Node(self.0.iter().map(|&k| args[k].clone()).collect())
    }
}

/// What `.argnums(...)` takes: a number, or an array of them.
pub trait IntoWrt {
    /// The choice.
    type Wrt: Clone;
    /// The choice.
    fn into_wrt(self) -> Self::Wrt;
}
impl IntoWrt for usize {
    type Wrt = Argnum;
    fn into_wrt(self) -> Argnum {
        Argnum(self, PhantomData)
    }
}
impl<const N: usize> IntoWrt for [usize; N] {
    type Wrt = Argnums<N>;
    fn into_wrt(self) -> Argnums<N> {
        Argnums(self)
    }
}

/// The chosen arguments, checked.
///
/// # Errors
/// When a number is out of range or repeated, none is chosen, or a numbered argument is not a
/// single tensor.
pub(crate) fn check<Args: Arguments, W: Wrt<Args>>(
    op: &str,
    wrt: &W,
    args: &TreeDef,
) -> Result<(Vec<usize>, TreeDef)> {
    let fail = |why: String| Err(Error::new(ErrorKind::Argnums { op: op.into(), why }));
    let (nums, args) = (wrt.argnums(), args.children());
    if nums.is_empty() {
        return fail("argnums chooses no argument".into());
    }
    for (i, &k) in nums.iter().enumerate() {
        if k >= args.len() {
            let plural = if args.len() == 1 { "" } else { "s" };
            return fail(format!(
                "argnums {k} is out of range for a function of {} argument{plural}",
                args.len()
            ));
        }
        if nums[..i].contains(&k) {
            return fail(format!("argnums {k} is given twice"));
        }
    }
    let def = wrt.def(args);
    // Only the first argument may be a tree: its type is known when the program is compiled.
    if !def_fits::<Args, W>(&def) {
        return fail("argnums chooses tensors, and an argument that it names is a tree; make that tree the first argument".into());
    }
    Ok((nums, def))
}

fn def_fits<Args: Arguments, W: Wrt<Args>>(def: &TreeDef) -> bool {
    let mut dummies = std::iter::repeat_with(|| Tensor::scalar(0.0));
    W::Tree::build(def, &mut dummies).is_ok()
}
