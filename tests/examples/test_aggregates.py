"""The aggregates of examples/aggregates, against what Python computes of the same rows: over pieces that both shards merge, in groups, with nulls,
without rows. Their errors are within the bounds that their pages name."""

from __future__ import annotations

import bisect
import math
import random
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

import pytest
from cassandra import FunctionFailure
from cassandra.query import BatchStatement, BatchType

from harness import examples, sdk

PARTITIONS = 40
ROWS_OF_PARTITION = 500
COLUMNS = ("v", "x", "w", "price", "s", "at")
EPOCH = datetime(2024, 1, 1)
RARE = "rare"


def make_rows() -> list[dict]:
    """v: a heavy tail, also below 0. x: far from 0. w: a weight. price: a decimal. s: hot words and words that come once. at: seconds that repeat."""
    rng = random.Random(20)
    rows = []
    for p in range(PARTITIONS):
        for c in range(ROWS_OF_PARTITION):
            x = 1.7e12 + rng.randrange(1_000_000)
            row = {"p": p, "c": c, "v": rng.lognormvariate(2, 1.5) - 5, "x": x, "w": rng.choice((0.5, 1.0, 2.0, 3.25)),
                   "price": Decimal(rng.randrange(1, 100_000)).scaleb(-2), "at": EPOCH + timedelta(seconds=rng.randrange(5000)),
                   "s": f"word {int(rng.paretovariate(1))}" if rng.random() < 0.5 else f"{RARE} {p}/{c}"}
            for name in COLUMNS:
                if rng.random() < 0.05:
                    row[name] = None
            rows.append(row)
    return rows


ROWS = make_rows()


