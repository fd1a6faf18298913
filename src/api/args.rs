//! Argument lists: tuples of one to eight trees.

use super::{Function, Tree};

/// The arguments of a function: a tuple of one to eight trees.
pub trait Arguments: Tree {
    /// The first argument.
    type First: Tree;
    /// The arguments followed by one more (up to eight in all).
    type With<V: Tree>: Tree;

    /// Splits the last argument off.
    fn split<V: Tree>(with: Self::With<V>) -> (Self, V);
}

/// Values that can be given as the arguments of a function: the tuple of them, or, for functions of
/// one argument, the argument itself.
pub trait IntoArgs<Args> {
    /// The arguments as a tuple.
    fn into_args(self) -> Args;
}

/// `arguments!(A a; B b)` implements the traits for functions of the arguments `(A, B)`.
macro_rules! arguments {
    ($first:ident $x:ident $(; $t:ident $y:ident)* => $with:ty) => {
        impl<$first: Tree $(, $t: Tree)*> Arguments for ($first, $($t,)*) {
            type First = $first;
            type With<V: Tree> = $with;

            fn split<V: Tree>(with: Self::With<V>) -> (Self, V) {
                let ($x, $($y,)* v) = with;
                (($x, $($y,)*), v)
            }
        }
        arguments!(@function $first $x $(; $t $y)*);
    };
    (@function $first:ident $x:ident $(; $t:ident $y:ident)*) => {
        impl<Func, Out, $first, $($t,)*> Function<($first, $($t,)*)> for Func
        where
            Func: Fn($first $(, $t)*) -> Out,
            Out: Tree,
            $first: Tree,
            $($t: Tree,)*
        {
            type Out = Out;

            fn apply(&self, ($x, $($y,)*): ($first, $($t,)*)) -> Out {
                self($x $(, $y)*)
            }
        }
    };
}
arguments!(A a => (A, V));
arguments!(A a; B b => (A, B, V));
arguments!(A a; B b; C c => (A, B, C, V));
arguments!(A a; B b; C c; D d => (A, B, C, D, V));
arguments!(A a; B b; C c; D d; E e => (A, B, C, D, E, V));
arguments!(A a; B b; C c; D d; E e; F f => (A, B, C, D, E, F, V));
arguments!(A a; B b; C c; D d; E e; F f; G g => (A, B, C, D, E, F, G, V));

impl<A: Tree, B: Tree, C: Tree, D: Tree, E: Tree, F: Tree, G: Tree, H: Tree> Arguments
    for (A, B, C, D, E, F, G, H)
{
    type First = A;
    // Eight arguments are the most, so the ninth goes beside them.
    type With<V: Tree> = ((A, B, C, D, E, F, G, H), V);

    fn split<V: Tree>(with: Self::With<V>) -> (Self, V) {
        with
    }
}
arguments!(@function A a; B b; C c; D d; E e; F f; G g; H h);

impl<A: Tree> IntoArgs<(A,)> for A {
    fn into_args(self) -> (A,) {
        (self,)
    }
}

macro_rules! into_args {
    ($($t:ident),*) => {
        impl<$($t: Tree),*> IntoArgs<($($t,)*)> for ($($t,)*) {
            fn into_args(self) -> Self {
                self
            }
        }
    };
}
into_args!(A, B);
into_args!(A, B, C);
into_args!(A, B, C, D);
into_args!(A, B, C, D, E);
into_args!(A, B, C, D, E, F);
into_args!(A, B, C, D, E, F, G);
into_args!(A, B, C, D, E, F, G, H);
