"""Engines of product search: how fast they load and answer, and what they ask of AWS.

Compares, in processes of their own, with the same products and queries: the index of *search* in plain Python, SQLite
FTS5 of the standard library, tantivy (if it can be imported: it is no dependency of this project), and postings in
DynamoDB. Times are processor time on this machine, and divided by the share of a vCPU that Lambda gives to 1,024 MB.
Postings in DynamoDB are counted, not timed: their requests and read units follow from the sizes of the items.

The engines do not do the same work: the docstring of each says what it does and leaves out.
"""

import importlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SIZES = (1_000, 10_000)
QUERIES = 300
SHARE_OF_1024_MB = 1_024 / 1_769  # Lambda: 1,769 MB is one vCPU
SHARE_OF_256_MB = 256 / 1_769
READ_UNIT_BYTES = 4_096
SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ter",
    "an",
    "vel",
    "or",
    "sun",
    "pi",
    "du",
    "ren",
    "is",
    "ga",
    "bo",
    "chi",
    "ne",
    "st",
    "ul",
)
Search = Callable[[str], int]


def products(size: int) -> list[dict[str, Any]]:
    """The same products on every machine. A word is as rare as in texts: the n-th has a share of about 1/n."""
    choose = random.Random(17)  # noqa: S311 - a made-up catalogue
    made_up = ("".join(choose.choices(SYLLABLES, k=choose.choice((2, 3, 3, 4)))) for _ in range(12_000))
    vocabulary = list(dict.fromkeys(made_up))
    weights = [1 / (place + 5) for place in range(len(vocabulary))]
    made = []
    for number in range(size):
        words = choose.choices(vocabulary, weights, k=choose.choice((3, 4, 5, 6)))
        made.append(
            {
                "productId": f"p-{number:06}-{choose.choice(vocabulary)}",
                "name": " ".join(words).title(),
                "category": f"category {vocabulary[number % 40]}",
                "tags": choose.choices(vocabulary[:300], k=3),
                "price": choose.randrange(100, 30_000),
                "package": {"width": 100, "length": 100, "height": 100, "weight": 1000},
                "pictures": [f"https://cdn.example/{number}/medium.jpg"],
                "createdDate": f"2026-{1 + number % 12:02}-{1 + number % 28:02}T10:00:00.000Z",
                "currency": "EUR",
            }
        )
    return made


def texts(catalogue: list[dict[str, Any]]) -> list[str]:
    """A word and the beginning of another, a word with two letters swapped, one letter, and nothing."""
    choose = random.Random(4)  # noqa: S311 - made-up queries
    made = []
    for number in range(QUERIES):
        first, second, *_ = choose.choice(catalogue)["name"].split()
        mistyped = first[:2] + first[3:4] + first[2:3] + first[4:]
        made.append((f"{first} {second[:3]}", mistyped, first[:1], first, "")[number % 5])
    return made


def python_index(catalogue: list[dict[str, Any]]) -> Search:
    """Rows in memory as *search* has them: with scores, facets, filters, a sort and a page."""
    from search_service.answering import answer
    from search_service.domain import AVAILABLE, NEWEST, RELEVANCE, Query, entry_of
    from search_service.index import Index

    index = Index()
    for number, product in enumerate(catalogue):
        index.put(entry_of(product, json.dumps(product), AVAILABLE[number % 2], 1))
    return lambda text: (
        answer(index, Query(text, in_stock=True, max_price=20_000, sort=RELEVANCE if text else NEWEST)).total
    )


def sqlite_fts5(catalogue: list[dict[str, Any]]) -> Search:
    """FTS5 with prefixes. It has no typing errors: its own tokenizer `trigram` finds parts of words, not errors. One
    filter; three facets are counted by SQL."""
    import sqlite3

    base = sqlite3.connect(":memory:")
    base.execute(
        "CREATE VIRTUAL TABLE found USING fts5(words, prefix='1 2 3', tokenize='unicode61 remove_diacritics 2')"
    )
    base.execute("CREATE TABLE product (id INTEGER PRIMARY KEY, category, price, body)")
    for number, product in enumerate(catalogue):
        base.execute("INSERT INTO found(rowid, words) VALUES (?, ?)", (number, _words(product)))
        base.execute(
            "INSERT INTO product VALUES (?, ?, ?, ?)",
            (number, product["category"], product["price"], json.dumps(product)),
        )

    def search(text: str) -> int:
        words = text.lower().split()
        match = " ".join(f'"{word}"' for word in words) + "*" if words else ""
        hits = "SELECT rowid FROM found WHERE found MATCH ?" if words else "SELECT id FROM product WHERE ? = ''"
        kept = f"FROM product WHERE id IN ({hits}) AND price <= 20000"
        for column in ("category", "price / 2500", "price"):
            base.execute(f"SELECT {column}, count(*) {kept} GROUP BY 1", (match,)).fetchall()
        base.execute(f"SELECT body {kept} ORDER BY price LIMIT 20", (match,)).fetchall()
        return len(base.execute(hits, (match,)).fetchall())

    return search


