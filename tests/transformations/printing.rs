//! Values printed by running programs: a process of its own prints, so that all of it can be read.

use cotangent::{
    Complex, Device, HessianMode, Tensor, grad, hessian, jit, linear_transpose, scan, vmap,
};
use std::process::Command;

/// The name of the test that prints, and of the variable that lets it.
const PRINTS: &str = "transformations::printing::what_is_printed";
const VARIABLE: &str = "COTANGENT_TEST_PRINTS";

fn cpu<Args: cotangent::Arguments, F: cotangent::Function<Args>>(f: F) -> cotangent::Jit<F, Args> {
    jit(f).on(Device::Cpu)
}

#[test]
fn what_is_printed() {
    if std::env::var_os(VARIABLE).is_none() {
        return;
    }
    let shown = |x: Tensor| x.sin().debug_print("sin \"x\"").exp().sum();
    let x = vec![0.0, 1.5];
    cpu(shown).call(x.clone()).unwrap();
    cpu(grad(shown)).call(x.clone()).unwrap();
    cpu(hessian(shown).mode(HessianMode::RevFwd)).call(x.clone()).unwrap();
    cpu(vmap(|x: Tensor| x.debug_print("batch"))).call(x.clone()).unwrap();
    let sums = scan(|s: Tensor, x: Tensor| ((s + x).debug_print("s"), Tensor::scalar(0.0)));
    cpu(move |x: Tensor| sums.call((Tensor::scalar(0.0), x)).0).call(x).unwrap();
    cpu(|n: Tensor| n.gt(1).debug_print("n")).call(vec![1, 2]).unwrap();
    cpu(|z: Tensor| z.debug_print("ζ")).call(Complex::new(0.5f32, -1.0)).unwrap();
}

#[test]
fn values_are_printed_when_they_are_computed() {
    let this = std::env::current_exe().unwrap();
    let mut command = Command::new(this);
    let done =
        command.args([PRINTS, "--exact", "--nocapture"]).env(VARIABLE, "1").output().unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{text}");
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("[") && line.contains(": ")).collect();
    let sin = "sin \"x\": f64[2] [0.         0.99749499]";
    let wanted = [
        sin,
        sin,
        sin,
        "batch: f64[2] [0.  1.5]",
        "s: f64[] 0.",
        "s: f64[] 1.5",
        "n: bool[2] [false  true]",
        "ζ: c64[] 0.5-1.j",
    ];
    assert_eq!(lines, wanted, "{text}");
}

#[test]
fn values_and_derivatives_are_those_without() {
    let plain = |x: Tensor| x.sin().exp().sum();
    let shown = |x: Tensor| x.sin().debug_print("x").exp().sum();
    let x = vec![0.3, -1.2, 2.0];
    for mode in HessianMode::ALL {
        let [a, b] = [
            cpu(hessian(plain).mode(mode)).call(x.clone()).unwrap(),
            cpu(hessian(shown).mode(mode)).call(x.clone()).unwrap(),
        ];
        assert_eq!(a.to_vec::<f64>().unwrap(), b.to_vec::<f64>().unwrap());
    }
    let twice =
        |x: Tensor| linear_transpose(|y: Tensor| y.debug_print("y") * 2.0, x.clone()).call(x).0;
    assert_eq!(cpu(twice).call(1.5).unwrap().item::<f64>().unwrap(), 3.0);
}

#[test]
fn it_prints_on_the_cpu_only() {
    let shown = jit(|x: Tensor| x.debug_print("x")).on(Device::Cpu).kernels(false);
    let error = shown.call(1.0).unwrap_err().to_string();
    assert!(error.contains("debug_print: values are printed on the CPU only"), "{error}");
    assert!(error.contains("printing.rs"), "{error}");
}
