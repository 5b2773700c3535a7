#!/usr/bin/env python3
"""Writes the golden vectors: a second implementation of every rule, from the standard library alone.

Usage: python3 generate.py [DIRECTORY]   (default: the directory of this file)
It shares no code with the Rust crate, so a vector that both agree on is right or wrong in two languages.
"""
import hashlib, json, pathlib, struct, sys
from decimal import Decimal, getcontext
from fractions import Fraction

OUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
U64, U128 = 2**64, 2**128
getcontext().prec = 60


def write(name, **groups):
    text = json.dumps(groups, indent=1) + "\n"
    (OUT / f"{name}.json").write_text(text)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def floor_div(a, b):
    return a // b


def ceil_div(a, b):
    return -(-a // b)


# Pseudo-random but fixed numbers: SHA-256 of a label and a counter.
def stream(label):
    n = 0
    while True:
        yield int.from_bytes(sha(label.encode(), n.to_bytes(8, "big")), "big")
        n += 1


# ---- fees -----------------------------------------------------------------------------------------------------------
def split(gross, fee_bps, stakers_bps, referrer_bps, discount_bps, has_referrer):
    provider = floor_div(gross * (10000 - fee_bps), 10000)
    fee = gross - provider
    discount = floor_div(fee * discount_bps, 10000)
    kept = fee - discount
    stakers = floor_div(kept * stakers_bps, 10000)
    referrer = floor_div(kept * referrer_bps, 10000) if has_referrer else 0
    return provider, discount, stakers, referrer, kept - stakers - referrer


def fees():
    default, joule = (800, 2500, 500, 0), (800, 2500, 500, 1000)
    cases = [(g, default, r) for g in range(51) for r in (False, True)]
    cases += [(g, joule, True) for g in range(51)]
    amounts = [350_400_000, 1_000_000, 999_999, 10**18, U128 // 2, U128 - 2, U128 - 1]
    terms = [default, joule, (0, 0, 0, 0), (2000, 10000, 0, 10000), (2000, 0, 10000, 0), (1, 1, 1, 1), (250, 3333, 6667, 1)]
    cases += [(g, t, r) for g in amounts for t in terms for r in (False, True)]
    rows = []
    for gross, t, has in cases:
        parts = split(gross, *t, has)
        assert sum(parts) == gross
        row = dict(gross=str(gross), fee_bps=t[0], stakers_bps=t[1], referrer_bps=t[2], discount_bps=t[3], has_referrer=has)
        rows.append(row | dict(zip(("provider", "discount", "stakers", "referrer", "treasury"), map(str, parts))))
    write("fees", split=rows)


# ---- prices ---------------------------------------------------------------------------------------------------------
UNIT_SECS = {"hour": 3600, "minute": 60}


def prices():
    quotes = []
    for price, units, secs, unit in [
        (800_000, 1, 3600, "hour"), (800_000, 1, 1, "hour"), (800_000, 1, 9, "hour"), (1, 1, 1, "hour"), (1, 1, 3600, "hour"),
        (1, 1, 3601, "hour"), (3600, 1, 7, "hour"), (0, 5, 100, "hour"), (5, 0, 100, "hour"), (5, 5, 0, "hour"),
        (60, 1, 61, "minute"), (7, 3, 59, "minute"), (7, 3, 60, "minute"), (7, 3, 61, "minute"), (20_000, 500, 99, "gigabyte"),
        (10_000, 100, 0, "task"), (3, 7, 1, "data_point"), (10**30, U64 - 1, 3600, "task"), (10**12, U64 - 1, 1, "hour"),
        (U128 - 1, 1, 3600, "hour"), (U128 - 1, 1, 60, "minute"), (U128 - 1, 1, 3601, "hour"), (2**90, 2**40, 3600, "hour"),
        (U128 - 1, 2, 0, "task"),
    ]:
        exact = price * units if unit not in UNIT_SECS else ceil_div(price * units * secs, UNIT_SECS[unit])
        quotes.append(dict(price=str(price), units=str(units), max_secs=str(secs), unit=unit,
                           quote=str(exact) if exact < U128 else None))
    accruals = []
    for rate, secs, funded in [
        (3600, 1, 10), (3599, 1, 10), (1, 3599, 10), (1, 3600, 10), (800_000, 1800, 10**9), (800_000, 1801, 10**9),
        (800_000, 10**9, 400_000), (U128 - 1, 3600, U128 - 1), (U128 - 1, 3601, U128 - 1), (U128 - 1, U64 - 1, 7), (0, 99, 5), (9, 0, 5),
    ]:
        accruals.append(dict(rate_per_hour=str(rate), secs=str(secs), funded=str(funded),
                             accrued=str(min(floor_div(rate * secs, 3600), funded))))
    hours, days = 730 * 3600, 30 * 86400
    earnings = []
    for name, price, unit, units, util, secs in [
        ("High-end GPU (RTX 4090)", 800_000, "hour", 1, 6000, hours),
        ("Mid-range GPU (RTX 3080)", 400_000, "hour", 1, 6000, hours),
        ("Server CPU (32 cores)", 150_000, "hour", 1, 7000, hours),
        ("Network (1Gbps)", 20_000, "gigabyte", 500, 10000, days),
        ("Mobile Device", 10_000, "task", 100, 10000, days),
        ("one odd second a minute", 7, "minute", 3, 3333, 61),
    ]:
        per = UNIT_SECS.get(unit, 86400)
        gross = floor_div(price * units * secs * util, per * 10000)
        net = floor_div(gross * 9200, 10000)
        earnings.append(dict(name=name, price=str(price), unit=unit, units=str(units), utilisation_bps=util, period_secs=str(secs),
                             gross=str(gross), net=str(net), fee=str(gross - net)))
    assert [e["gross"] for e in earnings[:5]] == ["350400000", "175200000", "76650000", "300000000", "30000000"]
    assert (earnings[0]["net"], earnings[0]["fee"]) == ("322368000", "28032000")
    write("price", quote=quotes, accrued=accruals, earnings=earnings)


# ---- kinds, trust, reputation, score -----------------------------------------------------------------------------------
def kinds():
    gb, gib = 10**9, 2**30
    tiers = []
    for memory, bandwidth in [
        (0, 0), (8 * gb - 1, 10**13), (8 * gb, 0), (24564 * 2**20, 1_008 * gb), (24 * gib, 0), (24 * gib + 1, 0),
        (32 * gib, 1_792 * gb), (40 * gb - 1, 1_300 * gb), (40 * gb, 1_300 * gb - 1), (40 * gb, 1_300 * gb), (48 * gib, 768 * gb),
        (80 * gb - 1, 1_299 * gb), (80 * gb, 0), (81559 * 2**20, 3_350 * gb), (U64 - 1, U64 - 1),
    ]:
        if memory < 8 * gb:
            tier = None
        elif memory >= 80 * gb or (memory >= 40 * gb and bandwidth >= 1_300 * gb):
            tier = "datacenter"
        else:
            tier = "prosumer" if memory > 24 * gib else "consumer"
        tiers.append(dict(memory_bytes=str(memory), bandwidth=str(bandwidth), tier=tier))
    limits = {
        "gpu": ("memory_bytes", [8 * gb, 12 * gb, 16 * gb, 24 * gb, 24 * gib + 1, 40 * gb, 80 * gb]),
        "cpu": ("cores", [2, 4, 8, 16, 32, 64, 128]),
        "network": ("network_mbps", [10, 50, 100, 250, 500, 1000, 10000]),
        "mobile": ("cores", []), "iot": ("memory_bytes", []),
    }
    bands = []
    for kind, (field, table) in limits.items():
        for value in sorted({0, 1, 10**6} | {v + d for v in table for d in (-1, 0, 1)}):
            bands.append(dict(kind=kind, field=field, value=str(value), band=sum(value >= limit for limit in table)))
    write("kind", tier=tiers, band=bands)


def trusts():
    joule = 10**6
    rows = []
    for stake, windows, successes, rate, partner, banned, level in [
        (0, 99, 999, 10000, False, False, "none"), (100 * joule - 1, 99, 999, 10000, True, False, "none"),
        (100 * joule, 0, 0, 0, False, False, "basic"), (1_000 * joule, 9, 0, 0, False, False, "basic"),
        (1_000 * joule - 1, 10, 0, 0, False, False, "basic"), (1_000 * joule, 10, 0, 0, False, False, "verified"),
        (10_000 * joule, 10, 100, 9499, False, False, "verified"), (10_000 * joule, 10, 99, 10000, False, False, "verified"),
        (10_000 * joule - 1, 10, 100, 9500, False, False, "verified"), (10_000 * joule, 10, 100, 9500, False, False, "trusted"),
        (10_000 * joule, 9, 100, 9500, False, False, "basic"), (10_000 * joule, 0, 0, 0, True, False, "partner"),
        (9_999 * joule, 0, 0, 0, True, False, "basic"), (10**12 * joule, 99, 999, 10000, True, True, "none"),
    ]:
        rows.append(dict(stake=str(stake), accepted_windows=windows, successes=successes, success_bps=rate, partner=partner,
                         banned=banned, level=level))
    write("trust", level=rows)


def reputations():
    steps = {"success": lambda r: r + 10_000, "window": lambda r: r + 1_000, "missed": lambda r: r * 98 // 100, "fraud": lambda r: r // 2}
    rows = []
    picks = stream("reputation")
    sequences = [["missed"] * 12, ["fraud"] * 20, ["success"] * 5 + ["missed", "fraud", "window"], ["window"] * 10]
    sequences += [[list(steps)[next(picks) % 4] for _ in range(40)] for _ in range(4)]
    for names in sequences:
        value, after = 100_000, []
        for name in names:
            value = min(steps[name](value), 2**32 - 1)
            after.append(value)
        rows.append(dict(start=100_000, events=names, after=after))
    rates = [dict(successes=str(s), total=str(t), rate_bps=(min(s, t) * 10000 // t if t else 0))
             for s, t in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (95, 100), (189, 199), (1, 3), (2, 3), (U64 - 2, U64 - 1), (U64 - 1, U64 - 1)]]
    curves = [dict(reputation=r, half=h, value=(r * 10000 // (r + h) if r else 0))
              for r, h in [(0, 0), (1, 0), (0, 500_000), (100_000, 500_000), (500_000, 500_000), (500_001, 500_000), (2**32 - 1, 500_000), (2**32 - 1, 2**32 - 1)]]
    write("reputation", sequence=rows, success_rate=rates, curve=curves)


def scores():
    rows = []
    picks = stream("score")
    weight_sets = [(4000, 2500, 1000, 1500, 1000), (10000, 0, 0, 0, 0), (0, 0, 0, 0, 10000), (2000, 2000, 2000, 2000, 2000), (1, 9996, 1, 1, 1)]
    for i in range(40):
        w = weight_sets[i % 5]
        ref_price, half, ref_rate = 1 + next(picks) % 10**7, 1 + next(picks) % 10**6, 1 + next(picks) % 10**9
        price, rep, uptime, rate = next(picks) % 10**8, next(picks) % 10**7, next(picks) % 10001, next(picks) % 10**11
        if i == 0:
            price = rep = uptime = rate = 0
        if i == 1:
            price = U128 - 1 - ref_price
        curves = (10000 * ref_price // (ref_price + price), 10000 * rep // (rep + half), uptime, 10000 * rate // (rate + ref_rate))
        booked = (w[0] * curves[0] + w[1] * curves[1] + w[3] * curves[2] + w[4] * curves[3]) // 10000
        latency = [0, 2500, 6000, 10000][i % 4]
        rows.append(dict(weights=dict(zip(("price", "reputation", "latency", "uptime", "power"), w)), ref_price=str(ref_price), half=half,
                         ref_hash_rate=str(ref_rate), price=str(price), reputation=rep, uptime_bps=uptime, hash_rate=str(rate),
                         curves=list(curves), booked=booked, latency=latency, effective=min(booked + w[2] * latency // 10000, 10000)))
    write("score", score=rows)


# ---- jobs -----------------------------------------------------------------------------------------------------------
def jobs():
    legal = [
        ("Submitted", "Enqueue", None, "Queued"), ("Submitted", "Assign", None, "Assigned"), ("Submitted", "Cancel", None, "Failed"),
        ("Submitted", "Expire", None, "Failed"), ("Queued", "Assign", None, "Assigned"), ("Queued", "Cancel", None, "Failed"),
        ("Queued", "Expire", None, "Failed"), ("Assigned", "Start", None, "Running"), ("Assigned", "Cancel", None, "Failed"),
        ("Assigned", "Decline", "again", "Queued"), ("Assigned", "Decline", "exhausted", "Failed"),
        ("Assigned", "StartTimeout", "again", "Queued"), ("Assigned", "StartTimeout", "exhausted", "Failed"),
        ("Running", "SubmitResult", None, "ResultSubmitted"), ("Running", "RunTimeout", "again", "Queued"),
        ("Running", "RunTimeout", "exhausted", "Failed"), ("ResultSubmitted", "Accept", None, "Completed"),
        ("ResultSubmitted", "AcceptTimeout", None, "Completed"), ("ResultSubmitted", "Dispute", None, "Disputed"),
        ("Disputed", "Resolve", None, "Resolved"), ("Disputed", "ArbiterTimeout", None, "Resolved"),
        ("Running", "SubmitForJudgement", None, "Verifying"), ("Verifying", "Uphold", None, "Completed"),
        ("Verifying", "Overturn", "again", "Queued"), ("Verifying", "Overturn", "exhausted", "Failed"),
        ("Verifying", "Divide", None, "Resolved"), ("Verifying", "Abandon", None, "Failed"),
    ]
    table = [dict(state=s, action=a, retry=r, next=n) for s, a, r, n in legal]
    disputes = []
    for quote, provider_bps, fee_bps, opener in [(q, p, 200, o) for q in (0, 1, 49, 50, 51, 1_000_001, U128 - 1)
                                                 for p in (0, 1, 4999, 5000, 5001, 10000) for o in ("buyer", "provider")]:
        bond = quote * fee_bps // 10000
        provider = quote * provider_bps // 10000
        owes = {"provider": bond if provider_bps < 5000 else bond // 2 if provider_bps == 5000 else 0}
        owes["buyer"] = bond - owes["provider"]
        share = {"provider": provider, "buyer": quote - provider}
        other = "provider" if opener == "buyer" else "buyer"
        taken = min(owes[other], share[other])
        share[other] -= taken
        arbiter, back = owes[opener] + taken, bond - owes[opener]
        assert share["provider"] + share["buyer"] + arbiter + back == quote + bond
        disputes.append(dict(quote=str(quote), provider_bps=provider_bps, fee_bps=fee_bps, opener=opener, bond=str(bond),
                             provider=str(share["provider"]), buyer=str(share["buyer"]), arbiter=str(arbiter), bond_back=str(back)))
    slashes = [dict(stake=str(s), bps=b, slashed=str(ceil_div(s * b, 10000))) for s in (0, 1, 19, 20, 21, 10**8, U128 - 1) for b in (0, 500, 3000, 5000, 10000)]
    write("job", legal=table, dispute=disputes, slash=slashes)


# ---- tickets --------------------------------------------------------------------------------------------------------
IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]


def blake3_keyed_block(key, block):
    """BLAKE3 keyed hash of exactly 64 bytes: one compression with CHUNK_START | CHUNK_END | ROOT | KEYED_HASH."""
    k, m = struct.unpack("<8I", key), list(struct.unpack("<16I", block))
    v = list(k) + IV[:4] + [0, 0, 64, 1 | 2 | 8 | 16]
    mask = 0xFFFFFFFF

    def g(a, b, c, d, x, y):
        for add, r1, r2 in ((x, 16, 12), (y, 8, 7)):
            v[a] = (v[a] + v[b] + add) & mask
            v[d] ^= v[a]
            v[d] = (v[d] >> r1 | v[d] << (32 - r1)) & mask
            v[c] = (v[c] + v[d]) & mask
            v[b] ^= v[c]
            v[b] = (v[b] >> r2 | v[b] << (32 - r2)) & mask

    for _ in range(7):
        for i, (a, b, c, d) in enumerate([(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                                          (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)]):
            g(a, b, c, d, m[2 * i], m[2 * i + 1])
        m = [m[p] for p in PERMUTATION]
    return struct.pack("<8I", *(v[i] ^ v[i + 8] for i in range(8)))


def ticket_value(seed, x):
    block = b"joule/ticket/a/v1".ljust(56, b"\0") + x.to_bytes(8, "little")
    return int.from_bytes(blake3_keyed_block(seed, block)[:8], "little")


def text(value):
    return len(value.encode()).to_bytes(4, "big") + value.encode()


def be(value, size):
    return value.to_bytes(size, "big")


def gamma_quantile(k, p):
    """x with P(k, x) = p for a whole k: 1 - e^-x sum x^i / i!."""
    low, high = Decimal(0), Decimal(4 * k + 10)
    for _ in range(150):
        x = (low + high) / 2
        term = total = (-x).exp()
        for i in range(1, k):
            term = term * x / i
            total += term
        low, high = (x, high) if 1 - total < p else (low, x)
    return low


def tickets():
    nodes, values = [], []
    for n in range(5):
        seed = sha(b"a window", be(n, 1))
        for node, device, operator in [(1, 0, "wasm1operator"), (2**40 + 1, 3, ""), (U64 - 1, 2**32 - 1, "wasm1" + "p" * 38)]:
            bound = sha(b"joule/node/a/v1", seed, be(node, 8), be(device, 4), text(operator))
            nodes.append(dict(window_seed=seed.hex(), node_id=str(node), device=device, operator=operator, seed=bound.hex()))
            values += [dict(seed=bound.hex(), id=str(x), value=str(ticket_value(bound, x))) for x in (0, 1, 2**32, U64 - 1)]
    seed = bytes(range(32))
    best = []
    for k, count in [(64, 64), (64, 700), (128, 1500)]:
        chosen = sorted((ticket_value(seed, x), x) for x in range(100, 100 + count))[:k]
        ids = sorted(x for _, x in chosen)
        packed = b"".join(x.to_bytes(8, "little") for x in ids)
        best.append(dict(seed=seed.hex(), start="100", count=str(count), k=k, bound=str(chosen[-1][0]), ids=[str(x) for x in ids],
                         packed=packed.hex(), digest=sha(b"joule/tickets/a/v1", be(k, 4), packed).hex()))
    estimates = []
    for k in (64, 128, 256, 512):
        ppm = int(gamma_quantile(k, Decimal("0.05")) / (k - 1) * 10**6)
        for bound in (0, 1, 12345, 2**32, 2**40 + 7, 2**60, U64 - 1):
            chance = Fraction(bound + 1, U64)
            estimates.append(dict(k=k, bound=str(bound), ppm=ppm, estimate=str((k - 1) / chance // 1),
                                  lower_bound=str(Fraction((k - 1) * ppm, 10**6) / chance // 1)))
    smooths = [dict(old=str(o), measured=str(m), new=str(m if o == 0 else o + (m - o) // 4))
               for o, m in [(0, 0), (0, 99), (100, 100), (100, 103), (100, 104), (100, 99), (100, 96), (100, 95), (1, 0), (3, 0), (10**9, 5 * 10**8), (U64 - 1, 0), (1, U64 - 1)]]
    one = int(-Decimal("0.95").ln() * 10**6)
    targets = [dict(expected_units=str(n), target=str(U64 // n - 1)) for n in (1, 2, 3, 1000, 2**20, 2**63, U64 - 1)]
    rates = [dict(expected_units=str(n), elapsed_secs=str(s), rate=str(n * one // 10**6 // max(s, 1)))
             for n, s in [(0, 1), (19, 1), (20, 1), (10**6, 0), (10**6, 1), (10**6, 2), (10**9, 7)]]
    write("ticket", node_seed=nodes, value=values, best=best, estimate=estimates,
          smooth=smooths, difficulty=targets, admission_rate=rates)


# ---- the beacon -----------------------------------------------------------------------------------------------------
def beacons():
    clocks = []
    for genesis, period in [(1_692_803_367, 3), (1_500_000_000, 1), (0, 7), (U64 - 1, 30)]:
        for now in sorted({0, 1, genesis - 1, genesis, genesis + 1, genesis + period - 1, genesis + period, genesis + 10**9, U64 - 1}):
            if 0 <= now < U64:
                # By counting where that is short, so that the formula is not merely repeated.
                due = (now - genesis) // period + 1 if now >= genesis else 0
                if now - genesis < 1000:
                    assert due == sum(1 for r in range(1, 2000) if genesis + (r - 1) * period <= now)
                clocks.append(dict(genesis=str(genesis), period=str(period), now=str(now), round=str(due)))
    rounds, windows, admissions = [], [], []
    for n in (1, 2, 1000, 657413, 2**40, U64 - 1):
        signature = (sha(be(n, 8), b"a") + sha(be(n, 8), b"b"))[:48]
        randomness = sha(signature)
        head = int.from_bytes(sha(b"joule/trigger/a/v1", randomness)[:8], "big")
        opens = [dict(period=str(p), every_secs=str(e), opens=Fraction(head, U64) < Fraction(U64 * p // e, U64))
                 for p, e in [(1, 1), (3, 1), (3, 21600), (1, 2), (1, 3), (1, 30)]]
        rounds.append(dict(round=str(n), message=sha(be(n, 8)).hex(), signature=signature.hex(), randomness=randomness.hex(), trigger=opens))
        for chain, contract in [("joule-dev-1", "wasm1registry"), ("", ""), ("a", "bc"), ("ab", "c")]:
            parts = (text(chain), text(contract), be(n, 8), randomness)
            place = dict(chain_id=chain, contract=contract, round=str(n), randomness=randomness.hex())
            windows.append(dict(place, seed=sha(b"joule/window/a/v2", *parts).hex()))
            admissions.append(dict(place, node_id="9", attempt=2, seed=sha(b"joule/admission/a/v2", *parts, be(9, 8), be(2, 4)).hex()))
    write("beacon", clock=clocks, round=rounds, window_seed=windows, admission_seed=admissions)


# ---- committees -----------------------------------------------------------------------------------------------------
def committees():
    def panel(chain, contract, job, attempt, rung):
        return text(chain) + text(contract) + be(job, 8) + be(attempt, 4) + be(rung, 1)

    panels = [("joule-dev-1", "wasm1market", 1, 1, 0), ("a", "bc", 7, 2, 1), ("ab", "c", 7, 2, 1), ("", "", U64 - 1, 2**32 - 1, 2)]
    draws, seals, openings, points = [], [], [], []
    randomness, salt = sha(b"round"), sha(b"salt")
    for p in panels:
        place = dict(zip(("chain_id", "contract", "job", "attempt", "rung"), (p[0], p[1], str(p[2]), p[3], p[4])))
        seed = sha(b"joule/draw/v1", panel(*p), randomness)
        draws.append(dict(place, randomness=randomness.hex(), seed=seed.hex()))
        points += [dict(seed=seed.hex(), index=i, total=str(t), point=str(int.from_bytes(sha(b"joule/point/v1", seed, be(i, 1))[:16], "big") % t))
                   for i in (0, 1, 22, 255) for t in (1, 2, 1000, 10**15, U64 - 1)]
        for validator in ("wasm1" + "v" * 38, ""):
            result, trace = sha(b"result"), sha(b"trace")
            seals.append(dict(place, validator=validator, result_root=result.hex(), trace_root=trace.hex(), salt=salt.hex(),
                              sealed=sha(b"joule/vote/v1", panel(*p), text(validator), result, trace, salt).hex()))
            for steps in (0, 1, 2, 3, 4, 16, 17, 4096, U64 - 1):
                left = list(range(steps)) if steps < 5000 else None
                taken = []
                for j in range(min(3, steps)):
                    draw = int.from_bytes(sha(b"joule/opening/v1", panel(*p), randomness, text(validator), be(j, 1))[:8], "big") % (steps - j)
                    if left is not None:
                        taken.append(left.pop(draw))
                    else:
                        for t in sorted(taken):
                            draw += t <= draw
                        taken.append(draw)
                openings.append(dict(place, randomness=randomness.hex(), validator=validator, steps=str(steps), positions=[str(t) for t in sorted(taken)]))
    rules = []
    picks = stream("committee")
    for rung, (seats, agree) in enumerate([(3, 3), (7, 5), (21, 11)]):
        for _ in range(60):
            kinds = 1 + next(picks) % 3
            votes = [next(picks) % kinds for _ in range(next(picks) % (seats + 1))]
            won = [v for v in set(votes) if votes.count(v) >= agree]
            assert len(won) <= 1
            rules.append(dict(rung=rung, votes=votes, ruling="escalated" if not won else "upheld" if won[0] == 0 else "overturned", vote=won[0] if won else 0))
    pays = [dict(quote=str(q), verify_bps=bps, voters=n, budget=str(b), each=str(min(q * bps // 10000, b // n) if n else 0))
            for q in (0, 1, 3, 1_000_001, U128 // 2) for bps in (0, 1, 5000, 10000) for n in (0, 1, 3, 31) for b in (0, 2, 10**6, U128 - 1)]
    least = [dict(quote=str(q), verify_bps=bps, budget=str(3 * (q * bps // 10000))) for q in (0, 1, 3, 10**9 + 1) for bps in (0, 3333, 5000, 10000)]
    times = []
    for beacon, most, floor, reveal, reseals in [(600, 57600, 600, 600, 3), (30, 5, 20, 15, 3), (1, 1, 1, 1, 0), (0, 0, 0, 0, 10)]:
        commit = max(2 * most, floor)
        # Each rung: every seal waits to be sealed and then for its round, then two times to commit and one to reveal.
        total = sum(sum(beacon + beacon for _ in range(reseals + 1)) + commit + commit + reveal for _ in range(3))
        times.append(dict(beacon=str(beacon), max_secs=str(most), least=str(floor), commit=str(commit), reveal=str(reveal), reseals=reseals, longest=str(total)))
    write("committee", draw_seed=draws, point=points, seal=seals, openings=openings, rule=rules, pay=pays, least_budget=least, durations=times)


# ---- the online clock -------------------------------------------------------------------------------------------------
def clocks():
    """By brute force: a second is online when some beat at or before it covers its whole length."""
    rows = []
    picks = stream("uptime")
    cases = [("half an hour off in one hour", 300, list(range(0, 1201, 300)) + list(range(3300, 3901, 300)), [1500, 2400, 3300, 3600])]
    for i in range(6):
        beats, at = [], 1000
        for _ in range(12):
            beats.append(at)
            at += next(picks) % 90
        cases.append((f"random {i}", 30, beats, sorted({900, 1000} | {1000 + next(picks) % (at - 1000) for _ in range(20)})))
    for name, window, beats, times in cases:
        covered = {s for b in beats for s in range(b, b + window)}
        rows.append(dict(name=name, window=str(window), beats=[str(b) for b in beats],
                         readings=[dict(t=str(t), online_secs=str(sum(s < t for s in covered))) for t in times]))
    # The case of the review: the node is off from 1500 to 3300, so the hour pays 1800 seconds whenever it is settled.
    assert rows[0]["readings"][-1] == dict(t="3600", online_secs="1800")
    write("uptime", clock=rows)


# ---- digests ----------------------------------------------------------------------------------------------------------
def merkle(leaves):
    """RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\0", leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\1", merkle(leaves[:k]), merkle(leaves[k:]))


def path(m, leaves):
    """RFC 6962 section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return path(m, leaves[:k]) + [merkle(leaves[k:])] if m < k else path(m - k, leaves[k:]) + [merkle(leaves[:k])]


def digests():
    known = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
    assert merkle(known).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    runs = []
    for count in (0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33):
        written = [bytes([i]) * (i * 7 % 5) for i in range(count)]
        steps = [sha(b"joule/step/v1", be(i, 8), w) for i, w in enumerate(written)]
        runs.append(dict(written=[w.hex() for w in written], steps=[s.hex() for s in steps], result_root=sha(*written).hex(),
                         trace_root=merkle(steps).hex(), paths=[[h.hex() for h in path(i, steps)] for i in range(count)]))
    write("digest", run=runs)


for generate in (fees, prices, kinds, trusts, reputations, scores, jobs, tickets, beacons, committees, clocks, digests):
    generate()
