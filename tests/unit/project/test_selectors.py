"""The selector language: what it takes, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.model.value import Selector, Term
from tidegate.project.selectors import any_of, parse_selector

WEB = {"name": "ber-web-01", "driver": "local", "file": "fleet/ber.yaml", "role": "web", "site": "ber", "group.db": "1"}


@pytest.mark.parametrize(
    "said",
    [
        *["all", "role=web", "role = web", "role=w*", "site!=muc", "lacking!=x", "role", "!lacking", "group.db"],
        *["role in (web, db)", "role in(web)", "site notin (muc,ams)", "lacking notin (x)", "file=fleet/*"],
        *["role=web,site=ber", " role in (db, web) , !lacking ", "name=*-web-0*"],
    ],
)
def test_it_takes(said: str) -> None:
    assert parse_selector(said).matches(WEB)


@pytest.mark.parametrize(
    "said",
    ["role=db", "site!=ber", "!role", "lacking", "role in (db)", "site notin (ber)", "role=web,site=muc", "lacking=x"],
)
def test_it_does_not_take(said: str) -> None:
    assert not parse_selector(said).matches(WEB)


@pytest.mark.parametrize(
    "said",
    [
        "",
        ",",
        "a,",
        "a=b,,c",
        "all,a",
        "a==b",
        "a=",
        "=b",
        "a in",
        "a in ()",
        "a in (b",
        "a b",
        "!a=b",
        "*=b",
        "a>1",
        "(a)",
    ],
)
def test_it_is_no_selector(said: str) -> None:
    with pytest.raises(ValueError, match="`"):
        parse_selector(said)


keys = st.from_regex(r"[a-z][a-z0-9._-]{0,5}", fullmatch=True).filter(lambda key: key != "all")
words = st.from_regex(r"[A-Za-z0-9._/*-]{1,6}", fullmatch=True)
terms = st.one_of(
    st.builds(Term, keys, st.tuples(), negated=st.booleans()),
    st.builds(Term, keys, st.lists(words, min_size=1, max_size=3).map(tuple), negated=st.booleans()),
)


def written(term: Term) -> str:
    match term:
        case Term(key, (), negated):
            return f"{'!' if negated else ''}{key}"
        case Term(key, (value,), negated):
            return f"{key}{'!=' if negated else '='}{value}"
        case Term(key, values, negated):
            return f"{key} {'notin' if negated else 'in'} ({', '.join(values)})"


@given(st.lists(terms, min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(several: list[Term]) -> None:
    assert parse_selector(",".join(map(written, several))).any_of == (tuple(several),)


@given(st.lists(terms, min_size=1, max_size=3), st.dictionaries(keys, words, max_size=4))
def test_a_list_takes_what_any_of_its_selectors_takes(several: list[Term], labels: Mapping[str, str]) -> None:
    each = [Selector(((term,),), written(term)) for term in several]
    assert any_of(each).matches(labels) is any(one.matches(labels) for one in each)


@given(terms, st.dictionaries(keys, words, max_size=4))
def test_a_negated_term_takes_exactly_what_the_plain_one_leaves(term: Term, labels: Mapping[str, str]) -> None:
    other = Term(term.key, term.values, negated=not term.negated)
    assert term.matches(labels) is not other.matches(labels)
