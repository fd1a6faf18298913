//! Trees: the shapes of arguments and results.

use crate::base::{Error, ErrorKind, Result, Source, public_call};
use crate::ir::{Tensor, poison, trace};
use crate::runtime::Array;
use std::fmt;

/// The structure of a tree, without its leaves.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum TreeDef {
    /// A tensor.
    Leaf,
    /// A tuple, an array or a `Vec`.
    Node(Vec<TreeDef>),
}

impl TreeDef {
    /// Number of leaves.
    pub fn leaves(&self) -> usize {
        match self {
            TreeDef::Leaf => 1,
            TreeDef::Node(children) => children.iter().map(TreeDef::leaves).sum(),
        }
    }

    /// The children of a node.
    pub(crate) fn children(&self) -> &[TreeDef] {
        match self {
            TreeDef::Leaf => &[],
            TreeDef::Node(children) => children,
        }
    }

    /// This tree with every leaf replaced by `inner`.
    pub(crate) fn outer(&self, inner: &TreeDef) -> TreeDef {
        match self {
            TreeDef::Leaf => inner.clone(),
            TreeDef::Node(children) => {
                TreeDef::Node(children.iter().map(|c| c.outer(inner)).collect())
            }
        }
    }

    /// The children of a node that must have `n` of them.
    fn parts(&self, n: usize) -> Result<&[TreeDef]> {
        match self {
            TreeDef::Node(children) if children.len() == n => Ok(children),
            _ => Err(mismatch(format!("expected {n} parts, found {self}"))),
        }
    }
}

impl fmt::Display for TreeDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TreeDef::Leaf => f.write_str("*"),
            TreeDef::Node(children) => {
                f.write_str("(")?;
                for (i, child) in children.iter().enumerate() {
                    write!(f, "{}{child}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}
impl fmt::Debug for TreeDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn mismatch(why: String) -> Error {
    Error::new(ErrorKind::Tree { op: "tree".into(), why })
}

/// Arguments and results of functions: a [`Tensor`], nothing, or tuples, arrays and `Vec`s of trees.
pub trait Tree: Clone + 'static {
    /// The same tree with device arrays as leaves.
    type Host;
    /// This tree with every leaf replaced by the tree `A`: the type of a Jacobian.
    type Outer<A: Tree>: Tree;

    /// Appends the leaves, left to right.
    fn flatten(&self, leaves: &mut Vec<Tensor>);
    /// The structure.
    fn def(&self) -> TreeDef;
    /// The tree of this structure with these leaves.
    ///
    /// # Errors
    /// When the structure is not one of this type, or leaves are missing.
    fn build(def: &TreeDef, leaves: &mut dyn Iterator<Item = Tensor>) -> Result<Self>;
    /// The host tree of this structure with these leaves.
    ///
    /// # Errors
    /// When the structure is not one of this type, or leaves are missing.
    fn build_host(def: &TreeDef, leaves: &mut dyn Iterator<Item = Array>) -> Result<Self::Host>;
    /// Appends the leaves of a host tree and gives its structure.
    fn flatten_host(host: Self::Host, leaves: &mut Vec<Array>) -> TreeDef;
    /// A tree that stands for a result that could not be made.
    fn poisoned(error: &Error) -> Self;
}

impl Tree for Tensor {
    type Host = Array;
    type Outer<A: Tree> = A;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        leaves.push(self.clone());
    }
    fn def(&self) -> TreeDef {
        TreeDef::Leaf
    }
    fn build(def: &TreeDef, leaves: &mut dyn Iterator<Item = Tensor>) -> Result<Tensor> {
        leaf(def, leaves)
    }
    fn build_host(def: &TreeDef, leaves: &mut dyn Iterator<Item = Array>) -> Result<Array> {
        leaf(def, leaves)
    }
    fn flatten_host(host: Array, leaves: &mut Vec<Array>) -> TreeDef {
        leaves.push(host);
        TreeDef::Leaf
    }
    fn poisoned(error: &Error) -> Tensor {
        poison(error.clone(), crate::ir::Aval::new((), crate::base::DType::F64))
    }
}

/// The result of a public call at this place, inside a trace. After an error it is a stand-in, and
/// the transformation around returns the error, also where the stand-in has no leaves to tell it.
pub(super) fn traced_call<T: Tree>(at: Source, f: impl FnOnce() -> Result<T>) -> T {
    public_call(at, f).unwrap_or_else(|error| {
        trace::fail(&error);
        T::poisoned(&error)
    })
}

impl Tree for () {
    type Host = ();
    type Outer<A: Tree> = ();

    fn flatten(&self, _: &mut Vec<Tensor>) {}
    fn def(&self) -> TreeDef {
        TreeDef::Node(Vec::new())
    }
    fn build(def: &TreeDef, _: &mut dyn Iterator<Item = Tensor>) -> Result<()> {
        def.parts(0).map(|_| ())
    }
    fn build_host(def: &TreeDef, _: &mut dyn Iterator<Item = Array>) -> Result<()> {
        def.parts(0).map(|_| ())
    }
    fn flatten_host((): (), _: &mut Vec<Array>) -> TreeDef {
        TreeDef::Node(Vec::new())
    }
    fn poisoned(_: &Error) {}
}

fn leaf<T>(def: &TreeDef, leaves: &mut dyn Iterator<Item = T>) -> Result<T> {
    match (def, leaves.next()) {
        (TreeDef::Leaf, Some(leaf)) => Ok(leaf),
        (TreeDef::Leaf, None) => Err(mismatch("too few leaves".into())),
        (node, _) => Err(mismatch(format!("expected one tensor, found {node}"))),
    }
}

impl<T: Tree> Tree for Vec<T> {
    type Host = Vec<T::Host>;
    type Outer<A: Tree> = Vec<T::Outer<A>>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.iter().for_each(|t| t.flatten(leaves));
    }
    fn def(&self) -> TreeDef {
        TreeDef::Node(self.iter().map(Tree::def).collect())
    }
    fn build(def: &TreeDef, leaves: &mut dyn Iterator<Item = Tensor>) -> Result<Vec<T>> {
        node(def)?.iter().map(|d| T::build(d, leaves)).collect()
    }
    fn build_host(def: &TreeDef, leaves: &mut dyn Iterator<Item = Array>) -> Result<Self::Host> {
        node(def)?.iter().map(|d| T::build_host(d, leaves)).collect()
    }
    fn flatten_host(host: Self::Host, leaves: &mut Vec<Array>) -> TreeDef {
        TreeDef::Node(host.into_iter().map(|h| T::flatten_host(h, leaves)).collect())
    }
    fn poisoned(_: &Error) -> Vec<T> {
        Vec::new()
    }
}

