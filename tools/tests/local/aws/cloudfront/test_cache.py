"""What a distribution keeps, and for how long."""

import pytest

from tools.local.aws.cloudfront.cache import Answer, Cache, Key, Ttl, seconds_to_keep

A_YEAR = 31_536_000


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def answer(body: bytes = b"x", status: int = 200, control: str = "max-age=60") -> Answer:
    return status, "OK", {"cache-control": control}, body


def key(path: str, distribution: str = "one") -> Key:
    return Key(distribution, "GET", path)


@pytest.mark.parametrize(
    ("status", "control", "ttl", "expected"),
    [
        (200, "", Ttl(), 86_400),
        (200, "public, max-age=31536000, immutable", Ttl(), A_YEAR),
        (200, "max-age=99999999999", Ttl(), A_YEAR),
        (200, "max-age=60, s-maxage=5", Ttl(), 5),
        (200, "max-age=0", Ttl(least=1), 1),
        (200, "no-store", Ttl(), 0),
        (200, "no-store", Ttl(least=1), 1),
        (200, "max-age=60", Ttl(0, 0, 0), 0),
        (404, "", Ttl(), 10),
        (404, "max-age=60", Ttl(), 60),
        (403, "", Ttl(), 0),
        (403, "max-age=60", Ttl(), 60),
        (503, "", Ttl(), 10),
        (409, "max-age=60", Ttl(), 0),
    ],
)
def test_how_long_an_answer_is_kept(status: int, control: str, ttl: Ttl, expected: int) -> None:
    assert seconds_to_keep(status, {"cache-control": control}, ttl) == expected


def test_an_answer_is_kept_with_its_age_until_its_time_is_over() -> None:
    clock = Clock()
    cache = Cache(clock)
    cache.keep(key("/a"), answer(), Ttl(), 0)
    clock.now += 59
    found = cache.find(key("/a"))
    assert found is not None
    assert (found[2]["age"], found[3]) == ("59", b"x")
    clock.now += 1
    assert cache.find(key("/a")) is None


@pytest.mark.parametrize(
    ("path", "gone"),
    [("/a/x", {"/a/x"}), ("/a/*", {"/a/x", "/a/y"}), ("/*", {"/a/x", "/a/y", "/b"}), ("/a", set()), ("/c*", set())],
)
def test_an_invalidation_names_paths(path: str, gone: set[str]) -> None:
    cache = Cache(Clock())
    for each in ("/a/x", "/a/y", "/b"):
        cache.keep(key(each), answer(), Ttl(), 0)
    cache.keep(key("/a/x", "another"), answer(), Ttl(), 0)
    cache.invalidate("one", [path])
    assert {each for each in ("/a/x", "/a/y", "/b") if cache.find(key(each)) is None} == gone
    assert cache.find(key("/a/x", "another"))


def test_the_least_recently_used_answers_go_first() -> None:
    cache = Cache(Clock(), max_bytes=20)
    for each in ("/a", "/b"):
        cache.keep(key(each), answer(b"0123456789"), Ttl(), 0)
    assert cache.find(key("/a"))
    cache.keep(key("/c"), answer(b"0123456789"), Ttl(), 0)
    assert cache.find(key("/b")) is None
    assert cache.find(key("/a"))
    cache.keep(key("/large"), answer(b"x" * 21), Ttl(), 0)
    assert cache.find(key("/large")) is None


def test_what_was_fetched_before_an_invalidation_is_not_kept_after_it() -> None:
    cache = Cache(Clock())
    before, of_another = cache.invalidations("one"), cache.invalidations("another")
    cache.invalidate("one", ["/*"])
    cache.keep(key("/a"), answer(b"old"), Ttl(), before)
    assert cache.find(key("/a")) is None
    cache.keep(key("/a"), answer(b"new"), Ttl(), cache.invalidations("one"))
    assert cache.find(key("/a")) is not None
    cache.keep(key("/a", "another"), answer(), Ttl(), of_another)
    assert cache.find(key("/a", "another")) is not None
