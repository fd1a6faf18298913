//! Chunks and budgets: the same values in less memory.

use cotangent::{
    Array, Device, HessianMode, Jit, Tensor, default_device, hessian, jacfwd, jacobian, jacrev,
    jit, vmap,
};

fn array(shape: &[usize]) -> Array {
    let n: usize = shape.iter().product();
    let values: Vec<f64> = (0..n).map(|i| 0.3 + 0.17 * ((i * 7 + 3) % 11) as f64).collect();
    Array::from_slice(shape, &values).unwrap()
}

fn close(a: &Array, b: &Array, what: &str) {
    assert_eq!(a.shape(), b.shape(), "{what}");
    let (a, b) = (a.to_vec::<f64>().unwrap(), b.to_vec::<f64>().unwrap());
    for (x, y) in a.iter().zip(&b) {
        assert!((x - y).abs() <= 1e-12 * (1.0 + y.abs()), "{what}: {x} is not {y}");
    }
}

/// Entangles every element with its neighbours, and with all of them.
fn mixed(x: Tensor) -> Tensor {
    let flat = x.flatten();
    flat.sin() * flat.clone().cumsum(0) + flat.square().sum() * &flat
}

const SHAPES: &[&[usize]] =
    &[&[], &[0], &[1], &[2], &[7], &[3, 5], &[2, 1, 3], &[2, 0], &[2, 3, 2]];

#[test]
fn jacobians_in_chunks_have_the_same_values() {
    for shape in SHAPES {
        let x = array(shape);
        let whole = jit(jacrev(mixed)).call(&x).unwrap();
        for n in [1, 2, 3, 4, 6, 100] {
            let what = format!("{shape:?} in chunks of {n}");
            close(&jit(jacrev(mixed).chunk(n)).call(&x).unwrap(), &whole, &what);
            close(&jit(jacfwd(mixed).chunk(n)).call(&x).unwrap(), &whole, &what);
            close(&jit(jacobian(mixed).chunk(n)).call(&x).unwrap(), &whole, &what);
            let plain = jit(jacfwd(mixed).chunk(n)).optimize(false);
            close(&plain.call(&x).unwrap(), &whole, &what);
        }
    }
}

#[test]
fn chunks_of_several_arguments_and_results() {
    let f = |x: Tensor, y: Tensor| (x.matmul(&y), (x.sum() * y.square()).sum_axis(0), y.exp());
    let (x, y) = (array(&[2, 3]), array(&[3, 5]));
    let flat = |((a, b), (c, d), (e, g)): ((Array, Array), (Array, Array), (Array, Array))| {
        [a, b, c, d, e, g]
    };
    let pair = |j: ([Array; 2], [Array; 2], [Array; 2])| {
        let ([a, b], [c, d], [e, g]) = j;
        flat(((a, b), (c, d), (e, g)))
    };
    let whole = pair(jit(jacrev(f).argnums([0, 1])).call((&x, &y)).unwrap());
    for n in [1, 2, 4, 7] {
        let rev = pair(jit(jacrev(f).argnums([0, 1]).chunk(n)).call((&x, &y)).unwrap());
        let fwd = pair(jit(jacfwd(f).argnums([0, 1]).chunk(n)).call((&x, &y)).unwrap());
        for ((a, b), w) in rev.iter().zip(&fwd).zip(&whole) {
            close(a, w, &format!("rows in chunks of {n}"));
            close(b, w, &format!("columns in chunks of {n}"));
        }
    }
}

