"""The workloads on JAX, for scripts/compare.py.

    jax_suite.py list WORKLOAD SIZE DTYPE                  prints the compositions
    jax_suite.py run WORKLOAD SIZE DTYPE COMPOSITION DATA  measures one and prints a row as JSON

The folder DATA holds the inputs, as `workloads --inputs DATA` writes them; the results go to
DATA/results, all arrays one after the other, so that one program judges the results of both sides.

"fwd-rev" is jacfwd(jacrev(f)), and so on. Beside these stand what an expert would write for the
problem: rows of the Hessian one after the other ("map"), Taylor mode ("jet"), and products with a
vector of each colour where the Hessian is known to be sparse ("3-colour"). The functions are those
of examples/common/functions.rs; data are arguments, never constants of the program.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from statistics import median

import jax
import jax.numpy as jnp
import numpy as np
from jax import grad, jacfwd, jacrev, jvp, vmap
from jax.experimental import jet

MEMORY_LIMIT = 8e9  # Bytes, as in examples/workloads/isolated.rs.
SLOW = 5.0  # Seconds; a longer call is not repeated.
WINDOWS = 4  # The best median of so many counts, as in examples/common/timing.rs.
QUIET = 0.08  # While others use more than this share of the machine, wait and try again.

G1 = [8, 16, 16, 1]
G2 = [16] * 10 + [10]


# The functions.

def poly(x):
    return jnp.sum(x**2 - x**3 - x)


def forecast(x, W, b):
    return jnp.tanh(W @ x + b)


def forecast_by_weights(W, b, x):
    return forecast(x, W, b)


def sum_sin(x):
    return jnp.sum(jnp.sin(x))


def logistic(w, X, y):
    return jnp.sum(jnp.logaddexp(-y * (X @ w), 0.0))


def quadratic(x, A):
    return x @ (A @ x)


def pairs(r):
    d = r[:, None, :] - r[None, :, :]
    return jnp.sum(jnp.sqrt(jnp.sum(d**2, axis=-1) + 1e-3))


def network(sizes, theta, x, act):
    h, k = x, 0
    for i, o in zip(sizes, sizes[1:]):
        W, b = theta[k:k + o * i].reshape(o, i), theta[k + o * i:k + o * i + o]
        k += o * i + o
        z = h @ W.T + b
        h = act(z)
    return z


def mlp(theta, X, y):
    return jnp.mean((network(G1, theta, X, jnp.tanh)[:, 0] - y) ** 2)


def classifier(theta, X, y):
    chances = jax.nn.log_softmax(network(G2, theta, X, jax.nn.relu), axis=1)
    return -jnp.mean(jnp.take_along_axis(chances, y.astype(jnp.int32)[:, None], axis=1))


def classifier_first_layer(W1, rest, X, y):
    return classifier(jnp.concatenate([W1, rest]), X, y)


def factorization(U, V, T):
    return jnp.sum((U @ V.T - T) ** 2)


def poisson(q, base, alpha, n):
    theta = q[1:]
    e = base * jnp.exp(jnp.tensordot(theta, alpha, axes=1))
    nu = q[0] * e[0] + jnp.sum(e[1:], axis=0)
    return jnp.sum(nu - n * jnp.log(nu)) + 0.5 * jnp.sum(theta**2)


def rosenbrock(x):
    head, tail = x[:-1], x[1:]
    return jnp.sum(100.0 * (tail - head**2) ** 2 + (1.0 - head) ** 2)


def orbit(p, y0, target, steps=100, size=0.05):
    def slope(y):
        return p[:6] * jnp.sin(jnp.roll(y, -1)) - p[6:] * y**3

    def step(y, _):
        k1 = slope(y)
        k2 = slope(y + size / 2 * k1)
        k3 = slope(y + size / 2 * k2)
        k4 = slope(y + size * k3)
        return y + size / 6 * (k1 + 2 * (k2 + k3) + k4), None

    y, _ = jax.lax.scan(step, y0, length=steps)
    return 0.5 * jnp.sum((y - target) ** 2)


def gaussian_process(h, X, y):
    d = (X[:, None] - X[None]) * jnp.exp(-h[:3])
    K = jnp.exp(h[3] - 0.5 * jnp.sum(d**2, -1)) + jnp.exp(h[4]) * jnp.eye(len(X), dtype=X.dtype)
    L = jnp.linalg.cholesky(K)
    a = jax.scipy.linalg.solve_triangular(L, y, lower=True)
    return -0.5 * a @ a - jnp.sum(jnp.log(jnp.diag(L))) - 0.5 * len(X) * np.log(2 * np.pi)


def likelihood(p, observed, nominal, entries, row, factors, norms, shapes, bin_factors, shifts, up, down,
               normal, normal_aux, normal_sigma, poisson_at, poisson_aux):
    p = jnp.concatenate([p, jnp.array([1.0, 0.0])])

    def product(places):
        return jnp.prod(p[places], axis=1)

    def poisson(counts, rates):
        return -jnp.sum(jax.scipy.special.xlogy(counts, rates) - rates - jax.scipy.special.gammaln(counts + 1))

    alpha = p[norms]
    inside = jnp.abs(alpha) < 1
    near = jnp.where(inside, alpha, 0.0)
    sum_ = jnp.zeros_like(near)
    for k in reversed(range(2, 8)):
        sum_ = (sum_ + shapes[..., k]) * near
    beyond = jnp.where(alpha >= 0, alpha * jnp.log(shapes[..., 0]), -alpha * jnp.log(shapes[..., 1]))
    factor = jnp.exp(jnp.sum(jnp.where(inside, jnp.log1p(sum_), beyond), axis=-1)) * product(factors)
    alpha = p[shifts][row]
    mean, bend, square = (up + down) * 0.5, up - down, alpha**2
    near = alpha * (mean + alpha * bend * 0.0625 * (15 + square * (-10 + 3 * square)))
    beyond = jnp.where(alpha >= 0, alpha * up, alpha * down)
    numbers = nominal + jnp.sum(jnp.where(jnp.abs(alpha) <= 1, near, beyond), axis=-1)
    numbers = numbers * factor[row] * product(bin_factors)
    expected = jnp.concatenate([numbers, jnp.array([0.0])])[entries].sum(axis=-1)
    pull = (normal_aux - p[normal]) / normal_sigma
    widths = jnp.sum(jnp.log(normal_sigma) + 0.5 * np.log(2 * np.pi))
    return (poisson(observed, expected) + 0.5 * jnp.sum(pull**2) + widths
            + poisson(poisson_aux, p[poisson_at] * poisson_aux))


# Their derivatives.

def hessians(f):
    return {
        "fwd-rev": jacfwd(jacrev(f)),
        "rev-rev": jacrev(jacrev(f)),
        "rev-fwd": jacrev(jacfwd(f)),
        "fwd-fwd": jacfwd(jacfwd(f)),
    }


def jacobians(f, argnums=0):
    return {"rev": jacrev(f, argnums), "fwd": jacfwd(f, argnums)}


def for_each_example(derivatives):
    return {name: vmap(d, in_axes=(0, None, None)) for name, d in derivatives.items()}


def products(f):
    return {
        "fwd-rev": lambda x, v: jvp(grad(f), (x,), (v,))[1],
        "rev-rev": lambda x, v: grad(lambda x: jnp.vdot(grad(f)(x), v))(x),
        "rev-fwd": lambda x, v: grad(lambda x: jvp(f, (x,), (v,))[1])(x),
    }


def products_with_data(f):
    """The same for a function of more than its variable; the vector comes last."""
    def of(kind):
        return lambda x, *rest: products(lambda x: f(x, *rest[:-1]))[kind](x, rest[-1])
    return {kind: of(kind) for kind in ("fwd-rev", "rev-rev")}


def wholes(f):
    """Value, gradient and Hessian."""
    def of(hessian):
        return lambda x, *rest: (*jax.value_and_grad(f)(x, *rest), hessian(x, *rest))
    return {name: of(hessian) for name, hessian in hessians(f).items()}


def units(x):
    return jnp.eye(x.size, dtype=x.dtype).reshape((x.size,) + x.shape)


def one_by_one(f):
    """The rows of the Hessian one after the other, in the memory of one."""
    def hessian(x):
        row = lambda v: jvp(grad(f), (x,), (v,))[1]
        return jax.lax.map(row, units(x)).reshape(x.shape + x.shape)
    return hessian


def diagonals(f, end=lambda diagonal: diagonal):
    """The diagonal of the Hessian, or what `end` makes of it."""
    def of(hessian):
        return lambda x: end(jnp.diagonal(hessian(x).reshape(x.size, x.size)))

    def vhv(x):
        return end(vmap(lambda v: jnp.vdot(v, jvp(grad(f), (x,), (v,))[1]))(units(x)))

    def taylor(x):
        second = lambda v: jet.jet(f, (x,), ((v, jnp.zeros_like(x)),))[1][1]
        return end(vmap(second)(units(x)))

    named = {name: of(hessian) for name, hessian in hessians(f).items()}
    return named | {"vhv": vhv, "jet": taylor}


def laplacians(f):
    """The trace of the Hessian of a function of more than its variable."""
    def vhv(x, *rest):
        one = lambda v: jnp.vdot(v, jvp(grad(lambda x: f(x, *rest)), (x,), (v,))[1])
        return vmap(one)(units(x)).sum()

    def loop(x, *rest):
        one = lambda v: jnp.vdot(v, jvp(grad(lambda x: f(x, *rest)), (x,), (v,))[1])
        return jax.lax.map(one, units(x)).sum()

    def taylor(x, *rest):
        second = lambda v: jet.jet(lambda x: f(x, *rest), (x,), ((v, jnp.zeros_like(x)),))[1][1]
        return vmap(second)(units(x)).sum()

    def of(hessian):
        return lambda x, *rest: jnp.trace(hessian(x, *rest))

    named = {name: of(hessian) for name, hessian in hessians(f).items()}
    return named | {"vhv": vhv, "loop": loop, "jet": taylor}


def three_products(x):
    """Columns i, i + 3, i + 6, ... of a tridiagonal Hessian have no row in common."""
    colours = (jnp.arange(x.size) % 3 == jnp.arange(3)[:, None]).astype(x.dtype)
    return vmap(lambda v: jvp(grad(rosenbrock), (x,), (v,))[1])(colours)


def tridiagonal(x):
    columns, i = three_products(x), jnp.arange(x.size)
    low, high = i[:-1], i[1:]
    hessian = jnp.zeros((x.size, x.size), x.dtype).at[i, i].set(columns[i % 3, i])
    hessian = hessian.at[low, high].set(columns[high % 3, low])
    return hessian.at[high, low].set(columns[low % 3, high])


def elements_of_three(x):
    """The elements that are not zero, row by row."""
    columns, i = three_products(x), jnp.arange(x.size)
    row = lambda k: columns[(i + k) % 3, i]
    return jnp.stack([row(-1), row(0), row(1)], 1).reshape(-1)[1:-1]


def diagonal_of_three(x):
    i = jnp.arange(x.size)
    return three_products(x)[i % 3, i]


def compositions(workload, size):
    n = int(size.split("x")[0])
    if workload == "F":
        # The dense compositions of the large one would need hundreds of GB.
        dense = hessians(pairs) if n < 1000 else {"fwd-rev": jacfwd(jacrev(pairs))}
        return dense | ({"map": one_by_one(pairs)} if n >= 100 else {})
    return {
        "A": lambda: hessians(poly),
        "A_grad": lambda: jacobians(poly),
        "A_diag": lambda: diagonals(poly),
        "A_lap": lambda: diagonals(poly, jnp.sum),
        "B1": lambda: jacobians(forecast),
        "B2": lambda: jacobians(forecast_by_weights, (0, 1)),
        "B3": lambda: hessians(forecast),
        "B4": lambda: for_each_example(jacobians(forecast)),
        "B5": lambda: for_each_example(hessians(forecast)),
        "C": lambda: products(sum_sin),
        "D": lambda: hessians(logistic),
        "E": lambda: hessians(quadratic),
        "F_lap": lambda: diagonals(pairs, jnp.sum),
        "G1": lambda: hessians(mlp),
        "G2": lambda: hessians(classifier),
        "G3": lambda: hessians(classifier_first_layer),
        "H": lambda: hessians(factorization),
        "I": lambda: hessians(poisson),
        "G1_hvp": lambda: products_with_data(mlp),
        "G2_hvp": lambda: products_with_data(classifier),
        "I_hvp": lambda: products_with_data(poisson),
        "G_lap": lambda: laplacians(lambda x, theta: network([n, 64, 64, 1], theta, x[None], jnp.tanh).sum()),
        "J_sparse": lambda: {"3-colour": elements_of_three},
        "J": lambda: hessians(rosenbrock) | {"3-colour": tridiagonal},
        "K": lambda: hessians(orbit),
        "L": lambda: hessians(gaussian_process),
        "M": lambda: wholes(likelihood),
        "J_diag": lambda: diagonals(rosenbrock) | {"3-colour": diagonal_of_three},
    }[workload]()


# Measuring.

def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def processors():
    """Seconds of the clock, of all processors in use, and of those that this process used."""
    ticks = [int(t) for t in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    own = resource.getrusage(resource.RUSAGE_SELF)
    used = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")
    return time.perf_counter(), used, own.ru_utime + own.ru_stime


def others(before, after):
    """The share of the machine that others used between two moments."""
    wall, used, own = (b - a for a, b in zip(before, after))
    return max(0.0, (used - own) / (wall * os.cpu_count()))


def wait_quiet():
    start = time.perf_counter()
    while time.perf_counter() - start < 6:
        before = processors()
        time.sleep(0.25)
        if others(before, processors()) < QUIET:
            return


def window(call, group):
    """The median and the least time of a call, the number of timings, and the others' share."""
    before, times, total = processors(), [], 0.0
    while ((len(times) < 1000 or total < 0.1) and (total < 0.4 or len(times) < 5)
           and (total < 4.0 or len(times) < 3)):
        taken = seconds(call) if group == 1 else seconds(lambda: [call() for _ in range(group)])
        times.append(taken / group)
        total += taken
    return median(times), min(times), len(times), others(before, processors())