@pytest.fixture(scope="module")
def readings(session):
    """The table, and every example in its keyspace. Whatever merges keeps the laws of merging, or there would be warnings."""
    for name in examples.NAMES:
        for statement in examples.statements(name):
            warnings = session.execute_async(statement)
            warnings.result()
            assert not warnings.warnings, warnings.warnings
    session.execute("CREATE TABLE readings (p int, c int, v double, x double, w double, price decimal, s text, at timestamp, PRIMARY KEY (p, c))")
    insert = session.prepare("INSERT INTO readings (p, c, v, x, w, price, s, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    for start in range(0, len(ROWS), ROWS_OF_PARTITION):
        batch = BatchStatement(BatchType.UNLOGGED)
        for row in ROWS[start:start + ROWS_OF_PARTITION]:
            batch.add(insert, [row[name] for name in ("p", "c", *COLUMNS)])
        session.execute(batch)
    session.execute("INSERT INTO readings (p, c) VALUES (-1, 0)")
    return session


def values(rows: list[dict], *names: str) -> list:
    """Of the rows that have all of them."""
    found = [tuple(row[name] for name in names) for row in rows if all(row[name] is not None for name in names)]
    return [row[0] for row in found] if len(names) == 1 else found


def check(session, call: str, expected, same=None) -> None:
    """`expected(rows)` is what the aggregate makes of some rows: of all, of each partition, of nulls alone, of none."""
    same = same or (lambda got, wanted: got == wanted)
    [(got,)] = session.execute(f"SELECT {call} FROM readings")
    assert same(got, expected(ROWS)), f"{call} of all rows is {got}"
    groups = dict(session.execute(f"SELECT p, {call} FROM readings GROUP BY p"))
    assert len(groups) == PARTITIONS + 1
    nothing = expected([])
    assert same(groups.pop(-1), nothing), f"{call} of nulls"
    for p, got in groups.items():
        wanted = expected(ROWS[p * ROWS_OF_PARTITION:(p + 1) * ROWS_OF_PARTITION])
        assert same(got, wanted), f"{call} of partition {p} is {got}"
    [(got,)] = session.execute(f"SELECT {call} FROM readings WHERE p = -2")
    assert same(got, nothing), f"{call} without rows is {got}, not {nothing}"


def near(got, wanted) -> bool:
    return got is wanted is None or (got is not None and wanted is not None and math.isclose(got, wanted, rel_tol=1e-9))


def refused(session, call: str, match: str) -> None:
    with pytest.raises(FunctionFailure, match=match):
        session.execute(f"SELECT {call} FROM readings WHERE p = 1")


# ---- One value after the other -------------------------------------------------------------------------


def test_weighted_average(readings):
    def expected(rows):
        pairs = values(rows, "v", "w")
        return math.fsum(v * w for v, w in pairs) / math.fsum(w for _, w in pairs) if pairs else None
    check(readings, "weighted_average(v, w)", expected, near)


def test_weighted_average_of_decimals(readings):
    def expected(rows):
        pairs = values(rows, "price", "w")
        if not pairs:
            return None
        with localcontext(prec=60):
            total, weight = sum(price * Decimal(w) for price, w in pairs), sum(Decimal(w) for _, w in pairs)
            return total / weight
    # Sums are exact, the quotient has 34 digits.
    check(readings, "weighted_average(price, CAST(w AS decimal))", expected,
          lambda got, wanted: got is wanted is None or abs(got - wanted) < Decimal("1e-29"))


def test_weights_of_zero_have_no_average(readings):
    [(got,)] = readings.execute("SELECT weighted_average(v, 0) FROM readings")
    assert got is None


def test_geometric_mean(readings):
    check(readings, "geometric_mean(w)", lambda rows: statistics.geometric_mean(values(rows, "w")) if rows else None, near)
    assert readings.execute("SELECT geometric_mean(0) FROM readings").one()[0] == 0
    refused(readings, "geometric_mean(-1)", "takes no negative numbers")


def test_linear_regression(readings):
    def expected(rows):
        points = values(rows, "v", "x")
        if not points:
            return 0, None, None, None
        ys, xs = zip(*points)
        slope, intercept = statistics.linear_regression(xs, ys)
        return len(points), slope, intercept, statistics.correlation(xs, ys) ** 2

    def same(got, wanted):
        return got[0] == wanted[0] and all(a is b is None or math.isclose(a, b, rel_tol=1e-6) for a, b in zip(got[1:], wanted[1:]))
    check(readings, "linear_regression(v, x)", expected, same)


def test_linear_regression_of_a_line(readings):
    line = readings.execute("SELECT linear_regression(CAST(c AS double), CAST(c AS double)) AS line FROM readings WHERE p >= 0 ALLOW FILTERING").one().line
    assert (line.count, line.slope, line.r_squared) == (len(ROWS), pytest.approx(1), pytest.approx(1)) and abs(line.intercept) < 1e-9
    level = readings.execute("SELECT linear_regression(1, CAST(c AS double)) AS line FROM readings WHERE p = 1").one().line
    assert tuple(level) == (ROWS_OF_PARTITION, 0, 1, 1)
    upright = readings.execute("SELECT linear_regression(CAST(c AS double), 1) AS line FROM readings WHERE p = 1").one().line
    assert tuple(upright) == (ROWS_OF_PARTITION, None, None, None)


def test_histogram(readings):
    def expected(rows):
        return dict(Counter(math.floor(v / 2.5) * 2.5 for v in values(rows, "v"))) or None
    check(readings, "histogram(v, 2.5)", expected, lambda got, wanted: dict(got or {}) == (wanted or {}))
    refused(readings, "histogram(v, 0)", "takes a width above 0")
    with pytest.raises(FunctionFailure, match="more than 10000 buckets: a larger width makes fewer"):
        readings.execute("SELECT histogram(v, 1e-9) FROM readings")


@pytest.mark.parametrize("name, choose", [("first", min), ("last", max)])
@pytest.mark.parametrize("column", ["s", "v"])
def test_first_and_last(readings, name, choose, column):
    def expected(rows):
        pairs = values(rows, "at", column)
        return choose(pairs)[1] if pairs else None
    check(readings, f"{name}({column}, at)", expected)


def test_string_join(readings):
    for p in (3, 17):
        rows = ROWS[p * ROWS_OF_PARTITION:(p + 1) * ROWS_OF_PARTITION]
        [(got,)] = readings.execute(f"SELECT string_join(s, ', ') FROM readings WHERE p = {p}")
        assert got == ", ".join(values(rows, "s"))
    assert readings.execute("SELECT string_join(s, ', ') FROM readings WHERE p = -1").one()[0] is None
    # Partitions in the order in which they are read; rows in theirs.
    order = [row.p for row in readings.execute("SELECT DISTINCT p FROM readings")]
    assert readings.execute("SELECT string_join(s, '') FROM readings").one()[0] == "".join(
        "".join(values(ROWS[p * ROWS_OF_PARTITION:(p + 1) * ROWS_OF_PARTITION], "s")) for p in order if p >= 0)


# ---- Sketches ------------------------------------------------------------------------------------------------


CENTROIDS_MAX = 201


def rank_error(ordered: list[float], got: float, q: float) -> float:
    """How far the share of q is from those of numbers that are at most, or less than, what was got; 0 between them."""
    places = len(ordered) - 1
    low, high = (bisect.bisect_left(ordered, got) - 1) / places, bisect.bisect_right(ordered, got) / places
    return max(0.0, low - q, q - high)


def bound(q: float) -> float:
    """The share of the numbers that one centroid has."""
    return 2 * math.pi / 200 * math.sqrt(q * (1 - q))


QUANTILES = (0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1)


def check_quantile(ordered: list[float], got: float | None, q: float, centroids: int = 1) -> float:
    if not ordered:
        assert got is None
        return 0.0
    error = rank_error(ordered, got, q)
    assert error <= centroids * bound(q), f"{got} at {q}: {error} of the numbers are between it and the right one"
    return error


def test_percentile(readings):
    for q in QUANTILES:
        call = f"percentile(v, {100 * q!r})"
        ordered = sorted(values(ROWS, "v"))
        [(got,)] = readings.execute(f"SELECT {call} FROM readings")
        check_quantile(ordered, got, q)
        groups = dict(readings.execute(f"SELECT p, {call} FROM readings GROUP BY p"))
        assert groups.pop(-1) is None
        for p, got in groups.items():
            check_quantile(sorted(values(ROWS[p * ROWS_OF_PARTITION:(p + 1) * ROWS_OF_PARTITION], "v")), got, q)
    assert readings.execute("SELECT percentile(v, 50) FROM readings WHERE p = -2").one()[0] is None
    assert readings.execute("SELECT percentile(v, 0) FROM readings").one()[0] == min(values(ROWS, "v"))
    assert readings.execute("SELECT percentile(v, 100) FROM readings").one()[0] == max(values(ROWS, "v"))
    refused(readings, "percentile(v, 101)", "takes a p of 0 to 100")
    refused(readings, "percentile(v, w)", "takes one p for all rows")


def test_few_numbers_have_exact_percentiles(readings):
    rows = [row for row in ROWS if row["p"] == 2 and row["c"] < 60]
    ordered = sorted(values(rows, "v"))
    for q in QUANTILES:
        [(got,)] = readings.execute(f"SELECT percentile(v, {100 * q!r}) FROM readings WHERE p = 2 AND c < 60")
        place = q * (len(ordered) - 1)
        below = min(int(place), len(ordered) - 2)
        assert got == pytest.approx(ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below), rel=1e-9)


