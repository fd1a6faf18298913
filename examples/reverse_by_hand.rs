//! Reverse mode by hand, the exercise of the textbooks, and by `grad`:
//!
//! g = d·e with a = x₁/x₂, b = exp(x₂), c = sin a, d = a − b, e = c + d.

mod common;

use anyhow::Result;
use common::check;
use cotangent::{Tensor, grad, jit, jvp, make_jaxpr, vjp};

fn g(x1: Tensor, x2: Tensor) -> Tensor {
    let a = x1 / &x2;
    let b = x2.exp();
    let c = a.sin();
    let d = &a - b;
    let e = c + &d;
    d * e
}

/// The value and the adjoints: v̄ = ∂g/∂v for each intermediate v, from the result back.
fn by_hand(x1: f64, x2: f64) -> (f64, [f64; 2]) {
    let (a, b) = (x1 / x2, x2.exp());
    let (c, d) = (a.sin(), a - b);
    let e = c + d;
    let e_bar = d; // g = d·e
    let d_bar = e + e_bar; // from g = d·e and from e = c + d
    let c_bar = e_bar;
    let b_bar = -d_bar; // d = a − b
    let a_bar = d_bar + c_bar * a.cos(); // from d and from c = sin a
    let x1_bar = a_bar / x2; // a = x₁/x₂
    let x2_bar = b_bar * b - a_bar * x1 / (x2 * x2); // from b = exp(x₂) and from a
    println!("  v      value      adjoint");
    let values = [("a", a), ("b", b), ("c", c), ("d", d), ("e", e)];
    let adjoints = [a_bar, b_bar, c_bar, d_bar, e_bar];
    for ((name, value), adjoint) in values.into_iter().zip(adjoints) {
        println!("  {name} {value:>12.7} {adjoint:>12.7}");
    }
    println!(" x1 {x1:>12.7} {x1_bar:>12.7}\n x2 {x2:>12.7} {x2_bar:>12.7}\n");
    (d * e, [x1_bar, x2_bar])
}

fn main() -> Result<()> {
    let at = (1.0, 1.0);
    let (value, hand) = by_hand(at.0, at.1);
    let found = jit(g).call(at)?.item::<f64>()?;
    check((found - value).abs() < 1e-14, &format!("g(1, 1) = {found:.7}"))?;
    let machine = jit(grad(g).argnums([0, 1])).call(at)?;
    for (k, (by_machine, by_hand)) in machine.iter().zip(hand).enumerate() {
        let by_machine = by_machine.item::<f64>()?;
        let claim = format!("∂g/∂x{} = {by_machine:.7}, by grad as by hand", k + 1);
        check((by_machine - by_hand).abs() < 1e-14, &claim)?;
    }

    println!("\nthe function:\n{}", make_jaxpr(g, at)?);
    let forward = |x1, x2, x1_dot, x2_dot| jvp(g, (x1, x2), (x1_dot, x2_dot));
    println!("\nits JVP:\n{}", make_jaxpr(forward, (at.0, at.1, 1.0, 0.0))?);
    let reverse = |x1, x2, g_bar| {
        let (value, pull_back) = vjp(g, (x1, x2));
        (value, pull_back.call(g_bar))
    };
    println!("\nits VJP:\n{}", make_jaxpr(reverse, (at.0, at.1, 1.0))?);
    Ok(())
}