def bench(call):
    """The window with the least median."""
    before = processors()
    first = seconds(call)
    if first > SLOW:
        return first, first, 1, others(before, processors())
    group = max(1, int(20e-6 / seconds(call)))
    start, best = time.perf_counter(), None
    for k in range(2 * WINDOWS):
        wait_quiet()
        found = window(call, group)
        best = found if best is None else min(best, found)
        if k + 1 >= WINDOWS and best[3] <= QUIET or time.perf_counter() - start > 8:
            break
    return best


def memory(field):
    """A field of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


def run(workload, size, dtype, composition, data):
    row = dict(workload=workload, size=size, dtype=dtype, composition=composition, peer="jax", note="")
    jax.config.update("jax_enable_x64", dtype == "f64")
    if os.environ.get("JAX_CPU_ENABLE_ASYNC_DISPATCH") == "0":  # JAX does not read it itself.
        jax.config.update("jax_cpu_enable_async_dispatch", False)
    derivative = compositions(workload, size)[composition]
    args = []
    for name, shape, is_integer in json.loads((data / "inputs.json").read_text()):
        values = np.fromfile(data / f"{name}.f32", np.float32).reshape(shape)
        real = {"f32": jnp.float32, "f64": jnp.float64}[dtype]
        args.append(jnp.asarray(values, jnp.int32 if is_integer else real))
    jax.jit(lambda x: jnp.sin(x) + 1)(args[0]).block_until_ready()  # Starts the backend.
    wait_quiet()
    try:
        Path("/proc/self/clear_refs").write_text("5")  # The peak begins anew.
    except OSError:
        pass

    # The compiler needs memory too, and the results of two calls may exist at a time.
    resource.setrlimit(resource.RLIMIT_DATA, (memory("VmData") + int(2 * MEMORY_LIMIT), -1))

    def build():
        """Lowers and compiles a function that JAX has not seen before; times in ms."""
        start = time.perf_counter()
        lowered = jax.jit(lambda *args: derivative(*args)).lower(*args)
        middle = time.perf_counter()
        compiled = lowered.compile()
        return 1e3 * (middle - start), 1e3 * (time.perf_counter() - middle), compiled

    built = [build()]
    while len(built) < 4 and built[0][1] < 1500:
        built.append(build())
    warm = built[1:] or built
    row["lower_ms"], row["compile_ms"] = (median(b[k] for b in warm) for k in (0, 1))
    plan = built[0][2].memory_analysis()
    need = plan.temp_size_in_bytes + plan.output_size_in_bytes
    if need > MEMORY_LIMIT:
        row["note"] += f"skipped: it needs {need / 1e9:.0f} GB;"
        return row
    f = jax.jit(derivative)
    call = lambda: jax.block_until_ready(f(*args))
    results = jax.tree.leaves(call())
    row["peak_mb"] = memory("VmHWM") / 1e6
    row["out_bytes"] = sum(r.nbytes for r in results)
    with open(data / "results", "wb") as file:
        for result in results:
            np.asarray(result).tofile(file)
    del results
    middle, least, row["reps"], row["others"] = bench(call)
    row["exec_us"], row["exec_min_us"] = 1e6 * middle, 1e6 * least
    if least > SLOW:
        row["note"] += "single call, over 5 s;"
    return row


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["list", workload, size, dtype]:
            print("\n".join(compositions(workload, size)))
        case ["run", workload, size, dtype, composition, data]:
            print(json.dumps(run(workload, size, dtype, composition, Path(data))))
        case _:
            sys.exit(__doc__)
