#!/usr/bin/env python3
"""Run the workloads on cotangent and on JAX in turn, and print one table of ratios.

    make compare                                     everything (an hour on two cores)
    make compare ROWS=A,F                            workloads whose names begin so
    make compare ROWS=D OPTIONS="--size 1000x200"    one size

Both sides get the same inputs, and one program judges all results. Each composition runs in a
process of its own. Of the right results of a side the fastest composition counts. JAX gets what an
expert would write beside its own compositions, runs without handing calls to another thread, and
is installed into target/peers if it is not there.
"""

import argparse
import datetime
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

JAX = "0.10.2"
CHECKOUT = Path(__file__).resolve().parent.parent
WORKLOADS = CHECKOUT / "target" / "release" / "examples" / "workloads"
PEERS = CHECKOUT / "target" / "peers"
SUITE = CHECKOUT / "scripts" / "peers" / "jax_suite.py"
HESSIAN = ["fwd-rev", "rev-rev", "rev-fwd", "fwd-fwd"]


def main():
    options = arguments()
    start = time.monotonic()
    cases = [tuple(line.split()) for line in workloads("--list", *selection(options)).splitlines()]
    saved = Path(options.save) if options.save else None
    rows = []
    if saved and (saved / "rows.json").exists():
        rows = json.loads((saved / "rows.json").read_text())
    if not options.report:
        python = environment()
        for case in cases:
            if time.monotonic() - start > 60 * options.minutes:
                say(f"{options.minutes} minutes are over; left out from {' '.join(case)} on")
                break
            kept = [row for row in rows if key(row) == case and row["peer"] == "jax" and options.reuse]
            fresh = ours(case, options.limit) + (kept or theirs(python, case, options.limit))
            rows = [row for row in rows if key(row) != case] + fresh
            save(saved, "rows.json", json.dumps(rows, indent=1))
    text = report(rows, options.same_composition)
    save(saved, "table.md", text)
    print(text)


def arguments():
    parser = argparse.ArgumentParser(description="Workloads on cotangent beside JAX")
    parser.add_argument("--rows", default="", help="workloads that begin so, such as A,F [default: all]")
    parser.add_argument("--size", default="", help="these sizes, such as 1000x200")
    parser.add_argument("--dtype", default="", help="these dtypes, such as f64")
    parser.add_argument("--limit", type=int, default=60, help="skip compositions that take more seconds [60]")
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no row after so many minutes")
    parser.add_argument("--same-composition", action="store_true", help="also compare each composition with its like")
    parser.add_argument("--save", metavar="DIR", help="keep the measurements here, beside those of earlier runs")
    parser.add_argument("--reuse", action="store_true", help="measure JAX only where no row of it is saved")
    parser.add_argument("--report", action="store_true", help="measure nothing, print the table of what is saved")
    options = parser.parse_args()
    if (options.report or options.reuse) and not options.save:
        parser.error("--report and --reuse need --save")
    return options


def selection(options):
    named = {"--only": options.rows, "--size": options.size, "--dtype": options.dtype}
    return [word for option, value in named.items() if value for word in (option, value)]


def say(text):
    print(text, file=sys.stderr, flush=True)


def save(folder, name, text):
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / (name + ".new")).write_text(text)
        (folder / (name + ".new")).replace(folder / name)


def workloads(*options):
    """What our program prints."""
    done = subprocess.run([WORKLOADS, *options], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"compare: {' '.join(options)} failed")
    return done.stdout


def environment():
    """The Python that has JAX; it is made if it is missing."""
    python = PEERS / "bin" / "python"
    version = [python, "-c", "import jax, numpy; print(jax.__version__)"]
    for attempt in range(2):
        if python.exists():
            found = subprocess.run(version, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            if found.stdout.strip() == JAX:
                return python
        if attempt:
            sys.exit(f"compare: {PEERS} has no JAX {JAX}; remove it and try again")
        say(f"compare: installing JAX {JAX} into {PEERS}")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in ([sys.executable, "-m", "venv", "--clear", PEERS], [*pip, f"jax=={JAX}", "numpy"]):
            if subprocess.run(command).returncode:
                sys.exit("compare: JAX could not be installed (the message stands above); it needs "
                         "Python 3.11 or newer with venv, and a network")


# Measuring.

def ours(case, limit):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        # It fails when a result is wrong; the rows say so.
        subprocess.run([WORKLOADS, "--case", *case, "--limit", str(limit), "--json", file])
        return json.loads(file.read_text())


def theirs(python, case, limit):
    listed = subprocess.run([python, SUITE, "list", *case], stdout=subprocess.PIPE, text=True, check=True)
    rows = []
    with tempfile.TemporaryDirectory(dir=CHECKOUT / "target") as data:
        workloads("--case", *case, "--inputs", data)
        for composition in listed.stdout.split():
            row = peer(python, case, composition, data, limit)
            if row.get("exec_us"):
                found = json.loads(workloads("--case", *case, "--check", f"{data}/results"))
                row |= {name: found[name] for name in ("max_err_vs_ref", "ref_scale")}
                row["note"] = " ".join(filter(None, (row["note"], found["note"])))
            say(f"jax {' '.join(case)} {composition}: exec {micro(row)} µs, lower {number(row.get('lower_ms'))} ms, "
                f"compile {number(row.get('compile_ms'))} ms, peak {number(row.get('peak_mb'))} MB, "
                f"error {row.get('max_err_vs_ref', '-')} {row['note']}")
            rows.append(row)
    return rows


def peer(python, case, composition, data, limit):
    """One row of JAX, from a process of its own."""
    fast = dict(os.environ, JAX_CPU_ENABLE_ASYNC_DISPATCH="0")
    command = [python, SUITE, "run", *case, composition, data]
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process = subprocess.Popen(command, env=fast, start_new_session=True, **pipes)
    row = dict(zip(("workload", "size", "dtype"), case), composition=composition, peer="jax", note="")
    try:
        out, complaints = process.communicate(timeout=limit)
    except BaseException as stop:
        os.killpg(process.pid, signal.SIGKILL)  # With what it may have started.
        process.communicate()
        if not isinstance(stop, subprocess.TimeoutExpired):
            raise
        return row | dict(note=f"skipped: it takes over {limit} s;")
    if process.returncode:
        last = (complaints.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        return row | dict(note=f"failed: {last[:160]};")
    return json.loads(out)


# The report.

def key(row):
    return row["workload"], row["size"], row["dtype"]


def right(row):
    return bool(row.get("exec_us")) and "wrong_result" not in row["note"]


def first_ms(row):
    """From the closure to the first result."""
    steps = (row.get(name) or 0 for name in ("trace_ms", "lower_ms", "compile_ms"))
    return sum(steps) + row["exec_us"] / 1e3


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def micro(row):
    return number(row.get("exec_us"))


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan


def table(head, lines):
    rule = ["---"] * len(head)
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *lines]) + "\n"


