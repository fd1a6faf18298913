"""Reference values of likelihoods: what pyhf 0.7.6 expects, its likelihood, and its best fit.

    pip install pyhf==0.7.6 "jax<0.5" iminuit
    python likelihood_reference.py       writes likelihood.json

Values come from pyhf's NumPy backend. Fits use gradients of its JAX backend, in f64, and SciPy, and
are polished by Newton steps with JAX's Hessian within the bounds. The first three workspaces are
pyhf's own: examples/2-bin_1-channel.json, tests/test_export/workspace_integer_data.json and
validation/xmlimport_input_bkg.json of its repository (Apache 2.0). The others are made here.
"""

import json
from pathlib import Path

import jax
import numpy as np
import pyhf
import scipy.optimize

jax.config.update("jax_enable_x64", True)


def sample(name, data, *modifiers):
    kinds = [dict(zip(("name", "type", "data"), m)) for m in modifiers]
    return {"name": name, "data": data, "modifiers": kinds}


def workspace(channels, observed, poi="mu", parameters=()):
    return {
        "channels": [{"name": n, "samples": s} for n, s in channels],
        "observations": [{"name": n, "data": d} for (n, _), d in zip(channels, observed)],
        "measurements": [{"name": "m", "config": {"poi": poi, "parameters": list(parameters)}}],
        "version": "1.0.0",
    }


def public():
    signal = lambda data: sample("signal", data, ("mu", "normfactor", None))
    two = [signal([5.0, 10.0]),
           sample("background", [50.0, 60.0], ("uncorr_bkguncrt", "shapesys", [5.0, 12.0]))]
    yield "2-bin_1-channel", workspace([("singlechannel", two)], [[50.0, 60.0]])
    one = [signal([5]), sample("background", [50], ("uncorr_bkguncrt", "shapesys", [6]))]
    settings = [
        {"name": "mu", "bounds": [[0, 10]], "fixed": False, "inits": [1]},
        {"name": "uncorr_bkguncrt", "bounds": [[1e-10, 10]], "fixed": False, "inits": [1]},
    ]
    yield "workspace_integer_data", workspace([("singlechannel", one)], [[50]], "mu", settings)
    syst = lambda name: (name, "normsys", {"hi": 1.05, "lo": 0.95})
    samples = [
        sample("signal", [20.0, 10.0], syst("syst1"), ("SigXsecOverSM", "normfactor", None)),
        sample("background1", [100.0, 0.0], ("lumi", "lumi", None),
               ("staterror_channel1", "staterror", [5.000000074505806, 0.0]), syst("syst2")),
        sample("background2", [0.0, 100.0], ("lumi", "lumi", None),
               ("staterror_channel1", "staterror", [0.0, 10.0]), syst("syst3")),
    ]
    settings = [
        {"name": "lumi", "auxdata": [1.0], "bounds": [[0.5, 1.5]], "fixed": True,
         "inits": [1.0], "sigmas": [0.1]},
        {"name": "SigXsecOverSM", "bounds": [[0.0, 3.0]], "inits": [1.0]},
        {"name": "syst1", "fixed": True},
    ]
    yield "xmlimport_input_bkg", workspace([("channel1", samples)], [[100.0, 100.0]],
                                       "SigXsecOverSM", settings)


def every_modifier():
    first = [
        sample("signal", [3.0, 8.0, 2.5], ("mu", "normfactor", None), ("lumi", "lumi", None),
               ("theory", "normsys", {"hi": 1.2, "lo": 0.7})),
        sample("bkg", [40.0, 55.0, 38.0], ("lumi", "lumi", None),
               ("scale", "histosys", {"hi_data": [44.0, 57.0, 36.0], "lo_data": [37.0, 50.0, 41.0]}),
               ("theory", "histosys", {"hi_data": [41.0, 55.0, 38.5], "lo_data": [39.5, 54.0, 37.0]}),
               ("stat1", "staterror", [2.0, 3.0, 0.0])),
        sample("other", [10.0, 0.0, 12.0], ("free", "shapefactor", None),
               ("mc", "shapesys", [2.0, 1.0, 3.0]), ("stat1", "staterror", [1.0, 0.5, 0.0])),
    ]
    second = [
        sample("signal", [6.0, 1.0], ("mu", "normfactor", None),
               ("theory", "normsys", {"hi": 0.9, "lo": 1.15})),
        sample("bkg", [30.0, 22.0], ("norm2", "normfactor", None),
               ("scale", "normsys", {"hi": 1.1, "lo": 0.95}), ("stat2", "staterror", [2.5, 1.5])),
    ]
    settings = [
        {"name": "lumi", "auxdata": [1.0], "bounds": [[0.5, 1.5]], "inits": [1.0], "sigmas": [0.03]},
        {"name": "free", "bounds": [[0.0, 4.0]] * 3, "fixed": True},
    ]
    return workspace([("first", first), ("second", second)], [[55, 66, 51], [39, 20]], "mu", settings)


