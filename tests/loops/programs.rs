//! What loops look like.

use cotangent::{Tensor, grad, make_jaxpr, scan};
use expect_test::expect;

fn step(c: Tensor, x: Tensor) -> (Tensor, Tensor) {
    let c = (c * x).sin();
    (c.clone(), c)
}

#[test]
fn a_loop_and_its_gradient() {
    let f = |x: Tensor| scan(step).call((Tensor::scalar(1.0), x)).0;
    let jaxpr = make_jaxpr(grad(f), vec![0.5; 3]).unwrap();
    jaxpr.check().unwrap();
    expect![[r#"
        { lambda ; a:f64[3]. let
            b:f64[] c:f64[3] d:f64[3] e:f64[3] = scan[
              length=3
              num_carry=1
              num_consts=0
              reverse=false
              jaxpr={ lambda ; a:f64[] b:f64[]. let
                  c:f64[] = mul a b
                  d:f64[] = sin c
                  e:f64[] = cos c
                in (d, d, a, e) }
            ] 1.0:f64[] a
            f:f64[] g:f64[3] = scan[
              length=3
              num_carry=1
              num_consts=0
              reverse=true
              jaxpr={ lambda ; a:f64[] b:f64[] c:f64[] d:f64[]. let
                  e:f64[] = mul a d
                  f:f64[] = mul c e
                  g:f64[] = mul e b
                in (g, f) }
            ] 1.0:f64[] a d e
          in (g,) }"#]]
    .assert_eq(&jaxpr.to_string());
}
