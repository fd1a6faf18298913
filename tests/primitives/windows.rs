//! Windows of the cases.

use crate::support::golden::{Case, Params};
use cotangent::params::ReduceOp;
use cotangent::{Conv, Tensor, jit};

fn pairs(p: &Params) -> Vec<(usize, usize)> {
    let pairs = p.get("padding").map_or(vec![], |_| p.table("padding"));
    pairs.iter().map(|c| (c[0].unsigned_abs(), c[1].unsigned_abs())).collect()
}

fn sizes(p: &Params, name: &str) -> Vec<usize> {
    p.get(name).map_or(vec![], |_| p.sizes(name))
}

pub(super) fn apply(case: &Case, xs: &[Tensor]) -> Vec<Tensor> {
    let (p, x) = (&case.params, &xs[0]);
    vec![match case.op.as_str() {
        "conv" => {
            let how = Conv {
                strides: sizes(p, "strides"),
                padding: pairs(p),
                dilation: sizes(p, "dilation"),
                input_dilation: sizes(p, "input_dilation"),
                groups: p.int_or("groups", 1) as usize,
            };
            x.conv(&xs[1], &how)
        }
        "reduce_window" => {
            let op = match p.text("op") {
                "sum" => ReduceOp::Sum,
                "prod" => ReduceOp::Prod,
                "max" => ReduceOp::Max,
                _ => ReduceOp::Min,
            };
            x.reduce_window(op, &p.sizes("window"), &p.sizes("strides"), &pairs(p))
        }
        op => panic!("no function {op}"),
    }]
}

#[test]
fn windows_that_do_not_fit() {
    type Failure = (fn(Tensor) -> Tensor, &'static str);
    let failures: [Failure; 6] = [
        (|x| x.max_pool(&[2, 2], &[1, 1]), "max_pool: "),
        (|x| x.mean_pool(&[2], &[0]), "reduce_window: window [2], strides [0]"),
        (|x| x.reduce_window(ReduceOp::Sum, &[2], &[1], &[]), "reduce_window: padding []"),
        (|x| x.as_type::<i32>().mean_pool(&[2], &[1]), "mean_pool: "),
        (|x| x.reshape([1, 2, 1]).conv(&x.reshape([2, 1, 1]), &Conv::default()), "conv: "),
        (
            |x| {
                let how = Conv { strides: vec![1, 1], ..Conv::default() };
                x.reshape([1, 1, 2]).conv(&x.reshape([1, 1, 2]), &how)
            },
            "conv: window [1, 1, 2], strides [1, 1, 1, 1]",
        ),
    ];
    for (f, wanted) in failures {
        let error = jit(f).call(vec![1.0, 2.0]).unwrap_err();
        assert!(error.to_string().starts_with(wanted), "{error}");
        assert_eq!(error.source_location().unwrap().file(), file!(), "{error}");
    }
}