type Scalar = (&'static str, fn(Tensor) -> Tensor);

/// Functions whose Hessians are diagonal, of full rank, and of low rank.
fn scalars() -> [Scalar; 3] {
    [
        ("separable", |x| (x.sin() * x.powi(3)).sum()),
        ("pairs", |x| {
            let x = x.flatten();
            let n = x.shape()[0];
            let d = x.reshape([n, 1]) - x.reshape([1, n]);
            (d.square() + 1.0).sqrt().sum()
        }),
        ("norm", |x| (x.square().sum() + 1.0).log()),
    ]
}

#[test]
fn hessians_in_chunks_have_the_same_values() {
    for (name, f) in scalars() {
        for shape in [&[0][..], &[1], &[5], &[2, 3]] {
            let x = array(shape);
            let whole = jit(hessian(f)).call(&x).unwrap();
            for mode in HessianMode::ALL {
                for n in [1, 2, 3] {
                    let what = format!("{name} {shape:?} {} in chunks of {n}", mode.name());
                    let parts = jit(hessian(f).mode(mode).chunk(n)).call(&x).unwrap();
                    close(&parts, &whole, &what);
                }
            }
        }
    }
}

#[test]
fn maps_in_chunks_have_the_same_values() {
    let f = |a: Tensor, x: Tensor, k: Tensor| (a.matmul(&x) * &k, k.sin());
    let (a, x, k) = (array(&[2, 3]), array(&[3, 5]), array(&[5]));
    let whole = vmap(f).in_axes([None, Some(1), Some(0)]).out_axes(-1);
    let (y, z) = jit(whole.clone()).call((&a, &x, &k)).unwrap();
    for n in [1, 2, 3, 5, 9] {
        let (p, q) = jit(whole.clone().chunk(n)).call((&a, &x, &k)).unwrap();
        close(&p, &y, &format!("chunks of {n}"));
        close(&q, &z, &format!("chunks of {n}"));
    }
    // Chunks inside chunks, and a derivative of a map in chunks.
    let g = |x: Tensor| vmap(|x: Tensor| x.sin() * x.sum()).chunk(2).call(x).sum();
    let h = |x: Tensor| vmap(|x: Tensor| x.sin() * x.sum()).call(x).sum();
    let x = array(&[3, 2]);
    close(
        &jit(hessian(g).mode(HessianMode::FwdRev).chunk(4)).call(&x).unwrap(),
        &jit(hessian(h)).call(&x).unwrap(),
        "a Hessian in chunks of a map in chunks",
    );
}

#[test]
fn the_peak_never_grows_as_the_chunk_shrinks() {
    for (name, f) in scalars() {
        let x = array(&[64]);
        for mode in HessianMode::ALL {
            let peaks: Vec<f64> = [1, 2, 3, 5, 8, 16, 31, 32, 33, 63, 64]
                .iter()
                .map(|&n| {
                    hessian(f).mode(mode).chunk(n).explain(&x).unwrap().candidates[0].cost.peak
                })
                .collect();
            for pair in peaks[..peaks.len() - 1].windows(2) {
                // But for the room of a few scalars.
                assert!(pair[0] <= pair[1] + 256.0, "{name} {}: {peaks:?}", mode.name());
            }
        }
    }
}

#[test]
fn a_budget_is_kept() {
    let f = |x: Tensor| {
        let wide = x.reshape([200, 1]) * x.reshape([1, 200]);
        wide.cumsum(0).sin().cumsum(1).cos().sum_axis(1)
    };
    let x = array(&[200]);
    let peak = |budget: usize| {
        let e = jacfwd(f).budget(budget).explain(&x).unwrap();
        (e.candidates[e.choice].cost.peak, e.candidates[e.choice].chunk)
    };
    let (all, chunk) = peak(usize::MAX);
    assert_eq!(chunk, None);
    let half = (all / 2.0) as usize;
    let (less, chunk) = peak(half);
    assert!(less <= half as f64 && chunk.is_some(), "{less} of {half} in chunks {chunk:?}");
    let error = jacfwd(f).budget(400_000).explain(&x).unwrap_err().to_string();
    assert!(error.contains("jacfwd: needs at least"), "{error}");
    assert!(error.contains("1600 for the arguments, 320000 for the result"), "{error}");
    let error = jit(vmap(f).budget(10)).call(array(&[2, 200])).unwrap_err().to_string();
    assert!(error.contains("vmap: needs at least") && error.contains("memory.rs"), "{error}");
}

#[test]
fn the_choice_is_explained() {
    let tall = |x: Tensor| x.sum() * Tensor::arange(0.0..1000.0).sin();
    let e = jacobian(tall).explain(1.0).unwrap();
    assert_eq!(e.candidates.iter().map(|c| c.name).collect::<Vec<_>>(), ["rev", "fwd"]);
    let shown = hessian(mixed).explain(array(&[3])).unwrap().to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 5, "{shown}");
    assert_eq!(lines.iter().filter(|l| l.starts_with("> ")).count(), 1, "{shown}");
    for name in ["fwd-rev", "rev-rev", "rev-fwd", "fwd-fwd"] {
        assert!(shown.contains(name), "{shown}");
    }
}

