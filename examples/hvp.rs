//! Products of a Hessian with a vector, without the Hessian: forward over reverse, and reverse
//! over reverse. For a million variables the matrix itself would take 4 TB.

mod common;

use anyhow::Result;
use common::functions::sum_sin;
use common::inputs::arr;
use common::report::cell;
use common::timing::bench;
use common::{check, reference};
use cotangent::{Array, HvpMode, hvp, jit};

fn main() -> Result<()> {
    for n in [128, 1_000_000] {
        let (x, v) = (arr(n, 0, -3.0, 3.0), arr(n, 1, -1.0, 1.0));
        let (x, v) = (Array::from(x.mapv(|x| x as f32)), Array::from(v.mapv(|v| v as f32)));
        println!("the Hessian of Σ sin x times v, n = {n}");
        let expected = reference::sum_sin_hvp(n).outputs[0].to_array();
        let mut products = Vec::new();
        for (name, mode) in [("fwd-rev", HvpMode::FwdRev), ("rev-rev", HvpMode::RevRev)] {
            let f = jit(hvp(sum_sin).mode(mode));
            let product = f.call((&x, &v))?.to_vec::<f32>()?;
            let close = |(p, e): (&f32, &f64)| (f64::from(*p) - e).abs() < 1e-6;
            check(product.iter().zip(&expected).all(close), &format!("{name} gives −sin(x) v"))?;
            let time = bench(|| Ok(f.call((&x, &v))?))?;
            println!("{name}: {} µs", cell(Some(time.median_us)));
            products.push(product);
        }
        check(products[0] == products[1], "both ways give the same numbers")?;
    }
    Ok(())
}
