//! Jaxprs as text, in JAX's notation.
//!
//! ```text
//! { lambda ; a:f32[3]. let
//!     b:f32[3] = sin a
//!     c:f32[] = reduce_sum[axes=(0,)] b
//!   in (c,) }
//! ```

use super::{Atom, Jaxpr, Var};
use std::fmt;

/// `a`, `b`, ..., `z`, `ba`, `bb`, ...: the index in base 26.
fn name(var: Var) -> String {
    let (mut n, mut digits) = (var.0, Vec::new());
    loop {
        digits.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
        if n == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// A list as Python prints a tuple.
pub(crate) fn tuple<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
    match items.as_slice() {
        [one] => format!("({one},)"),
        _ => format!("({})", items.join(", ")),
    }
}

/// A name as a parameter: in quotes unless it is one word, or one around another as in `jvp(f)`.
pub(crate) fn word(name: &str) -> String {
    fn plain(name: &str) -> bool {
        match name.strip_suffix(')').and_then(|name| name.split_once('(')) {
            Some((outer, inner)) => plain(outer) && plain(inner),
            None => {
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
                !name.is_empty() && name.chars().all(fits)
            }
        }
    }
    if plain(name) { name.into() } else { format!("{name:?}") }
}

struct Printer<'a> {
    jaxpr: &'a Jaxpr,
    indent: usize,
}

impl Printer<'_> {
    fn typed(&self, vars: impl IntoIterator<Item = Var>) -> String {
        let typed = vars.into_iter().map(|v| format!("{}:{}", name(v), self.jaxpr.aval(v)));
        typed.collect::<Vec<_>>().join(" ")
    }

    fn atom(&self, atom: Atom) -> String {
        match atom {
            Atom::Var(v) => name(v),
            Atom::Lit(s) => format!("{s}:{}[]", s.dtype()),
        }
    }
}

impl fmt::Display for Printer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (j, pad) = (self.jaxpr, " ".repeat(self.indent));
        let consts = (0..j.consts.len()).map(|i| Var(i as u32));
        write!(f, "{{ lambda {}; {}. let", self.typed(consts), self.typed(j.ins()))?;
        for eqn in &j.eqns {
            let rules = eqn.prim.rules();
            write!(f, "\n{pad}    {} = {}", self.typed(eqn.outs.iter().copied()), rules.name())?;
            let params = rules.params();
            let inner = rules.inner();
            if !inner.is_empty() {
                write!(f, "[")?;
                for (key, value) in &params {
                    write!(f, "\n{pad}      {key}={value}")?;
                }
                let several = inner.len() > 1;
                for (i, jaxpr) in inner.into_iter().enumerate() {
                    let number = if several { format!("{i}:") } else { String::new() };
                    let inner = Printer { jaxpr, indent: self.indent + 6 };
                    write!(f, "\n{pad}      {number}jaxpr={inner}")?;
                }
                write!(f, "\n{pad}    ]")?;
            } else if !params.is_empty() {
                let params: Vec<String> = params.iter().map(|(k, v)| format!("{k}={v}")).collect();
                write!(f, "[{}]", params.join(" "))?;
            }
            eqn.ins.iter().try_for_each(|&a| write!(f, " {}", self.atom(a)))?;
        }
        if j.eqns.is_empty() {
            write!(f, " ")?;
        } else {
            write!(f, "\n{pad}  ")?;
        }
        write!(f, "in {} }}", tuple(j.outs.iter().map(|&a| self.atom(a))))
    }
}

impl fmt::Display for Jaxpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Printer { jaxpr: self, indent: 0 }, f)
    }
}