def test_a_digest_is_bounded_and_answers_many_questions(readings):
    ordered = sorted(values(ROWS, "v"))
    answers = readings.execute("SELECT t_digest(v) AS d, digest_count(t_digest(v)) AS n, digest_share(t_digest(v), 20) AS share,"
                               " digest_quantile(t_digest(v), 0.25) AS low, digest_quantile(t_digest(v), 0.75) AS high FROM readings").one()
    assert len(answers.d.means) == len(answers.d.counts) <= CENTROIDS_MAX
    assert sum(answers.d.counts) == answers.n == len(ordered)
    assert (answers.d.least, answers.d.greatest) == (ordered[0], ordered[-1])
    share = bisect.bisect_right(ordered, 20) / len(ordered)
    assert abs(answers.share - share) <= bound(share)
    check_quantile(ordered, answers.low, 0.25)
    check_quantile(ordered, answers.high, 0.75)


def test_stored_digests_become_one(readings):
    readings.execute("CREATE TABLE daily (p int PRIMARY KEY, d frozen<digest>)")
    insert = readings.prepare("INSERT INTO daily (p, d) VALUES (?, ?)")
    for p, d in readings.execute("SELECT p, t_digest(v) FROM readings GROUP BY p"):
        readings.execute(insert, (p, d))
    ordered = sorted(values(ROWS, "v"))
    whole = readings.execute("SELECT digests(d) AS d, digest_quantile(digests(d), 0.5) AS half FROM daily").one()
    assert sum(whole.d.counts) == len(ordered) and len(whole.d.means) <= CENTROIDS_MAX
    check_quantile(ordered, whole.half, 0.5)