def machine():
    cpu = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
           if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {cpu[0] if cpu else 'an unknown processor'}"


def report(rows, same_composition):
    """Markdown: the table of best against best, and what else one must know of it."""
    order = [tuple(line.split()) for line in workloads("--list").splitlines()]
    cases = [case for case in order if any(key(row) == case for row in rows)]
    lines, execs, firsts, slow, apart = [], [], [], [], []
    for case in cases:
        own = [r for r in rows if key(r) == case and r["peer"] == "cotangent"]
        jax = [r for r in rows if key(r) == case and r["peer"] == "jax" and right(r)]
        name = " ".join(case)
        best = min(filter(right, own), key=lambda r: r["exec_us"], default=None)
        if best is None:
            lines.append([name] + ["–"] * 9)
            continue
        auto = next((r for r in own if right(r) and r["composition"] == "auto"), None)
        cells = [name, "–", f"{micro(best)} {best['composition']}", "–", "–", number(first_ms(best)), "–"]
        if jax:
            exec_, first = min(jax, key=lambda r: r["exec_us"]), min(jax, key=first_ms)
            ratios = exec_["exec_us"] / best["exec_us"], first_ms(first) / first_ms(best)
            execs.append(ratios[0])
            firsts.append(ratios[1])
            for what, ratio in zip(("a call", "the first call"), ratios):
                if ratio < 1:
                    slow.append(f"- {name}: {what} {ratio:.2f}×")
            cells[1:2] = [f"{micro(exec_)} {exec_['composition']}"]
            cells[3:5] = [f"{number(ratios[0])}×", number(first_ms(first))]
            cells[6] = f"{ratios[1]:.2f}×"
        cells.append(f"{auto['exec_us'] / best['exec_us']:.2f}" if auto else "–")
        peaks = [min((r["peak_mb"] for r in side if r.get("peak_mb")), default=None) for side in (jax, [best])]
        lines.append(cells + [number(peak) for peak in peaks])
        apart += spread(name, own)
    head = ["workload", "JAX µs", "cotangent µs", "ratio", "JAX first ms", "cotangent first ms", "ratio",
            "auto ÷ best", "JAX peak MB", "cotangent peak MB"]
    parts = [f"{datetime.date.today()}, {machine()}, JAX {JAX}.\n", table(head, lines),
             f"Geometric means over {len(execs)} rows: a call {mean(execs):.2f}×, the first call {mean(firsts):.2f}×.\n"]
    notes = [f"- {r['peer']} {' '.join(key(r))} {r['composition']}: {r['note']}" for r in rows if r["note"]]
    for title, found in (("Slower than JAX", slow), ("Compositions more than 2× apart", apart),
                         ("Notes", notes)):
        if found:
            parts.append(f"{title}:\n\n" + "\n".join(found) + "\n")
    if same_composition:
        parts.append(alike(rows, cases))
    return "\n".join(parts)


def spread(name, own):
    """A line if the compositions of one case differ much, or some have no right result."""
    times = {r["composition"]: r["exec_us"] for r in own if right(r) and r["composition"] in HESSIAN}
    missing = [r["composition"] for r in own if r["composition"] in HESSIAN and not right(r)]
    if len(times) > 1 and max(times.values()) > 2 * min(times.values()) or missing and times:
        each = [f"{c} {number(t)} µs" for c, t in times.items()] + [f"{c} –" for c in missing]
        return [f"- {name}: " + ", ".join(each)]
    return []


def alike(rows, cases):
    """A table of each composition against its like."""
    found = {(key(r), r["composition"], r["peer"]): r for r in rows if right(r)}
    lines, ratios = [], []
    for (case, composition, peer), row in found.items():
        other = found.get((case, composition, "jax"))
        if peer == "cotangent" and other:
            ratios.append(other["exec_us"] / row["exec_us"])
            lines.append((cases.index(case), [" ".join(case), composition, micro(other), micro(row),
                                              f"{number(ratios[-1])}×"]))
    lines = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
    head = ["workload", "composition", "JAX µs", "cotangent µs", "ratio"]
    return table(head, lines) + f"\nGeometric mean over {len(ratios)} rows: {mean(ratios):.2f}×.\n"


if __name__ == "__main__":
    main()