type Compiled = Jit<Box<dyn Fn(Tensor) -> Tensor>, (Tensor,)>;

/// Programs whose peak is measured, in a process each: nothing else must take memory there.
fn large(name: &str) -> (Compiled, Array) {
    let entangled = |x: Tensor| {
        let n = x.shape()[0];
        let wide = x.reshape([n, 1]) * x.reshape([1, n]);
        wide.cumsum(0).sin().cumsum(1).cos().sum_axis(1)
    };
    let scalar = move |x: Tensor| entangled(x).sum();
    let f: Box<dyn Fn(Tensor) -> Tensor> = match name {
        "diagonal" => Box::new(|x| hessian(|x: Tensor| x.powi(3).sum()).call(x)),
        "jacobian" => Box::new(move |x| jacfwd(entangled).call(x)),
        "jacobian in chunks" => Box::new(move |x| jacfwd(entangled).chunk(20).call(x)),
        "hessian in chunks" => {
            Box::new(move |x| hessian(scalar).mode(HessianMode::FwdRev).chunk(16).call(x))
        }
        _ => Box::new(|x| {
            let wide = x.expand_dims(1) * x.expand_dims(0);
            wide.sin().matmul(wide.cos()).exp().sum_axis(0)
        }),
    };
    let n = match name {
        "diagonal" => 4000,
        "product" => 1500,
        _ => 240,
    };
    (jit(f), array(&[n]))
}

/// Bytes from a line of `/proc/self/status`.
fn status(key: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|l| l.starts_with(key)).unwrap();
    1024.0 * line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap()
}

/// The variable that names the program which a process of its own is to run.
const PROGRAM: &str = "COTANGENT_TEST_PROGRAM";

/// Prints the planned peak of a program, and by how much the memory of this process grew.
fn measure(name: &str) {
    let (f, x) = large(name);
    let lowered = f.lower(&x).unwrap();
    let planned = lowered.cost().peak;
    let program = lowered.compile().unwrap();
    let before = status("VmRSS");
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let result = program.call(&x).unwrap();
    println!("peak {planned} {}", status("VmHWM") - before);
    drop(result);
}

/// Starts itself anew for each program, because the peak of a process never falls.
#[test]
fn the_planned_peak_is_that_of_the_running_program() {
    if let Ok(name) = std::env::var(PROGRAM) {
        return measure(&name);
    }
    if default_device().unwrap() != Device::Cpu {
        return; // The process does not see the memory of a GPU.
    }
    let this = "transformations::memory::the_planned_peak_is_that_of_the_running_program";
    for name in ["diagonal", "product", "jacobian", "jacobian in chunks", "hessian in chunks"] {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", this, "--nocapture"])
            .env(PROGRAM, name)
            .output()
            .unwrap();
        let text = String::from_utf8(child.stdout).unwrap();
        let line = text.lines().find(|l| l.contains("peak ")).unwrap_or_else(|| panic!("{text}"));
        let numbers: Vec<f64> = line.split_whitespace().filter_map(|w| w.parse().ok()).collect();
        let [planned, measured] = numbers[..] else { panic!("{line}") };
        let right = 0.8 * measured <= planned && planned <= 1.2 * measured;
        assert!(right, "{name}: planned {planned:e}, measured {measured:e}");
        println!("{name}: planned {planned:e}, measured {measured:e}");
    }
}
