//! Programs from text. That what is printed reads back is checked wherever a program is printed, and
//! of all that the tests of primitives, transformations and loops trace.

use crate::support::document::reads_back;
use cotangent::params::Policy;
use cotangent::{
    Array, Complex, Jaxpr, Tensor, bf16, checkpoint, cond, custom_jvp, custom_vjp, eval_jaxpr,
    hessian, jit, make_jaxpr, root, scan, while_loop,
};
use expect_test::expect;

#[test]
fn long_programs_have_variables_named_like_words() {
    // Among thousands of names are `in`, `let`, `inf` and `nan`.
    let long = |x: Tensor| (0..9500).fold(x, |x, k| if k % 2 == 0 { x.sin() } else { x * 0.5 });
    reads_back(&make_jaxpr(long, 1.0).unwrap());
}

#[test]
fn literals_of_every_kind() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 5e-324, -1.7976931348623157e308];
    let f = move |x: Tensor, z: Tensor, h: Tensor, n: Tensor| {
        let x = odd.iter().fold(x, |x, &c| x + c);
        let z = z * Complex::new(-0.0, f64::NAN) + Complex::new(1e300, f64::NEG_INFINITY);
        let no = n.gt(-7) | true;
        (x, z, h * bf16::from_f32(-1.5), no)
    };
    let args = (1.0, Complex::new(1.0, 2.0), bf16::ONE, i64::MIN);
    reads_back(&make_jaxpr(f, args).unwrap());
}

#[test]
fn programs_inside_of_programs() {
    let looped = |x: Tensor, a: Tensor| {
        let kept =
            |x: Tensor| x.sin().checkpoint_name("one \"name\"").debug_print("x = \"1\"").cos();
        let x = checkpoint(kept).policy(Policy::Names(vec!["one \"name\"".into()])).call(x);
        let doubled =
            custom_jvp(|x: Tensor| &x * &x, |(x,): (Tensor,), (t,): (Tensor,)| (&x * &x, x * t));
        let squared =
            custom_vjp(|x: Tensor| (x.square(), x), |x: Tensor, ct: Tensor| (x * ct * 2.0,));
        let solved = root(|x: Tensor, a: Tensor| x.powi(3) - a).call((Tensor::scalar(1.0), a));
        let steps = scan(move |x: Tensor, y: Tensor| (doubled.call(x.clone()) + y, x));
        let (x, ys) = steps.call((x, Tensor::from_array([1.0, 2.0])));
        let until = while_loop(|x: Tensor| x.lt(10.0), |x: Tensor| x * 1.5).bound(9).call(x);
        until + squared.call(solved) + ys.sum()
    };
    reads_back(&make_jaxpr(looped, (0.3, 2.0)).unwrap());
    reads_back(&make_jaxpr(hessian(looped), (0.3, 2.0)).unwrap());
}

#[test]
fn a_program_that_was_read_runs() {
    let text = "{ lambda w:f64[2]; x:f64[2]. let\n\n y:f64[2] = mul x w\n  s:f64[] = reduce_sum[axes=(0,)] y in (s, 1:i32[]) }";
    let error = Jaxpr::parse(text, vec![]).unwrap_err().to_string();
    assert!(error.contains("line 1, column 20: nothing is given for a constant f64[2]"), "{error}");
    let text = text.replace(" in", "\n in");
    let w = cotangent::HostArray::from_values([2], &[2.0, 3.0]).unwrap();
    let jaxpr = Jaxpr::parse(&text, vec![w]).unwrap();
    let f = jit(move |x: Tensor| eval_jaxpr(&jaxpr, &[x]));
    let outs = f.call(vec![1.0, 10.0]).unwrap();
    assert_eq!(outs[0].item::<f64>().unwrap(), 32.0);
    assert_eq!(outs[1].item::<i32>().unwrap(), 1);
    let error = f.call(Array::from(1.0)).unwrap_err().to_string();
    assert!(error.starts_with("eval_jaxpr: the program takes [f64[2]], not [f64[]]"), "{error}");
}

