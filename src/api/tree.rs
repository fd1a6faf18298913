//! Trees: the shapes of arguments and results.

use crate::base::{Error, ErrorKind, Result, Source, public_call};
use crate::ir::{Tensor, poison, trace};
use crate::runtime::Array;
use std::collections::BTreeMap;
use std::fmt;

/// The structure of a tree, without its leaves.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum TreeDef {
    /// A tensor.
    Leaf,
    /// A tuple, an array, a `Vec` or an `Option`.
    Node(Vec<TreeDef>),
    /// A struct or a map: the names of the parts, and the parts.
    Named(Vec<String>, Vec<TreeDef>),
}

impl TreeDef {
    /// Number of leaves.
    pub fn leaves(&self) -> usize {
        match self {
            TreeDef::Leaf => 1,
            _ => self.children().iter().map(TreeDef::leaves).sum(),
        }
    }

    /// The way to each leaf from the root, such as `.layers[0].weights`; that of a lone tensor is
    /// empty.
    ///
    /// ```
    /// use cotangent::{Tensor, Tree, jit};
    /// # fn main() -> cotangent::Result<()> {
    /// let f = jit(|x: (Tensor, Vec<Tensor>)| {
    ///     assert_eq!(x.def().paths(), ["[0]", "[1][0]", "[1][1]"]);
    ///     x.0
    /// });
    /// f.call((1.0, vec![2.0, 3.0]))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn paths(&self) -> Vec<String> {
        let below = |(step, child): (String, &TreeDef)| -> Vec<String> {
            child.paths().into_iter().map(|path| format!("{step}{path}")).collect()
        };
        match self {
            TreeDef::Leaf => vec![String::new()],
            TreeDef::Node(children) => children
                .iter()
                .enumerate()
                .map(|(i, c)| (format!("[{i}]"), c))
                .flat_map(below)
                .collect(),
            TreeDef::Named(names, children) => {
                let is_word = |c: char| c.is_alphanumeric() || c == '_';
                let step = |name: &String| match name.chars().all(is_word) {
                    true => format!(".{name}"),
                    false => format!("[{name:?}]"),
                };
                names.iter().map(step).zip(children).flat_map(below).collect()
            }
        }
    }

    /// What each leaf is called in errors, if this is the tree of a `whole`: `.w` of it, or itself.
    pub(crate) fn names(&self, whole: &str) -> Vec<String> {
        let name = |path: String| match path.as_str() {
            "" => whole.to_string(),
            path => format!("`{path}` of {whole}"),
        };
        self.paths().into_iter().map(name).collect()
    }

    /// What each leaf is called in errors, if this is the tree of an argument list.
    pub(crate) fn argument_names(&self) -> Vec<String> {
        match self.children() {
            [argument] => argument.names("the argument"),
            several => {
                let names = |(i, def): (usize, &TreeDef)| def.names(&format!("argument {i}"));
                several.iter().enumerate().flat_map(names).collect()
            }
        }
    }

    /// The children of a node.
    pub(crate) fn children(&self) -> &[TreeDef] {
        match self {
            TreeDef::Leaf => &[],
            TreeDef::Node(children) | TreeDef::Named(_, children) => children,
        }
    }

    /// This tree with every leaf replaced by `inner`.
    pub(crate) fn outer(&self, inner: &TreeDef) -> TreeDef {
        let outer = |children: &[TreeDef]| children.iter().map(|c| c.outer(inner)).collect();
        match self {
            TreeDef::Leaf => inner.clone(),
            TreeDef::Node(children) => TreeDef::Node(outer(children)),
            TreeDef::Named(names, children) => TreeDef::Named(names.clone(), outer(children)),
        }
    }

    /// The children of a node that must have `n` of them.
    fn parts(&self, n: usize) -> Result<&[TreeDef]> {
        match self {
            TreeDef::Node(children) if children.len() == n => Ok(children),
            _ => Err(mismatch(format!("expected {n} parts, found {self}"))),
        }
    }

    /// The children of a node whose parts must have these names.
    ///
    /// # Errors
    /// When they have not.
    #[doc(hidden)]
    pub fn fields<const N: usize>(&self, names: [&str; N]) -> Result<&[TreeDef; N]> {
        let children = match self {
            TreeDef::Named(found, children) if *found == names => {
                children.as_slice().try_into().ok()
            }
            _ => None,
        };
        children.ok_or_else(|| mismatch(format!("expected the fields {names:?}, found {self}")))
    }
}