@pytest.fixture(scope="module")
def distributions(readings):
    """Numbers that are hard to summarise: sorted, few different ones, of all magnitudes, infinite."""
    rng = random.Random(7)
    count = 10_000
    made = {
        "uniform": [rng.random() for _ in range(count)],
        "ascending": [float(i) for i in range(count)],
        "falling": [-float(i) ** 3 for i in range(count)],
        "few": [float(rng.choice((1, 2, 2, 2, 3))) for _ in range(count)],
        "magnitudes": [rng.choice((-1, 1)) * 10.0 ** rng.uniform(-300, 308) for _ in range(count)],
        "infinite": [rng.choice((-math.inf, math.inf, rng.gauss(0, 1), rng.gauss(0, 1))) for _ in range(count)],
    }
    readings.execute(f"CREATE TABLE distributions (p int, c int, {', '.join(f'{name} double' for name in made)}, PRIMARY KEY (p, c))")
    insert = readings.prepare(f"INSERT INTO distributions (p, c, {', '.join(made)}) VALUES (?, ?, {', '.join('?' * len(made))})")
    for start in range(0, count, 500):
        batch = BatchStatement(BatchType.UNLOGGED)
        for i in range(start, start + 500):
            batch.add(insert, (i // 500, i, *(numbers[i] for numbers in made.values())))
        readings.execute(batch)
    return readings, made


def test_digests_of_hard_numbers(distributions):
    session, made = distributions
    for name, numbers in made.items():
        ordered = sorted(numbers)
        digest = session.execute(f"SELECT t_digest({name}) AS d FROM distributions").one().d
        assert sum(digest.counts) == len(ordered) and len(digest.means) <= CENTROIDS_MAX + 2
        questions = ", ".join(f"digest_quantile(t_digest({name}), {q!r})" for q in QUANTILES)
        answers = session.execute(f"SELECT {questions} FROM distributions").one()
        # A mean of numbers of very different magnitudes is at the end of its centroid.
        errors = [check_quantile(ordered, got, q, 2 if name == "magnitudes" else 1) for q, got in zip(QUANTILES, answers)]
        print(f"{name}: the largest error is {max(errors):.5f}, at the median {errors[5]:.5f}")


def test_distinct_count(readings):
    def expected(rows):
        return len(set(values(rows, "s")))
    # 3 standard errors of 0.81 %.
    check(readings, "distinct_count(textAsBlob(s))", expected, lambda got, wanted: abs(got - wanted) <= 0.0244 * wanted)
    [(got,)] = readings.execute("SELECT distinct_count(intAsBlob(c)) FROM readings WHERE p = 1")
    assert got == pytest.approx(ROWS_OF_PARTITION, rel=0.0244)
    counts = [row[1] for row in readings.execute("SELECT p, distinct_count(intAsBlob(c)) FROM readings GROUP BY p") if row.p >= 0]
    assert len(set(counts)) == 1, "the same values in each partition"
    assert readings.execute("SELECT distinct_count(intAsBlob(p)) FROM readings").one()[0] == PARTITIONS + 1
    small = readings.execute("SELECT distinct_count(intAsBlob(p)) FROM readings WHERE p = 1").one()[0]
    assert small == 1


@pytest.mark.parametrize("crate", ["distinct_count"])
def test_the_estimate_has_no_bias(crate):
    """By the crate's own tests: thousands of sketches of up to a million values."""
    sdk.cargo(["test", "--quiet", "--locked", "--release"], examples.DIRECTORY / crate)


def test_top_k(readings):
    """There are ten times as many words as counters."""
    k, counters = 10, 1024
    def exact(rows):
        return Counter(values(rows, "s"))

    def same(got, counts):
        got = got or []
        missed_max = sum(counts.values()) / (counters + 1)
        ranked = counts.most_common(k + 1)
        frequent = [word for word, count in ranked[:k] if len(ranked) <= k or count > ranked[k][1] + missed_max]
        return (len(got) == min(k, len(counts)) and [entry.count for entry in got] == sorted((entry.count for entry in got), reverse=True)
                and all(entry.missed <= missed_max and entry.count <= counts[entry.value] <= entry.count + entry.missed for entry in got)
                and all(word in {entry.value for entry in got} for word in frequent))
    assert len(exact(ROWS)) > 8 * counters
    check(readings, f"top_k(s, {k})", exact, same)
    # Of few words it is exact.
    rows = ROWS[:ROWS_OF_PARTITION]
    got = readings.execute("SELECT top_k(s, 3) AS top FROM readings WHERE p = 0").one().top
    wanted = sorted(exact(rows).items(), key=lambda item: (-item[1], item[0]))[:3]
    assert [(entry.value, entry.count, entry.missed) for entry in got] == [(word, count, 0) for word, count in wanted]
    refused(readings, "top_k(s, 0)", "takes a k of 1 to 1000")
    refused(readings, "top_k(s, c)", "takes a k of 1 to 1000|takes one k for all rows")