#[test]
fn what_is_wrong_with_a_text() {
    let texts = [
        "",
        "{ lambda ; a:f64[2]. let",
        "{ lambda ; a:f64[2]. let in (b,) }",
        "{ lambda ; a:f64[2]. let in (a,) } a",
        "{ lambda ; a:f64[2,x]. let in (a,) }",
        "{ lambda ; a:real[2]. let in (a,) }",
        "{ lambda ; a:f64[2] a:f64[2]. let in (a,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[2] = sin c\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[3] = sin a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[2] = sin a a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:bool[2] = eq a 0.x:f64[]\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[] = reduce_sum a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[] = reduce_sum[axes=0] a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[] = reduce_sum[axes=(2,)] a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[2] = sin[axes=(0,)] a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[2] = jit[name=f] a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[2] = cond[] a\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[2] = pad[padding_config=((0, 0, -1),)] a 0.0:f64[]\n in (b,) }",
        "{ lambda ; a:f64[2]. let\n b:f64[2] = gather[dimension_numbers=X() slice_sizes=(1,)] a a\n in (b,) }",
        "{ lambda ; a:i32[]. let\n b:i32[] = while[body_nconsts=0 cond_nconsts=0] a\n in (b,) }",
    ];
    let messages: Vec<String> = texts
        .iter()
        .map(|t| match Jaxpr::parse(t, vec![]) {
            Ok(_) => "NO ERROR".into(),
            Err(e) => e.kind().to_string(),
        })
        .collect();
    expect![[r#"
        jaxpr: line 1, column 1: the end of the text where there should be `{`
        jaxpr: line 1, column 25: the end of the text where there should be a variable or `=`
        jaxpr: line 1, column 30: nothing defines `b`
        jaxpr: line 1, column 36: `a` where there should be the end of the text
        jaxpr: line 1, column 20: `x` where there should be a size
        jaxpr: line 1, column 14: `real` where there should be a type such as `f32[2,3]`
        jaxpr: line 1, column 21: `a` is defined twice
        jaxpr: line 2, column 17: nothing defines `c`
        jaxpr: line 2, column 13: sin gives [f64[2]], not [f64[3]]
        jaxpr: line 2, column 13: sin applied to 2 operands
        jaxpr: line 2, column 19: 0.x is no f64[]
        jaxpr: line 2, column 12: reduce_sum needs a list of numbers as axes
        jaxpr: line 2, column 12: reduce_sum needs a list of numbers as axes
        jaxpr: line 2, column 12: reduce_sum: axis 2 is out of range for an array of rank 1
        jaxpr: line 2, column 13: sin has no parameter axes
        jaxpr: line 2, column 13: jit needs a program as jaxpr
        jaxpr: line 2, column 13: cond needs a program as jaxpr
        jaxpr: line 2, column 13: pad needs (low, high, interior) for each axis
        jaxpr: line 2, column 13: gather needs a record with a list of numbers offset_dims as dimension_numbers
        jaxpr: line 2, column 12: while needs several programs as jaxpr
    "#]].assert_eq(&(messages.join("\n") + "\n"));
}

#[test]
fn no_text_makes_it_panic() {
    let mixed = |x: Tensor, i: Tensor| {
        let y = x.take(&i, 0).index_set(1..3, 0.5);
        (
            y,
            x.at_max(&i, 1.0).sort(0),
            x.cumsum(0).argmax(),
            x.reshape([2, 2]).matmul(x.reshape([2, 2])),
        )
    };
    let looped = |x: Tensor, n: Tensor| {
        let (last, all) =
            scan(|x: Tensor, y: Tensor| (x.sin() + &y, y)).call((x, Tensor::ones::<f64>([3])));
        let until = while_loop(|x: Tensor| x.lt(10.0), |x: Tensor| x * 1.5).call(last);
        (cond(&n.gt(0), |x: Tensor| x.exp(), |x: Tensor| x, until), all)
    };
    let texts = [
        make_jaxpr(mixed, (vec![1.0; 4], vec![1, 2, 0])).unwrap().to_string(),
        make_jaxpr(looped, (1.0, 2)).unwrap().to_string(),
    ];
    let other = ["(", ")", "[", "7", "-1", "a", "True", ",", "f32[2]", "{", "=", ""];
    for text in texts {
        // Each word or sign replaced by each of these, or left out.
        let edges: Vec<usize> =
            text.char_indices().filter(|(_, c)| !c.is_alphanumeric()).map(|(i, _)| i).collect();
        for pair in edges.windows(2) {
            for word in other {
                let changed = [&text[..pair[0] + 1], word, &text[pair[1]..]].concat();
                let _ = Jaxpr::parse(&changed, vec![]);
                let _ =
                    Jaxpr::parse(&[&text[..pair[0]], word, &text[pair[0] + 1..]].concat(), vec![]);
            }
        }
    }
}