def tantivy(catalogue: list[dict[str, Any]]) -> Search:
    """tantivy with prefixes and one typing error, one filter, no sort. Two facets are counted over its hits in Python,
    which takes most of the time: its own aggregations are not used."""
    engine: Any = importlib.import_module("tantivy")

    schema = engine.SchemaBuilder()
    schema.add_text_field("words", stored=False)
    schema.add_integer_field("number", stored=True)
    made = schema.build()
    index = engine.Index(made)
    writer = index.writer(heap_size=50_000_000, num_threads=1)
    for number, product in enumerate(catalogue):
        writer.add_document(engine.Document(words=[_words(product)], number=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def fuzzy(word: str) -> Any:
        return engine.Query.fuzzy_term_query(made, "words", word, distance=int(len(word) > 4))

    def search(text: str) -> int:
        words = text.lower().split()
        each = [fuzzy(word) for word in words[:-1]]
        for word in words[-1:]:
            begins = engine.Query.regex_query(made, "words", f"{word}.*")
            each.append(engine.Query.boolean_query([(engine.Occur.Should, one) for one in (begins, fuzzy(word))]))
        query = engine.Query.boolean_query([(engine.Occur.Must, one) for one in each])
        query = query if each else engine.Query.all_query()
        hits = searcher.search(query, limit=len(catalogue)).hits
        found = [catalogue[searcher.doc(address)["number"][0]] for _, address in hits]
        kept = [product for product in found if product["price"] <= 20_000]
        for name in ("category", "price"):
            counted: dict[Any, int] = {}
            for product in kept:
                counted[product[name]] = counted.get(product[name], 0) + 1
        return len(found)

    return search


def postings(catalogue: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """For each query: its requests and read units, when DynamoDB has one item for each word and product, by the word.
    A prefix is a query of the words that begin with it; a typing error needs the words that are one error away, which
    BatchGetItem finds among some hundred possible ones. Filters and facets read every hit."""
    from search_service.words import forgives, one_error_away, words_of

    of_word: dict[str, set[int]] = {}
    for number, product in enumerate(catalogue):
        for word in words_of(_words(product)):
            of_word.setdefault(word, set()).add(number)
    alphabet = {letter for word in of_word for letter in word}
    sizes = [len(json.dumps(product)) for product in catalogue]
    for text in texts(catalogue):
        requests = units = 0
        hits = set(range(len(catalogue)))
        for word in words_of(text):
            found = {number for other, numbers in of_word.items() if other.startswith(word) for number in numbers}
            requests, units = requests + 1, units + 1 + len(found) * 100 // READ_UNIT_BYTES
            if forgives(word):
                possible = set(one_error_away(word, alphabet))
                requests, units = requests + 1 + len(possible) // 100, units + len(possible) // 2
                found |= {number for other in possible & set(of_word) for number in of_word[other]}
            hits &= found
        requests += 1 + len(hits) // 100
        yield requests, units + sum(sizes[number] for number in hits) // READ_UNIT_BYTES // 2


def _words(product: dict[str, Any]) -> str:
    return " ".join((product["productId"], product["name"], product["category"], *product["tags"]))


ENGINES = {"plain Python": python_index, "SQLite FTS5": sqlite_fts5, "tantivy": tantivy}


def measure(name: str, size: int) -> dict[str, float]:
    """In this process: seconds to load, milliseconds of queries, megabytes."""
    catalogue = products(size)
    asked = texts(catalogue)
    before, start = _megabytes(), time.process_time()
    search = ENGINES[name](catalogue)
    loaded = time.process_time() - start
    times = []
    for text in asked:
        start = time.process_time()
        search(text)
        times.append((time.process_time() - start) * 1000)
    times.sort()
    return {
        "load": loaded,
        "p50": statistics.median(times),
        "p95": times[len(times) * 95 // 100],
        "megabytes": _megabytes() - before,
    }


def _megabytes() -> float:
    """Resident memory: of Linux, and where that is not known, the most that the process ever had."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmRSS:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    print("| engine | products | load, s | p50, ms | p95, ms | p95 with 1,024 MB | p95 with 256 MB | memory, MB |")
    print("|---|---|---|---|---|---|---|---|")
    for name in ENGINES:
        for size in SIZES:
            call = f"print(json.dumps(measure({name!r}, {size})))"
            code = f"import json; from tools.bench.search_engines import measure; {call}"
            command = [sys.executable, "-c", code]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
            if done.returncode:
                print(f"| {name} | {size:,} | {done.stderr.strip().splitlines()[-1][:60]} | | | | | |", flush=True)
                continue
            found = json.loads(done.stdout)
            slower = [f"{found['p95'] / share:.0f}" for share in (SHARE_OF_1024_MB, SHARE_OF_256_MB)]
            print(
                f"| {name} | {size:,} | {found['load']:.2f} | {found['p50']:.1f} | {found['p95']:.1f} "
                f"| {' | '.join(slower)} | {found['megabytes']:.0f} |",
                flush=True,
            )
    print("\n| postings in DynamoDB | products | requests, mean | requests, p95 | read units, mean | read units, p95 |")
    print("|---|---|---|---|---|---|")
    for size in SIZES:
        counted = list(postings(products(size)))
        columns = []
        for of_one in zip(*counted, strict=True):
            columns += [f"{statistics.mean(of_one):.1f}", f"{sorted(of_one)[len(of_one) * 95 // 100]}"]
        print(f"| one item for each word | {size:,} | {' | '.join(columns)} |", flush=True)
    return 0


def _environment() -> dict[str, str]:
    paths = [each for each in sys.path if each and Path(each).is_dir()]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
