//! Every method on every odd operand: an error at this file's line, or a program that is
//! well-formed, can be transformed in every way, and runs. Never a panic.

use cotangent::{
    Array, DType, Error, Function, Jaxpr, Tensor, hessian, jit, jvp, make_jaxpr, vjp, vmap,
};

/// A method of a tensor and a small number: an axis, a size, a place or a power.
type Method = (&'static str, fn(&Tensor, isize) -> Tensor);

const METHODS: &[Method] = &[
    ("neg", |x, _| -x),
    ("not", |x, _| !x),
    ("add", |x, k| x + k as f64),
    ("integer", |x, k| x * k as i32),
    ("div", |x, _| x / x.clone()),
    ("rem", |x, _| x % 2),
    ("and", |x, _| x & x.clone()),
    ("broadcast", |x, k| x - x.index(k)),
    ("compare", |x, k| x.ge(k as i64)),
    ("maximum", |x, _| x.maximum(0.5)),
    ("exp", |x, _| x.exp()),
    ("sqrt", |x, _| x.sqrt()),
    ("abs", |x, _| x.abs()),
    ("sign", |x, _| x.sign()),
    ("square", |x, _| x.square()),
    ("pow", |x, k| x.pow(k as f64 + 0.5)),
    ("powi", |x, k| x.powi(k as i32)),
    ("pow self", |x, _| x.pow(x)),
    ("reciprocal", |x, _| x.reciprocal()),
    ("clip", |x, k| x.clip(0, k as i32)),
    ("where", |x, k| x.gt(0).where_(x, k as f64)),
    ("where self", |x, _| x.where_(x, x)),
    ("softplus", |x, _| x.softplus()),
    ("logaddexp", |x, k| x.logaddexp(x.index(k))),
    ("hypot", |x, k| x.hypot(k as f64)),
    ("relu", |x, _| x.relu()),
    ("isnan", |x, _| x.isnan()),
    ("convert", |x, k| x.convert(DType::ALL[k.unsigned_abs() % 7])),
    ("sum", |x, k| x.sum_axis(k)),
    ("prod", |x, k| x.prod_axis(k)),
    ("max", |x, k| x.max_axis(k)),
    ("min all", |x, _| x.min()),
    ("mean", |x, k| x.mean_axis(k)),
    ("var", |x, k| x.var_ddof(k, 1)),
    ("std", |x, k| x.std_axis(k)),
    ("norm", |x, k| x.norm_axis(k)),
    ("any", |x, k| x.any_axis(k)),
    ("logsumexp", |x, k| x.logsumexp_axis(k)),
    ("softmax", |x, k| x.softmax(k)),
    ("log_softmax", |x, k| x.log_softmax(k)),
    ("argmax", |x, k| x.argmax_axis(k)),
    ("argmin all", |x, _| x.argmin()),
    ("cumsum", |x, k| x.cumsum(k)),
    ("reshape", |x, k| x.reshape([k.unsigned_abs(), 1])),
    ("reshape_infer", |x, k| x.reshape_infer(&[k, -1])),
    ("ravel", |x, _| x.ravel()),
    ("transpose", |x, _| x.t()),
    ("permute", |x, k| x.permute([k, 0])),
    ("swapaxes", |x, k| x.swapaxes(k, -1)),
    ("moveaxis", |x, k| x.moveaxis(0, k)),
    ("squeeze", |x, _| x.squeeze()),
    ("squeeze axis", |x, k| x.squeeze_axis(k)),
    ("expand_dims", |x, k| x.expand_dims(k)),
    ("broadcast_to", |x, k| x.broadcast_to([k.unsigned_abs(), 2, 3])),
    ("dim", |x, k| x * x.dim(k) as f64),
    ("concat", |x, k| Tensor::concat([x, x], k)),
    ("stack", |x, k| Tensor::stack([x, x, x], k)),
    ("split", |x, k| x.split(k.unsigned_abs(), 0).into_iter().sum()),
    ("split_at", |x, k| x.split_at(&[k.unsigned_abs()], -1).pop().unwrap_or_else(|| x.clone())),
    ("tile", |x, k| x.tile(&[2, k.unsigned_abs()])),
    ("repeat", |x, k| x.repeat(2, k)),
    ("flip", |x, k| x.flip(k)),
    ("roll", |x, k| x.roll(k, -1)),
    ("pad", |x, k| x.pad(&vec![(k.unsigned_abs(), 0); x.rank()], 0)),
    ("index", |x, k| x.index(k)),
    ("range", |x, k| x.index(k..)),
    ("slice_axis", |x, k| x.slice_axis(-1, ..k)),
    ("take", |x, k| x.take(Tensor::from_array([0, 1]), k)),
    ("take nothing", |x, k| x.take(Tensor::from_array([0i32; 0]), k)),
    ("take self", |x, k| x.take(x, k)),
    ("take_along_axis", |x, k| x.take_along_axis(x.argmax_axis(k).expand_dims(k), k)),
    ("at_add", |x, k| x.at_add(Tensor::from_array([k as i32]), 1)),
    ("one_hot", |x, k| x.one_hot::<f32>(k.unsigned_abs())),
    ("diag", |x, k| x.diag_offset(k)),
    ("diagonal", |x, k| x.diagonal(k)),
    ("trace", |x, _| x.trace()),
    ("tril", |x, k| x.tril(k)),
    ("dot", |x, _| x.dot(x)),
    ("matmul", |x, _| x.matmul(x.t())),
    ("outer", |x, _| x.outer(x)),
    ("inner", |x, _| x.inner(x)),
    ("vdot", |x, _| x.vdot(x)),
    ("tensordot", |x, k| x.tensordot(x, k.unsigned_abs())),
    ("tensordot_axes", |x, k| x.tensordot_axes(x, k, k)),
    ("einsum", |x, _| Tensor::einsum("...i,...i->...", [x, x])),
    ("einsum diagonal", |x, _| Tensor::einsum("...ii->i...", [x])),
    ("full_like", |x, k| x.full_like(k as f64)),
    ("arange", |x, k| Tensor::arange(0.0..k as f64).sum() * x),
    ("linspace", |x, k| Tensor::linspace(0.0, 1.0, k.unsigned_abs()).sum() * x),
    ("eye", |x, k| Tensor::eye_with::<f64>(3, 2, k).sum() * x),
    ("stop_gradient", |x, _| x.stop_gradient()),
];

const SHAPES: &[&[usize]] = &[&[], &[0], &[1], &[3], &[2, 3], &[3, 3], &[2, 0, 3], &[1, 2, 1]];

const NUMBERS: [isize; 6] = [-7, -1, 0, 1, 2, 9];

fn array(dtype: DType, shape: &[usize]) -> Array {
    let n: usize = shape.iter().product();
    match dtype {
        DType::Bool => Array::from_vec(shape, vec![true; n]),
        DType::U8 => Array::from_vec(shape, vec![1u8; n]),
        DType::I32 => Array::from_vec(shape, vec![1i32; n]),
        DType::F32 => Array::from_vec(shape, vec![0.5f32; n]),
        _ => Array::from_vec(shape, vec![0.5; n]),
    }
    .unwrap()
}

/// A well-formed program, or an error at a line of this file.
fn sound(what: &str, traced: Result<Jaxpr, Error>) -> Option<Jaxpr> {
    match traced {
        Ok(jaxpr) => {
            jaxpr.check().unwrap_or_else(|e| panic!("{what}: {e}"));
            Some(jaxpr)
        }
        Err(e) => {
            let inside = e.source_location().is_some_and(|at| at.file() == file!());
            assert!(inside && !e.to_string().contains("internal"), "{what}: {e}");
            None
        }
    }
}

/// Like [`sound`] for what must succeed.
fn succeeds(what: &str, transform: &str, x: Array, f: impl Function<(Tensor,)>) {
    let traced = make_jaxpr(f, x).unwrap_or_else(|e| panic!("{transform} of {what}: {e}"));
    traced.check().unwrap_or_else(|e| panic!("{transform} of {what}: {e}"));
}

#[test]
fn no_method_panics_and_every_program_can_be_transformed() {
    for (name, f) in METHODS {
        for dtype in [DType::F64, DType::F32, DType::I32, DType::U8, DType::Bool] {
            for shape in SHAPES {
                for k in NUMBERS {
                    let what = format!("{name} {k} of {dtype}{shape:?}");
                    let f = |x: Tensor| f(&x, k);
                    let x = array(dtype, shape);
                    let Some(jaxpr) = sound(&what, make_jaxpr(f, &x)) else { continue };
                    let batch = array(dtype, &[&[2], *shape].concat());
                    succeeds(&what, "vmap", batch, vmap(f));
                    if !jaxpr.out_avals()[0].dtype.is_float() || !dtype.is_float() {
                        continue;
                    }
                    succeeds(&what, "jvp", x.clone(), |x: Tensor| jvp(f, x.clone(), x));
                    let pull = |x: Tensor| vjp(f, x.clone()).1.call(f(x)).0;
                    succeeds(&what, "vjp", x.clone(), pull);
                    succeeds(&what, "hessian", x, hessian(f));
                }
            }
        }
    }
}

#[test]
fn every_program_runs() {
    let mut all: Vec<(Method, isize, Array)> = Vec::new();
    for &method in METHODS {
        for shape in SHAPES {
            for k in [0, 1] {
                let x = array(DType::F64, shape);
                if make_jaxpr(|x: Tensor| method.1(&x, k), &x).is_ok() {
                    all.push((method, k, x));
                }
            }
        }
    }
    for group in all.chunks(400) {
        let f = jit(|xs: Vec<Tensor>| -> Vec<Tensor> {
            xs.iter().zip(group).map(|(x, ((_, f), k, _))| f(x, *k)).collect()
        });
        let points: Vec<Array> = group.iter().map(|(_, _, x)| x.clone()).collect();
        let results = f.call(points).unwrap();
        for (result, ((name, _), k, x)) in results.iter().zip(group) {
            let size = result.to_host().unwrap().shape().size();
            assert_eq!(size, result.shape().size(), "{name} {k} of {}", x.shape());
        }
    }
}
