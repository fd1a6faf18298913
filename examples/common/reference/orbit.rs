//! The parameters of a differential equation.

use super::Problem;
use crate::common::functions::{ORBIT_STEP, ORBIT_STEPS};
use crate::common::inputs::arr;
use ndarray::{Array1, Array2, Axis};

/// A value with its gradient and Hessian in the twelve parameters.
#[derive(Clone)]
struct Jet {
    value: f64,
    gradient: Array1<f64>,
    hessian: Array2<f64>,
}

fn outer(a: &Array1<f64>, b: &Array1<f64>) -> Array2<f64> {
    let (column, row) = (a.view().insert_axis(Axis(1)), b.view().insert_axis(Axis(0)));
    &column * &row
}

impl Jet {
    fn constant(value: f64) -> Jet {
        Jet { value, gradient: Array1::zeros(12), hessian: Array2::zeros((12, 12)) }
    }

    fn variable(value: f64, k: usize) -> Jet {
        let mut jet = Jet::constant(value);
        jet.gradient[k] = 1.0;
        jet
    }

    /// `self + a other`
    fn plus(&self, a: f64, other: &Jet) -> Jet {
        Jet {
            value: self.value + a * other.value,
            gradient: &self.gradient + &(a * &other.gradient),
            hessian: &self.hessian + &(a * &other.hessian),
        }
    }

    fn times(&self, other: &Jet) -> Jet {
        let mixed = outer(&self.gradient, &other.gradient);
        Jet {
            value: self.value * other.value,
            gradient: &self.gradient * other.value + &other.gradient * self.value,
            hessian: &self.hessian * other.value + &other.hessian * self.value + &mixed + mixed.t(),
        }
    }

    fn sin(&self) -> Jet {
        let (s, c) = self.value.sin_cos();
        Jet {
            value: s,
            gradient: &self.gradient * c,
            hessian: &self.hessian * c - outer(&self.gradient, &self.gradient) * s,
        }
    }
}

/// `orbit`: the jets of the parameters, carried through every step of the method.
pub fn orbit() -> Problem {
    let (p, y0, target) = (arr(12, 1, 0.2, 1.0), arr(6, 0, 0.5, 1.5), arr(6, 2, 0.0, 1.0));
    let parameters: Vec<Jet> = (0..12).map(|k| Jet::variable(p[k], k)).collect();
    let slope = |y: &[Jet]| -> Vec<Jet> {
        let slope = |i: usize| {
            let cube = y[i].times(&y[i]).times(&y[i]);
            let turn = parameters[i].times(&y[(i + 1) % 6].sin());
            turn.plus(-1.0, &parameters[6 + i].times(&cube))
        };
        (0..6).map(slope).collect()
    };
    let step = |y: &[Jet], h: f64, k: &[Jet]| -> Vec<Jet> {
        y.iter().zip(k).map(|(y, k)| y.plus(h, k)).collect()
    };
    let h = ORBIT_STEP;
    let mut y: Vec<Jet> = y0.iter().map(|&v| Jet::constant(v)).collect();
    for _ in 0..ORBIT_STEPS {
        let k1 = slope(&y);
        let k2 = slope(&step(&y, h / 2.0, &k1));
        let k3 = slope(&step(&y, h / 2.0, &k2));
        let k4 = slope(&step(&y, h, &k3));
        for (k, weight) in [(k1, 1.0), (k2, 2.0), (k3, 2.0), (k4, 1.0)] {
            y = step(&y, weight * h / 6.0, &k);
        }
    }
    let hessian = y.iter().zip(&target).fold(Array2::zeros((12, 12)), |sum, (y, t)| {
        sum + outer(&y.gradient, &y.gradient) + &y.hessian * (y.value - t)
    });
    let inputs = vec![("p", p.into_dyn()), ("y0", y0.into_dyn()), ("target", target.into_dyn())];
    Problem::new(inputs, hessian.into_dyn())
}