impl fmt::Display for TreeDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = |i: usize| if i == 0 { "" } else { ", " };
        match self {
            TreeDef::Leaf => f.write_str("*"),
            TreeDef::Node(children) => {
                f.write_str("(")?;
                for (i, child) in children.iter().enumerate() {
                    write!(f, "{}{child}", comma(i))?;
                }
                f.write_str(")")
            }
            TreeDef::Named(names, children) => {
                f.write_str("{")?;
                for (i, (name, child)) in names.iter().zip(children).enumerate() {
                    write!(f, "{}{name}: {child}", comma(i))?;
                }
                f.write_str("}")
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

/// Arguments and results of functions: a [`Tensor`], nothing, tuples, arrays, `Vec`s, `Option`s and
/// string-keyed `BTreeMap`s of trees, and structs that are made with [`tree!`](crate::tree!).
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

/// The leaves of a tree, left to right.
pub(super) fn leaves(tree: &impl Tree) -> Vec<Tensor> {
    let mut leaves = Vec::new();
    tree.flatten(&mut leaves);
    leaves
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
        _ => Err(mismatch(format!("expected a list, found {def}"))),
    }
}

impl<T: Tree> Tree for Option<T> {
    type Host = Option<T::Host>;
    type Outer<A: Tree> = Option<T::Outer<A>>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.iter().for_each(|t| t.flatten(leaves));
    }
    fn def(&self) -> TreeDef {
        TreeDef::Node(self.iter().map(Tree::def).collect())
    }
    fn build(def: &TreeDef, leaves: &mut dyn Iterator<Item = Tensor>) -> Result<Option<T>> {
        option(def)?.map(|d| T::build(d, leaves)).transpose()
    }
    fn build_host(def: &TreeDef, leaves: &mut dyn Iterator<Item = Array>) -> Result<Self::Host> {
        option(def)?.map(|d| T::build_host(d, leaves)).transpose()
    }
    fn flatten_host(host: Self::Host, leaves: &mut Vec<Array>) -> TreeDef {
        TreeDef::Node(host.into_iter().map(|h| T::flatten_host(h, leaves)).collect())
    }
    fn poisoned(error: &Error) -> Option<T> {
        Some(T::poisoned(error))
    }
}

fn option(def: &TreeDef) -> Result<Option<&TreeDef>> {
    match node(def)? {
        [] => Ok(None),
        [part] => Ok(Some(part)),
        _ => Err(mismatch(format!("expected one part or none, found {def}"))),
    }
}

/// The parts in the order of their keys.
impl<T: Tree> Tree for BTreeMap<String, T> {
    type Host = BTreeMap<String, T::Host>;
    type Outer<A: Tree> = BTreeMap<String, T::Outer<A>>;

    fn flatten(&self, leaves: &mut Vec<Tensor>) {
        self.values().for_each(|t| t.flatten(leaves));
    }
    fn def(&self) -> TreeDef {
        TreeDef::Named(self.keys().cloned().collect(), self.values().map(Tree::def).collect())
    }
    fn build(def: &TreeDef, leaves: &mut dyn Iterator<Item = Tensor>) -> Result<Self> {
        entries(def)?.map(|(k, d)| Ok((k.clone(), T::build(d, leaves)?))).collect()
    }
    fn build_host(def: &TreeDef, leaves: &mut dyn Iterator<Item = Array>) -> Result<Self::Host> {
        entries(def)?.map(|(k, d)| Ok((k.clone(), T::build_host(d, leaves)?))).collect()
    }
    fn flatten_host(host: Self::Host, leaves: &mut Vec<Array>) -> TreeDef {
        let part = |(k, h)| (k, T::flatten_host(h, leaves));
        let (keys, children) = host.into_iter().map(part).unzip();
        TreeDef::Named(keys, children)
    }
    fn poisoned(_: &Error) -> Self {
        BTreeMap::new()
    }
}