fn node(def: &TreeDef) -> Result<&[TreeDef]> {
    match def {
        TreeDef::Node(children) => Ok(children),
        TreeDef::Leaf => Err(mismatch("expected a list, found a tensor".into())),
    }
}

impl<T: Tree, const N: usize> Tree for [T; N] {
    type Host = [T::Host; N];
    type Outer<A: Tree> = [T::Outer<A>; N];

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.iter().for_each(|t| t.flatten(leaves));
    }
    fn def(&self) -> TreeDef {
        TreeDef::Node(self.iter().map(Tree::def).collect())
    }
    fn build(def: &TreeDef, leaves: &mut dyn Iterator<Item = Tensor>) -> Result<[T; N]> {
        let parts: Vec<T> =
            def.parts(N)?.iter().map(|d| T::build(d, leaves)).collect::<Result<_>>()?;
        parts.try_into().map_err(|_| mismatch(format!("expected {N} parts")))
    }
    fn build_host(def: &TreeDef, leaves: &mut dyn Iterator<Item = Array>) -> Result<Self::Host> {
        let parts: Vec<T::Host> =
            def.parts(N)?.iter().map(|d| T::build_host(d, leaves)).collect::<Result<_>>()?;
        parts.try_into().map_err(|_| mismatch(format!("expected {N} parts")))
    }
    fn flatten_host(host: Self::Host, leaves: &mut Vec<Array>) -> TreeDef {
        TreeDef::Node(host.into_iter().map(|h| T::flatten_host(h, leaves)).collect())
    }
    fn poisoned(error: &Error) -> [T; N] {
        std::array::from_fn(|_| T::poisoned(error))
    }
}

/// `tuple!(A 0, B 1)` implements [`Tree`] for `(A, B)`.
macro_rules! tuple {
    ($($t:ident $i:tt),*) => {
        impl<$($t: Tree),*> Tree for ($($t,)*) {
            type Host = ($($t::Host,)*);
            type Outer<Inner: Tree> = ($($t::Outer<Inner>,)*);

            fn flatten(&self, leaves: &mut Vec<Tensor>) {
                $(self.$i.flatten(leaves);)*
            }
            fn def(&self) -> TreeDef {
                TreeDef::Node(vec![$(self.$i.def()),*])
            }
            fn build(def: &TreeDef, leaves: &mut dyn Iterator<Item = Tensor>) -> Result<Self> {
                let defs = def.parts([$($i),*].len())?;
                Ok(($($t::build(&defs[$i], leaves)?,)*))
            }
            fn build_host(
                def: &TreeDef,
                leaves: &mut dyn Iterator<Item = Array>,
            ) -> Result<Self::Host> {
                let defs = def.parts([$($i),*].len())?;
                Ok(($($t::build_host(&defs[$i], leaves)?,)*))
            }
            fn flatten_host(host: Self::Host, leaves: &mut Vec<Array>) -> TreeDef {
                TreeDef::Node(vec![$($t::flatten_host(host.$i, leaves)),*])
            }
            fn poisoned(error: &Error) -> Self {
                ($($t::poisoned(error),)*)
            }
        }
    };
}
tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
