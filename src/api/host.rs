//! Host values as arguments of compiled functions.

use super::{Tree, TreeDef};
use crate::ir::Aval;
use crate::runtime::Array;
use std::collections::BTreeMap;

/// A value that can be given where a compiled function takes the host tree `H`.
///
/// For an [`Array`]: arrays, ndarrays, numbers, `Vec`s and slices of numbers, owned or borrowed. For
/// other trees: the same of such values.
pub trait IntoHost<H> {
    /// The host tree.
    fn into_host(self) -> H;
}

impl<T: Into<Array>> IntoHost<Array> for T {
    fn into_host(self) -> Array {
        self.into()
    }
}
impl<H, T: IntoHost<H>> IntoHost<Vec<H>> for Vec<T> {
    fn into_host(self) -> Vec<H> {
        self.into_iter().map(T::into_host).collect()
    }
}
impl<H, T: IntoHost<H>, const N: usize> IntoHost<[H; N]> for [T; N] {
    fn into_host(self) -> [H; N] {
        self.map(T::into_host)
    }
}

impl<H, T: IntoHost<H>> IntoHost<Option<H>> for Option<T> {
    fn into_host(self) -> Option<H> {
        self.map(T::into_host)
    }
}
impl IntoHost<()> for () {
    fn into_host(self) {}
}
impl<K: Into<String>, H, T: IntoHost<H>> IntoHost<BTreeMap<String, H>> for BTreeMap<K, T> {
    fn into_host(self) -> BTreeMap<String, H> {
        self.into_iter().map(|(k, t)| (k.into(), t.into_host())).collect()
    }
}

/// The arguments of a compiled function: a tuple of host values, or, for functions of one
/// argument, the value itself.
pub trait HostArgs<Args> {
    /// Appends the leaves and gives the structure of the argument list.
    fn flatten(self, leaves: &mut Vec<Array>) -> TreeDef;
}

impl<A: Tree, T: IntoHost<A::Host>> HostArgs<(A,)> for T {
    fn flatten(self, leaves: &mut Vec<Array>) -> TreeDef {
        TreeDef::Node(vec![A::flatten_host(self.into_host(), leaves)])
    }
}

/// The structure of the arguments, and their leaves.
pub(super) fn host_leaves<Args>(args: impl HostArgs<Args>) -> (TreeDef, Vec<Array>) {
    let mut leaves = Vec::new();
    let def = args.flatten(&mut leaves);
    (def, leaves)
}

/// The types of leaves.
pub(super) fn avals(leaves: &[Array]) -> Vec<Aval> {
    leaves.iter().map(|a| Aval::new(a.shape(), a.dtype())).collect()
}

/// `host_tuple!(A a T; B b U)` implements the traits for pairs, and so on.
macro_rules! host_tuple {
    ($($t:ident $x:ident $v:ident);*) => {
        impl<$($t: Tree, $v: IntoHost<$t::Host>),*> HostArgs<($($t,)*)> for ($($v,)*) {
            fn flatten(self, leaves: &mut Vec<Array>) -> TreeDef {
                let ($($x,)*) = self;
                TreeDef::Node(vec![$($t::flatten_host($x.into_host(), leaves)),*])
            }
        }
        host_tuple!(@value $($t $x $v);*);
    };
    (@value $($t:ident $x:ident $v:ident);*) => {
        impl<$($t, $v: IntoHost<$t>),*> IntoHost<($($t,)*)> for ($($v,)*) {
            fn into_host(self) -> ($($t,)*) {
                let ($($x,)*) = self;
                ($($x.into_host(),)*)
            }
        }
    };
}
host_tuple!(@value A a T);
host_tuple!(A a T; B b U);
host_tuple!(A a T; B b U; C c V);
host_tuple!(A a T; B b U; C c V; D d W);
host_tuple!(A a T; B b U; C c V; D d W; E e X);
host_tuple!(A a T; B b U; C c V; D d W; E e X; F f Y);
host_tuple!(A a T; B b U; C c V; D d W; E e X; F f Y; G g Z);
host_tuple!(A a T; B b U; C c V; D d W; E e X; F f Y; G g Z; H h S);