def generated(n_channels, bins, n_norm, n_histo, seed):
    """Signal and two backgrounds in every channel, with systematics that channels share."""
    rng = np.random.default_rng(seed)
    near = lambda data, by: [round(float(v), 3) for v in np.asarray(data) * (1 + by * rng.standard_normal(len(data)))]
    channels, observed = [], []
    for c in range(n_channels):
        shape = np.linspace(1.0, 0.3, bins)
        signal = near(6 * shape[::-1], 0.1)
        one, two = near(60 * shape, 0.05), near(25 * np.ones(bins), 0.05)
        norms = [(f"norm{k}", "normsys", {"hi": round(1 + 0.02 + 0.08 * rng.random(), 3),
                                          "lo": round(1 - 0.02 - 0.08 * rng.random(), 3)})
                 for k in range(n_norm) if (k + c) % 3 != 0]
        histos = [(f"histo{k}", "histosys", {"hi_data": near(one, 0.04), "lo_data": near(one, 0.04)})
                  for k in range(n_histo) if (k + c) % 2 == 0]
        width = lambda data: [round(0.05 * v, 4) for v in data]
        channels.append((f"ch{c}", [
            sample("signal", signal, ("mu", "normfactor", None), *norms[:2]),
            sample("one", one, ("k1", "normfactor", None), *norms, *histos,
                   (f"stat{c}", "staterror", width(one))),
            sample("two", two, *norms[::2], (f"stat{c}", "staterror", width(two))),
        ]))
        mean = np.asarray(signal) + np.asarray(one) + np.asarray(two)
        observed.append([int(v) for v in rng.poisson(mean)])
    return workspace(channels, observed)


def fit(model, data):
    """The least negative log-likelihood within the bounds."""
    pyhf.set_backend("jax", precision="64b")
    model = pyhf.Model(model.spec, modifier_settings=model.config.modifier_settings,
                       poi_name=model.config.poi_name)
    data = jax.numpy.asarray(data)
    nll = lambda p: -model.logpdf(p, data)[0]
    value, slope, hessian = jax.jit(nll), jax.jit(jax.grad(nll)), jax.jit(jax.hessian(nll))
    p = np.array(model.config.suggested_init())
    fixed = np.array(model.config.suggested_fixed())
    low, high = np.array(model.config.suggested_bounds()).T
    bounds = [(v, v) if f else (a, b) for v, f, a, b in zip(p, fixed, low, high)]
    found = scipy.optimize.minimize(lambda q: (float(value(q)), np.array(slope(q))), p, jac=True,
                                    method="L-BFGS-B", bounds=bounds,
                                    options=dict(maxiter=20000, maxfun=100000, ftol=1e-15, gtol=1e-10))
    p = found.x
    for _ in range(20):
        g = np.array(slope(p))
        free = ~fixed & ~((p <= low) & (g > 0)) & ~((p >= high) & (g < 0))
        h = np.array(hessian(p))[np.ix_(free, free)]
        p = p.copy()
        p[free] = np.clip(p[free] - np.linalg.solve(h, g[free]), low[free], high[free])
    h = np.array(hessian(p))[np.ix_(~fixed, ~fixed)]
    errors = np.zeros(len(p))
    errors[~fixed] = np.sqrt(np.diag(np.linalg.inv(h)))
    pyhf.set_backend("numpy")
    return p, errors


def case(name, spec, normsys="code4", histosys="code4p", polish=True, lowest=-1.6):
    pyhf.set_backend("numpy")
    settings = {"normsys": {"interpcode": normsys}, "histosys": {"interpcode": histosys}}
    ws = pyhf.Workspace(spec)
    model = ws.model(modifier_settings=settings)
    data = ws.data(model)
    nll = lambda p: float(-model.logpdf(p, data)[0])
    init = np.array(model.config.suggested_init())
    fixed = np.array(model.config.suggested_fixed())
    low, high = np.array(model.config.suggested_bounds()).T
    rng = np.random.default_rng(1)
    points = [init]
    for least, most in ((-0.3, 0.3), (lowest, 1.6)):
        moved = np.clip(init + rng.uniform(least, most, len(init)), low + 1e-3, high)
        points.append(np.where(fixed, init, moved))
    rows = [{"parameters": list(map(float, p)), "nll": nll(p),
             "expected": list(map(float, model.expected_actualdata(p)))} for p in points]
    result = {"name": name, "workspace": spec, "normsys": normsys, "histosys": histosys,
              "names": model.config.par_names, "points": rows}
    if polish:
        best, errors = fit(model, data)
        result["fit"] = {"parameters": list(map(float, best)), "nll": nll(best),
                         "errors": list(map(float, errors))}
    print(name, len(init), "parameters", "fit", result.get("fit", {}).get("nll"))
    return result


cases = [case(name, spec) for name, spec in public()]
everything = every_modifier()
cases.append(case("every_modifier", everything))
cases.append(case("every_modifier code1 code0", everything, "code1", "code0"))
# Below -1 pyhf 0.7.6 has (b - 2a) alpha where its documentation has (b - 2a) (alpha + 1).
cases.append(case("every_modifier code4 code2", everything, "code4", "code2", polish=False, lowest=-0.9))
for n_channels, bins, n_norm, n_histo in [(1, 5, 2, 1), (3, 12, 30, 23), (10, 20, 150, 98), (16, 24, 70, 44)]:
    spec = generated(n_channels, bins, n_norm, n_histo, seed=7)
    cases.append(case(f"generated {n_channels}x{bins}", spec))
Path(__file__).with_name("likelihood.json").write_text(json.dumps(cases) + "\n")
