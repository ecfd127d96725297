"""What can go wrong: one class each, with a status, words and a remedy."""

from __future__ import annotations

import pytest

import flaskadmin
from flaskadmin import FlaskAdminError

STATUSES = {
    "FlaskAdminError": 500,
    "SettingsError": 500,
    "StartError": 500,
    "Unavailable": 503,
    "ConnectionLost": 503,
    "TimedOut": 503,
    "SchemaChanged": 503,
    "NotFound": 404,
    "Forbidden": 403,
    "TooMany": 429,
    "Cancelled": 409,
    "BadValue": 400,
    "Unreadable": 422,
    "Conflict": 409,
    "Refused": 422,
}


def every_error(kind: type[FlaskAdminError] = FlaskAdminError) -> list[type[FlaskAdminError]]:
    """Return the class and all that derive from it."""
    return [kind, *(found for one in kind.__subclasses__() for found in every_error(one))]


def test_every_error_is_listed_with_its_status() -> None:
    assert {kind.__name__: kind.status for kind in every_error()} == STATUSES


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_the_text_is_the_message_and_the_remedy(kind: type[FlaskAdminError]) -> None:
    error = kind("It is broken.", "Mend it.")
    assert (str(error), error.message, error.remedy) == ("It is broken. Mend it.", "It is broken.", "Mend it.")
    assert str(kind("It is broken.")) == "It is broken."
    assert kind.__doc__


def test_what_cures_itself_is_unavailable() -> None:
    assert issubclass(flaskadmin.TimedOut, flaskadmin.Unavailable)
    assert issubclass(flaskadmin.SchemaChanged, flaskadmin.Unavailable)
    assert not issubclass(flaskadmin.Refused, flaskadmin.Unavailable)


def test_particulars() -> None:
    assert flaskadmin.TooMany("Wait.", retry_after=7).retry_after == 7
    assert flaskadmin.Conflict("Changed.", theirs={"a": 1}).theirs == {"a": 1}
    assert flaskadmin.Conflict("Gone.").theirs is None
    given = {"a": flaskadmin.Problem("Too long.")}
    refused = flaskadmin.Refused("No.", fields=given)
    given.clear()
    assert refused.fields["a"].text == "Too long."
    assert (refused.fields["a"].table, refused.fields["a"].key) == (None, "")
    assert flaskadmin.Refused("No.").fields == {}


def test_a_bad_text_is_a_value_error_of_its_own() -> None:
    assert issubclass(flaskadmin.Invalid, ValueError)
    assert not issubclass(flaskadmin.Invalid, FlaskAdminError)


@pytest.mark.parametrize("words", [(words, remedy) for _kind, words, remedy in flaskadmin.SQLSTATES.values()])
def test_words_for_people_are_sentences(words: tuple[str, str]) -> None:
    message, remedy = words
    assert message[0].isupper() and message.endswith(".")
    assert remedy == "" or remedy.endswith(".")
    assert not any(part in f"{message} {remedy}" for part in ("SELECT", "psycopg", "sqlalchemy", "Error"))