fn entries(def: &TreeDef) -> Result<impl Iterator<Item = (&String, &TreeDef)>> {
    match def {
        TreeDef::Named(keys, children) => Ok(keys.iter().zip(children)),
        _ => Err(mismatch(format!("expected a map, found {def}"))),
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

/// Makes a struct a [`Tree`]: its definition, with one type parameter that stands for the leaves.
///
/// `Params<Tensor>`, or `Params` for short, is what traced functions take and give, and
/// `Params<Array>` (or of whatever becomes an [`Array`]) what compiled ones are called with. Fields
/// are leaves or any trees of them. Derivatives with respect to the struct are structs of derivatives,
/// and names of fields stand in error messages.
///
/// The struct is `Clone`; other traits can be derived as usual.
///
/// ```
/// use cotangent::{Tensor, hessian, jit};
///
/// cotangent::tree! {
///     /// A straight line.
///     #[derive(Debug)]
///     pub struct Line<L> {
///         pub slope: L,
///         pub intercept: L,
///     }
/// }
///
/// # fn main() -> cotangent::Result<()> {
/// let loss = |line: Line, x: Tensor| (line.slope * x + line.intercept).powi(2).sum();
/// let h = jit(hessian(loss)).call((Line { slope: 1.0, intercept: 0.0 }, vec![1.0, 2.0]))?;
/// assert_eq!(h.slope.slope.item::<f64>()?, 10.0);
/// assert_eq!(h.slope.intercept.item::<f64>()?, 6.0);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! tree {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident<$leaf:ident> {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone)]
        $vis struct $name<$leaf = $crate::Tensor> {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        impl<$leaf: $crate::Tree> $crate::Tree for $name<$leaf> {
            type Host = $name<<$leaf as $crate::Tree>::Host>;
            type Outer<Inner: $crate::Tree> = $name<<$leaf as $crate::Tree>::Outer<Inner>>;

            fn flatten(&self, leaves: &mut Vec<$crate::Tensor>) {
                $($crate::Tree::flatten(&self.$field, leaves);)*
            }
            fn def(&self) -> $crate::TreeDef {
                $crate::TreeDef::Named(
                    vec![$(stringify!($field).to_string()),*],
                    vec![$($crate::Tree::def(&self.$field)),*],
                )
            }
            fn build(
                def: &$crate::TreeDef,
                leaves: &mut dyn Iterator<Item = $crate::Tensor>,
            ) -> $crate::Result<Self> {
                let [$($field),*] = def.fields([$(stringify!($field)),*])?;
                Ok($name { $($field: <$type as $crate::Tree>::build($field, leaves)?),* })
            }
            fn build_host(
                def: &$crate::TreeDef,
                leaves: &mut dyn Iterator<Item = $crate::Array>,
            ) -> $crate::Result<Self::Host> {
                let [$($field),*] = def.fields([$(stringify!($field)),*])?;
                Ok($name { $($field: <$type as $crate::Tree>::build_host($field, leaves)?),* })
            }
            fn flatten_host(
                host: Self::Host,
                leaves: &mut Vec<$crate::Array>,
            ) -> $crate::TreeDef {
                $crate::TreeDef::Named(
                    vec![$(stringify!($field).to_string()),*],
                    vec![$(<$type as $crate::Tree>::flatten_host(host.$field, leaves)),*],
                )
            }
            fn poisoned(error: &$crate::Error) -> Self {
                $name { $($field: <$type as $crate::Tree>::poisoned(error)),* }
            }
        }

        impl<HostLeaf, $leaf: $crate::IntoHost<HostLeaf>> $crate::IntoHost<$name<HostLeaf>>
            for $name<$leaf>
        {
            fn into_host(self) -> $name<HostLeaf> {
                $name { $($field: $crate::IntoHost::into_host(self.$field)),* }
            }
        }
    };
}
